"""What a file of others holds, before anything of it is taken in.

It writes nothing and reads no page for its article.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path

from scraper.importing.copying import copied
from scraper.importing.frames import Passed
from scraper.importing.reading import frames_of
from scraper.importing.records import Broken
from scraper.importing.run import identified
from scraper.line import Settings, outlet_of
from scraper.model import Outlet
from scraper.store.catalog import Catalog


@dataclass(slots=True, kw_only=True)
class Seen:
    """What is in a file: told at its end, and meanwhile as it grows."""

    file: str
    bytes: int
    offset: int = 0
    records: int = 0
    outlets: Counter[str] = field(default_factory=Counter)  # pages that would be read, by outlet
    known: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    is_end: bool = False


async def look_into(
    settings: Settings, path: Path, *, outlet: Outlet | None = None
) -> AsyncGenerator[Seen | Broken, None]:
    """Yield what an import of a file would find.

    Raises:
        ArchiveError: it cannot be read.
    """
    file = identified(path)
    seen = Seen(file=file.file, bytes=file.bytes)
    with ExitStack() as stack:
        place = settings.catalog
        has_catalog = not isinstance(place, Path) or place.exists()
        catalog = stack.enter_context(Catalog.open(place, create=False)) if has_catalog else None
        async with aclosing(frames_of(path)) as frames:
            async for frame in frames:
                if isinstance(frame, Broken):
                    yield frame
                elif isinstance(frame, Passed):
                    seen.offset, seen.records = frame.offset, frame.records
                    seen.skipped, seen.is_end = Counter(frame.skipped), frame.is_end
                    yield seen
                else:
                    copy = copied(frame, file)
                    if catalog and catalog.has_page(
                        copy.capture, copy.page_ids, copy.payload_digest
                    ):
                        seen.known += 1
                        continue
                    url = frame.hops[-1].url
                    seen.outlets[(outlet or outlet_of(settings.sources, url)).id] += 1
