"""`scraper serve`: the archive in a browser on this machine, and its pages replayed.

It opens the doors and waits; what is shown is said in `scraper.replay`.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING

import click

from scraper.cli.options import archive_from, open_catalog, sources_from, with_places
from scraper.cli.terminal import say, say_error

if TYPE_CHECKING:
    from scraper.replay.reading import Links
    from scraper.store.catalog import Catalog

_HINT = "Replay is not installed: scraper serve --install-replay"


@click.command(name="serve")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65534))
@click.option(
    "--replay-port",
    type=click.IntRange(0, 65535),
    help="Where the replay listens.  [default: the next port]",
)
@click.option(
    "--install-replay",
    is_flag=False,
    flag_value="",
    metavar="[TGZ]",
    help="Put ReplayWeb.page (AGPL) into your data folder, from npm or a .tgz, and end.",
)
@click.option(
    "--pywb",
    is_flag=False,
    flag_value="",
    metavar="[VENV]",
    help="Replay by pywb: the `wayback` of the PATH, or of a virtual environment.",
)
@with_places
def command(
    port: int,
    replay_port: int | None,
    install_replay: str | None,
    pywb: str | None,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Show the archive in a browser on this machine: articles, texts, captures, replay.

    It listens on 127.0.0.1 alone, changes nothing, and fetches nothing from the web. Replay is by
    ReplayWeb.page, once that is installed, or by pywb, and has a port of its own.

    \b
    Example:
      scraper serve --install-replay    # once; needs npm, or a package: replaywebpage-2.5.3.tgz
      scraper serve
      scraper serve --pywb pywb-venv
    """
    if install_replay is not None:
        return _install(Path(install_replay) if install_replay else None)
    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    if replay_port is None:
        replay_port = port + 1 if port else 0
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(root, sources))
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="scraper-serve-")))
        if pywb is None:
            links = stack.enter_context(_replayweb(root, catalog, scratch, replay_port))
        else:
            place = Path(pywb) if pywb else None
            links = stack.enter_context(_pywb(root, place, scratch, replay_port))
        _show(stack, root, catalog, links, port)
    return 0


def _show(
    stack: ExitStack, root: Path, catalog: "Catalog", links: "Links | None", port: int
) -> None:
    from scraper.replay.reading import NoLinks, Reading
    from scraper.replay.server import LOOPBACK, serving

    site = Reading(root, catalog, links or NoLinks(), "" if links else _HINT)
    at = stack.enter_context(serving(site, port))
    say(f"{root} is at http://{LOOPBACK}:{at}/ until Ctrl-C")
    if links is None:
        say_error(_HINT)
    Event().wait()


@contextmanager
def _replayweb(
    root: Path, catalog: "Catalog", scratch: Path, port: int
) -> "Iterator[Links | None]":
    from scraper import __version__
    from scraper.replay import assets
    from scraper.replay.packages import Packages
    from scraper.replay.replayweb import ReplayWeb, ReplayWebLinks
    from scraper.replay.server import serving

    if not assets.are_installed():
        yield None
        return
    packages = Packages(root, catalog, scratch, software=f"scraper/{__version__}")
    with serving(ReplayWeb(packages), port) as at:
        yield ReplayWebLinks(at)


@contextmanager
def _pywb(root: Path, place: Path | None, scratch: Path, port: int) -> "Iterator[Links]":
    from scraper.export.index import finished_files, write_index
    from scraper.replay.pywb import PywbLinks, configure, free_port, program, running

    wayback = program(place)
    index = scratch / "index.cdxj"
    files = finished_files(root)
    say_error(f"indexing {len(files)} WARC files for pywb")
    with index.open("wb") as out:
        write_index(
            out, root, files, on_problem=lambda exc: say_error(str(exc)), on_file=lambda: None
        )
    configure(scratch, root, index)
    port = port or free_port()
    with running(wayback, scratch, port):
        yield PywbLinks(port)


def _install(package: Path | None) -> int:
    from scraper.replay import assets

    where = assets.install(package)
    say(f"{assets.RELEASE} is in {where}")
    say(f"It is AGPL-3.0-or-later, served unchanged; its source: {assets.SOURCE}")
    return 0
