"""`scraper outlets list` and `schema`: what sources.toml says, and its schema for editors.

They change nothing.
"""

import json
from pathlib import Path

import click

from scraper.cli.options import json_option, sources_from, sources_option
from scraper.cli.terminal import safe, say, say_json


@click.command(name="list")
@sources_option
@json_option
def list_outlets(sources_file: Path | None, as_json: bool) -> None:
    """List the outlets, one a line.

    \b
    Example:
      scraper outlets list --sources sources.toml
    """
    for outlet in sources_from(sources_file).outlets:
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


@click.command()
def schema() -> None:
    """Print a JSON Schema of sources.toml, for editors that complete and check as one types.

    \b
    Example:
      scraper outlets schema > sources.schema.json
    """
    from scraper.config import schema as schema_of_sources

    say(json.dumps(schema_of_sources(), indent=2, ensure_ascii=False))
