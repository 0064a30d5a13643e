"""`scraper outlets check`: whether sources.toml is right, and its outlets are well."""

from pathlib import Path

import click

from scraper.cli.options import json_option, private_option, sources_from, with_places


@click.command()
@click.argument("outlet_ids", nargs=-1, metavar="[ID...]")
@click.option("--offline", is_flag=True, help="Ask no host: the file and the archive only.")
@private_option
@json_option
@with_places
def check(
    outlet_ids: tuple[str, ...],
    offline: bool,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Check the whole file, then each outlet: do its sources answer, are they fresh, does
    robots.txt allow its articles, do its rules match on the latest captures, are its texts as long
    as usual?

    One line for each outlet. Exit code 0 where all are well, 1 where one is not, 2 where the file
    is wrong.

    \b
    Example:
      scraper outlets check --offline
      scraper outlets check moscow-times
    """
    from scraper.cli.outlets.checking import check_outlets

    sources = sources_from(sources_file)
    return check_outlets(
        sources,
        outlet_ids,
        archive_dir=archive_dir,
        allow_private=allow_private,
        offline=offline,
        as_json=as_json,
    )
