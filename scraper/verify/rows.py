"""The catalog's rows and the records of the archive, each held against the other.

It changes neither. A record is looked up by its ID while its file is gone through; where a file's
rows were not all met so, each is looked for at the place that it names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scraper.archive.parts import records_of
from scraper.archive.verify import Finding
from scraper.archive.verify_members import BrokenError
from scraper.archive.verify_records import Checked
from scraper.errors import ArchiveError
from scraper.store.catalog import Catalog
from scraper.store.places import Place
from scraper.verify.places import record_at

_BATCH = 500
_IN_CATALOG = frozenset({"request", "response", "revisit"})


@dataclass(slots=True)
class Rows:
    """What the catalog says of one file, held against its records while they come."""

    catalog: Catalog
    root: Path
    file: str  # relative to the archive
    path: Path
    met: int = 0  # rows whose record is where they say
    unknown: int = 0  # captures without a row
    _waiting: list[Checked] = field(default_factory=list)
    _captured: list[str] = field(default_factory=list)  # first requests of whole captures
    _chain: list[str] = field(default_factory=list)
    _said: Mapping[str, object] | None = None

    def take(self, record: Checked) -> Iterator[Finding]:
        """Take in the next record; yield what some of them disagree about with their rows."""
        if record.type in _IN_CATALOG:
            self._waiting.append(record)
            if len(self._waiting) >= _BATCH:
                yield from self._compare()
        elif record.type == "metadata":
            self._follow(record)

    def end(self) -> Iterator[Finding]:
        """Yield what is left to say of records when all have come."""
        yield from self._compare()

    def _compare(self) -> Iterator[Finding]:
        records, self._waiting = self._waiting, []
        known = self.catalog.places.of_records([record.id for record in records])
        for record in records:
            place = known.get(record.id)
            if place is not None and place.file == self.file and place.offset == record.offset:
                self.met += 1
                yield from self._differences(record, place)
        captured, self._captured = self._captured, []
        self.unknown += len(self.catalog.unknown_requests(captured))

    def _differences(self, record: Checked, place: Place) -> Iterator[Finding]:
        for problem in differences(record, place):
            yield Finding(
                problem=problem, path=self.path, offset=record.offset,
                end=record.offset + record.length, url=record.url,
            )  # fmt: skip

    def _follow(self, record: Checked) -> None:
        """See whether a capture is whole with this record; one that isn't was acknowledged to
        nobody (see `archive.captures`)."""
        said = record.json.get("capture")
        if not isinstance(said, dict):
            return
        if said != self._said:
            self._chain, self._said = [], said
        self._chain += record.all_of("WARC-Concurrent-To")[-1:]  # the response comes first
        if len(self._chain) == said.get("exchanges"):
            self._captured.append(self._chain[0])
            self._chain, self._said = [], None


def differences(record: Checked, place: Place) -> Iterator[str]:
    """Say in what a record is not what its row says."""
    of = f"in the catalog (capture c{place.capture})"
    if record.length != place.length:
        yield f"{record.length} bytes long, {place.length} {of}"
    if record.type != place.type:
        yield f"a {record.type}, a {place.type} {of}"
    if record.url != place.url:
        yield f"its URL is {place.url} {of}"
    digests = {record.block_digest, place.block_digest} - {None}
    if len(digests) > 1:
        yield f"its block digest is {record.block_digest}, {place.block_digest} {of}"


def lost_records(catalog: Catalog, root: Path, file: str) -> Iterator[tuple[Finding, int]]:
    """Yield each row of a file whose record is not at the place that it names, with the number of
    its exchange."""
    for place in catalog.places.in_file(file):
        if (problem := _lost(root, place)) is not None:
            finding = Finding(
                problem=f"{problem}; capture c{place.capture} needs the {place.type} there",
                path=root / file, offset=place.offset, end=place.offset + place.length,
                url=place.url,
            )  # fmt: skip
            yield finding, place.exchange


def lost_parts(catalog: Catalog, root: Path) -> Iterator[tuple[Finding, int]]:
    """Yield each further page of an article whose records are not where its row says, with the
    number of the exchange that brought the first page."""
    for place in catalog.parts.places():
        part = place.part
        try:
            found = {record.id for record in records_of(root, part)}
            problem = "" if found >= set(part.records) else "its records are not here"
        except ArchiveError as exc:
            problem = exc.problem
        if problem:
            said = f"{problem}; page {part.number} of the article of capture c{place.capture}"
            path = root / part.file
            yield Finding(problem=said, path=path, offset=part.offset, url=part.url), place.exchange


def _lost(root: Path, place: Place) -> str | None:
    try:
        record = record_at(root, place.file, place.offset)
    except FileNotFoundError:
        return "the file is gone"
    except BrokenError as exc:
        return f"a record is lost ({exc})"
    if record is None:
        return "the file ends before a record that the catalog knows"
    return None if record.id == place.id else f"another record lies here ({record.id})"
