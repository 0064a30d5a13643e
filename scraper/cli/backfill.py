"""`scraper backfill`: the past of an outlet, through its sitemaps and the older pages of its feeds.

It does none of the work; it says what each list brought, and what became of each link.
"""

from contextlib import ExitStack, aclosing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.fetch import as_record, chosen_outlets, say_filed
from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    private_option,
    sources_from,
    with_places,
)
from scraper.cli.progress import progress
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.backfill.listings import Listing
    from scraper.backfill.run import Halted, Queue
    from scraper.backfill.window import Window
    from scraper.line import Settings
    from scraper.model import Outlet
    from scraper.plan import Planned

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="backfill")
@click.argument("outlet_id", metavar="ID")
@click.option(
    "--since",
    type=_DAY,
    required=True,
    metavar="YYYY-MM-DD",
    help="Nothing published before this day (UTC).",
)
@click.option(
    "--until", type=_DAY, metavar="YYYY-MM-DD", help="Nothing published after this day (UTC)."
)
@click.option("--max", "most", type=click.IntRange(min=1), help="Captures in this run.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched, and why not the rest.")
@private_option
@json_option
@with_places
def command(
    outlet_id: str,
    since: datetime,
    until: datetime | None,
    most: int | None,
    dry_run: bool,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Capture what an outlet published in the past, as far as its lists still name it.

    Read are the sitemaps of sources.toml and of robots.txt, and the older pages of feeds that have
    them (RFC 5005). The links go into the schedule; then they are captured, newest first. Run it
    again to go on after a stop: what is done is not asked for again, and a link that an earlier run
    left is captured, too. What has no date counts as wanted.

    \b
    Example:
      scraper backfill moscow-times --since 2026-01-01 --dry-run
      scraper backfill moscow-times --since 2026-01-01 --until 2026-03-31 --max 500
    """
    from scraper.backfill.window import Window
    from scraper.line import Settings

    if until is not None and until < since:
        raise click.UsageError("--until is before --since")
    sources = sources_from(sources_file)
    archive = archive_from(archive_dir, sources)
    settings = Settings(
        archive=archive,
        catalog=catalog_from(archive, sources),
        sources=sources,
        allow_private=allow_private,
    )
    (outlet,) = chosen_outlets(settings, (outlet_id,))
    end = None if until is None else until.replace(tzinfo=UTC) + timedelta(days=1)
    window = Window(since.replace(tzinfo=UTC), end)
    work = _plan if dry_run else _backfill
    return run(work(settings, outlet, window, most, as_json=as_json))


async def _backfill(
    settings: "Settings", outlet: "Outlet", window: "Window", most: int | None, *, as_json: bool
) -> int:
    from scraper.backfill.run import Halted, Queue, backfill
    from scraper.crawl import Filed
    from scraper.line import Line
    from scraper.reindex import reindex

    failed, advance = 0, _nothing
    with ExitStack() as bar:
        async with (
            Line(settings) as line,
            aclosing(backfill(line, outlet, window, most=most)) as results,
        ):
            await reindex(line)
            async for result in results:
                if isinstance(result, Filed):
                    advance()
                    failed += not result.is_whole
                    say_json(as_record(result)) if as_json else say_filed(result)
                elif isinstance(result, Queue):
                    _say_queue(result, as_json=as_json)
                    advance = bar.enter_context(progress(result.links, outlet.id))
                elif isinstance(result, Halted):
                    failed += 1
                    _say_halted(result, as_json=as_json)
                else:
                    failed += not result.is_answered
                    _say_listing(result, as_json=as_json)
    return 1 if failed else 0


async def _plan(
    settings: "Settings", outlet: "Outlet", window: "Window", most: int | None, *, as_json: bool
) -> int:
    from scraper.backfill.run import planned_backfill
    from scraper.plan import Planned

    failed = 0
    async with aclosing(planned_backfill(settings, outlet, window, most=most)) as plans:
        async for plan in plans:
            if isinstance(plan, Planned):
                _say_planned(plan, as_json=as_json)
            else:
                failed += not plan.is_answered
                _say_listing(plan, as_json=as_json)
    return 1 if failed else 0


def _nothing() -> None:
    """Stand for a bar that is not there yet."""


def _say_listing(listing: "Listing", *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "outlet": listing.outlet.id,
                "list": listing.url,
                "outcome": listing.outcome,
                "detail": listing.detail,
                "links": len(listing.links),
                "outside": len(listing.outside),
                "new": listing.new,
            }
        )
        return
    said = f"{listing.outlet.id}: {listing.url}: {listing.outcome}"
    if listing.links or listing.outside:
        said += f", {len(listing.links)} links ({listing.new} new)"
        said += f", {len(listing.outside)} of other days"
    say_error(f"{said}{listing.detail and '; ' + listing.detail}")


def _say_queue(queue: "Queue", *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(queue))
        return
    more = f"; {queue.left} more than --max allows wait for another run" if queue.left else ""
    say_error(f"{queue.links} links to capture{more}")


def _say_halted(halted: "Halted", *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(halted))
        return
    until = "" if halted.until is None else f" until {halted.until:%Y-%m-%d %H:%M} UTC"
    say_error(
        f"{halted.host} asked to be left alone{until}; {halted.links} links wait: "
        "run it again then, or let `scraper run` capture them"
    )


def _say_planned(plan: "Planned", *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(plan))
        return
    what = "would fetch" if plan.reason is None else f"not: {plan.reason}:"
    say(f"{plan.outlet}: {safe(what)} {safe(plan.url)}")
