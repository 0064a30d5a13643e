"""`scraper outlets`: what sources.toml says, whether it is right, and its schema for editors.

It changes nothing.
"""

import json
from pathlib import Path

import click

from scraper.cli.options import json_option, sources_from, sources_option
from scraper.cli.terminal import safe, say, say_error, say_json


@click.group(name="outlets")
def command() -> None:
    """Look at and check the outlets of sources.toml.

    \b
    Example:
      scraper outlets check
      scraper outlets schema > sources.schema.json
    """


@command.command(name="list")
@sources_option
@json_option
def list_outlets(sources_file: Path | None, as_json: bool) -> int:
    """List the outlets, one a line.

    \b
    Example:
      scraper outlets list --sources sources.toml
    """
    sources = sources_from(sources_file)
    for outlet in sources.outlets:
        if as_json:
            say_json(
                {
                    "id": outlet.id,
                    "name": outlet.name,
                    "home": outlet.home,
                    "language": outlet.language,
                    "tags": outlet.tags,
                    "sources": [source.url for source in outlet.sources],
                    "rules": len(outlet.rules),
                }
            )
        else:
            what = f"{len(outlet.sources)} sources, {len(outlet.rules)} rules"
            say(f"{outlet.id:<24} {safe(outlet.name, width=32):<32} {what}")
    return _problems(sources.problems)


@command.command()
@sources_option
def check(sources_file: Path | None) -> int:
    """Check the whole file: exit 0 where nothing is wrong, 2 where something is.

    \b
    Example:
      scraper outlets check --sources sources.toml
    """
    sources = sources_from(sources_file)
    if sources.problems:
        _problems(sources.problems)
        return 2
    say(f"{len(sources.outlets)} outlets, nothing wrong")
    return 0


@command.command()
def schema() -> None:
    """Print a JSON Schema of sources.toml, for editors that complete and check as one types.

    \b
    Example:
      scraper outlets schema > sources.schema.json
    """
    from scraper.config import schema as schema_of_sources

    say(json.dumps(schema_of_sources(), indent=2, ensure_ascii=False))


def _problems(problems: tuple[Exception, ...]) -> int:
    for problem in problems:
        say_error(str(problem))
    return 1 if problems else 0
