"""`scraper rules import-ftr`: rules out of files of fivefilters/ftr-site-config."""

from pathlib import Path

import click

from scraper.cli.options import json_option, sources_file_from, sources_option


@click.command(name="import-ftr")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="A file of sources.d for new outlets.  [default: sources.d/ftr.toml]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be taken over.")
@json_option
@sources_option
def import_ftr(
    path: Path, into: Path | None, dry_run: bool, as_json: bool, sources_file: Path | None
) -> int:
    """Take over rules from PATH, a file of fivefilters/ftr-site-config or a folder of them.

    An outlet that has rules keeps them and gets none; one without gets the file's; a host without
    an outlet gets one, without sources. Such a rule reads a page only while it agrees with what is
    read without it: see [docs/rules.md]. What cannot be taken over is listed.

    \b
    Example:
      scraper rules import-ftr ftr-site-config/example.org.txt --dry-run
      scraper rules import-ftr ftr-site-config
    """
    from scraper.cli.rules.importing import import_patterns

    return import_patterns(
        path, sources_file_from(sources_file), into, dry_run=dry_run, as_json=as_json
    )
