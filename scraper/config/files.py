"""Which files a sources.toml is made of: itself, and those of the folder `sources.d` beside it.

It knows nothing of what stands in them, and writes none.
"""

from pathlib import Path

from scraper.errors import ConfigError

Stamp = tuple[tuple[str, int, int], ...]


def folder_of(file: Path) -> Path:
    """Return the folder whose *.toml files belong to a sources.toml: `sources.d` beside it."""
    return file.with_suffix(".d")


def files_of(file: Path) -> tuple[Path, ...]:
    """Return the files of a sources.toml: itself, then those of its folder by their names.

    Hidden files and all that does not end in ".toml" (copies that editors leave) are none of them.

    Raises:
        ConfigError: the folder is there and cannot be listed.
    """
    folder = folder_of(file)
    try:
        names = sorted(one.name for one in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return (file,)
    except OSError as exc:
        raise ConfigError(f"it cannot be listed: {exc.strerror}", file=folder) from exc
    return (file, *(folder / name for name in names if _is_part(name)))


def part_named(file: Path, named: Path | None) -> Path:
    """Return the file of a sources.toml that somebody named to write into: itself where it is None.

    Raises:
        ConfigError: nobody would read what is written there.
    """
    if named is None or named.resolve() == file.resolve():
        return file
    folder = folder_of(file)
    if named.parent.resolve() != folder.resolve() or not _is_part(named.name):
        problem = f"it would not be read; name a file like {folder / 'europe.toml'}"
        raise ConfigError(problem, file=named)
    return folder / named.name


def stamp_of(file: Path) -> Stamp | None:
    """Return what changes when any file of a sources.toml does, comes or goes.

    None while one cannot be looked at: it is being replaced by an editor, or gone.
    """
    try:
        seen = [(str(one), one.stat()) for one in files_of(file)]
    except (OSError, ConfigError):
        return None
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in seen)


def bytes_of(file: Path) -> bytes:
    """Return what a file holds.

    Raises:
        ConfigError: it is not there or cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError as exc:
        raise ConfigError(
            "there is no such file; write one (docs/sources.md shows how), "
            "or name yours with --sources or $SCRAPER_SOURCES",
            file=file,
        ) from exc
    except OSError as exc:
        raise ConfigError(f"it cannot be read: {exc.strerror}", file=file) from exc


def text_of(wire: bytes, file: Path) -> str:
    """Return the text that a file's bytes are; a byte order mark is no part of it.

    Raises:
        ConfigError: it is not UTF-8.
    """
    try:
        return wire.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = wire.count(b"\n", 0, exc.start) + 1
        raise ConfigError("it is not UTF-8; save it as UTF-8", file=file, line=line) from exc


def _is_part(name: str) -> bool:
    return name.endswith(".toml") and not name.startswith(".")
