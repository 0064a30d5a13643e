"""A full disk, waited out: when to try again, and what to make up for once there is room.

It stops nothing and frees nothing: the daemon rests by it.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from scraper.archive.recovery import recover
from scraper.disk import free_bytes
from scraper.errors import DiskFullError
from scraper.line import Line
from scraper.reindex import reindex

log = logging.getLogger(__name__)

RETRY_S = 30.0  # by the real clock: a disk does not know of a rehearsed one
_STEP = 65_536  # bytes: so much more room is somebody's doing


@dataclass(frozen=True, slots=True)
class Pause:
    """A rest since a moment at which a disk was full."""

    disks: tuple[Path, ...]
    since: float
    free: tuple[int, ...]  # bytes of each disk at that moment

    @classmethod
    def after(cls, exc: DiskFullError, disks: Sequence[Path], before: Self | None) -> Self:
        """Return the rest that an error asks for; it is logged unless we rest already."""
        if before is None:
            log.warning("paused: %s; it goes on by itself once there is room", exc)
        return cls(tuple(disks), time.monotonic(), tuple(map(free_bytes, disks)))

    def settled(self) -> Self:
        """Return the rest as it is once nothing is under way: what was cut back is no new room."""
        return replace(self, free=tuple(map(free_bytes, self.disks)))

    def is_over(self) -> bool:
        """Say whether to try again: somebody made room, or it was long ago that we tried."""
        now = tuple(map(free_bytes, self.disks))
        if any(free >= before + _STEP for free, before in zip(now, self.free, strict=True)):
            return True
        return time.monotonic() - self.since >= RETRY_S


async def make_up(line: Line) -> None:
    """Catalogue what was archived when the catalog had no room, and let links be fetched anew.

    Raises:
        DiskFullError: there is no room still.
    """
    line.require_room()
    line.close_files()
    for found in await asyncio.to_thread(recover, line.settings.archive):
        log.warning("closed what was left unfinished: %s", found)
    count = await reindex(line)
    line.catalog.schedule.release(line.owner)
    log.warning("there is room again: goes on, %d captures were catalogued meanwhile", count)
