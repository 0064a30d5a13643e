"""Captures as a WACZ package: whole members of our WARC files, an index, and pages with their text.

A package stands alone: what a revisit refers to comes with it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from scraper.archive.cdxj import in_order, line_of
from scraper.archive.members import members_in
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.reader import path_of, record_at
from scraper.archive.record import StoredRecord, member_of
from scraper.archive.revisits import original_of
from scraper.archive.wacz import About, Entry, Package, iso
from scraper.archive.writer import warcinfo_draft
from scraper.errors import ArchiveError, DamageError
from scraper.export.articles import OnProblem, last_response
from scraper.export.index import warc_files
from scraper.export.requisites import Needs
from scraper.model import Part, Requisite
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail, ExchangeRow
from scraper.store.selections import Selected, Selection
from scraper.store.text_files import read_text

_ROLLED_AT = 1_000_000_000  # bytes of a WARC file in a package; ours have no more
_BYTES_OF_PAGE = 20_000  # in the list of pages, on the safe side: most have 4,000
_DESCRIBES = {"conversion", "metadata"}  # types of records that say something of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """What is packed, from where, and who hears of it."""

    root: Path
    catalog: Catalog
    selection: Selection
    about: About
    on_problem: OnProblem
    on_file: Callable[[], None] = lambda: None
    on_record: Callable[[Path, str], None] = lambda _path, _id: None  # that was packed

    @property
    def selected(self) -> Selected:
        """The selection, asked of the catalog."""
        return self.catalog.selected(self.selection)

    @property
    def is_whole(self) -> bool:
        """Say whether whole files are packed: those of an outlet, or of all."""
        chosen = self.selection
        return chosen.since is None and chosen.until is None and chosen.url is None


@dataclass(slots=True)
class _Wanted:
    """Which records of a file are wanted: `ids` themselves, and whatever describes one of them."""

    start: int
    ids: set[str] = field(default_factory=set)

    def add(self, exchange: ExchangeRow) -> None:
        places = (exchange.request_offset, exchange.response_offset)
        self.start = min(self.start, *(place for place in places if place is not None))
        self.ids |= {name for name in (exchange.request_id, exchange.response_id) if name}

    def add_chain(self, chain: Requisite | Part) -> None:
        self.start = min(self.start, chain.offset)
        self.ids.update(chain.records)

    def has(self, record: StoredRecord) -> bool:
        if record.id in self.ids:
            return True
        named = (*record.all_of("WARC-Concurrent-To"), *record.all_of("WARC-Refers-To"))
        return record.type in _DESCRIBES and not self.ids.isdisjoint(named)


def pack(package: Package, packing: Packing) -> int:
    """Write WARC files, index and pages into a package; return how many pages.

    The files of an outlet are packed as they are; of a smaller selection the records are packed
    that belong to its captures, members as they are, in one file with a warcinfo of its own.
    """
    lines = _whole_files(package, packing) if packing.is_whole else _selection(package, packing)
    package.add_index(in_order(lines))
    numbers = packing.selected.captures()
    at_most = len(numbers) * _BYTES_OF_PAGE
    return package.add_pages(_pages(packing, numbers), at_most=at_most)


def main_page(catalog: Catalog, selection: Selection) -> tuple[str, datetime] | None:
    """Return where a reader should begin, if one article was selected: its newest capture."""
    if selection.url is None:
        return None
    selected = catalog.selected(selection)
    details = selected.details(selected.captures()[::-1])
    found = (last_response(detail.exchanges) for detail in details)
    return next(((one.url, one.started) for one in found if one and one.status == 200), None)


def files_of(packing: Packing) -> int:
    """Return how many WARC files `pack` will read."""
    if packing.is_whole:
        return len(warc_files(packing.root, packing.selection.outlet))
    return len(packing.selected.files())


def _whole_files(package: Package, packing: Packing) -> Iterator[str]:
    taken: set[str] = set()
    for path in warc_files(packing.root, packing.selection.outlet):
        name = path.name.removesuffix(OPEN_SUFFIX)
        if name in taken:  # of another outlet, in an archive whose files somebody renamed
            name = f"{path.parent.name}-{name}"
        taken.add(name)
        with package.entry(f"archive/{name}", at_most=path.stat().st_size) as entry:
            yield from _copied(entry, name, path, packing)
        packing.on_file()


def _selection(package: Package, packing: Packing) -> Iterator[str]:
    about = packing.about
    info = {"software": about.software, "description": about.description or about.title}
    files = deque(sorted(_wanted(packing).items()))
    for serial in count():
        name = f"scraper-{about.created:%Y%m%d%H%M%S}-{serial:05}.warc.gz"
        with package.entry(f"archive/{name}") as entry:
            entry.write(member_of(warcinfo_draft(name, info, about.created)))
            while files and entry.size < _ROLLED_AT:
                file, wanted = files.popleft()
                try:
                    path = path_of(packing.root, file)
                except ArchiveError as exc:
                    packing.on_problem(exc)
                    continue
                yield from _copied(entry, name, path, packing, wanted)
                packing.on_file()
        if not files:
            return


def _copied(
    entry: Entry, name: str, path: Path, packing: Packing, wanted: _Wanted | None = None
) -> Iterator[str]:
    """Copy members, all or those that are wanted, and yield their index lines."""
    try:
        for record, member in members_in(path, start=wanted.start if wanted else 0):
            if wanted is not None and not wanted.has(record):
                continue
            line = line_of(record, name, offset=entry.size, length=len(member))
            entry.write(member)
            packing.on_record(path, record.id)
            if line is not None:
                yield line
    except DamageError as exc:
        packing.on_problem(exc)


def _wanted(packing: Packing) -> Mapping[str, _Wanted]:
    """Return what is wanted of each file: the exchanges of the captures, their originals, the
    further pages of their articles, and what all pages need to look like themselves."""
    found: dict[str, _Wanted] = {}
    needs = Needs(packing.root, packing.catalog, packing.on_problem)

    def want_chain(chain: Requisite | Part) -> None:
        found.setdefault(chain.file, _Wanted(chain.offset)).add_chain(chain)

    def want(exchange: ExchangeRow) -> None:
        place = found.setdefault(exchange.request_file, _Wanted(exchange.request_offset))
        place.add(exchange)
        for one in needs.of(exchange):
            want_chain(one)

    selected = packing.selected
    for file in selected.files():
        for exchange in selected.exchanges(file):
            want(exchange)
            if exchange.response_type == "revisit":
                original = _original(packing, exchange)
                if original is not None:
                    want(original)
    for part in selected.parts():
        want_chain(part)
        for one in needs.of_part(part):
            want_chain(one)
    return found


def _original(packing: Packing, exchange: ExchangeRow) -> ExchangeRow | None:
    place = (exchange.response_file or "", exchange.response_offset or 0)
    try:
        original = original_of(record_at(packing.root, *place))
    except ArchiveError as exc:
        packing.on_problem(exc)
        return None
    row = packing.catalog.exchange_of(original.id) if original.id else None
    if row is None:
        problem = "the original of a revisit is not in the catalog, and not packed"
        packing.on_problem(ArchiveError(problem, path=place[0], offset=place[1]))
    return row


def _pages(packing: Packing, numbers: Sequence[int]) -> Iterator[Mapping[str, object]]:
    for detail in packing.selected.details(numbers):
        page = _page(packing, detail)
        if page is not None:
            yield page


def _page(packing: Packing, detail: CaptureDetail) -> Mapping[str, object] | None:
    last = last_response(detail.exchanges)
    if last is None or last.status is None:
        return None
    text = _text(packing, detail)
    title = text.split("\n", 1)[0] if text else detail.article and detail.article.title
    said = {"title": title or last.url, **({"text": text} if text else {})}
    name = f"capture-{detail.capture.id}"
    return {"id": name, "url": last.url, "ts": iso(last.started), **said}


def _text(packing: Packing, detail: CaptureDetail) -> str | None:
    if detail.text is None:
        return None
    try:
        return read_text(packing.root, detail.text.file)
    except ArchiveError as exc:
        packing.on_problem(exc)
        return None
