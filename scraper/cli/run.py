"""`scraper run`: the daemon."""

import logging
import os
import socket
from pathlib import Path

import click

from scraper.cli.options import archive_from, catalog_from, sources_file_from, with_places
from scraper.cli.stopping import run
from scraper.cli.terminal import say_error
from scraper.errors import ConfigError


@click.command(name="run")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 512),
    default=32,
    show_default=True,
    help="Fetches at once, over all hosts; a host never gets more than one.",
)
@with_places
def command(concurrency: int, sources_file: Path | None, archive_dir: Path | None) -> int:
    """Archive the outlets of sources.toml on schedule, until a signal ends it.

    What is due stands in the catalog: a restart loses nothing. sources.toml is read again when it
    changes. SIGTERM or Ctrl-C end it cleanly within 20 seconds.

    \b
    Example:
      scraper run --sources sources.toml --archive /srv/news
    """
    from scraper.config import load_sources
    from scraper.daemon import Reload, run_daemon
    from scraper.line import Settings, refuse_anonymous

    file = sources_file_from(sources_file)
    sources = load_sources(file)
    for problem in sources.problems:
        say_error(str(problem))
    if not any(outlet.sources for outlet in sources.outlets):
        raise ConfigError("no outlet has a source to ask; add an [[outlet.source]]", file=file)
    refuse_anonymous(sources, sources.outlets)
    archive = archive_from(archive_dir, sources)
    settings = Settings(
        archive=archive,
        catalog=catalog_from(archive, sources),
        sources=sources,
        concurrency=concurrency,
    )
    logging.getLogger("scraper").setLevel(min(logging.INFO, logging.getLogger().level))
    run(run_daemon(settings, Reload(file, load_sources), lambda: _ready(len(sources.outlets))))
    return 0


def _ready(outlets: int) -> None:
    """Say that the daemon works: on standard error, and to systemd where it waits for it."""
    say_error(f"archiving {outlets} outlets; Ctrl-C ends it")
    notify("READY=1")


def notify(state: str) -> None:
    """Tell systemd about a service's state (sd_notify(3)); without systemd, nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode("ascii"), address.replace("@", "\0", 1))
