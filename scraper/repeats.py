"""Which earlier response the page of a capture repeats, so that its body is not kept twice.

It writes nothing; whether the record becomes a revisit is for the archive to say.
"""

import logging
from collections.abc import Sequence

from scraper.archive.digest import is_digest_of
from scraper.archive.exchanges import payload_digest_of
from scraper.archive.reader import record_at
from scraper.archive.revisits import Original
from scraper.errors import ArchiveError
from scraper.http1 import read_response
from scraper.line import Line
from scraper.model import Capture, DecodeStatus, Exchange, Outlet, Recorded
from scraper.store.rows import ExchangeRow
from scraper.store.schedule_rows import LinkRow

log = logging.getLogger(__name__)


def original_for(
    line: Line, outlet: Outlet, link: LinkRow | None, capture: Capture
) -> Original | None:
    """Return what the last exchange of a capture may be a revisit of; None where it brings bytes.

    A 304 stands for what its link showed last. Bytes that came are held against what is stored of
    the outlet, or of their URL, as its `dedup` says; the original is read before it is relied on.
    `link` is there if it was captured before.
    """
    if not capture.exchanges:
        return None
    last = capture.exchanges[-1]
    digest = payload_digest_of(last)
    if digest is None:
        return None if link is None else line.original_of(link)
    if outlet.dedup == "off" or not _is_plain(capture):
        return None
    row = line.catalog.same_payload(outlet.id, last.url, digest, last.status)
    if row is None or not _may_stand_for(line, row, last, digest, outlet.dedup):
        return None
    is_own = link is not None and line.catalog.last_digest(link.id) == digest
    return Original(
        id=row.response_id, url=row.url, date=row.started, payload_digest=digest, is_own=is_own
    )


def is_unchanged(recorded: Sequence[Recorded]) -> bool:
    """Say whether the last response is what its link showed before, so that it was read then."""
    if not recorded or recorded[-1].repeats_another:
        return False
    last = recorded[-1].response
    return last is not None and last.type == "revisit"


def _is_plain(capture: Capture) -> bool:
    """Say whether a page unpacks: of one that doesn't, a revisit could not tell the catalog so."""
    return capture.page is not None and capture.page.decode_status is DecodeStatus.OK


def _may_stand_for(
    line: Line, row: ExchangeRow, exchange: Exchange, digest: str, dedup: str
) -> bool:
    """Say whether the record of an earlier response is there, whole, and found by every reader.

    Under another URL pywb looks it up by the digest in its record, which chunked ones do not have.
    """
    is_same_url = row.url == exchange.url
    if (dedup == "url" and not is_same_url) or row.response_file is None:
        return False
    try:
        stored = record_at(line.settings.archive, row.response_file, row.response_offset or 0)
    except ArchiveError as exc:
        log.warning("kept again, since what it repeats cannot be read: %s", exc)
        return False
    if stored.id != row.response_id or stored.type != "response":
        return False
    if not is_same_url and stored.header("WARC-Payload-Digest") != digest:
        return False
    return is_digest_of(digest, read_response(stored.block).entity) is True
