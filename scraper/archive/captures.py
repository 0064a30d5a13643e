"""Captures told by the metadata records of their exchanges, so that the catalog can be made up.

It knows nothing of the catalog, and tells nothing of what was read from a page.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from scraper.archive.digest import sha1_digest
from scraper.archive.exchanges import REPEATS_ANOTHER, exchange_from
from scraper.archive.foreign import foreign_page
from scraper.archive.parts import PartsSeen
from scraper.archive.reader import parts_in, records_in
from scraper.archive.record import StoredRecord
from scraper.archive.requisites import RequisitesSeen
from scraper.errors import DamageError
from scraper.http1 import page_from
from scraper.model import (
    Capture,
    DecodeStatus,
    ExtractStatus,
    Imported,
    Outcome,
    Page,
    Part,
    Record,
    Recorded,
    Requisite,
)

log = logging.getLogger(__name__)

_FIELD = "capture"  # of the metadata record; robots.txt and sources have none

# The records of the exchanges of one capture, each by "request", "response", "metadata".
Chain = tuple[Mapping[str, StoredRecord], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A capture as it was archived, with where its records lie.

    Of a revisit the response is the head alone: its body is where the original is.
    """

    capture: Capture
    recorded: tuple[Recorded, ...]
    is_announced: bool  # a source announced its URL; else a person named it
    imported: Imported | None = None  # where somebody else made it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """Which exchanges a file has that belong to captures, and whose pages it says more of."""

    requests: frozenset[str]  # IDs of request records
    described: frozenset[str]  # IDs of responses with a text or metadata of their own
    requisites: tuple[Requisite, ...]
    parts: tuple[tuple[str, Part], ...]  # by the ID of the response that holds the first page
    endings: Mapping[str, "Ending"]  # of texts that end early, by the ID of their page's response


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the text of an article that goes on ends where it does, as its reading says."""

    detail: str
    is_cut: bool  # a further page may be had later


def said_of(
    capture: Capture, *, is_announced: bool, imported: Imported | None = None
) -> dict[str, object]:
    """Return what each exchange's metadata record says of the capture that it belongs to."""
    origin = {} if imported is None else {"imported": asdict(imported)}
    return {
        _FIELD: {
            **origin,
            "url": capture.url,
            "outcome": capture.outcome.value,
            "detail": capture.detail,
            "exchanges": len(capture.exchanges),
            "has_page": capture.page is not None,
            "is_announced": is_announced,
        }
    }


def mentioned_in(root: Path, path: Path) -> Mentioned:
    """Return what a file of ours mentions, up to where it is damaged; `root` is the archive's.

    Raises:
        ArchiveError: the file cannot be read.
    """
    requests: set[str] = set()
    described: set[str] = set()
    endings: dict[str, Ending] = {}
    file = path.relative_to(root).as_posix()
    seen, parts_seen = RequisitesSeen(path.parent.name, file), PartsSeen(file)
    parts: list[tuple[str, Part]] = []
    for record in _good_records_in(path):
        seen.take(record)
        if (part := parts_seen.take(record)) is not None:
            parts.append(part)
        if record.type in {"metadata", "conversion"}:
            described.update(record.all_of("WARC-Refers-To"))
            _note_ending(record, endings)
        if _said_in(record) is not None:
            requests.update(record.all_of("WARC-Concurrent-To")[-1:])  # the response comes first
    return Mentioned(
        requests=frozenset(requests),
        described=frozenset(described),
        requisites=tuple(seen.found),
        parts=tuple(parts),
        endings=endings,
    )


def ending_of(fields: Mapping[str, object]) -> Ending:
    """Return what the metadata record of a reading says of where its text ends."""
    detail = fields.get("extract_detail")
    return Ending(detail if isinstance(detail, str) else "", fields.get("is_cut") is True)


def _note_ending(record: StoredRecord, endings: dict[str, Ending]) -> None:
    """Note how the first reading of a page says that its text ends, if it ends early."""
    if record.type != "metadata" or not record.all_of("WARC-Refers-To"):
        return
    if b'"extract_detail": ""' in record.block:  # as nearly all have
        return
    fields = _fields_of(record)
    ending = ending_of(fields)
    if ending.detail and fields.get("extract_status") == ExtractStatus.OK:
        endings.setdefault(record.all_of("WARC-Refers-To")[0], ending)


def captures_in(root: Path, path: Path) -> Iterator[StoredCapture]:
    """Yield the captures of a file of ours, in file order, up to where it is damaged.

    One whose exchanges are not all there was being written when its process was killed: nobody was
    told of it, and it's left out. `root` is the archive's. Errors: as in `mentioned_in`.
    """
    file = path.relative_to(root).as_posix()
    return (capture_of(file, chain) for chain in chains_in(_good_records_in(path)))


