"""Texts of the archive by the words in them: the index brought up to date, then asked.

It slows no capture: what came since the last search is taken in by the next one.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scraper.errors import ArchiveError
from scraper.store.catalog import Catalog
from scraper.store.folding import folded, pieces_of, query_of
from scraper.store.text_files import read_text
from scraper.store.word_index import TextFound, WordIndex

log = logging.getLogger(__name__)

INDEX = "search.db"  # in the archive's folder; may be deleted
_AT_ONCE = 200  # texts in one transaction
_VERSIONS = 4  # of the text of one article, on average, that may stand before other articles
_AROUND = 160  # characters of a snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A text that was found, and some of it around what was asked for."""

    text: TextFound
    snippet: str  # as the site wrote it: not safe for a terminal


def search(
    root: Path,
    catalog: Catalog,
    words: str,
    *,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = 20,
    on_indexed: Callable[[int, int], object] = lambda done, total: None,
) -> list[Hit]:
    """Return the texts that hold all the words, the best first, one of each article; `since` and
    `until` are about when a text was captured first.

    `on_indexed` hears how many texts are taken in, and of how many.

    Raises:
        ValueError: nothing is asked for.
        CatalogError, DiskFullError: catalog or index cannot be read or written.
    """
    query = query_of(words)
    if not query:
        raise ValueError("there is no word to search for")
    with WordIndex(root / INDEX) as index:
        _bring_up_to_date(root, catalog, index, on_indexed)
        at_most = most * _VERSIONS
        numbers = index.find(query, outlet=outlet, since=since, until=until, most=at_most)
    pieces, best = pieces_of(words), dict[int, TextFound]()
    for row in catalog.text_rows.of(numbers):
        best.setdefault(row.article_id, row)
    return [
        Hit(text=row, snippet=snippet_of(_text_of(root, row), pieces))
        for row in list(best.values())[:most]
    ]


def _bring_up_to_date(
    root: Path, catalog: Catalog, index: WordIndex, on_indexed: Callable[[int, int], object]
) -> None:
    """Take in what came since the last time; of a catalog that was made anew, everything."""
    last = index.last()
    known = catalog.text_rows.of([last[0]]) if last else []
    if last and [row.sha256 for row in known] != [last[1]]:
        log.warning("the catalog is another one: the words of all texts are taken in anew")
        index.clear()
        last = None
    number = last[0] if last else 0
    done, total = 0, catalog.text_rows.count_after(number)
    while rows := catalog.text_rows.after(number, _AT_ONCE):
        index.add([(row, _text_of(root, row)) for row in rows])
        number = rows[-1].id
        done += len(rows)
        on_indexed(done, total)


def _text_of(root: Path, row: TextFound) -> str:
    """Return a text; empty where its file is gone or damaged, which `verify` tells of."""
    with suppress(ArchiveError):
        return read_text(root, row.file)
    log.warning("not searched, its file cannot be read: %s", row.file)
    return ""


def snippet_of(text: str, pieces: Sequence[str]) -> str:
    """Return some of a text around the pieces that were asked for: of the paragraph, headline
    apart, that has the most of them; its beginning where only the headline has any."""
    paragraphs = [one for one in text.split("\n")[1:] if one] or [text]
    best = max(paragraphs, key=lambda one: len(list(_places(folded(one), pieces))))
    places = list(_places(folded(best), pieces))
    # Folding hardly ever changes the length of a paragraph; where it does, a little is lost.
    start = max(min(places, default=0) - _AROUND // 3, 0)
    start = best.rfind(" ", 0, start) + 1 if start else 0
    cut = best[start : start + _AROUND]
    if start + _AROUND < len(best):
        cut = cut[: cut.rfind(" ") if " " in cut else None] + " …"
    return f"… {cut}" if start else cut


def _places(text: str, pieces: Sequence[str]) -> Iterator[int]:
    return (at for piece in pieces if (at := text.find(piece)) >= 0)
