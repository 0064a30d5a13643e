"""The end of a day: what was archived is sealed, once, and timestamped where that is wished.

It decides nothing about what a seal says, and asks for it from a thread, since a day's records take
a while to be read.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

from scraper import clock
from scraper.archive.chain import day_in, manifests_in
from scraper.archive.timestamp import REQUEST_TYPE, SUFFIX, question, stamp_in
from scraper.disk import disk_error, write_whole
from scraper.errors import ConfigError, DamageError, LockedError, SiteError
from scraper.line import Line
from scraper.model import FetchPolicy, Outcome
from scraper.verify.chain import seal

log = logging.getLogger(__name__)

_POLICY = FetchPolicy(timeout=timedelta(seconds=30), max_bytes=1_000_000)


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
    if path is not None:
        await stamp(line, path)


async def stamp(line: Line, manifest: Path) -> None:
    """Ask the authority of sources.toml, if there is one, for a timestamp on a manifest.

    One that fails is told: the next manifest's covers this one as well.

    Raises:
        ArchiveError, DiskFullError: the answer was not written.
    """
    url = line.settings.sources.defaults.timestamp
    if url is None:
        return
    data = await asyncio.to_thread(manifest.read_bytes)
    policy = replace(_POLICY, allow_private=line.settings.allow_private)
    try:
        asked = question(data)
        headers = (("Content-Type", REQUEST_TYPE),)
        capture = await line.client.fetch(url, policy, method="POST", headers=headers, body=asked)
        if capture.outcome is not Outcome.OK or capture.page is None:
            raise SiteError(capture.detail or "no answer", url=url)
        found = stamp_in(capture.page.body, data)
    except (ConfigError, SiteError, DamageError) as exc:
        log.warning("no timestamp for %s: %s", manifest.name, exc)
        return
    file = manifest.with_suffix(SUFFIX)
    try:
        write_whole(file, capture.page.body, draft=".answer")
    except OSError as exc:
        raise disk_error(exc, file, kept="the manifest is written") from exc
    log.info("timestamp for %s: %s", manifest.name, found.moment)
