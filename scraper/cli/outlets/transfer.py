"""`scraper outlets import` and `export`: the lists of feeds that feed readers exchange (OPML).

What they do is in `transferring`, which imports what their help need not wait for.
"""

from pathlib import Path

import click

from scraper.cli.options import json_option, sources_file_from, sources_from, sources_option


@click.command(name="import")
@click.argument("opml", metavar="FILE|-")
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of sources.d beside sources.toml for new outlets.  [default: sources.toml]",
)
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be written.")
@json_option
@sources_option
def import_opml(
    opml: str,
    into: Path | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    sources_file: Path | None,
) -> int:
    """Take the feeds of an OPML file into sources.toml, those of one site as one outlet.

    A feed of an outlet that is there already becomes a source of it; feeds that are there are
    skipped. Nothing is asked of any host: `scraper outlets check` says which feeds answer.

    \b
    Example:
      scraper outlets import subscriptions.opml --dry-run
      scraper outlets import subscriptions.opml --into sources.d/imported.toml --yes
    """
    from scraper.cli.outlets.transferring import Import, import_feeds
    from scraper.config.files import part_named

    file = sources_file_from(sources_file)
    sources = sources_from(file if file.exists() else sources_file)
    wanted = Import(
        opml=opml,
        file=file,
        into=part_named(file, into),
        agreed=yes,
        dry_run=dry_run,
        as_json=as_json,
    )
    return import_feeds(sources, wanted)


@click.command(name="export")
@click.argument("opml", metavar="[FILE|-]", default="-")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only outlets with this tag.")
@sources_option
def export_opml(opml: str, tags: tuple[str, ...], sources_file: Path | None) -> int:
    """Write the feeds of the outlets as OPML, for feed readers.

    \b
    Example:
      scraper outlets export outlets.opml
      scraper outlets export --tag russia > russia.opml
    """
    from scraper.cli.outlets.transferring import export_feeds

    return export_feeds(sources_from(sources_file), opml, tags)
