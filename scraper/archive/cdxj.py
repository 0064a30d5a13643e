"""Index lines (CDXJ) of WARC records, as cdxj-indexer 1.5 writes them: what replay looks up.

It indexes what can be replayed: responses, revisits and resources. Texts and metadata would be
taken for the page by tools that index them, and a 304 would be replayed as a page without a body.
"""

import heapq
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from tempfile import TemporaryFile
from typing import IO

from scraper.archive.digest import sha1_digest
from scraper.archive.record import StoredRecord, moment_in
from scraper.archive.surt import surt
from scraper.http1 import Message, read_response

_LINES_IN_MEMORY = 100_000  # about 40 MB
_END_OF_MIME = re.compile(r"[;\s]")


def line_of(
    record: StoredRecord, file: str, *, offset: int | None = None, length: int | None = None
) -> str | None:
    """Return the index line of a record, or None where there is nothing to replay.

    `file` is what the line calls the record's file; `offset` and `length` say where it lies now if
    it was copied. A payload digest that the record lacks is
    computed over what follows the HTTP head, as cdxj-indexer does, chunks and all.
    """
    moment = moment_in(record.header("WARC-Date"))
    fields = _fields(record)
    if moment is None or fields is None or not record.url:
        return None
    place = {
        "length": str(record.length if length is None else length),
        "offset": str(record.offset if offset is None else offset),
        "filename": file,
    }
    named = json.dumps({"url": record.url, **fields, **place})
    return f"{surt(record.url)} {timestamp(moment)} {named}\n"


def timestamp(moment: datetime) -> str:
    """Return a moment in the 14 digits of the Wayback tools."""
    return f"{moment:%Y%m%d%H%M%S}"


def _fields(record: StoredRecord) -> dict[str, str] | None:
    if record.type == "resource":
        return _resource_fields(record)
    if record.type not in {"response", "revisit"}:
        return None
    message = read_response(record.block)
    if message.status is None or message.status == HTTPStatus.NOT_MODIFIED:
        return None
    mime = "warc/revisit" if record.type == "revisit" else _mime_of(message)
    fields = {} if mime is None else {"mime": mime}
    return {**fields, "status": str(message.status), "digest": _digest(record, message)}


def _resource_fields(record: StoredRecord) -> dict[str, str] | None:
    kind = record.header("Content-Type") or ""
    if kind == "application/warc-fields":  # notes of a crawler to itself
        return None
    digest = record.header("WARC-Payload-Digest") or sha1_digest(record.block)
    return {"mime": _END_OF_MIME.split(kind, 1)[0], "digest": digest}


def _mime_of(message: Message) -> str | None:
    values = (value for name, value in message.headers if name == "content-type")
    value = next(values, None)
    return None if value is None else _END_OF_MIME.split(value, 1)[0]


def _digest(record: StoredRecord, message: Message) -> str:
    stored = record.header("WARC-Payload-Digest")
    return stored or sha1_digest(record.block[message.head_length :])


def in_order(lines: Iterable[str], *, at_once: int = _LINES_IN_MEMORY) -> Iterator[str]:
    """Return lines sorted as bytes, each once; memory holds `at_once` of them, the disk the rest.

    All lines are taken before this returns.
    """
    rest, runs = iter(lines), []
    while some := sorted(islice(rest, at_once)):
        runs.append(_spilled(some))
    return _merged(runs)


def _merged(runs: Sequence[IO[str]]) -> Iterator[str]:
    last = None
    with ExitStack() as stack:
        for run in runs:
            stack.enter_context(run)
        for line in heapq.merge(*runs):  # by code points, which is the order of UTF-8 as well
            if line != last:
                yield line
            last = line


def _spilled(lines: list[str]) -> IO[str]:
    run = TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - the caller closes it
    run.writelines(lines)
    run.seek(0)
    return run
