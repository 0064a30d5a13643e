"""What travels from the process that reads others' files to the one that imports: JSON and bytes.

No pickle: what comes from a hostile file runs no code on the other side.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from scraper.importing.records import Broken, Foreign, Place
from scraper.importing.sift import Found, Hop

LENGTH_BYTES = 8

# JSON of our own making: each function below reads what its twin wrote.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """How far the reader is, and what it has passed over until then."""

    offset: int
    records: int
    skipped: dict[str, int]
    is_end: bool = False


Frame = Found | Broken | Passed


def frame_of(value: Frame) -> Iterator[bytes]:
    """Yield the pieces of a frame: its length, that of its JSON, the JSON, then the bytes."""
    blobs: list[bytes] = []
    if isinstance(value, Found):
        head: Json = {"hops": [_hop_json(hop, blobs) for hop in value.hops]}
    elif isinstance(value, Broken):
        head = {"problem": value.problem, "place": _place_json(value.place)}
    else:
        head = {
            "offset": value.offset,
            "records": value.records,
            "skipped": value.skipped,
            "is_end": value.is_end,
        }
    said = json.dumps(head).encode()
    size = LENGTH_BYTES + len(said) + sum(len(blob) for blob in blobs)
    yield size.to_bytes(LENGTH_BYTES, "big")
    yield len(said).to_bytes(LENGTH_BYTES, "big")
    yield said
    yield from blobs


def value_in(payload: bytes) -> Frame:
    """Return what a frame holds, without its length."""
    start = LENGTH_BYTES + int.from_bytes(payload[:LENGTH_BYTES], "big")
    head: Json = json.loads(payload[LENGTH_BYTES:start])
    if "hops" in head:
        view = memoryview(payload)[start:]
        return Found(hops=tuple(_hop_of(hop, view) for hop in head["hops"]))
    if "problem" in head:
        return Broken(place=Place(*head["place"]), problem=head["problem"])
    return Passed(**head)


def write_frame(out: BinaryIO, value: Frame) -> None:
    """Write a frame and let it go at once."""
    out.writelines(frame_of(value))
    out.flush()


def _hop_json(hop: Hop, blobs: list[bytes]) -> Json:
    return {
        "url": hop.url,
        "date": hop.date.isoformat(),
        "status": hop.status,
        "leads_to": hop.leads_to,
        "response": _record_json(hop.response, blobs),
        "request": None if hop.request is None else _record_json(hop.request, blobs),
    }


def _record_json(record: Foreign, blobs: list[bytes]) -> Json:
    start = sum(len(blob) for blob in blobs)
    blobs += [record.head, record.block]
    return {
        "place": _place_json(record.place),
        "headers": record.headers,
        "is_arc": record.is_arc,
        "start": start,
        "head": len(record.head),
        "block": len(record.block),
    }


def _hop_of(said: Json, view: memoryview) -> Hop:
    return Hop(
        url=said["url"],
        date=datetime.fromisoformat(said["date"]),
        status=said["status"],
        leads_to=said["leads_to"],
        response=_record_of(said["response"], view),
        request=None if said["request"] is None else _record_of(said["request"], view),
    )


def _record_of(said: Json, view: memoryview) -> Foreign:
    block = said["start"] + said["head"]
    return Foreign(
        place=Place(*said["place"]),
        headers=tuple((name, value) for name, value in said["headers"]),
        head=bytes(view[said["start"] : block]),
        block=bytes(view[block : block + said["block"]]),
        is_arc=said["is_arc"],
    )


def _place_json(place: Place) -> tuple[int, int]:
    return place.offset, place.nth
