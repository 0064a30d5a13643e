"""The steps that the files of an archive tell of: captures with their further pages, and readings.

It tells where each step lies and reads it again when asked; it knows nothing of the catalog.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scraper.archive.captures import Chain, StoredCapture, capture_of, chains_in
from scraper.archive.parts import PartsSeen
from scraper.archive.reader import record_at, records_in
from scraper.archive.record import StoredRecord, moment_in
from scraper.errors import DamageError
from scraper.model import Step

CAPTURE, READING, PART = "capture", "reading", "part"

_NOWHERE = -1  # the offset of a record that is not there
_PARTS = ("response", "request", "metadata")
_STATUS = "extract_status"  # stands in the metadata record of what was read of a page, always
_TEXT_URL = "urn:text:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a page: the fields of the metadata record, and the text if there is one."""

    fields: Mapping[str, object]
    url: str | None = None  # of the text
    text: str | None = field(default=None, repr=False)


def steps_in(root: Path, path: Path, on_damage: Callable[[DamageError], object]) -> Iterator[Step]:
    """Yield the steps that a file of ours tells of, up to where it is damaged, which is told.

    Their order is that of the file, but for readings and parts, which come ahead of captures near
    them. A part belongs to a capture, and happens with it.

    Raises:
        ArchiveError: the file cannot be read.
    """
    file = path.relative_to(root).as_posix()
    beside: list[Step] = []
    records = _with_parts(_until_damage(path, on_damage), file, beside)
    for chain in chains_in(_with_readings(records, file, beside)):
        yield from _taken(beside)
        yield _capture_step(file, chain)
    yield from _taken(beside)


def capture_at(root: Path, step: Step) -> StoredCapture:
    """Return the capture of a step.

    Raises:
        ArchiveError, DamageError: a record is not there, or not what was written.
    """
    chain = []
    for start in range(0, len(step.offsets), len(_PARTS)):
        places = zip(_PARTS, step.offsets[start : start + len(_PARTS)], strict=True)
        chain.append(
            {name: record_at(root, step.file, at) for name, at in places if at != _NOWHERE}
        )
    return capture_of(step.file, tuple(chain))


def reading_at(root: Path, step: Step) -> Reading:
    """Return the reading of a step. Errors: as in `capture_at`."""
    about, text = step.offsets
    fields = _fields_of(record_at(root, step.file, about))
    if _STATUS not in fields:
        raise DamageError("a reading that does not say how it ended", path=step.file, offset=about)
    if text == _NOWHERE:
        return Reading(fields=fields)
    record = record_at(root, step.file, text)
    return Reading(
        fields=fields,
        url=record.url.removeprefix(_TEXT_URL),
        text=record.block.decode("utf-8", "replace"),
    )


def _until_damage(path: Path, on_damage: Callable[[DamageError], object]) -> Iterator[StoredRecord]:
    try:
        yield from records_in(path)
    except DamageError as exc:
        on_damage(exc)


def _taken(steps: list[Step]) -> Iterator[Step]:
    yield from steps
    steps.clear()


def _with_parts(
    records: Iterable[StoredRecord], file: str, parts: list[Step]
) -> Iterator[StoredRecord]:
    """Pass records on, and put the further pages of articles among them into a list."""
    seen = PartsSeen(file)
    for record in records:
        if (found := seen.take(record)) is not None:
            of, part = found
            parts.append(
                Step(kind=PART, key=of, moment=part.started, file=part.file, offsets=(part.offset,))
            )
        yield record


def _with_readings(
    records: Iterable[StoredRecord], file: str, readings: list[Step]
) -> Iterator[StoredRecord]:
    """Pass records on, and put the readings among them into a list."""
    texts: dict[str, int] = {}  # offsets of texts whose metadata record comes next
    for record in records:
        if record.type in {"metadata", "conversion"}:
            _note_reading(record, file, texts, readings)
        yield record


def _note_reading(
    record: StoredRecord, file: str, texts: dict[str, int], readings: list[Step]
) -> None:
    key, moment = record.header("WARC-Refers-To"), moment_in(record.header("WARC-Date"))
    if key is None or moment is None:
        return
    if record.type == "conversion":
        texts.clear()
        texts[key] = record.offset
    elif _STATUS in _fields_of(record):
        offsets = (record.offset, texts.pop(key, _NOWHERE))
        step = Step(kind=READING, key=key, moment=moment, file=file, offsets=offsets)
        readings.append(step)


def _capture_step(file: str, chain: Chain) -> Step:
    last = chain[-1]
    known = last.get("response") or last["request"]
    moment = moment_in(known.header("WARC-Date"))
    if moment is None:
        raise DamageError("a record without a WARC-Date", path=file, offset=known.offset)
    offsets = tuple(
        parts[name].offset if name in parts else _NOWHERE for parts in chain for name in _PARTS
    )
    ended = moment + timedelta(seconds=_seconds(last["metadata"]))
    return Step(kind=CAPTURE, key=known.id, moment=ended, file=file, offsets=offsets)


def _seconds(metadata: StoredRecord) -> float:
    facts = _fields_of(metadata).get("exchange")
    seconds = facts.get("seconds") if isinstance(facts, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else 0.0


def _fields_of(record: StoredRecord) -> dict[str, object]:
    try:
        fields = json.loads(record.block)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
