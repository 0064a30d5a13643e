"""`scraper rules test`: recorded pages read with today's rules, held against their texts."""

from pathlib import Path

import click

from scraper.cli.options import json_option, sources_file_from, sources_from, sources_option

tests_option = click.option(
    "--tests",
    "tests_dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the cases are.  [default: cassettes, beside sources.toml]",
)


@click.command()
@click.argument("outlet_ids", nargs=-1, metavar="[ID...]")
@tests_option
@json_option
@sources_option
def test(
    outlet_ids: tuple[str, ...], tests_dir: Path | None, as_json: bool, sources_file: Path | None
) -> int:
    """Read recorded pages with today's rules and show where their texts are not as expected.

    Each page is read with the rules of the day on which it was captured; no host is asked. Exit
    code 1 where a text differs. `scraper rules freeze` makes a case out of a capture.

    \b
    Example:
      scraper rules test
      scraper rules test moscow-times
    """
    from scraper.cli.rules.testing import test_rules
    from scraper.rules.cases import folder_of

    sources = sources_from(sources_file)
    folder = tests_dir or folder_of(sources_file_from(sources_file))
    return test_rules(sources, folder, outlet_ids, as_json=as_json)
