"""Recorded pages read with the rules of today's sources.toml, and held against their texts.

It asks no host and writes nothing.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from scraper.archive.reader import exchanges_in
from scraper.errors import ArchiveError
from scraper.extract import Extractor
from scraper.http1 import page_from
from scraper.model import Extraction, Outlet, Page
from scraper.rules.cases import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a case went: sentences about what is wrong, and the difference of the texts as lines."""

    case: Case
    problems: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Say whether the page is read as it is to be."""
        return not self.problems


async def tried(cases: Iterable[tuple[Outlet, Case]], extractor: Extractor) -> AsyncIterator[Trial]:
    """Yield how each case goes with the rules that its outlet has for the day of its capture."""
    for outlet, case in cases:
        try:
            page = page_in(case.cassette, case.url)
            expected = case.expected.read_text(encoding="utf-8")
        except (ArchiveError, OSError, UnicodeDecodeError) as exc:
            yield Trial(case=case, problems=(f"it cannot be read: {exc}",))
            continue
        if page is None:
            problem = f"{case.cassette.name} has no page of {case.url}"
            yield Trial(case=case, problems=(problem,))
            continue
        found = await extractor.extract(page, outlet, case.captured)
        yield _trial(case, expected, found)


def page_in(cassette: Path, url: str) -> Page | None:
    """Return the page that a cassette has of a URL, redirects followed to their end."""
    exchanges = {exchange.url: exchange for exchange in exchanges_in(cassette)}
    exchange = exchanges.get(url)
    if exchange is None:
        return None
    return page_from(
        exchange.url,
        exchange.response,
        method=exchange.method,
        truncated=exchange.truncated is not None,
    )


def _trial(case: Case, expected: str, found: Extraction) -> Trial:
    text = found.article.text if found.article else ""
    if not text:
        return Trial(case=case, problems=(f"no article: {found.status}, {found.detail}",))
    before, after = expected.rstrip("\n").split("\n\n"), text.split("\n\n")
    lines = tuple(unified_diff(before, after, "expected", "read", lineterm="", n=0))[2:]
    return Trial(case=case, problems=tuple(_problems(case, text, lines)), difference=lines)


def _problems(case: Case, text: str, difference: tuple[str, ...]) -> Iterator[str]:
    yield from (f"it lacks {part!r}" for part in case.must_contain if part not in text)
    yield from (f"it has {part!r}" for part in case.must_not_contain if part in text)
    lost = sum(line.startswith("-") for line in difference)
    more = sum(line.startswith("+") for line in difference)
    if lost or more:
        yield f"another text than expected: {lost} paragraphs less, {more} more"
