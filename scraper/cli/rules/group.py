"""`scraper rules`: the commands that propose rules, try them, and turn captures into tests."""

import click

from scraper.cli.rules.freeze import freeze
from scraper.cli.rules.import_ftr import import_ftr
from scraper.cli.rules.suggest import suggest
from scraper.cli.rules.test import test


@click.group(name="rules")
def command() -> None:
    """Propose rules, try them on recorded pages, turn captures into tests.

    \b
    Example:
      scraper rules suggest moscow-times
      scraper rules freeze c12
      scraper rules test
    """


_COMMANDS = (freeze, import_ftr, suggest, test)

for _each in _COMMANDS:
    command.add_command(_each)
