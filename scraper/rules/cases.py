"""Recorded pages with the text that is expected of them: where they lie, and what they say.

A case is three files beside each other: NAME.toml says what page it is and what its text must and
must not contain, NAME.txt is the text, NAME.warc.gz the cassette. It reads no page.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scraper.errors import ConfigError

FOLDER = "cassettes"  # beside sources.toml
_KEYS = frozenset({"url", "captured", "must_contain", "must_not_contain", "note"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A recorded page of an outlet; `captured` is the day whose rules it is read with."""

    outlet: str
    file: Path  # NAME.toml
    url: str
    captured: date
    must_contain: tuple[str, ...] = ()
    must_not_contain: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a person calls it by."""
        return f"{self.outlet}/{self.file.stem}"

    @property
    def cassette(self) -> Path:
        """Where its exchanges are."""
        return self.file.with_suffix(".warc.gz")

    @property
    def expected(self) -> Path:
        """Where its text is."""
        return self.file.with_suffix(".txt")


def folder_of(sources_file: Path) -> Path:
    """Return where the cases of the outlets of a sources.toml lie, one folder an outlet."""
    return sources_file.parent / FOLDER


def cases_in(folder: Path, outlet: str) -> tuple[Case, ...]:
    """Return the cases of an outlet by their names; none where there is no such folder.

    Raises:
        ConfigError: a case is not written as one.
    """
    return tuple(_case(outlet, file) for file in sorted((folder / outlet).glob("*.toml")))


def _case(outlet: str, file: Path) -> Case:
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as exc:
        raise ConfigError(f"it cannot be read: {exc}", file=file) from exc
    if unknown := said.keys() - _KEYS:
        problem = f"unknown key; there are {', '.join(sorted(_KEYS))}"
        raise ConfigError(problem, file=file, key=min(unknown))
    url, captured = said.get("url"), said.get("captured")
    if not isinstance(url, str):
        raise ConfigError("the URL of the page is to stand here", file=file, key="url")
    if type(captured) is not date:
        raise ConfigError("a date is to stand here: 2026-03-09", file=file, key="captured")
    texts = {key: tuple(_texts(said, key, file)) for key in ("must_contain", "must_not_contain")}
    return Case(outlet=outlet, file=file, url=url, captured=captured, **texts)


def _texts(said: Mapping[str, Any], key: str, file: Path) -> Iterator[str]:
    found = said.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ConfigError("a list of texts is to stand here", file=file, key=key)
    return iter(found)
