"""`scraper rules freeze`: a capture of the archive becomes a test of its outlet's rules."""

from pathlib import Path

import click

from scraper.cli.options import (
    archive_from,
    open_catalog,
    sources_file_from,
    sources_from,
    with_places,
)
from scraper.cli.rules.test import tests_option


@click.command()
@click.argument("capture", metavar="cNUMBER|URL")
@click.option("--name", default="", help="Name of the case; else from the URL.")
@tests_option
@with_places
def freeze(
    capture: str,
    name: str,
    tests_dir: Path | None,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Make a test out of a capture: its records, cut from the WARC file, and its text.

    cNUMBER is a capture's, as `scraper list --captures` shows it; of a URL the newest capture is
    taken. The text is the one that is read today: look at it, and mend it where it is wrong.

    \b
    Example:
      scraper rules freeze c12
      scraper rules freeze https://www.example.org/story --name story-with-a-table
    """
    from scraper.cli.rules.testing import freeze_capture
    from scraper.rules.cases import folder_of

    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    folder = tests_dir or folder_of(sources_file_from(sources_file))
    with open_catalog(root, sources) as catalog:
        return freeze_capture(root, catalog, sources, folder, capture, name)
