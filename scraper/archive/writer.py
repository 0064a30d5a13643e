"""The WARC files of an outlet, and cassettes: exchanges, texts and metadata in, records out.

It never appends to a file that exists, and knows nothing of the catalog.
"""

import re
import socket
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from scraper.archive.exchanges import ExchangeDrafts, drafts_of, metadata_draft, text_draft
from scraper.archive.open_file import OPEN_SUFFIX, OpenFile
from scraper.archive.record import Draft, member_of
from scraper.archive.revisits import Original
from scraper.errors import ArchiveError, LockedError
from scraper.model import Exchange, Record, Recorded

OUTLET_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # a folder name, and safe as one
_LAST_SERIAL = 99_999
_CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


class WarcWriter:
    """Writes the WARC files of one outlet: opened at the first write, rolled by size and age.

    Each method returns when its records are on disk, synced, or raises with none of them there.
    `now` moves the writer's clock on, which names the files and rolls them; without it the clock
    stands. Threads may share it: what one call writes lies together.

    Errors of every method: DiskFullError and ArchiveError; the next call starts a new file.
    """

    def __init__(
        self,
        root: Path,
        outlet: str,
        *,
        now: datetime,
        software: str,
        host: str | None = None,
        operator: str | None = None,
        max_bytes: int = 1_000_000_000,
        max_age: timedelta = timedelta(days=1),
        payload_digest_on_chunked: bool = False,
    ) -> None:
        if not OUTLET_ID.fullmatch(outlet):
            raise ArchiveError(f"{outlet!r} cannot be an outlet's folder", path=root / "warc")
        self.root, self.outlet = root, outlet
        self._now = now
        self._host = _host_name(host or socket.gethostname())
        self._info = {"software": software, "operator": operator, "hostname": self._host}
        self._max_bytes, self._max_age = max_bytes, max_age
        self._payload_digest_on_chunked = payload_digest_on_chunked
        self._file: OpenFile | None = None
        self._opened = now
        self._turn = threading.RLock()

    def write_exchanges(
        self,
        exchanges: Sequence[Exchange],
        *,
        now: datetime | None = None,
        originals: Mapping[int, Original] | None = None,
        about: Mapping[str, object] | None = None,
    ) -> tuple[Recorded, ...]:
        """Write the records of exchanges, in their order: response, request, metadata of each.

        `originals` are earlier responses, by position of the exchange that may repeat one: a 304
        for the original's URL, or the same entity again, becomes a `revisit` record instead of a
        `response`; any other exchange is written as if there were no original.
        `about` goes into each metadata record: what the exchanges were for (see `captures`).
        """
        known = originals or {}
        drafts = [
            drafts_of(
                exchange,
                payload_digest_on_chunked=self._payload_digest_on_chunked,
                original=known.get(position),
                about=about,
            )
            for position, exchange in enumerate(exchanges)
        ]
        return recorded_from(drafts, self._append(in_file_order(drafts), now))

    def write_text(
        self,
        recorded: Recorded,
        text: str,
        *,
        url: str,
        date: datetime,
        now: datetime | None = None,
    ) -> Record:
        """Write a page's clean text as a conversion of its response; `date` is when it was made."""
        return self._append([text_draft(recorded, text, url=url, date=date)], now)[0]

    def write_metadata(
        self,
        recorded: Recorded,
        fields: Mapping[str, object],
        *,
        date: datetime,
        now: datetime | None = None,
    ) -> Record:
        """Write what is known of a page as JSON; dates are spelled in ISO 8601."""
        return self._append([metadata_draft(recorded, fields, date=date)], now)[0]

    def write_extraction(
        self,
        recorded: Recorded,
        *,
        url: str,
        text: str,
        fields: Mapping[str, object],
        date: datetime,
        now: datetime | None = None,
    ) -> tuple[Record, Record]:
        """Write text and metadata of a page with one sync; return their records in this order."""
        drafts = [
            text_draft(recorded, text, url=url, date=date),
            metadata_draft(recorded, fields, date=date),
        ]
        text_record, metadata_record = self._append(drafts, now)
        return text_record, metadata_record

    def write_drafts(
        self, drafts: Sequence[Draft], *, now: datetime | None = None
    ) -> tuple[Record, ...]:
        """Write records that somebody else drafted, with one sync."""
        return self._append(drafts, now)

    def close(self) -> None:
        """Give the file its final name; the next write would start another."""
        with self._turn:
            file, self._file = self._file, None
            if file is not None:
                file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, drafts: Sequence[Draft], now: datetime | None) -> tuple[Record, ...]:
        if not drafts:
            return ()
        members = [member_of(draft) for draft in drafts]  # refuses before a byte is on disk
        with self._turn:
            self._now = now or self._now
            file = self._writable()
            name = file.final.relative_to(self.root).as_posix()
            try:
                return append_to(file, name, drafts, members, self._info)
            except BaseException:
                self._file = None  # closed by its own rollback
                raise

    def _writable(self) -> OpenFile:
        """Return the file to write to: the one that is open, or a new one where that is full."""
        if self._file is not None and self._is_full(self._file):
            self.close()
        if self._file is None:
            self._file, self._opened = self._new_file(), self._now
        return self._file

    def _is_full(self, file: OpenFile) -> bool:
        return file.size >= self._max_bytes or self._now - self._opened >= self._max_age

    def _new_file(self) -> OpenFile:
        folder = self.root / "warc" / self.outlet
        stamp = self._now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        for serial in range(_LAST_SERIAL + 1):
            name = f"{self.outlet}-{stamp}-{serial:05}-{self._host}.warc.gz"
            try:
                return OpenFile(folder / name)
            except (FileExistsError, LockedError):
                continue
        raise ArchiveError(f"no serial number is left for {stamp}", path=folder)