def chains_in(records: Iterable[StoredRecord]) -> Iterator[Chain]:
    """Yield the records of each capture, exchange by exchange, in file order."""
    chain: list[Mapping[str, StoredRecord]] = []
    told: Mapping[str, object] | None = None
    for parts in parts_in(records):
        said = _said_in(parts.get("metadata")) if parts.keys() & {"request", "response"} else None
        if said is None or said != told:
            chain, told = [], said
        if said is None:
            continue
        chain.append(parts)
        if len(chain) == said.get("exchanges"):
            yield tuple(chain)
            chain, told = [], None


def capture_of(file: str, chain: Chain) -> StoredCapture:
    """Return the capture that a whole chain tells; `file` is relative to the archive.

    Raises:
        DamageError: its metadata record says nothing of a capture.
    """
    said = _said_in(chain[-1].get("metadata"))
    if said is None:
        raise DamageError("a chain of exchanges that says nothing of its capture", path=file)
    return _capture(said, tuple(_recorded(file, parts) for parts in chain))


def _good_records_in(path: Path) -> Iterator[StoredRecord]:
    try:
        yield from records_in(path)
    except DamageError as exc:
        log.warning("captures are looked for up to where a file is damaged: %s", exc)


def _said_in(record: StoredRecord | None) -> Mapping[str, object] | None:
    """Return what a metadata record of an exchange says of its capture."""
    if record is None or record.type != "metadata" or not record.all_of("WARC-Concurrent-To"):
        return None
    said = _fields_of(record).get(_FIELD)
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        return None
    return said if said.get("outcome") in set(Outcome) else None


def _fields_of(record: StoredRecord) -> dict[str, object]:
    try:
        fields = json.loads(record.block)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _capture(said: Mapping[str, object], recorded: tuple[Recorded, ...]) -> StoredCapture:
    imported = _imported(said.get("imported"))
    capture = Capture(
        url=str(said["url"]),
        outcome=Outcome(str(said["outcome"])),
        detail=str(said.get("detail", "")),
        exchanges=tuple(each.exchange for each in recorded),
        page=_page(recorded[-1], imported) if said.get("has_page") is True else None,
    )
    is_announced = said.get("is_announced") is True
    return StoredCapture(
        capture=capture, recorded=recorded, is_announced=is_announced, imported=imported
    )


def _imported(said: object) -> Imported | None:
    if not isinstance(said, dict):
        return None
    return Imported(
        file=str(said.get("file")),
        sha256=str(said.get("sha256")),
        bytes=int(said.get("bytes") or 0),
        offset=int(said.get("offset") or 0),
        nth=int(said.get("nth") or 0),
    )


def _page(last: Recorded, imported: Imported | None) -> Page | None:
    exchange, response = last.exchange, last.response
    if response is None:
        return None
    if imported is not None:
        is_cut = exchange.truncated is not None
        return foreign_page(exchange.url, exchange.response, truncated=is_cut)
    page = page_from(
        exchange.url,
        exchange.response,
        method=exchange.method,
        truncated=exchange.truncated is not None,
    )
    if page is None or response.type != "revisit":
        return page
    # Its body was whole, or it would be no revisit: what is missing here was not cut off.
    return replace(page, complete=True, decode_status=DecodeStatus.OK)


def _recorded(file: str, parts: Mapping[str, StoredRecord]) -> Recorded:
    """Return an exchange with its records, as the writer returned them.

    Others' crawlers may keep no request: the exchange is then known by its response.
    """
    response, metadata = parts.get("response"), parts["metadata"]
    known = parts.get("request") or parts["response"]
    said = _fields_of(metadata).get("exchange")
    facts = said if isinstance(said, dict) else {}
    digest = facts.get("payload_digest")
    exchange = exchange_from(parts.get("request"), response, metadata)
    return Recorded(
        exchange=exchange,
        request=_record(file, known, exchange.started),
        response=None if response is None else _record(file, response, exchange.started, digest),
        repeats_another=facts.get(REPEATS_ANOTHER) is True,
    )


def _record(file: str, record: StoredRecord, date: datetime, digest: str | None = None) -> Record:
    return Record(
        file=file,
        offset=record.offset,
        length=record.length,
        type=record.type,
        id=record.id,
        url=record.url,
        date=date,
        block_digest=record.header("WARC-Block-Digest") or sha1_digest(record.block),
        payload_digest=digest,
    )
