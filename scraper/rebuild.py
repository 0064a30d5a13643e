"""A lost catalog, made again from the archive's WARC files alone.

It fetches nothing, changes no record and reads no page anew: what was read stands in the records.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from scraper.archive.captures import StoredCapture, ending_of
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.parts import part_at
from scraper.archive.recovery import recover
from scraper.archive.retelling import (
    CAPTURE,
    PART,
    READING,
    Reading,
    capture_at,
    reading_at,
    steps_in,
)
from scraper.crawl import NO_PAGE, UNCHANGED, started
from scraper.disk import disk_error, held
from scraper.errors import ConfigError, DamageError, LockedError
from scraper.extract.frames import extraction_in
from scraper.fetch.validators import Validators, validators_in
from scraper.line import Line, Settings, stray_outlet
from scraper.model import Article, Extraction, ExtractStatus, Outlet, Part, Step
from scraper.reindex import LOCK, MARK, reindex
from scraper.repeats import is_unchanged
from scraper.store.catalog import Catalog
from scraper.store.replay import Replay
from scraper.store.saving import SavedCapture
from scraper.store.schedule_rows import LinkResult
from scraper.store.staging import Staging
from scraper.store.text_files import TextFile, restore_text

log = logging.getLogger(__name__)

STAGED = "rebuild.steps"
DRAFT = ".rebuild"  # after the catalog's name until it is whole
_AT_ONCE = 200  # steps in one transaction
_SIDE_FILES = ("", "-wal", "-shm", "-journal")  # of a SQLite database


@dataclass(slots=True)
class Rebuilt:
    """What came of a rebuild."""

    files: int = 0
    captures: int = 0
    read_now: int = 0  # captures that a killed process had archived and not read
    texts_written: int = 0  # that were missing
    problems: list[str] = field(default_factory=list)  # what could not be placed, a sentence each


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is: bytes of the files looked at, then steps taken."""

    stage: str  # reading | writing
    done: int
    total: int


def _silent(_: Progress) -> None:
    """Tell nobody."""


async def rebuild(settings: Settings, told: Callable[[Progress], None] = _silent) -> Rebuilt:
    """Write the catalog of `settings` from the archive's files.

    It gets its name once it is whole. Killed on the way, the next call takes over what was looked
    at and writes the catalog from its beginning.

    Raises:
        ConfigError: there is a catalog with captures in it.
        LockedError: a process writes into the archive.
        ArchiveError, CatalogError, DiskFullError: nothing has changed but texts that were missing.
    """
    root, rebuilt = settings.archive, Rebuilt()
    _refuse_a_living(settings.catalog)
    for found in recover(root):
        log.warning("closed what was left unfinished: %s", found)
    with held(root / LOCK):
        _refuse_writers(root)
        with ExitStack() as stack:
            staging = stack.enter_context(Staging(root / STAGED))
            _stage(root, staging, rebuilt, told)
            draft = _draft_of(settings.catalog)
            catalog = stack.enter_context(Catalog.open(draft))
            _replay(replace(settings, catalog=draft), staging, catalog, rebuilt, told)
        _rename(draft, settings.catalog)
        _remove(root / STAGED)
        (root / MARK).unlink(missing_ok=True)  # what has no row still is looked for in every file
    async with Line(settings) as line:
        rebuilt.read_now = await reindex(line)
    return rebuilt


def _refuse_a_living(place: Path | str) -> None:
    if isinstance(place, Path) and not place.exists():
        return
    with Catalog.open(place) as catalog:
        if not catalog.is_empty():
            problem = "there is a catalog with captures in it: move it away, or name another place"
            raise ConfigError(problem, file=str(place))


def _refuse_writers(root: Path) -> None:
    for path in sorted(root.glob(f"warc/*/*{OPEN_SUFFIX}")):
        raise LockedError("a process writes into this archive; stop it first", path=path)


