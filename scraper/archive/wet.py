"""WET files: clean texts as conversion records under their pages' URLs, as Common Crawl has them.

In our WARC files a text has another target (`exchanges.text_draft`): these files are for readers of
texts, and not for replay.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from scraper.archive.record import Draft, member_of
from scraper.archive.writer import warcinfo_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class WetText:
    """A text, and the response that it was read from."""

    text: str
    url: str
    captured: datetime
    response_id: str


def members_of(
    texts: Iterable[WetText], *, name: str, software: str, created: datetime
) -> Iterator[bytes]:
    """Yield the members of a WET file: a warcinfo, then a conversion record per text."""
    info = {"software": software, "description": "clean texts of news articles, without markup"}
    yield member_of(warcinfo_draft(name, info, created))
    for text in texts:
        yield member_of(_draft(text))


def _draft(text: WetText) -> Draft:
    return Draft(
        type="conversion", date=text.captured, url=text.url, content_type="text/plain",
        block=text.text.encode("utf-8"), headers=(("WARC-Refers-To", text.response_id),),
    )  # fmt: skip
