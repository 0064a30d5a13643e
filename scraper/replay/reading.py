"""The pages that show what the archive holds: articles, their texts, their captures. Read-only.

No byte of an archived page is served here: links lead to the replay, which has its own origin.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol

from scraper.errors import ArchiveError
from scraper.export.articles import last_response
from scraper.replay.server import NOT_FOUND, Answer
from scraper.store.catalog import Catalog
from scraper.store.rows import ArticleRow, CaptureDetail, ExchangeRow
from scraper.store.text_files import read_text

_ON_A_PAGE = 100
_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_STYLE = b"""\
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid #ccc; padding: .3rem .6rem .3rem 0; vertical-align: top }
.small { color: #555; font-size: .85rem; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #ddd } a { color: #8bf } .small { color: #aaa } }
"""


class Links(Protocol):
    """Says where a capture can be replayed."""

    def link(self, article_id: int, exchange: ExchangeRow, /) -> str | None:
        """Return the URL of a replay, or None where there is none."""


class NoLinks:
    """No replay is there."""

    def link(self, _article_id: int, _exchange: ExchangeRow) -> str | None:
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class Reading:
    """The site of an archive: `/`, `/article/NUMBER`, and a style sheet."""

    root: Path
    catalog: Catalog
    replay: Links
    hint: str = ""  # said on each article

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the page of a path."""
        if path == "/style.css":
            return Answer(body=_STYLE, kind="text/css", policy=_POLICY)
        if path == "/":
            return _page("Archive", self._list(_number(query.get("page")) or 0))
        number = _number(path.removeprefix("/article/"))
        article = None if number is None else self.catalog.article_by(number)
        return NOT_FOUND if article is None else _page(article.title, self._article(article))

    def _list(self, page: int) -> Iterator[str]:
        found = self.catalog.articles(limit=_ON_A_PAGE + 1, offset=page * _ON_A_PAGE)
        yield "<h1>Archive</h1><table>"
        for article in found[:_ON_A_PAGE]:
            day = article.published or article.first_captured
            yield (
                f"<tr><td>{day:%Y-%m-%d}<td>{escape(article.outlet)}"
                f'<td><a href="/article/{article.id}">{escape(article.title or article.url)}</a>'
            )
        yield "</table>" if found else "</table><p>Nothing was captured yet."
        if len(found) > _ON_A_PAGE:
            yield f'<p><a href="/?page={page + 1}">Older</a>'

    def _article(self, article: ArticleRow) -> Iterator[str]:
        rows = self.catalog.captures(url=article.url)
        details = [detail for row in rows if (detail := self.catalog.capture(row.id)) is not None]
        yield '<p><a href="/">Archive</a>'
        yield from self._text(article, details)
        yield f'<p class="small">{escape(article.url)}<br>{escape(", ".join(article.authors))}'
        yield "<h2>Captures</h2><table>"
        for detail in details:
            yield self._capture(article.id, detail)
        yield f'</table><p class="small">{escape(self.hint)}'

    def _text(self, article: ArticleRow, details: list[CaptureDetail]) -> Iterator[str]:
        row = next((detail.text for detail in details if detail.text), None)
        try:
            text = read_text(self.root, row.file) if row else article.title
        except ArchiveError as exc:
            text = f"{article.title}\n\n[{exc}]"
        title, *paragraphs = text.split("\n\n")
        yield f"<h1>{escape(title)}</h1>"
        for paragraph in paragraphs:
            yield f"<p>{escape(paragraph)}"

    def _capture(self, article_id: int, detail: CaptureDetail) -> str:
        capture, last = detail.capture, last_response(detail.exchanges)
        link = None if last is None else self.replay.link(article_id, last)
        moment = f"{capture.started:%Y-%m-%d %H:%M:%S} UTC"
        # A new tab without a way back: what is replayed there cannot reach this page.
        shown = f'<a href="{escape(link)}" rel="noopener">{moment}</a>' if link else moment
        said = f"{capture.outcome} {capture.detail}".strip()
        return f"<tr><td>{shown}<td>{escape(said)}<td>{last.status if last else ''}"


def _page(title: str, parts: Iterator[str]) -> Answer:
    head = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/style.css">'
    )
    return Answer(body=(head + "\n".join(parts)).encode("utf-8", "replace"), policy=_POLICY)


def _number(word: str | None) -> int | None:
    return int(word) if word and re.fullmatch("[0-9]{1,9}", word) else None