class CassetteWriter:
    """Writes exchanges into one new WARC file, at a path of the maintainer's choice.

    Threads may share it.
    """

    def __init__(self, path: Path, *, software: str = "scraper") -> None:
        self.path = path
        self._software = software
        self._file: OpenFile | None = None
        self._turn = threading.Lock()
        _refuse_existing(path)

    def write_exchanges(self, exchanges: Sequence[Exchange]) -> tuple[Recorded, ...]:
        """Write the records of exchanges; the file comes into being with the first."""
        drafts = [drafts_of(exchange) for exchange in exchanges]
        flat = in_file_order(drafts)
        if not flat:
            return ()
        members = [member_of(draft) for draft in flat]
        info = {"software": self._software}
        with self._turn:
            file = self._file = self._file or self._new_file()
            try:
                records = append_to(file, self.path.name, flat, members, info)
            except BaseException:
                self._file = None
                raise
        return recorded_from(drafts, records)

    def close(self) -> None:
        """Give the file its final name; without an exchange there is none."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _new_file(self) -> OpenFile:
        try:
            return OpenFile(self.path)
        except FileExistsError:
            _refuse_existing(self.path)
            raise


def append_to(
    file: OpenFile,
    name: str,
    drafts: Sequence[Draft],
    members: Sequence[bytes],
    info: Mapping[str, str | None],
) -> tuple[Record, ...]:
    """Append the members of drafts, after a warcinfo if the file is new; return where they lie."""
    head = [] if file.size else [member_of(warcinfo_draft(file.final.name, info, drafts[0].date))]
    offsets = file.append([*head, *members])[len(head) :]
    return tuple(
        Record(
            file=name, offset=offset, length=len(member), type=draft.type, id=draft.id,
            url=draft.url, date=draft.date, block_digest=draft.block_digest,
            payload_digest=draft.payload_digest,
        )
        for draft, member, offset in zip(drafts, members, offsets, strict=True)
    )  # fmt: skip


def in_file_order(exchanges: Sequence[ExchangeDrafts]) -> list[Draft]:
    """Return the drafts of exchanges in the order in which they lie in the file."""
    return [draft for drafts in exchanges for draft in drafts.in_file_order()]


def recorded_from(
    exchanges: Sequence[ExchangeDrafts], records: Sequence[Record]
) -> tuple[Recorded, ...]:
    """Return exchanges with their records, found by record ID."""
    by_id = {record.id: record for record in records}
    return tuple(
        Recorded(
            exchange=drafts.exchange,
            request=by_id[drafts.request.id],
            response=None if drafts.response is None else by_id[drafts.response.id],
            repeats_another=drafts.repeats_another,
        )
        for drafts in exchanges
    )


def warcinfo_draft(name: str, info: Mapping[str, str | None], date: datetime) -> Draft:
    """Return the record that begins a file: which program wrote it, and under which name."""
    fields = {**info, "format": "WARC File Format 1.1", "conformsTo": _CONFORMS_TO}
    lines = [f"{key}: {' '.join(value.split())}\r\n" for key, value in fields.items() if value]
    return Draft(
        type="warcinfo", date=date, content_type="application/warc-fields",
        block="".join(lines).encode("utf-8", "replace"), headers=(("WARC-Filename", name),),
    )  # fmt: skip


def _refuse_existing(path: Path) -> None:
    unfinished = path.with_name(path.name + OPEN_SUFFIX)
    for there in (path, unfinished):
        if there.exists():
            raise ArchiveError("exists already: choose another name, or remove it", path=there)


def _host_name(host: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", host).strip("-.")[:63] or "localhost"
