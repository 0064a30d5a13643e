"""What trafilatura makes of a page: its main text as a witness, its guess of author and date.

It decides nothing about blocks: the witness is matched against them elsewhere. Fence of
trafilatura.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scraper.extract.dates import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Author and date as trafilatura (and htmldate below it) find them in the page's text."""

    authors: tuple[str, ...] = ()
    published: datetime | None = None


def main_lines(text: str, url: str, *, precisely: bool = True) -> tuple[str, ...]:
    """Return the lines of a page's main text, in order; empty where trafilatura finds none.

    `precisely` asks for its precision mode. Deduplication stays off: its memory outlives the call,
    so that a text would depend on the pages read before (measured: the fourth digit of a benchmark
    moves with the order of its pages).
    """
    from trafilatura import extract  # 0.3 s to import: not for those who only want links or help

    found = extract(
        text,
        url=url,
        favor_precision=precisely,
        include_comments=False,
        include_formatting=False,
        deduplicate=False,
        output_format="txt",
    )
    return tuple(line for line in (found or "").splitlines() if line.strip())


def guess(text: str, url: str, captured: date | None) -> Guess:
    """Return author and date as trafilatura reads them off a page.

    Without `captured` the latest date it may find is 2100: its own default is today's, a clock.
    """
    from trafilatura.metadata import extract_metadata

    latest = (captured or date(2100, 1, 1)).isoformat()
    params: Mapping[str, object] = {
        "original_date": True,
        # The extensive search takes years out of running text for the day of publishing.
        "extensive_search": False,
        "max_date": latest,
    }
    found = extract_metadata(text, url, dict(params))
    names = tuple(name.strip() for name in (found.author or "").split(";") if name.strip())
    return Guess(authors=names, published=moment(found.date))