def _draft_of(place: Path | str) -> Path | str:
    """Return where the catalog is written: a file beside its place, or the database itself."""
    if isinstance(place, str) and "://" in place:
        return place
    draft = Path(place).with_name(Path(place).name + DRAFT)
    _remove(draft)
    return draft


def _rename(draft: Path | str, place: Path | str) -> None:
    if isinstance(draft, Path):
        _remove(Path(place))
        draft.rename(place)


def _remove(database: Path) -> None:
    for suffix in _SIDE_FILES:
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def _stage(
    root: Path, staging: Staging, rebuilt: Rebuilt, told: Callable[[Progress], None]
) -> None:
    """Look through every file for what it tells of."""
    files = [(path, path.stat().st_size) for path in sorted(root.glob("warc/*/*.warc.gz"))]
    total, done = sum(size for _, size in files), 0
    for path, size in files:
        told(Progress("reading", done, total))
        name = path.relative_to(root).as_posix()
        if not staging.has(name, size):
            _stage_file(root, path, staging, rebuilt)
        done += size
        rebuilt.files += 1
    told(Progress("reading", done, total))
    staging.join(CAPTURE, READING)


def _stage_file(root: Path, path: Path, staging: Staging, rebuilt: Rebuilt) -> None:
    """Look through one file; of a damaged one, what comes before the damage is taken."""
    damage: list[DamageError] = []
    name = path.relative_to(root).as_posix()
    try:
        staging.add(name, path.stat().st_size, steps_in(root, path, damage.append))
    except OSError as exc:
        raise disk_error(exc, path) from exc
    for error in damage:
        rebuilt.problems.append(f"not read from there on: {error}")
        staging.forget(name)  # a rebuild that goes on from here says it again


def _replay(
    settings: Settings,
    staging: Staging,
    catalog: Catalog,
    rebuilt: Rebuilt,
    told: Callable[[Progress], None],
) -> None:
    """Let everything happen again, in its order."""
    steps, done = staging.in_order(), 0
    total = sum(staging.count(kind) for kind in (CAPTURE, READING, PART))
    while batch := list(islice(steps, _AT_ONCE)):
        with catalog.replaying() as replay:
            for step in batch:
                try:
                    _take(settings, staging, replay, step, rebuilt)
                except DamageError as exc:
                    rebuilt.problems.append(f"a {step.kind} of {step.moment:%Y-%m-%d}: {exc}")
        done += len(batch)
        told(Progress("writing", done, total))


def _take(
    settings: Settings, staging: Staging, replay: Replay, step: Step, rebuilt: Rebuilt
) -> None:
    if step.kind == PART:
        return  # it happens with its capture
    readings = staging.of(READING, step.key)
    if step.kind == READING:
        if step != readings[0] or not staging.of(CAPTURE, step.key):
            _read_again(settings, staging, replay, step, rebuilt)
        return
    stored = capture_at(settings.archive, step)
    if not readings and not is_unchanged(stored.recorded):
        return  # archived and never read: `reindex` reads it
    reading = reading_at(settings.archive, readings[0]) if readings else None
    saved = _saved(settings, step, stored, reading, rebuilt)
    saved = replace(saved, parts=_parts(settings.archive, staging, step, rebuilt))
    replay.captured(saved, _result(stored))
    rebuilt.captures += 1


def _parts(root: Path, staging: Staging, step: Step, rebuilt: Rebuilt) -> tuple[Part, ...]:
    """Return the further pages of a capture's article."""
    found: list[Part] = []
    for one in staging.of(PART, step.key):
        try:
            found.append(part_at(root, one.file, one.offsets[0]))
        except DamageError as exc:
            rebuilt.problems.append(f"a further page of {step.moment:%Y-%m-%d}: {exc}")
    return tuple(sorted(found, key=lambda part: part.number))


