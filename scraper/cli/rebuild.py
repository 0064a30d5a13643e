"""`scraper rebuild`: a lost catalog, made again from the WARC files.

It does none of the work; it says how far it is, what came back and what didn't.
"""

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    sources_from,
    with_places,
)
from scraper.cli.progress import measured
from scraper.cli.stopping import run
from scraper.cli.terminal import say, say_error, say_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from scraper.rebuild import Progress, Rebuilt

_MOST_PROBLEMS = 100  # lines


@click.command(name="rebuild")
@click.option(
    "--into",
    metavar="NEW.db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the catalog there instead, to compare or to keep both.",
)
@json_option
@with_places
def command(
    into: Path | None, as_json: bool, sources_file: Path | None, archive_dir: Path | None
) -> int:
    """Make a lost catalog again from the archive's WARC files, which hold what is needed.

    Nothing is fetched and no page is read anew. Texts that are missing are written again; those
    that are there are compared and left. The catalog gets its name once it is whole: killed, run it
    again. A catalog that has captures is never touched. docs/rebuild.md lists what no record tells.

    \b
    Example:
      mv archive/catalog.db damaged.db
      scraper rebuild
      scraper rebuild --into /tmp/again.db      # beside a catalog that is fine
    """
    from scraper.errors import ConfigError
    from scraper.line import Settings
    from scraper.rebuild import rebuild

    sources = sources_from(sources_file)
    archive = archive_from(archive_dir, sources)
    if not (archive / "warc").is_dir():
        raise ConfigError("no WARC files here to make a catalog of", file=archive)
    settings = Settings(
        archive=archive, catalog=into or catalog_from(archive, sources), sources=sources
    )
    with ExitStack() as stack:
        rebuilt = run(rebuild(replace(settings, workers=1), _bars(stack)))
    _say(rebuilt, settings.catalog, as_json=as_json)
    return 5 if rebuilt.problems else 0


def _bars(stack: ExitStack) -> "Callable[[Progress], None]":
    """Return what shows progress: one bar for looking through the files, one for writing."""
    shown: dict[str, tuple[Callable[[int], None], list[int]]] = {}

    def tell(progress: "Progress") -> None:
        if progress.stage not in shown:
            stack.pop_all().close()
            what = "looking through the files" if progress.stage == "reading" else "writing rows"
            shown[progress.stage] = (stack.enter_context(measured(progress.total, what)), [0])
        advance, done = shown[progress.stage]
        advance(progress.done - done[0])
        done[0] = progress.done

    return tell


def _say(rebuilt: "Rebuilt", catalog: Path | str, *, as_json: bool) -> None:
    from scraper.rebuild import problems_of

    if as_json:
        say_json(asdict(rebuilt))
        return
    for problem in problems_of(rebuilt, _MOST_PROBLEMS):
        say_error(problem)
    name = catalog if isinstance(catalog, Path) else "the database"
    say(f"{name}: {rebuilt.captures} captures from {rebuilt.files} WARC files")
    if rebuilt.read_now:
        say(f"  {rebuilt.read_now} more had never been read, and were read now")
    if rebuilt.texts_written:
        say(f"  {rebuilt.texts_written} texts were missing, and were written again")
    if rebuilt.problems:
        say(f"  {len(rebuilt.problems)} things could not be placed: see above, and scraper verify")
