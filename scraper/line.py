"""The rooms, joined for one run: client, WARC writers, extraction workers, catalog.

It knows what a run works with, and in no way what it does: that is `crawl`.
"""

import asyncio
import hashlib
import logging
import os
import re
import socket
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from scraper import __version__, clock
from scraper.archive.reader import exchanges_in, is_there
from scraper.archive.recovery import Recovered, recover
from scraper.archive.revisits import Original
from scraper.archive.writer import CassetteWriter, WarcWriter
from scraper.config import Sources, outlet_for
from scraper.disk import disk_error, make_folder, require_room
from scraper.errors import ConfigError
from scraper.extract import Extractor
from scraper.fetch.client import Client
from scraper.fetch.guard import Resolver
from scraper.fetch.pace import Pace
from scraper.fetch.replay import Replay
from scraper.in_hand import InHand
from scraper.model import Outlet
from scraper.politeness import Politeness
from scraper.store.catalog import Catalog
from scraper.store.saving import SavedCapture
from scraper.store.schedule_rows import LinkResult, LinkRow
from scraper.store.sources import Bounds
from scraper.templates import Learning
from scraper.together import Together
from scraper.urls import host_of, normal_url, site_of

log = logging.getLogger(__name__)

SOFTWARE = f"scraper/{__version__}"

