"""Whether an archive is what a publishing house's ledger says: bytes, rows, texts, names.

Of the crawler it knows nothing but the archive that it left.
"""

import base64
import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from publishing import Story
from publishing_audit import PAGES, Run, audit_harvest, audit_manners
from publishing_house import Served
from publishing_pages import url_of

from scraper.archive.reader import records_in
from scraper.archive.record import StoredRecord
from scraper.errors import ArchiveError
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail, ExchangeRow
from scraper.store.text_files import is_self_proving
from scraper.urls import canonical

_KEPT = PAGES | {"robots"}  # what must be in a WARC file wherever it was sent


def audit(run: Run, archive: Path) -> list[str]:
    """Return all that is wrong with a run and the archive it left; nothing if all holds."""
    holdings = Holdings.read(archive)
    run = replace(run, found=frozenset(record.sha256 for record in holdings.responses()))
    checks = (
        audit_manners(run),
        audit_harvest(run),
        holdings.damage,
        _other_readers(archive),
        _unrecorded(run, holdings),
        _invented(run, holdings),
        _kept_twice(run, holdings),
        _rows(run, holdings),
        _texts(run, holdings, archive),
        _aliases(run, holdings, archive),
    )
    return [problem for check in checks for problem in check]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record of an archive, without its block."""

    place: tuple[str, int]  # file and offset, as the catalog has them
    type: str
    id: str
    url: str
    sha256: str  # of the block
    payload: str | None
    refers_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All that an archive holds, read once."""

    records: tuple[Kept, ...]
    captures: tuple[CaptureDetail, ...]
    damage: tuple[str, ...]

    @classmethod
    def read(cls, archive: Path) -> "Holdings":
        records: list[Kept] = []
        damage: list[str] = []
        for file in sorted(archive.glob("warc/*/*")):
            if not file.name.endswith(".warc.gz"):
                damage.append(f"open: {file.name} has no final name")
            try:
                records += [_kept(record, file, archive) for record in records_in(file)]
            except ArchiveError as exc:
                damage.append(f"damage: {exc}")
        with Catalog.open(archive / "catalog.db", create=False) as catalog:
            rows = catalog.captures(newest_first=False)
            captures = tuple(found for row in rows if (found := catalog.capture(row.id)))
        return cls(records=tuple(records), captures=captures, damage=tuple(damage))

    def responses(self) -> Iterator[Kept]:
        return (record for record in self.records if record.type in {"response", "revisit"})

    def exchanges(self) -> Iterator[ExchangeRow]:
        return (exchange for capture in self.captures for exchange in capture.exchanges)


def _kept(record: StoredRecord, file: Path, archive: Path) -> Kept:
    return Kept(
        place=(file.relative_to(archive).as_posix().removesuffix(".open"), record.offset),
        type=record.type,
        id=record.id,
        url=record.url,
        sha256=hashlib.sha256(record.block).hexdigest(),
        payload=record.header("WARC-Payload-Digest") or _payload_of(record),
        refers_to=record.header("WARC-Refers-To"),
    )


def _payload_of(record: StoredRecord) -> str | None:
    """Return the digest of a body that is not chunked, for records that do not say it."""
    head, _, body = record.block.partition(b"\r\n\r\n")
    if record.type != "response" or not body or b"chunked" in head:
        return None
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode("ascii")


