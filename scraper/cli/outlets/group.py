"""`scraper outlets`: the commands that look at sources.toml and maintain it."""

import click

from scraper.cli.outlets.add import add
from scraper.cli.outlets.change import edit, remove, show
from scraper.cli.outlets.check import check
from scraper.cli.outlets.look import list_outlets, schema
from scraper.cli.outlets.transfer import export_opml, import_opml


@click.group(name="outlets")
def command() -> None:
    """Look at, check and maintain the outlets of sources.toml.

    \b
    Example:
      scraper outlets add https://www.example.org/
      scraper outlets check
      scraper outlets schema > sources.schema.json
    """


_COMMANDS = (add, check, edit, export_opml, import_opml, list_outlets, remove, schema, show)

for _each in _COMMANDS:
    command.add_command(_each)
