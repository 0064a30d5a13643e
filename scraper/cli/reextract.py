"""`scraper reextract`: captures read again with today's rules, and what that changes.

It does none of the work; it shows each change before the next page is looked at.
"""

from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    open_catalog,
    sources_from,
    with_places,
)
from scraper.cli.progress import progress
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.line import Settings
    from scraper.reextract import Change, Event
    from scraper.store.selections import Selection

_WIDTH = 100
_SHOWN = 3  # paragraphs of each kind


@click.command(name="reextract")
@click.option("--outlet", metavar="ID", help="Only captures of this outlet.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Only captures of this day (UTC) and later.",
)
@click.option("--url", help="Only captures of one article.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@json_option
@with_places
def command(
    outlet: str | None,
    since: datetime | None,
    url: str | None,
    jobs: int,
    dry_run: bool,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Read captures again from their WARC records, with today's rules, and keep what changes.

    Shown is, for each capture that reads otherwise, what came in and what went. A changed text is
    a new file and a new record of the same capture; the old ones stay. Where today's rules find no
    article any more, the old text holds on. Run it again, and nothing changes.

    \b
    Example:
      scraper reextract --outlet moscow-times --dry-run
      scraper reextract --since 2026-03-01 --jobs 4
    """
    from scraper.line import Settings
    from scraper.store.selections import Selection

    sources = sources_from(sources_file)
    archive = archive_from(archive_dir, sources)
    open_catalog(archive, sources).close()  # says so where there is none
    settings = Settings(
        archive=archive, catalog=catalog_from(archive, sources), sources=sources, workers=jobs
    )
    begin = None if since is None else since.replace(tzinfo=UTC)
    selection = Selection(outlet=outlet, since=begin, url=url)
    return run(_reextract(settings, selection, dry_run=dry_run, as_json=as_json))


@dataclass(slots=True)
class _Counts:
    read: int = 0
    changed: int = 0
    lost: int = 0
    unreadable: int = 0


async def _reextract(
    settings: "Settings", selection: "Selection", *, dry_run: bool, as_json: bool
) -> int:
    from scraper.line import Line
    from scraper.reextract import captures_to_read, reextract
    from scraper.reindex import reindex

    counts = _Counts()
    async with Line(settings) as line:
        await reindex(line)
        with progress(captures_to_read(line, selection), "reading again") as advance:
            async with aclosing(reextract(line, selection, dry_run=dry_run)) as events:
                async for event in events:
                    advance()
                    _say(event, counts, as_json=as_json)
    if as_json:
        say_json({"event": "end", "dry_run": dry_run, **asdict(counts)})
    else:
        _say_counts(counts, dry_run=dry_run)
    return 1 if counts.lost or counts.unreadable else 0


def _say(event: "Event", counts: _Counts, *, as_json: bool) -> None:
    from scraper.reextract import Change, Unreadable

    counts.read += 1
    if isinstance(event, Change):
        counts.lost += event.is_lost
        counts.changed += not event.is_lost
        say_json({"event": "change", **asdict(event)}) if as_json else _say_change(event)
    elif isinstance(event, Unreadable):
        counts.unreadable += 1
        if as_json:
            say_json({"event": "unreadable", **asdict(event)})
        else:
            say_error(f"capture {event.id} of {event.url}: {event.problem}")


def _say_change(change: "Change") -> None:
    said = f"{change.id} {change.started:%Y-%m-%d} {safe(change.outlet)}: {safe(change.url)}"
    if change.is_lost:
        say(f"{said}\n    no article any more ({change.after}); the old text holds on")
        return
    say(f"{said}\n    {len(change.removed)} paragraphs out, {len(change.added)} in")
    for sign, paragraphs in (("-", change.removed), ("+", change.added)):
        for paragraph in paragraphs[:_SHOWN]:
            say(f"    {sign} {safe(paragraph, width=_WIDTH)}")
        if len(paragraphs) > _SHOWN:
            say(f"    {sign} ... and {len(paragraphs) - _SHOWN} more")


def _say_counts(counts: _Counts, *, dry_run: bool) -> None:
    what = "would change" if dry_run else "changed"
    said = f"{counts.read} captures read again: {counts.changed} {what}"
    if counts.lost:
        said += f", {counts.lost} have no article any more and were left"
    if counts.unreadable:
        said += f", {counts.unreadable} could not be read"
    say(said)
