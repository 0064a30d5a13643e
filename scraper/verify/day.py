"""The end of a day: what was archived is sealed, once.

It decides nothing about what a seal says, and asks for it from a thread, since a day's records take
a while to be read.
"""

import asyncio
import logging
from datetime import date, timedelta
from threading import Event

from scraper import clock
from scraper.archive.chain import day_in
from scraper.errors import DamageError, LockedError
from scraper.line import Line
from scraper.verify.chain import manifests_in, seal

log = logging.getLogger(__name__)


def day_to_close(line: Line) -> date | None:
    """Return the day that is over and not sealed yet: yesterday, or None."""
    yesterday = clock.now().date() - timedelta(days=1)
    sealed = [day_in(path.name) for path in manifests_in(line.settings.archive)[-1:]]
    return None if sealed and (sealed[0] or yesterday) >= yesterday else yesterday


async def close_day(line: Line) -> None:
    """Seal the day that is over, if it is not; a chain that is broken is told and left as it is.

    Raises:
        ArchiveError, DiskFullError: it was not sealed; the next call does it.
    """
    day = day_to_close(line)
    if day is None:
        return
    stop = Event()
    try:
        root = line.settings.archive
        path = await asyncio.to_thread(seal, root, day=day, now=clock.now(), stop=stop)
    except asyncio.CancelledError:
        stop.set()  # the thread goes on otherwise, and whoever ends us waits for it
        raise
    except (DamageError, LockedError) as exc:
        log.error("the day %s was not sealed: %s", day, exc)
        return
    log.info("sealed %s: %s", day, path or "nothing was archived")
