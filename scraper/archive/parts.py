"""The further pages of captured articles that a file tells of: whose they are, where they lie.

It reads no article and knows nothing of the catalog.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from scraper.archive.reader import path_of, records_in
from scraper.archive.record import StoredRecord
from scraper.archive.requisites import ids_of
from scraper.archive.side_chains import SideChains
from scraper.errors import DamageError
from scraper.http1 import page_from
from scraper.model import Capture, Page, Part, Recorded

_FIELD = "part"  # of the metadata record
_RECORDS_OF_ONE = 3  # request, response, metadata: of one exchange


def said_of_part(capture: Capture, *, number: int, of: str, page: str) -> dict[str, object]:
    """Return what each exchange's metadata record says of the part that it belongs to.

    `of` is the ID of the response that holds the article's first page, `page` that one's URL.
    """
    return {
        _FIELD: {
            "of": of,
            "page": page,
            "number": number,
            "url": capture.url,
            "outcome": capture.outcome.value,
            "detail": capture.detail,
            "status": None if capture.page is None else capture.page.status,
            "exchanges": len(capture.exchanges),
        }
    }


def part_of(capture: Capture, recorded: Sequence[Recorded], *, number: int) -> Part:
    """Return what the catalog keeps of a part that was archived just now."""
    first = recorded[0].response or recorded[0].request
    return Part(
        number=number,
        url=capture.url,
        started=recorded[0].exchange.started,
        outcome=capture.outcome.value,
        detail=capture.detail,
        status=None if capture.page is None else capture.page.status,
        first_id=first.id,
        file=first.file,
        offset=first.offset,
        records=ids_of(recorded),
    )


@dataclass(slots=True)
class PartsSeen:
    """The parts among the records of a file, taken in one by one in the file's order."""

    file: str  # relative to the archive
    _chains: SideChains = field(default_factory=lambda: SideChains(_FIELD))

    def take(self, record: StoredRecord) -> tuple[str, Part] | None:
        """Take in the next record; return the part that is whole with it, and the ID of the
        response that holds the first page."""
        chain = self._chains.take(record)
        if chain is None:
            return None
        of, number = chain.said.get("of"), chain.said.get("number")
        if not isinstance(of, str) or not isinstance(number, int):
            return None
        return of, Part(
            number=number,
            url=str(chain.said["url"]),
            started=chain.started,
            outcome=str(chain.said["outcome"]),
            detail=str(chain.said.get("detail", "")),
            status=chain.status,
            first_id=chain.first.id,
            file=self.file,
            offset=chain.first.offset,
            records=chain.records,
        )


def part_at(root: Path, file: str, offset: int) -> Part:
    """Return the part whose first record lies at an offset of a file.

    Raises:
        ArchiveError, DamageError: its records are not there, or not what was written.
    """
    seen = PartsSeen(file)
    for record in records_in(path_of(root, file), start=offset):
        found = seen.take(record)
        if found is not None:
            return found[1]
    raise DamageError("a further page of an article is not there", path=file, offset=offset)


def records_of(root: Path, part: Part) -> Iterable[StoredRecord]:
    """Yield the requests and responses of a part that are where its row says.

    Raises:
        ArchiveError, DamageError: as in `part_at`.
    """
    most, wanted = len(part.records) * _RECORDS_OF_ONE, set(part.records)
    records = records_in(path_of(root, part.file), start=part.offset)
    return (record for record in islice(records, most) if record.id in wanted)


def page_of_part(root: Path, part: Part) -> Page | None:
    """Return the page of a part; None where none arrived.

    Raises:
        ArchiveError, DamageError: its record is not there, or not what was written.
    """
    if part.status is None:
        return None
    for record in records_of(root, part):
        if record.id == part.records[-1] and record.type == "response":
            is_cut = record.header("WARC-Truncated") is not None
            return page_from(record.url, record.block, truncated=is_cut)
    problem = f"the record of page {part.number} of an article is not there"
    raise DamageError(problem, path=part.file, offset=part.offset)