def _other_readers(archive: Path) -> Iterator[str]:
    """warcio has the last word on every file."""
    files = sorted(map(str, archive.glob("warc/*/*")))
    if not files:
        yield "damage: there is no WARC file"
        return
    command = [sys.executable, "-m", "warcio.cli", "check", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"damage: warcio says {done.stdout.strip()} {done.stderr.strip()}"


def _answers_of(run: Run) -> dict[str, list[Served]]:
    """Return what was served by its digest, whole and by its head."""
    answers: dict[str, list[Served]] = defaultdict(list)
    for served in run.ledger:
        for digest in {served.sha256, served.head_sha256}:
            answers[digest].append(served)
    return answers


def _unrecorded(run: Run, holdings: Holdings) -> Iterator[str]:
    """Each page that was sent is kept: its bytes, or its head and an earlier record of its body."""
    whole = Counter(record.sha256 for record in holdings.responses())
    payloads = {record.id: record.payload for record in holdings.responses()}
    for served in run.ledger:
        if served.kind not in _KEPT or served.status != 200 or run.is_doubtful(served):
            continue
        if whole[served.sha256]:
            whole[served.sha256] -= 1
            continue
        revisits = [
            record
            for record in holdings.records
            if record.type == "revisit" and record.sha256 == served.head_sha256
        ]
        if not any(served.payload in (each.payload, payloads.get(each.refers_to or ""))
                   and each.refers_to in payloads for each in revisits):  # fmt: skip
            yield f"unrecorded: {run.url(served)} as sent at {served.sent}"


def _invented(run: Run, holdings: Holdings) -> Iterator[str]:
    """No record holds what nobody sent, and none more often than it was sent."""
    left = {digest: len(answers) for digest, answers in _answers_of(run).items()}
    for record in holdings.responses():
        left[record.sha256] = left.get(record.sha256, 0) - 1
        if left[record.sha256] < 0:
            yield f"invented: the {record.type} {record.place} of {record.url} was never sent so"


def _kept_twice(run: Run, holdings: Holdings) -> Iterator[str]:
    """A body that did not change is kept once; later captures of it are revisits."""
    answers = _answers_of(run)
    seen: set[tuple[str, int | None, str]] = set()
    for record in holdings.records:
        if record.type != "response":
            continue
        sent = [each for each in answers.get(record.sha256, []) if each.sha256 == record.sha256]
        if not sent or sent[0].kind not in PAGES or sent[0].status != 200:
            continue
        if any(run.is_doubtful(served) for served in sent):
            continue
        key = (str(sent[0].story), sent[0].version, record.url)
        if key in seen:
            yield f"kept twice: version {key[1]} of {key[0]} in {record.place}"
        seen.add(key)


def _rows(run: Run, holdings: Holdings) -> Iterator[str]:
    """The catalog says where each record lies; each page's record stands in one row."""
    by_place = {record.place: record for record in holdings.records}
    for exchange in holdings.exchanges():
        for place, record_id in (
            ((exchange.request_file, exchange.request_offset), exchange.request_id),
            ((exchange.response_file, exchange.response_offset), exchange.response_id),
        ):
            if record_id is None:
                continue
            record = by_place.get((place[0] or "", place[1] or 0))
            if record is None or (record.id, record.url) != (record_id, exchange.url):
                yield f"catalog: no record {record_id} of {exchange.url} at {place}"
    rows = Counter(exchange.response_id for exchange in holdings.exchanges())
    answers = _answers_of(run)
    for record in holdings.responses():
        served = next(iter(answers.get(record.sha256, [])), None)
        if served is None or served.kind not in PAGES:
            continue
        if rows[record.id] > 1 or (rows[record.id] == 0 and not run.is_doubtful(served)):
            yield f"catalog: {rows[record.id]} rows for {record.place} of {record.url}"


def _texts(run: Run, holdings: Holdings, archive: Path) -> Iterator[str]:
    """Each version that was captured became the text that was told, in a file that proves it."""
    wanted = {
        (story.id, index): version.telling.text
        for story in run.plan.stories
        for index, version in enumerate(story.versions)
    }
    files = {file: file.read_text(encoding="utf-8") for file in archive.glob("text/*/*/*")}
    yield from (f"text: {file.name} does not prove itself" for file in files
                if not is_self_proving(file))  # fmt: skip
    told = set(wanted.values())
    yield from (f"text: {file.name} holds what nobody told: {text[:80]!r}"
                for file, text in files.items() if text not in told)  # fmt: skip
    listed = {capture.text.file for capture in holdings.captures if capture.text}
    on_disk = {file.relative_to(archive).as_posix() for file in files}
    yield from (f"text: {file} is in the catalog alone" for file in sorted(listed - on_disk))
    if not run.downs:  # a kill may leave a file whose row was never written
        yield from (f"text: {file} is not in the catalog" for file in sorted(on_disk - listed))
    have = {files[archive / file] for file in listed & on_disk}
    for served in run.ledger:
        key = (str(served.story), served.version if served.version is not None else -1)
        if served.kind not in PAGES or served.status != 200 or run.is_doubtful(served):
            continue
        if wanted[key] not in have:
            yield f"text: version {key[1]} of {key[0]} was captured, and has no text"
            have.add(wanted[key])  # said once


def _aliases(run: Run, holdings: Holdings, archive: Path) -> Iterator[str]:
    """All addresses of a story lead to one article, which no other story leads to."""
    captured = {
        served.story: served.sent
        for served in reversed(run.ledger)
        if served.kind in PAGES and served.status == 200 and not run.is_doubtful(served)
    }
    owners: dict[int, str] = {}
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        for story in run.plan.stories:
            if story.id not in captured or captured[story.id] > run.ended - run.grace:
                continue
            ids = set()
            for url in _addresses(run, story):
                row = catalog.article_by(url) or catalog.article_by(canonical(url))
                ids.add(row.id if row else None)
                if row is None:
                    yield f"alias: {url} leads to no article"
                elif owners.setdefault(row.id, story.id) != story.id:
                    yield f"alias: {url} leads to the article of {owners[row.id]}"
            if len(ids - {None}) > 1:
                yield f"alias: the addresses of {story.id} lead to {len(ids - {None})} articles"
        extra = len(catalog.articles()) - len(captured)
    if extra > 0:
        yield f"alias: {extra} articles too many"


def _addresses(run: Run, story: Story) -> set[str]:
    """Return the addresses under which a story was announced, and its own."""
    press = run.plan.press_at(story.outlet)
    named = {url_of(press, story, "plain", run.port)}
    for announcement in press.announcements:
        form = announcement.forms[story.number % len(announcement.forms)]
        if form in {"utm", "amp", "go"}:
            named.add(url_of(press, story, form, run.port, name=announcement.format))
    return named
