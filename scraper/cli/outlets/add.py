"""`scraper outlets add`: an outlet looked over, and written into sources.toml if one agrees."""

import sys
from pathlib import Path

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    private_option,
    sources_file_from,
    sources_from,
    sources_option,
)


@click.command(name="add")
@click.argument("url")
@click.option("--id", "outlet_id", metavar="ID", help="Its id; made of its name if absent.")
@click.option("--name", metavar="TEXT", help="Its name; as its pages say if absent.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of sources.d beside sources.toml for the entry.  [default: sources.toml]",
)
@click.option("--yes", is_flag=True, help="Write the entry without asking.")
@click.option("--dry-run", is_flag=True, help="Show the entry, write nothing.")
@private_option
@json_option
@sources_option
def add(
    url: str,
    outlet_id: str | None,
    name: str | None,
    into: Path | None,
    yes: bool,
    dry_run: bool,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
) -> int:
    """Look an outlet over by the URL of its home page or of an article, and propose its entry.

    Feeds, sitemaps and section pages are found and tried, robots.txt is read, some articles are
    taken, at the pace that the host allows. The entry is shown with what speaks for it, and written
    when you agree; comments and order of sources.toml stay as they are.

    \b
    Example:
      scraper outlets add https://www.example.org/
      scraper outlets add https://www.example.org/2026/03/01/some-article --id example --dry-run
      scraper outlets add https://www.example.org/ --into sources.d/europe.toml --yes
    """
    from scraper.cli.outlets.adding import Request, add_outlet
    from scraper.config.files import part_named
    from scraper.line import Settings

    file = sources_file_from(sources_file)
    sources = sources_from(file if file.exists() else sources_file)
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("nobody is there to agree: add --yes, or look first with --dry-run")
    archive = archive_from(None, sources)
    settings = Settings(
        archive=archive,
        catalog=catalog_from(archive, sources),
        sources=sources,
        allow_private=allow_private,
    )
    request = Request(
        url=url if "://" in url else f"https://{url}",
        file=file,
        into=part_named(file, into),
        outlet_id=outlet_id,
        name=name,
        agreed=yes,
        dry_run=dry_run,
        as_json=as_json,
    )
    return add_outlet(settings, request)
