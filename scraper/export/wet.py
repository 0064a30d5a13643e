"""Articles as a WET file, for those who read Common Crawl's.

It writes texts alone: pages, metadata and their links stay in the archive.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO

from scraper.archive.wet import WetText, members_of
from scraper.export.articles import Version, last_response


def write_wet(
    versions: Iterable[Version], out: IO[bytes], *, name: str, software: str, created: datetime
) -> int:
    """Write one conversion record per text, newest or all as chosen; return how many."""
    count = -1  # the first member is the warcinfo
    texts = _texts(versions)
    for member in members_of(texts, name=name, software=software, created=created):
        out.write(member)
        count += 1
    return count


def _texts(versions: Iterable[Version]) -> Iterator[WetText]:
    for version in versions:
        last = last_response(version.detail.exchanges)
        if last is None or last.response_id is None:
            continue
        yield WetText(
            text=version.text,
            url=last.url,
            captured=last.started,
            response_id=last.response_id,
        )
