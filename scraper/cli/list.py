"""`scraper list`: what the archive holds, one line each."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import archive_from, json_option, open_catalog, sources_from, with_places
from scraper.cli.terminal import safe, say, say_error, say_json
from scraper.model import Outcome

if TYPE_CHECKING:
    from scraper.store.drift import AlarmRow
    from scraper.store.rows import ArticleRow, CaptureRow


@click.command(name="list")
@click.option("--outlet", metavar="ID", help="Only this outlet.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Only what was captured on this day (UTC) or later.",
)
@click.option("--captures", is_flag=True, help="List every capture, failed ones too.")
@click.option(
    "--outcome",
    type=click.Choice([outcome.value for outcome in Outcome]),
    metavar="WORD",
    help="Only captures that ended so, e.g. http-error.",
)
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@json_option
@with_places
def command(
    outlet: str | None,
    since: date | None,
    captures: bool,
    outcome: str | None,
    limit: int,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """List the articles of the archive, or with --captures every fetch, newest first.

    \b
    Example:
      scraper list --outlet moscow-times --since 2026-03-01
      scraper list --captures --outcome http-error
    """
    sources = sources_from(sources_file)
    since_time = None if since is None else datetime(since.year, since.month, since.day, tzinfo=UTC)
    with open_catalog(archive_from(archive_dir, sources), sources) as catalog:
        rows: tuple[CaptureRow | ArticleRow, ...]
        if captures or outcome:
            rows = catalog.captures(outlet=outlet, since=since_time, outcome=outcome, limit=limit)
        else:
            rows = catalog.articles(outlet=outlet, since=since_time, limit=limit)
        standing = catalog.drift.alarms(sorted({row.outlet for row in rows}))
    for row in rows:
        alarm = _alarm(standing, row)
        if as_json:
            say_json(asdict(row) | {"alarm": alarm})
        else:
            say(" ".join([*_columns(row), *([f"[alarm: {alarm}]"] if alarm else [])]))
    if not rows:
        say_error("nothing found; `scraper list --captures` shows failed captures too")
    return 0


def _alarm(standing: "Sequence[AlarmRow]", row: "CaptureRow | ArticleRow") -> str | None:
    """Return why the outlet's pages were under alarm when a row was captured last, if they were."""
    from scraper.drift.changes import alarm_over
    from scraper.store.rows import ArticleRow

    moment = row.last_captured if isinstance(row, ArticleRow) else row.started
    alarm = alarm_over(standing, row.outlet, moment)
    return alarm.cause if alarm else None


def _columns(row: "CaptureRow | ArticleRow") -> Iterator[str]:
    from scraper.store.rows import ArticleRow

    if isinstance(row, ArticleRow):
        yield f"{row.id:>6}"
        yield f"{row.published or row.first_captured:%Y-%m-%d}"
        yield f"{safe(row.outlet, width=20):<20}"
        yield safe(row.title, width=80)
        if row.kind not in {None, "article"}:
            yield f"[{row.kind}]"
    else:
        yield f"{'c' + str(row.id):>6}"
        yield f"{row.started:%Y-%m-%d %H:%M}"
        yield f"{row.outcome:<12} {row.extract_status:<11}"
        yield safe(row.url)