_MOST_FILES = 10_000  # WARC files open at once; the same again is left for connections and others
_MOST_LISTS = 20_000  # sitemaps whose digests are remembered; 300 bytes each
_LONGEST_ID = 63  # of an outlet: a folder name, and a label in a host name

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a pass runs with."""

    archive: Path
    catalog: Path | str
    sources: Sources
    allow_private: tuple[str, ...] = ()  # CIDR ranges, beside those of each outlet
    concurrency: int = 8  # fetches at once, over all hosts
    unfinished: int = 16  # pages that were fetched and not yet kept; at so many no more are fetched
    most_in_hand: int = 48_000_000  # bytes of pages and sources, packed and unpacked, until kept
    workers: int = 2  # processes that extract
    templates: bool = True  # what an outlet's pages have in common is learnt, and read with
    with_blocks: bool = False  # articles come with their blocks, kept and stripped
    replay: Replay | None = None  # instead of the network
    record: Path | None = None  # a cassette of everything that is fetched
    resolver: Resolver | None = None  # instead of the system's
    extractor: Extractor | None = None  # instead of workers that end with the run


class Line:
    """The rooms, joined for one pass: client, WARC writers, extraction workers, catalog.

    Use it as an async context manager; leaving it gives every file its final name.
    """

    catalog: Catalog
    client: Client
    extractor: Extractor
    learning: Learning
    cassette: CassetteWriter | None
    politely: Politeness

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pace = Pace(clock=clock.seconds, sleep=clock.sleep)
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._outlets: tuple[Settings, dict[str, Outlet]] | None = None
        self._writers: dict[str, WarcWriter] = {}
        self._used: dict[str, None] = {}  # outlets whose files may be open, last used last
        self._most_files = most_files()
        self._stack = AsyncExitStack()
        self._unfinished: set[asyncio.Task[object]] = set()
        self.recovered: tuple[Recovered, ...] = ()  # what a killed process had left
        self._room = asyncio.Event()
        self.in_hand = InHand(settings.most_in_hand)
        self.dressing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by outlet
        self._listed: dict[str, str] = {}  # digests of sitemaps that were kept, by URL

    async def __aenter__(self) -> Self:
        settings, enter = self.settings, self._stack.enter_context
        async with self._stack:  # closes what is open when a later one fails to open
            _make(settings.archive)
            self.recovered = recover(settings.archive)
            for found in self.recovered:
                log.warning("closed what was left unfinished: %s", found)
            self.catalog = enter(Catalog.open(settings.catalog))
            self.cassette = enter(CassetteWriter(settings.record)) if settings.record else None
            self.client = await self._stack.enter_async_context(
                client_for(settings.sources, replay=settings.replay, resolver=settings.resolver)
            )
            self.politely = Politeness(
                self.client,
                self.pace,
                self.catalog.schedule,
                self.writer,
                concurrency=settings.concurrency,
                has_room=self.has_room,
            )
            self._saving = Together(self.catalog.save_captures)
            self.extractor = (
                await self._stack.enter_async_context(Extractor(settings.workers))
                if settings.extractor is None
                else settings.extractor
            )
            self.learning = Learning(self.catalog, settings.archive, now=clock.now)
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*self._unfinished, return_exceptions=True)
        try:
            await self.learning.close()
        finally:
            await self._stack.__aexit__(kind, error, trace)

    async def finish(self, work: Coroutine[None, None, T]) -> T:
        """Await work that goes on to its end although its caller is cancelled: a page that was
        fetched is kept, and extraction has a deadline of its own."""
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._unfinished.discard(task)
        self._room.set()

    async def has_room(self) -> None:
        """Wait while many pages are at hand that were fetched and not yet kept."""
        while len(self._unfinished) >= self.settings.unfinished:
            self._room.clear()
            await self._room.wait()

    async def save(self, saved: SavedCapture, link: LinkResult | None) -> int:
        """Keep a capture in the catalog and return its number; those that wait share a commit."""
        return await self._saving.done((saved, link))

    @property
    def bounds(self) -> Bounds:
        """Between which pauses the polls of sources adapt."""
        defaults = self.settings.sources.defaults
        return Bounds(every_min=defaults.every_min, every_max=defaults.every_max)

    def require_room(self) -> None:
        """Refuse to begin what the disks of archive and catalog might not hold to its end.

        Raises:
            DiskFullError: less is left than `[defaults].keep_free`.
        """
        require_room(self.disks, self.settings.sources.defaults.keep_free)

    @property
    def disks(self) -> tuple[Path, ...]:
        """The folders that are written to: the archive's, and the catalog's where it is a file."""
        archive, catalog = self.settings.archive, self.settings.catalog
        is_file = isinstance(catalog, Path) or "://" not in catalog
        return (archive, Path(catalog).absolute().parent) if is_file else (archive,)

    def close_files(self) -> None:
        """Give the WARC files their final names; the next record begins new ones."""
        for writer in self._writers.values():
            writer.close()

    def outlets(self) -> tuple[Outlet, ...]:
        """Return the outlets of sources.toml, with the private addresses that the run allows."""
        return tuple(self._by_id().values())

    def outlet(self, outlet_id: str) -> Outlet | None:
        """Return one of them, or None where sources.toml has it no more."""
        return self._by_id().get(outlet_id)

    def _by_id(self) -> dict[str, Outlet]:
        settings = self.settings
        if self._outlets is None or self._outlets[0] is not settings:  # an edit was taken up
            ranges = settings.allow_private
            found = {one.id: with_private(one, ranges) for one in settings.sources.outlets}
            self._outlets = (settings, found)
        return self._outlets[1]

    def is_kept(self, url: str, digest: str) -> bool:
        """Say whether a sitemap of an index is as it was when `note_kept` was last told of it.

        The catalog has a row for the index alone; after a restart each is new once.
        """
        return self._listed.get(url) == digest

    def note_kept(self, url: str, digest: str) -> None:
        """Remember that a sitemap of an index is in the archive."""
        self._listed.pop(url, None)
        self._listed[url] = digest
        if len(self._listed) > _MOST_LISTS:
            del self._listed[next(iter(self._listed))]

    def original_of(self, link: LinkRow) -> Original | None:
        """Return the last whole response that is stored of a link: what a revisit refers to."""
        row = self.catalog.last_exchange(link.id)
        if row is None or row.response_id is None or row.response_file is None:
            return None
        if not is_there(self.settings.archive, row.response_file):
            return None  # lost: what refers to it could never be read
        return Original(
            id=row.response_id, url=row.url, date=row.started, payload_digest=row.payload_digest
        )

    def writer(self, outlet: Outlet) -> WarcWriter:
        """Return the WARC writer of an outlet, opened at its first use."""
        if outlet.id not in self._writers:
            writer = WarcWriter(
                self.settings.archive,
                outlet.id,
                now=clock.now(),
                software=SOFTWARE,
                operator=self.settings.sources.defaults.contact,
            )
            self._writers[outlet.id] = self._stack.enter_context(writer)
        self._used.pop(outlet.id, None)
        self._used[outlet.id] = None
        if len(self._used) > self._most_files:
            longest_unused = next(iter(self._used))
            del self._used[longest_unused]
            self._writers[longest_unused].close()  # the next write would open another file
        return self._writers[outlet.id]


def most_files() -> int:
    """Return how many WARC files may be open at once, the system's limit raised as far as it goes.

    Each outlet keeps one open for a day, and a process may open 1,024 files unless it asks.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit to ask for
        return _MOST_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, 2 * _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return _MOST_FILES if soft == resource.RLIM_INFINITY else min(soft // 2, _MOST_FILES)


def _make(archive: Path) -> None:
    try:
        make_folder(archive)
    except OSError as exc:
        raise disk_error(exc, archive, kept="nothing was fetched; choose another archive") from exc


def outlet_of(sources: Sources, url: str, allow_private: tuple[str, ...] = ()) -> Outlet:
    """Return the outlet of a URL by its host, or one made up for a host that no outlet has."""
    return with_private(outlet_for(sources, url) or stray_outlet(sources, url), allow_private)


def with_private(outlet: Outlet, ranges: tuple[str, ...]) -> Outlet:
    """Return an outlet whose fetches may go to further address ranges."""
    if not ranges:
        return outlet
    allowed = (*outlet.fetch.allow_private, *ranges)
    return replace(outlet, fetch=replace(outlet.fetch, allow_private=allowed))


def stray_outlet(sources: Sources, url: str) -> Outlet:
    """Return the outlet under which pages of a host that is in no sources.toml are filed."""
    try:
        host = site_of(host_of(normal_url(url)))
    except ValueError:
        host = "no-host"
    taken = {outlet.id for outlet in sources.outlets}
    name = re.sub(r"[^a-z0-9]+", "-", host).strip("-") or "no-host"
    if name in taken or len(name) > _LONGEST_ID:
        name = f"{name[: _LONGEST_ID - 9]}-{hashlib.sha256(host.encode()).hexdigest()[:8]}"
    defaults = sources.defaults
    return Outlet(
        id=name,
        name=host,
        home=f"http://{host}/",
        delay=defaults.delay,
        dedup=defaults.dedup,
    )


def client_for(
    sources: Sources, *, replay: Replay | None = None, resolver: Resolver | None = None
) -> Client:
    """Return a client that says who asks."""
    name = user_agent(sources.defaults.contact)
    return Client(user_agent=name, replay=replay, resolver=resolver)


def user_agent(contact: str | None) -> str:
    """Return the honest name of this program, with the contact where there is one."""
    return SOFTWARE if contact is None else f"{SOFTWARE} (+{contact})"


def cassette(file: Path) -> Replay:
    """Return what a cassette recorded, to be replayed instead of the network."""
    return Replay(exchanges_in(file))


def refuse_anonymous(sources: Sources, outlets: Iterable[Outlet]) -> None:
    """Let nobody crawl the open internet without saying who asks; one's own hosts need no name.

    Raises:
        ConfigError: there is no contact, and an outlet is not on one's own hosts.
    """
    if sources.defaults.contact is None and any(not one.fetch.allow_private for one in outlets):
        problem = (
            "missing: outlets must be able to tell who crawls them; "
            'write contact = "you@your.site" there'
        )
        raise ConfigError(problem, file=sources.file, table="[defaults]", key="contact")
