"""Which requisites the pages of some captures need: the page itself says, and the catalog where.

It fetches none: what was not captured is missing from the replay as well.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from scraper.archive.members import members_in
from scraper.archive.parts import page_of_part
from scraper.archive.reader import path_of, record_at
from scraper.discover.requisites import is_css, requisites_of_css, requisites_on
from scraper.errors import ArchiveError
from scraper.export.articles import OnProblem
from scraper.http1 import page_from
from scraper.model import Page, Part, Requisite
from scraper.store.catalog import Catalog
from scraper.store.rows import ExchangeRow

_OK = 200
_RECORDS_OF_ONE = 3  # request, response, metadata: of one exchange
_HTML = frozenset({"text/html", "application/xhtml+xml", ""})


class Needs:
    """Looks for the requisites of one page after another; what was found once is not told again."""

    def __init__(self, root: Path, catalog: Catalog, on_problem: OnProblem) -> None:
        self._root, self._catalog, self._on_problem = root, catalog, on_problem
        self._told: set[str] = set()
        self._is_empty = catalog.requisites.is_empty()

    def of(self, exchange: ExchangeRow) -> Iterator[Requisite]:
        """Yield what the page of an exchange needs, as it was captured nearest to then."""
        return self._of(None if self._is_empty else self._page(exchange), exchange.started)

    def of_part(self, part: Part) -> Iterator[Requisite]:
        """Yield what a further page of an article needs, likewise."""
        return self._of(None if self._is_empty else self._page_of_part(part), part.started)

    def _of(self, page: Page | None, moment: datetime) -> Iterator[Requisite]:
        if page is None or _type_of(page) not in _HTML:
            return
        waiting = deque(requisites_on(page.body, page.url, headers=page.headers))
        seen = set(waiting)
        while waiting:
            found = self._catalog.requisites.nearest(waiting.popleft(), moment)
            if found is None:
                continue
            if found.first_id not in self._told:
                self._told.add(found.first_id)
                yield found
            fresh = [url for url in self._named_by(found) if url not in seen]
            seen.update(fresh)
            waiting += fresh

    def _page(self, exchange: ExchangeRow) -> Page | None:
        if exchange.response_type != "response" or exchange.status != _OK:
            return None
        try:
            place = (exchange.response_file or "", exchange.response_offset or 0)
            record = record_at(self._root, *place)
        except ArchiveError as exc:
            self._on_problem(exc)
            return None
        return page_from(exchange.url, record.block, method=exchange.method)

    def _page_of_part(self, part: Part) -> Page | None:
        if part.status != _OK:
            return None
        try:
            return page_of_part(self._root, part)
        except ArchiveError as exc:
            self._on_problem(exc)
            return None

    def _named_by(self, requisite: Requisite) -> tuple[str, ...]:
        """Return what a style sheet names; nothing where it is none."""
        if requisite.status != _OK:
            return ()
        try:
            path = path_of(self._root, requisite.file)
            records = (record for record, _ in members_in(path, start=requisite.offset))
            most = len(requisite.records) * _RECORDS_OF_ONE
            last = next(
                (one for one in islice(records, most) if one.id == requisite.records[-1]), None
            )
        except ArchiveError as exc:
            self._on_problem(exc)
            return ()
        page = None if last is None else page_from(last.url, last.block)
        if page is None or not is_css(page.url, page.header("content-type")):
            return ()
        return requisites_of_css(page.body, page.url, headers=page.headers)


def _type_of(page: Page) -> str:
    return (page.header("content-type") or "").partition(";")[0].strip().lower()
