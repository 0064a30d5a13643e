"""`scraper outlets show`, `edit` and `remove`: one outlet of sources.toml.

What they do is in `changing`, which imports what their help need not wait for.
"""

from pathlib import Path

import click

from scraper.cli.options import json_option, sources_file_from, sources_option


@click.command()
@click.argument("outlet_id", metavar="ID")
@json_option
@sources_option
def show(outlet_id: str, as_json: bool, sources_file: Path | None) -> int:
    """Show what sources.toml says of an outlet, and where it says it.

    \b
    Example:
      scraper outlets show moscow-times
    """
    from scraper.cli.outlets.changing import show_outlet

    return show_outlet(sources_file_from(sources_file), outlet_id, as_json=as_json)


@click.command()
@click.argument("outlet_id", metavar="ID")
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@sources_option
def edit(outlet_id: str, changes: tuple[str, ...], dry_run: bool, sources_file: Path | None) -> int:
    """Change keys of an outlet; comments and order of the file stay as they are.

    Keys are dotted; sources and rules are counted from 1. KEY= takes a key (or a whole source or
    rule) away, KEY+=VALUE adds to a list. The file is checked as a whole before it is written.

    \b
    Example:
      scraper outlets edit moscow-times delay=5s fetch.timeout=30s tags+=europe
      scraper outlets edit moscow-times source.2.type=sitemap source.2.url=https://www.example.org/sitemap.xml
      scraper outlets edit moscow-times 'rules.1.strip+=.banner' language=
    """
    from scraper.cli.outlets.changing import edit_outlet

    return edit_outlet(sources_file_from(sources_file), outlet_id, changes, dry_run=dry_run)


@click.command()
@click.argument("outlet_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@sources_option
def remove(outlet_id: str, yes: bool, sources_file: Path | None) -> int:
    """Take an outlet out of sources.toml; what the archive holds of it stays.

    \b
    Example:
      scraper outlets remove moscow-times
    """
    from scraper.cli.outlets.changing import remove_outlet

    return remove_outlet(sources_file_from(sources_file), outlet_id, agreed=yes)