def _read_again(
    settings: Settings, staging: Staging, replay: Replay, step: Step, rebuilt: Rebuilt
) -> None:
    """Take a later reading of a page: an article of that day's rules."""
    captures = staging.of(CAPTURE, step.key)
    reading = reading_at(settings.archive, step)
    stored = capture_at(settings.archive, captures[0]) if captures else None
    if stored is not None and reading.text is None:
        return
    if stored is None or not replay.read_again(
        _saved(settings, captures[0], stored, reading, rebuilt)
    ):
        where = f"{step.file} at byte {step.offsets[0]}"
        rebuilt.problems.append(f"a reading whose capture is not there: {where}")


def _saved(
    settings: Settings,
    step: Step,
    stored: StoredCapture,
    reading: Reading | None,
    rebuilt: Rebuilt,
) -> SavedCapture:
    return SavedCapture(
        outlet=_outlet(settings, step.file, stored.capture.url),
        capture=stored.capture,
        recorded=stored.recorded,
        extraction=_extraction(stored, reading),
        started=started(stored.capture),
        text=None if reading is None else _text(settings.archive, reading, rebuilt),
        imported=stored.imported,
    )


def _outlet(settings: Settings, file: str, url: str) -> Outlet:
    """Return the outlet of a folder; one that is in no sources.toml any more is a stray one."""
    folder = Path(file).parent.name
    known = next((one for one in settings.sources.outlets if one.id == folder), None)
    return known or replace(stray_outlet(settings.sources, url), id=folder)


def _extraction(stored: StoredCapture, reading: Reading | None) -> Extraction:
    if reading is None:
        return NO_PAGE if stored.capture.page is None else UNCHANGED
    article = None
    if reading.text is not None:
        said = reading.fields.get("article")
        title, *paragraphs = reading.text.split("\n\n")
        unsaid = asdict(Article(title=title, paragraphs=(), text="", url=""))
        known = said if isinstance(said, dict) else {}
        article = {
            **unsaid,
            # Other versions of this program may have said more.
            **{name: known[name] for name in known.keys() & unsaid.keys()},
            "paragraphs": paragraphs,
            "text": reading.text,
            "url": reading.url,
        }
    payload = {
        **asdict(Extraction(status=ExtractStatus.OK)),
        "status": reading.fields.get("extract_status"),
        "detail": reading.fields.get("extract_detail") or "",
        "kind": reading.fields.get("page_kind"),
        "article": article,
    }
    try:
        extraction = extraction_in(json.dumps(payload).encode())
        return replace(extraction, is_cut=ending_of(reading.fields).is_cut)
    except (ValueError, TypeError, KeyError) as exc:
        raise DamageError(f"what was read of {stored.capture.url} cannot be understood") from exc


def _text(root: Path, reading: Reading, rebuilt: Rebuilt) -> TextFile | None:
    """Return the file of a text, written again where it is missing."""
    said = reading.fields.get("text")
    if reading.text is None or not isinstance(said, dict):
        return None
    text, state = restore_text(root, str(said.get("file")), reading.text)
    rebuilt.texts_written += state == "written"
    if state == "changed":
        rebuilt.problems.append(f"{text.file}: its bytes are not those that were written; left")
    return text


def _result(stored: StoredCapture) -> LinkResult | None:
    """Return what the schedule has to know, as of then."""
    if not stored.is_announced:
        return None
    page, last = stored.capture.page, stored.recorded[-1].exchange
    known = validators_in(page) if page and page.url == stored.capture.url else Validators()
    return LinkResult(
        link_id=0,  # the replay knows it
        at=last.started + timedelta(seconds=last.seconds),
        reason=stored.capture.detail,
        etag=known.etag,
        last_modified=known.last_modified,
    )


def problems_of(rebuilt: Rebuilt, most: int) -> Iterator[str]:
    """Yield the problems, and a last line for those that are too many to say."""
    yield from rebuilt.problems[:most]
    if len(rebuilt.problems) > most:
        yield f"... and {len(rebuilt.problems) - most} more"
