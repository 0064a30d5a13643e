"""How long it takes to decide what is due: thousands of outlets, all of them due at once.

    python benchmarks/due.py [--outlets 5000] [--sources 3] [--links 4] [--ticks 20]

It fills an SQLite catalog in a temporary folder, fetches nothing, and prints the CPU time of each
question that a tick asks; nothing is asserted. `many.py` has a daemon ask them.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scraper.cadence import Verdict
from scraper.model import FetchPolicy, Link, Outlet, Source
from scraper.store.catalog import Catalog
from scraper.store.schedule import Schedule
from scraper.store.schedule_rows import LinkResult

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def main() -> None:
    args = arguments()
    outlets = [outlet(number, args.sources) for number in range(args.outlets)]
    with tempfile.TemporaryDirectory() as folder, Catalog.open(Path(folder) / "c.db") as catalog:
        schedule = catalog.schedule
        print(f"{os.cpu_count()} cores; {args.outlets} outlets with {args.sources} sources each")
        once("sync of new outlets", lambda: schedule.sync(outlets, NOW))
        once("sync again, nothing changed", lambda: schedule.sync(outlets, NOW))
        once(f"announce {args.links} links of each", lambda: fill(schedule, outlets, args.links))
        print(
            f"\nall due: {args.outlets * args.sources} sources, {args.outlets * args.links} links"
        )
        ask(schedule, outlets, args.ticks)
        print("\nnothing due")
        many(args.ticks, "due_sources", lambda _: schedule.due_sources(NOW - HOUR))
        many(args.ticks, "due_links", lambda _: schedule.due_links(NOW - HOUR))
        many(args.ticks, "next_due", lambda _: schedule.next_due(NOW - HOUR))
        once("status of all outlets", lambda: schedule.status(NOW + HOUR, outlets))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outlets", type=int, default=5000)
    parser.add_argument("--sources", type=int, default=3)
    parser.add_argument("--links", type=int, default=4)
    parser.add_argument("--ticks", type=int, default=20)
    return parser.parse_args()


def outlet(number: int, sources: int) -> Outlet:
    home = f"https://news{number}.example/"
    return Outlet(
        id=f"news{number}",
        name=f"News {number}",
        home=home,
        sources=tuple(Source(type="feed", url=f"{home}feed{n}.xml") for n in range(sources)),
        fetch=FetchPolicy(recheck=(HOUR,)),
    )


def fill(schedule: Schedule, outlets: Sequence[Outlet], links: int) -> None:
    for each in outlets:
        source = each.sources[0]
        found = [Link(url=f"{each.home}{n}", source=source.url) for n in range(links)]
        schedule.announce(each, source, found, NOW)


def ask(schedule: Schedule, outlets: Sequence[Outlet], ticks: int) -> None:
    later = NOW + HOUR
    by_id = {outlet.id: outlet for outlet in outlets}
    many(ticks, "due_sources, 100 of them", lambda _: schedule.due_sources(later, limit=100))
    many(ticks, "due_links, 100 of them", lambda _: schedule.due_links(later, limit=100))
    many(ticks, "due_links, 1000 of them", lambda _: schedule.due_links(later, limit=1000))
    many(ticks, "next_due", lambda _: schedule.next_due(later))

    def take(tick: int) -> None:
        schedule.claim(schedule.due_links(later), later, owner=f"tick {tick}")

    many(ticks, "due_links and claim, 100", take)
    many(ticks, "next_due, with claims", lambda _: schedule.next_due(later))
    schedule.release()
    rows = schedule.due_links(later, limit=ticks)

    def done(tick: int) -> None:
        result = LinkResult(link_id=rows[tick].id, at=later, verdict=Verdict.TEMPORARY)
        schedule.link_done(by_id[rows[tick].outlet], result)

    many(len(rows), "link_done", done)


def once(what: str, act: Callable[[], object]) -> None:
    start = time.process_time()
    act()
    print(f"{what:<32} {time.process_time() - start:9.2f} s")


def many(times: int, what: str, act: Callable[[int], object]) -> None:
    taken = []
    for number in range(times):
        start = time.process_time()
        act(number)
        taken.append(1000 * (time.process_time() - start))
    print(f"{what:<32} {statistics.median(taken):7.1f} ms  (most {max(taken):.1f} ms)")


if __name__ == "__main__":
    main()
