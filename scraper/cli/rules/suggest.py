"""`scraper rules suggest`: the rule that an outlet's captures speak for, with evidence."""

from pathlib import Path

import click

from scraper.cli.options import (
    archive_from,
    json_option,
    open_catalog,
    sources_file_from,
    sources_from,
    with_places,
)


@click.command()
@click.argument("outlet_id", metavar="ID")
@click.option("--apply", is_flag=True, help="Write the rule into sources.toml.")
@click.option(
    "--captures",
    type=click.IntRange(min=3),
    default=20,
    show_default=True,
    help="The most stories to learn from, newest first.",
)
@json_option
@with_places
def suggest(
    outlet_id: str,
    apply: bool,
    captures: int,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Propose a rule for an outlet: selectors for headline, body, what to strip and what to keep.

    They come from what its captures in the archive have in common; no host is asked. Without
    --apply nothing is written, and what is printed can be pasted into sources.toml.

    \b
    Example:
      scraper rules suggest moscow-times
      scraper rules suggest moscow-times --apply
    """
    from scraper.cli.rules.suggesting import suggest_rule

    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    with open_catalog(root, sources) as catalog:
        return suggest_rule(
            root,
            catalog,
            sources,
            sources_file_from(sources_file),
            outlet_id,
            most=captures,
            apply=apply,
            as_json=as_json,
        )
