"""What can be put right after damage was found: new files, the catalog's places, texts, the queue.

It throws nothing away: a damaged file stays where it is, with all its bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.reader import records_in
from scraper.archive.recovery import MARK
from scraper.archive.repair import Repaired, repair, repaired_name
from scraper.errors import ArchiveError, DamageError
from scraper.store.catalog import Catalog
from scraper.store.places import TextPlace
from scraper.store.text_files import restore_text
from scraper.verify.places import there
from scraper.verify.run import Tally


def mend_files(paths: Iterable[Path], now: datetime) -> Iterator[str | ArchiveError]:
    """Repair anybody's damaged WARC files; yield a sentence for each, or why it could not be."""
    for path in paths:
        try:
            yield _said(path, repair(path, date=now))
        except ArchiveError as exc:
            yield exc


def mend_archive(
    root: Path, catalog: Catalog | None, tally: Tally, now: datetime
) -> Iterator[str | ArchiveError]:
    """Repair an archive's damaged WARC files, and have the catalog lead to the new ones.

    What was lost is fetched again where a source announced it. Texts that are gone are written
    again from their records. Yields a sentence for each thing done, or why it could not be.
    """
    for path in sorted(tally.damaged):
        if path.suffix == OPEN_SUFFIX or not path.is_file():
            continue
        if path.is_relative_to(root / "warc"):
            try:
                yield _repaired(root, catalog, path, now)
            except ArchiveError as exc:
                yield exc
    if catalog is not None:
        yield from _restored(root, catalog)
        if tally.lost:
            lost = set(tally.lost)
            queued = catalog.places.forget(lost, now)
            yield f"{len(lost):,} exchanges were lost; {queued:,} links are fetched again"
        (root / MARK).unlink(missing_ok=True)
        yield "the next start of scraper looks in all files for captures without a row"


def _repaired(root: Path, catalog: Catalog | None, path: Path, now: datetime) -> str:
    if repaired_name(path).exists():
        raise ArchiveError(f"was repaired before, as {repaired_name(path).name}", path=path)
    done = repair(path, date=now)
    if catalog is not None:
        before, after = (one.relative_to(root).as_posix() for one in (path, done.path))
        places = {moved.id: (moved.offset, moved.length) for moved in done.moved}
        catalog.places.move(before, after, places)
        catalog.requisites.move(before, after, places)
        catalog.parts.move(before, after, places)
    return _said(path, done)


def _said(path: Path, done: Repaired) -> str:
    lost = sum(one.end - one.start for one in done.lost)
    said = f"{path}: {len(done.moved):,} records are whole in {done.path.name}"
    return f"{said}; {lost:,} bytes were lost" if done.lost else said


def _restored(root: Path, catalog: Catalog) -> Iterator[str | ArchiveError]:
    """Write texts that are gone again, from the records that hold them too."""
    for row in catalog.places.texts():
        if (root / row.file).is_file():
            continue
        try:
            text = _text_of(root, catalog, row)
            if text is None:
                yield DamageError("no record has this text either", path=root / row.file)
                continue
            restore_text(root, row.file, text)
            yield f"{root / row.file}: written again from its record"
        except ArchiveError as exc:
            yield exc


def _text_of(root: Path, catalog: Catalog, row: TextPlace) -> str | None:
    for file in catalog.places.files_of_text(row.id):
        try:
            for record in records_in(there(root, file)):
                if record.type != "conversion":
                    continue
                if hashlib.sha256(record.block).hexdigest() == row.sha256:
                    return record.block.decode("utf-8")
        except (FileNotFoundError, DamageError):
            continue  # the text's record may be in another file
    return None
