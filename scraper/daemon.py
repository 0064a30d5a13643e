"""The daemon: asks the catalog what is due, again and again, and has it done.

It keeps no timetable of its own, so a restart loses nothing: APScheduler says when to look.
"""

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scraper import clock
from scraper.asking import ask_source
from scraper.config import Sources
from scraper.config.files import stamp_of
from scraper.config.messages import raise_all
from scraper.crawl import Job, capture_article
from scraper.disk import held
from scraper.errors import ConfigError, DiskFullError
from scraper.full_disk import Pause, make_up
from scraper.line import Line, Settings
from scraper.metrics import Metrics, place_in, shown
from scraper.reindex import reindex
from scraper.requisites import Wanted, fetch_requisites
from scraper.store.schedule_rows import LinkRow, SourceRow
from scraper.urls import normal_url
from scraper.verify.day import close_day
from scraper.watch import Watch

log = logging.getLogger(__name__)

LOCK = "daemon.lock"
OWNER = "daemon"  # of the links that it has under way
TICK_S = 1.0  # between two looks at the catalog, by the real clock
REHEARSED_TICK_S = 0.02
STOP_S = 20.0  # what is under way may take so long to end
PER_HOST = 4  # links of one host that wait in memory
WAITING = 8  # for each fetch that may go on, sources and links that wait for their host's turn


@dataclass(frozen=True, slots=True)
class Reload:
    """The outlets' file, and what reads it when it has changed."""

    file: Path
    load: Callable[[Path], Sources]


class Daemon:
    """Everything that is due, done in its turn; `run` goes on until its task is cancelled."""

    def __init__(
        self, line: Line, reload: Reload | None = None, metrics: Metrics | None = None
    ) -> None:
        self._line, self._reload, self._metrics = line, reload, metrics
        self._stamp = stamp_of(reload.file) if reload else None
        self._asked: set[int] = set()  # sources under way, by their numbers
        self._taken: set[int] = set()  # links under way; a claim may run out while they wait
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: BaseException | None = None
        self._pause: Pause | None = None  # while a disk is full
        self._day: date | None = None  # that it is, once the one before was sealed
        self._wake = asyncio.Event()
        self._watch = Watch(line)

    async def run(self) -> None:
        """Look at the catalog at every tick until cancelled; then end what is under way."""
        schedule = self._line.catalog.schedule
        self._line.owner = OWNER
        schedule.release(OWNER)  # what a killed daemon had taken; there is but one at a time
        self._sync()
        gc.collect()
        gc.freeze()  # what is there now stays; 5,000 outlets looked through for garbage take 70 ms
        ticks = AsyncIOScheduler(timezone="UTC")
        seconds = REHEARSED_TICK_S if clock.is_rehearsed() else TICK_S
        ticks.add_job(self._tick, "interval", seconds=seconds, max_instances=1, coalesce=True)
        ticks.start()
        try:
            while self._broken is None:
                await self._turn()
                await self._wake.wait()
                self._wake.clear()
            raise self._broken
        finally:
            ticks.shutdown(wait=False)
            await self._end()

    async def _tick(self) -> None:
        self._wake.set()

    async def _turn(self) -> None:
        """Look at what is due, unless a disk is full; once it is not, first make up for it."""
        try:
            if self._pause is not None:
                self._reload_if_changed()  # keep_free may be what changed
                if self._tasks:
                    return
                self._line.close_files()  # a rest may be long, and none of them is written on
                if not self._pause.is_over():
                    return
                await make_up(self._line)
                self._pause = None
            self.look()
            if self._day != (today := clock.now().date()):
                self._day = today
                self._begin(close_day(self._line))
            if self._watch.is_due():
                self._begin(self._watch.look())
        except DiskFullError as exc:
            self._rest(exc)

    def _rest(self, exc: DiskFullError) -> None:
        """Begin nothing until there is room again."""
        self._pause = Pause.after(exc, self._line.disks, self._pause)

    def look(self) -> None:
        """Begin what is due, as far as there is room."""
        self._reload_if_changed()
        self._line.require_room()
        room = self._line.settings.concurrency * WAITING - len(self._tasks)
        if room <= 0:
            return
        schedule, now = self._line.catalog.schedule, clock.now()
        # What is under way is still due, and stands first: it must not hide what is behind it.
        sources = schedule.due_sources(now, limit=room + len(self._asked))
        for source in [one for one in sources if one.id not in self._asked][:room]:
            self._asked.add(source.id)
            self._begin(self._ask(source))
        due = schedule.due_links(now, limit=room, per_host=PER_HOST)
        waiting = [link for link in due if link.id not in self._taken]
        if waiting:
            for link in schedule.claim(waiting, now, owner=self._line.owner):
                self._taken.add(link.id)
                self._begin(self._capture(link))

    async def _ask(self, row: SourceRow) -> None:
        try:
            outlet = self._line.outlet(row.outlet)
            sources = () if outlet is None else outlet.sources
            source = next((one for one in sources if normal_url(one.url) == row.url), None)
            if outlet is not None and source is not None:
                asked = await ask_source(self._line, outlet, source, row, gathers=False)
                if self._metrics is not None:
                    self._metrics.asked(asked)
                self._watch.touched(row.outlet)
        finally:
            self._asked.discard(row.id)

    async def _capture(self, row: LinkRow) -> None:
        try:
            outlet = self._line.outlet(row.outlet)
            if outlet is not None:
                filed = await capture_article(self._line, Job(url=row.url, outlet=outlet, row=row))
                self._watch.touched(row.outlet)
                if self._metrics is not None:
                    self._metrics.captured(filed)
                if filed.needs is not None:
                    self._begin(self._dress(filed.needs))
        finally:
            self._taken.discard(row.id)

    async def _dress(self, needs: Wanted) -> None:
        await fetch_requisites(self._line, needs)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DiskFullError):
            self._rest(error)
        elif error is not None:
            self._broken = error  # a sick disk, a catalog that is gone, a bug: be loud
            self._wake.set()
        if self._pause is not None and not self._tasks:
            self._pause = self._pause.settled()

    async def _end(self) -> None:
        """End what is under way: fetches are abandoned, what was fetched is kept."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        self._line.catalog.schedule.release(self._line.owner)

    def _sync(self) -> None:
        self._line.catalog.schedule.sync(self._line.outlets(), clock.now())

    def _reload_if_changed(self) -> None:
        """Take up an edit of sources.toml; a broken one leaves the old file in force."""
        if self._reload is None or (stamp := stamp_of(self._reload.file)) == self._stamp:
            return
        self._stamp = stamp
        try:
            sources = self._reload.load(self._reload.file)
            raise_all(sources.problems)  # half an edit would drop an outlet that is well
        except ConfigError as exc:
            log.warning("edit not taken up, the outlets are those of before: %s", exc)
            return
        self._line.settings = replace(self._line.settings, sources=sources)
        self._sync()
        log.info("sources taken up: %d outlets", len(sources.outlets))


async def run_daemon(settings: Settings, reload: Reload | None, ready: Callable[[], None]) -> None:
    """Run the daemon on an archive until the task is cancelled; `ready` is called once it works.

    Raises:
        LockedError: another daemon holds the archive; the message names it.
        ConfigError: the metrics cannot be shown where sources.toml says.
    """
    place_in(settings.sources)  # before anything is opened
    with held(settings.archive / LOCK):
        async with Line(settings) as line:
            with shown(line) as metrics:
                ready()
                await reindex(line)
                await Daemon(line, reload, metrics).run()
