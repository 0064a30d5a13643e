"""Records of others as records of ours: copied byte for byte where that can be, else framed anew.

It writes nothing; what it drafts goes through the archive's own writer.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from scraper.archive.captures import said_of
from scraper.archive.digest import sha1_digest
from scraper.archive.exchanges import exchange_from, json_block, url_of_metadata
from scraper.archive.foreign import entity_of, foreign_page
from scraper.archive.record import Draft, StoredRecord, next_record
from scraper.errors import DamageError
from scraper.importing.records import Foreign
from scraper.importing.sift import Found, Hop
from scraper.model import Capture, Exchange, Imported, Outcome, Page, Record, Recorded

_ID = re.compile(r"<[!-;=?-~]{1,200}>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LINK = "WARC-Concurrent-To"
# What a record that is framed anew keeps of its headers; the others are ours to make.
_KEPT = frozenset(
    {
        "warc-ip-address", "warc-protocol", "warc-cipher-suite", "warc-truncated",
        "warc-payload-digest", "warc-profile", "warc-refers-to", "warc-refers-to-target-uri",
        "warc-refers-to-date", "warc-identified-payload-type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A page of somebody else's as a capture, with the drafts of its records in file order."""

    capture: Capture
    imported: Imported
    drafts: tuple[Draft, ...]
    hops: tuple["_HopDrafts", ...]

    @property
    def ids(self) -> frozenset[str]:
        """The names of the records that are copied."""
        return frozenset(draft.id for draft in self.drafts if draft.type != "metadata")

    @property
    def page_ids(self) -> frozenset[str]:
        """The names of those in which the page stands, without what led there."""
        last = self.hops[-1]
        return frozenset(draft.id for draft in (last.response, last.request) if draft is not None)

    @property
    def payload_digest(self) -> str | None:
        """What tells the page's payload from others."""
        return self.hops[-1].response.payload_digest

    @property
    def revisit(self) -> StoredRecord | None:
        """The page's record, where it refers to an earlier response."""
        last = self.hops[-1]
        return last.stored if last.response.type == "revisit" else None

    def recorded(self, records: Sequence[Record]) -> tuple[Recorded, ...]:
        """Return the exchanges with their records, among those that the writer returned."""
        by_id = {record.id: record for record in records}
        return tuple(hop.recorded(by_id) for hop in self.hops)


@dataclass(frozen=True, slots=True, kw_only=True)
class _HopDrafts:
    exchange: Exchange
    stored: StoredRecord  # the response, as it will be read back
    response: Draft
    request: Draft | None

    def recorded(self, by_id: Mapping[str, Record]) -> Recorded:
        response = by_id[self.response.id]
        request = response if self.request is None else by_id[self.request.id]
        return Recorded(exchange=self.exchange, request=request, response=response)


def copied(found: Found, file: Imported) -> Copied:
    """Return a page that was found as a capture of ours; `file` is where it was found.

    Of a revisit the page is the head alone; see `with_original`.
    """
    last = found.hops[-1].response
    imported = replace(file, offset=last.place.offset, nth=last.place.nth)
    hops = tuple(_hop_drafts(hop, file.sha256) for hop in found.hops)
    exchange = hops[-1].exchange
    is_cut = exchange.truncated is not None
    capture = Capture(
        url=hops[0].exchange.url,
        outcome=Outcome.OK,
        exchanges=tuple(hop.exchange for hop in hops),
        page=foreign_page(exchange.url, exchange.response, truncated=is_cut),
    )
    about = said_of(capture, is_announced=False, imported=imported)
    drafts = tuple(draft for hop in hops for draft in _in_file_order(hop, about))
    return Copied(capture=capture, imported=imported, drafts=drafts, hops=hops)


def with_original(copy: Copied, page: Page, payload_digest: str | None) -> Copied:
    """Return a revisit with the page that it stands for, and the digest of its payload."""
    *before, last = copy.hops
    known = replace(last, response=replace(last.response, payload_digest=payload_digest))
    about = said_of(copy.capture, is_announced=False, imported=copy.imported)
    hops = (*before, known)
    return replace(
        copy,
        capture=replace(copy.capture, page=page),
        drafts=tuple(draft for hop in hops for draft in _in_file_order(hop, about)),
        hops=hops,
    )


