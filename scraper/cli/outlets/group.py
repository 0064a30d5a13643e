"""`scraper outlets`: the commands that look at sources.toml and maintain it."""

import click

from scraper.cli.outlets.add import add
from scraper.cli.outlets.check import check
from scraper.cli.outlets.look import list_outlets, schema


@click.group(name="outlets")
def command() -> None:
    """Look at, check and maintain the outlets of sources.toml.

    \b
    Example:
      scraper outlets add https://www.example.org/
      scraper outlets check
      scraper outlets schema > sources.schema.json
    """


for _each in (add, check, list_outlets, schema):
    command.add_command(_each)
