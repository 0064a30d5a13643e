"""A file of sources.toml replaced as a whole, if nobody changed it meanwhile; the old one is kept.

It makes no change of its own: the new text is given, and checked before anything is written.
"""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scraper.config.files import bytes_of, text_of
from scraper.config.load import load_sources
from scraper.config.messages import raise_all
from scraper.config.sources import Sources
from scraper.disk import disk_error, sync_folder
from scraper.errors import ConfigError

_BOM = b"\xef\xbb\xbf"
_NEW_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it was read, and what is to stand in it; `before` is None where it is new."""

    file: Path
    before: bytes | None
    text: str


def draft_of(file: Path, change: Callable[[str], str], *, may_be_new: bool = False) -> Draft:
    """Return a file with a change of its text; a file that is not there counts as an empty one
    where that is allowed.

    Raises:
        ConfigError: it cannot be read, or the change refuses it.
    """
    if may_be_new and not file.exists():
        return Draft(file, None, change(""))
    before = bytes_of(file)
    return Draft(file, before, change(text_of(before, file)))


def checked(draft: Draft, sources_file: Path) -> Sources:
    """Return what sources.toml would say with a draft in it.

    Raises:
        ConfigError: that would be wrong; the lines are those of the draft.
    """
    return checked_all([draft], sources_file)


def checked_all(drafts: Iterable[Draft], sources_file: Path) -> Sources:
    """Return what sources.toml would say with some drafts in it; errors as in `checked`."""
    texts = {draft.file: draft.text for draft in drafts}
    if sources_file not in texts and not sources_file.exists():
        texts[sources_file] = "# nothing yet\n"
    sources = load_sources(sources_file, instead=texts)
    raise_all(sources.problems)
    return sources


def save(draft: Draft, sources_file: Path) -> Path | None:
    """Put a draft into its place, whole or not at all; return where the file of before is kept.

    Links are followed, the file's mode stays. The file of before is beside it, its name with "~".

    Raises:
        ConfigError: what would stand there is wrong, or somebody changed the file meanwhile.
        ArchiveError: it cannot be written; the file is as it was.
    """
    checked(draft, sources_file)
    place = Path(os.path.realpath(draft.file))
    try:
        place.parent.mkdir(exist_ok=True)
        mode = stat.S_IMODE(place.stat().st_mode) if draft.before is not None else _NEW_MODE
        mark = _BOM if (draft.before or b"").startswith(_BOM) else b""
        fresh = _written(place, mark + draft.text.encode(), mode)
        kept = None
        try:
            _refuse_if_changed(draft, place)
            if draft.before is not None:
                kept = place.with_name(place.name + "~")
                _written(kept, draft.before, mode).replace(kept)
            fresh.replace(place)
        finally:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
        sync_folder(place.parent)
    except OSError as exc:
        raise disk_error(exc, draft.file, kept="it is as it was") from exc
    return kept


def _refuse_if_changed(draft: Draft, place: Path) -> None:
    now = place.read_bytes() if place.exists() else None
    if now != draft.before:
        problem = "somebody changed it meanwhile; nothing was written, run the command again"
        raise ConfigError(problem, file=draft.file)


def _written(place: Path, data: bytes, mode: int) -> Path:
    """Return a new file beside a place, with some bytes, on the disk."""
    fd, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(fd, mode)
            os.fsync(fd)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
