"""Pages read without anything being written: from bytes, from the network, from the archive.

It keeps nothing, and decides nothing about what is kept.
"""

from datetime import date
from functools import partial
from pathlib import Path

from scraper.archive.reader import read_exchange
from scraper.archive.reader import read_page as archive_page
from scraper.archive.revisits import Original
from scraper.config import Sources, outlet_for
from scraper.errors import SiteError
from scraper.extract import Extractor
from scraper.following import read_on
from scraper.line import client_for, outlet_of
from scraper.model import Exchange, Extraction, Page
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail, ExchangeRow


async def read_page(sources: Sources, page: Page, captured: date | None = None) -> Extraction:
    """Read a page with the rules that its URL's outlet had on the day it was captured."""
    async with Extractor(1) as extractor:
        outlet = outlet_for(sources, page.url)
        return await extractor.extract(page, outlet, captured, with_blocks=True)


async def read_url(
    sources: Sources, url: str, *, allow_private: tuple[str, ...] = ()
) -> Extraction:
    """Fetch a page and read it; `allow_private` as in `line.Settings`.

    Raises:
        SiteError: there is no page; the message says why.
    """
    async with client_for(sources) as client:
        capture = await client.fetch(url, outlet_of(sources, url, allow_private).fetch)
    if capture.page is None:
        raise SiteError(capture.detail, url=url)
    return await read_page(sources, capture.page, capture.exchanges[0].started.date())


async def read_capture(
    root: Path, catalog: Catalog, sources: Sources, detail: CaptureDetail
) -> Extraction:
    """Read the page of a capture again from its WARC, with the rules of its day.

    Raises:
        ArchiveError, DamageError: a record is not there, or not what was written.
        SiteError: the capture has no page.
    """
    page = page_of(root, catalog, detail)
    return await read_page(sources, page, last_response(detail).started.date())


async def read_whole(
    root: Path, catalog: Catalog, sources: Sources, detail: CaptureDetail
) -> Extraction:
    """Read a capture again with the further pages of its article; errors as in `read_capture`."""
    first = await read_capture(root, catalog, sources, detail)
    day = last_response(detail).started.date()

    async def read(page: Page) -> Extraction:
        return await read_page(sources, page, day)

    return await read_on(first, root, detail.parts, read)


def page_of(root: Path, catalog: Catalog, detail: CaptureDetail) -> Page:
    """Return the page of a capture from its WARC; errors as in `read_capture`."""
    last = last_response(detail)
    page = archive_page(
        root,
        (last.response_file or "", last.response_offset or 0),
        place_of=partial(place_of, catalog),
        method=last.method,
        is_foreign=catalog.import_of(detail.capture.id) is not None,
    )
    if page is None:
        raise SiteError("the capture has no page to read", url=detail.capture.url)
    return page


def place_of(catalog: Catalog, original: Original) -> tuple[str, int] | None:
    """Return the file and offset of the response that a revisit refers to, if it is catalogued."""
    row = catalog.exchange_of(original.id) if original.id else None
    row = row or catalog.exchange_at(original.url, original.date)
    if row is None or row.response_file is None or row.response_offset is None:
        return None
    return row.response_file, row.response_offset


def response_of(root: Path, detail: CaptureDetail) -> Exchange:
    """Return the last exchange of a capture, its bytes as they went over the wire.

    Of a revisit that is the head that the server sent; the body is its original's.

    Raises:
        ArchiveError, DamageError: the record is not there, or not what was written.
        SiteError: not a byte of a response was captured.
    """
    last = last_response(detail)
    request = (last.request_file, last.request_offset)
    return read_exchange(root, request, (last.response_file or "", last.response_offset or 0))


def last_response(detail: CaptureDetail) -> ExchangeRow:
    """Return the last exchange of a capture, which must have a response.

    Raises:
        SiteError: not a byte of a response was captured.
    """
    last = detail.exchanges[-1] if detail.exchanges else None
    if last is None or last.response_file is None:
        raise SiteError("no response was captured", url=detail.capture.url)
    return last