def _in_file_order(hop: _HopDrafts, about: Mapping[str, object]) -> Iterator[Draft]:
    links = [(_LINK, draft.id) for draft in (hop.response, hop.request) if draft is not None]
    facts: dict[str, object] = {"method": hop.exchange.method, "status": hop.exchange.status}
    if hop.response.payload_digest is not None:
        facts["payload_digest"] = hop.response.payload_digest
    yield hop.response
    if hop.request is not None:
        yield hop.request
    yield Draft(
        type="metadata",
        date=hop.exchange.started,
        url=url_of_metadata(hop.response.url or ""),
        content_type="application/json",
        block=json_block({"exchange": facts, **about}),
        headers=tuple(links),
    )


def _hop_drafts(hop: Hop, sha256: str) -> _HopDrafts:
    frames = [_verbatim(hop.response)]
    if hop.request is not None:
        frames.append(_verbatim(hop.request))
    stored = [record for record in frames if record is not None]
    if len(stored) == len(frames) and _is_closed(stored):
        drafts = [
            _draft_of(hop, record, foreign)
            for record, foreign in zip(stored, (hop.response, hop.request), strict=False)
            if foreign is not None
        ]
    else:
        drafts = list(_framed_anew(hop, sha256))
        stored = [_stored(draft, hop) for draft in drafts]
    request = stored[1] if len(stored) > 1 else None
    exchange = replace(exchange_from(request, stored[0]), status=hop.status)
    return _HopDrafts(
        exchange=exchange,
        stored=stored[0],
        response=replace(drafts[0], payload_digest=_payload_digest(hop, exchange)),
        request=drafts[1] if len(drafts) > 1 else None,
    )


def _verbatim(record: Foreign) -> StoredRecord | None:
    """Return a record as our reader would read its copy; None where it could not, or where its
    name is no name."""
    if record.is_arc or record.header("WARC-Segment-Number") is not None:
        return None
    try:
        stored = next_record(BytesIO(_whole(record)), 0)
    except DamageError:
        return None
    if stored is None or stored.type not in {"response", "request", "revisit"}:
        return None
    return stored if _ID.fullmatch(stored.id) else None


def _whole(record: Foreign) -> bytes:
    return record.head + record.block + b"\r\n\r\n"


def _is_closed(stored: Sequence[StoredRecord]) -> bool:
    """Say whether records have names of their own and name each other at most: else what we read
    back might belong to another exchange."""
    ids = {record.id for record in stored}
    links = {link for record in stored for link in record.all_of(_LINK)}
    return len(ids) == len(stored) and links <= ids


def _draft_of(hop: Hop, stored: StoredRecord, foreign: Foreign) -> Draft:
    return Draft(
        type=stored.type,
        id=stored.id,
        date=hop.date,
        url=hop.url,
        content_type=stored.header("Content-Type") or "",
        block=stored.block,
        block_digest=stored.header("WARC-Block-Digest") or sha1_digest(stored.block),
        copied=_whole(foreign),
    )


def _framed_anew(hop: Hop, sha256: str) -> Iterator[Draft]:
    """Yield the records of a hop under names that are always the same for the same bytes."""
    records = [record for record in (hop.response, hop.request) if record is not None]
    names = [_name_of(record, sha256) for record in records]
    if len(set(names)) < len(names):
        records, names = records[:1], names[:1]
    for record, name in zip(records, names, strict=True):
        kind = record.type
        role = "request" if kind == "request" else "response"
        kept = [
            (key, value)
            for key, value in record.headers
            if key.lower() in _KEPT and not _CONTROL.search(value)
        ]
        others = [(_LINK, other) for other in names if other != name]
        yield Draft(
            type=kind,
            id=name,
            date=hop.date,
            url=hop.url,
            content_type=f"application/http; msgtype={role}",
            block=record.block,
            headers=(*kept, *others),
        )


def _name_of(record: Foreign, sha256: str) -> str:
    given = record.header("WARC-Record-ID") or ""
    if _ID.fullmatch(given):
        return given
    place = f"{sha256} {record.place.offset} {record.place.nth}"
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, place)}>"


def _stored(draft: Draft, hop: Hop) -> StoredRecord:
    date = hop.date.isoformat()
    headers = (("WARC-Target-URI", hop.url), ("WARC-Date", date), *draft.headers)
    return StoredRecord(headers=headers, block=draft.block, offset=0)


def _payload_digest(hop: Hop, exchange: Exchange) -> str | None:
    """Return the digest of a page's entity, as the catalog has it; none of a part of one."""
    if hop.response.type == "revisit" or exchange.truncated is not None:
        return None
    entity = entity_of(hop.response.block)
    return sha1_digest(entity) if entity else None
