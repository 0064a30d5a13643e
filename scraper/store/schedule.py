"""The schedule: what is due stands in the catalog, so a restart loses nothing.

It keeps no time and asks nothing of the network: whoever does says when it was, and what came.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from scraper.cadence import LinkState
from scraper.model import Link, Outlet, Source
from scraper.store import announcing, due, hosts, links, sources
from scraper.store.backlog import backlog
from scraper.store.database import Database
from scraper.store.schedule_rows import (
    Announced,
    Backlog,
    HostRow,
    LinkResult,
    LinkRow,
    OutletStatus,
    SourceResult,
    SourceRow,
)
from scraper.store.sources import DEFAULT_BOUNDS, Bounds
from scraper.store.status import outlet_status


class Schedule:
    """The schedule of an open catalog; each method is one transaction.

    Threads and processes may share it. Errors of every method: CatalogError, DiskFullError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, outlets: Sequence[Outlet], now: datetime) -> None:
        """Let outlets and sources be those of sources.toml: new ones are due, removed ones rest.

        What is known of a removed one stays. More than a few new sources are spread over a quarter
        of an hour.
        """
        with self._database.writing() as connection:
            sources.sync(connection, outlets, now)

    def due_sources(self, now: datetime, *, limit: int = 100) -> tuple[SourceRow, ...]:
        """Return the sources to ask now, longest due first; none of a paused host."""
        with self._database.reading() as connection:
            return sources.due_sources(connection, now, limit)

    def source(self, outlet: str, url: str) -> SourceRow | None:
        """Return a source of an outlet by its URL."""
        with self._database.reading() as connection:
            return sources.source_of(connection, outlet, url)

    def source_done(
        self,
        outlet: Outlet,
        url: str,
        result: SourceResult,
        now: datetime,
        *,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> SourceRow:
        """Write down what asking a source came to; the row says when it's asked again."""
        with self._database.writing() as connection:
            return sources.source_done(connection, outlet, url, result, now, bounds)

    def announce(
        self, outlet: Outlet, source: Source, announced: Sequence[Link], now: datetime
    ) -> Announced:
        """Keep what a source says of links. URLs with one canonical key are one link, and a URL
        that an article is known under is that article's, and no new link."""
        with self._database.writing() as connection:
            return announcing.announce(connection, outlet, source, announced, now)

    def due_links(
        self, now: datetime, *, limit: int = 100, per_host: int = 4
    ) -> tuple[LinkRow, ...]:
        """Return links to fetch now: new ones and retries, then rechecks.

        Hosts take turns, the one longest without a turn first; each gives the first `per_host`
        links of its queue, less those that somebody has taken. None is of a paused host or an
        outlet that isn't in sources.toml.
        """
        with self._database.reading() as connection:
            return due.due_links(connection, now, limit, per_host)

    def claim(
        self,
        chosen: Collection[LinkRow],
        now: datetime,
        *,
        owner: str,
        hold: timedelta = due.CLAIM,
    ) -> tuple[LinkRow, ...]:
        """Take links for a while; return those that are due and that nobody was faster to take."""
        with self._database.writing() as connection:
            return due.claim(connection, chosen, owner, now, hold)

    def owners(self) -> tuple[str, ...]:
        """Return who has taken links."""
        with self._database.reading() as connection:
            return due.owners(connection)

    def release(self, owner: str | None = None) -> int:
        """Give back what somebody took and did not do, or what anybody did; say how many."""
        with self._database.writing() as connection:
            return due.release(connection, owner)

    def link_done(self, outlet: Outlet, result: LinkResult) -> LinkRow:
        """Write down what a try at a link came to that left no capture; the row says what is next.

        Where there is a capture, `Catalog.save_capture` does so in its own transaction.
        """
        with self._database.writing() as connection:
            return links.link_done(connection, outlet, result)

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest moment, maybe past, at which there is something to ask or fetch."""
        with self._database.reading() as connection:
            return due.next_due(connection, now)

    def backlog(self, now: datetime) -> Backlog:
        """Return what is due all in all."""
        with self._database.reading() as connection:
            return backlog(connection, now)

    def link(self, key: int | str) -> LinkRow | None:
        """Return a link by its number or by any spelling of its URL."""
        with self._database.reading() as connection:
            return links.link_of(connection, key)

    def links(
        self,
        *,
        outlet: str | None = None,
        state: LinkState | None = None,
        limit: int | None = None,
    ) -> tuple[LinkRow, ...]:
        """Return links, newest first."""
        with self._database.reading() as connection:
            return links.links(connection, outlet=outlet, state=state, limit=limit)

    def known_links(self, urls: Collection[str]) -> set[str]:
        """Return those of some URLs that are links, or that articles are known under."""
        with self._database.reading() as connection:
            return announcing.known_links(connection, urls)

    def requeue(
        self, now: datetime, *, ids: Collection[int] = (), outlet: str | None = None
    ) -> int:
        """Let links that were given up be tried at once, or an outlet's quarantined ones; return
        how many there were."""
        with self._database.writing() as connection:
            return links.requeue(connection, ids=ids, outlet=outlet, now=now)

    def pause_host(self, host: str, until: datetime, reason: str) -> None:
        """Let nothing of a host be due until a moment; a longer pause is not shortened."""
        with self._database.writing() as connection:
            hosts.pause_host(connection, host, until, reason)

    def host(self, host: str) -> HostRow | None:
        """Return what is known of a host."""
        with self._database.reading() as connection:
            return hosts.host_row(connection, host)

    def keep_robots(
        self,
        host: str,
        *,
        outcome: str,
        fetched_at: datetime,
        expires: datetime,
        status: int | None = None,
        body: bytes | None = None,
    ) -> None:
        """Keep what came of asking for a robots.txt; without a body the last good copy stays."""
        with self._database.writing() as connection:
            hosts.keep_robots(
                connection,
                host,
                outcome=outcome,
                fetched_at=fetched_at,
                expires=expires,
                status=status,
                body=body,
            )

    def status(self, now: datetime, outlets: Sequence[Outlet]) -> tuple[OutletStatus, ...]:
        """Return what there is to say of outlets, in their order."""
        with self._database.reading() as connection:
            return outlet_status(connection, now, outlets)
