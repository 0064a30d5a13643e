"""On which line of a TOML text each key, table and array element stands.

It judges nothing: the text must be one that `tomllib` has read. It runs only where an error has to
be reported, since that parser keeps no lines.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


def lines_in(text: str) -> Mapping[Path, int]:
    """Return the line (from 1) of everything in a TOML text, by its path in the parsed document.

    Array elements and tables of an array have their index in the path: ``("outlet", 0, "id")``. A
    key's line is where the key is written, a table's where its header is.
    """
    return _Scanner(text).lines()


class _Scanner:
    """One walk over a text; `at` is the offset of what comes next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[Path, int] = {}
        self._last: dict[Path, int] = {}  # index of the newest table of each array of tables

    def lines(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            table = self._header() if self._is_next("[") else self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> Path:
        start, is_array = self._at, self._is_next("[[")
        self._at += 2 if is_array else 1
        table = self._opened(self._key(), start, is_array=is_array)
        self._note(table, start)
        self._at += 2 if is_array else 1
        return table

    def _opened(self, key: Path, start: int, *, is_array: bool) -> Path:
        """Return the path of the table that a header opens: the newest of each array on the way."""
        path: Path = ()
        for part in key:
            if path in self._last:
                path += (self._last[path],)
            path += (part,)
            self._note(path, start)
        if is_array:
            self._last[path] = self._last.get(path, -1) + 1
            path += (self._last[path],)
        return path

    def _pair(self, table: Path) -> Path:
        start = self._at
        path = table
        for part in self._key():
            path += (part,)
            self._note(path, start)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)
        return table

    def _key(self) -> Path:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            parts.append(self._skip(_BARE) or _unquoted(self._skip(_STRING)))
            self._skip(_SPACE)
            if not self._is_next("."):
                return tuple(parts)
            self._at += 1

    def _value(self, path: Path) -> None:
        if self._is_next("["):
            self._array(path)
        elif self._is_next("{"):
            self._inline_table(path)
        else:
            self._skip(_STRING) or self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while not self._is_end("]"):
            self._note((*path, index), self._at)
            self._value((*path, index))
            self._skip_comma()
            index += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while not self._is_end("}"):
            self._pair(path)
            self._skip_comma()

    def _is_end(self, bracket: str) -> bool:
        self._skip(_BLANK)
        if not self._is_next(bracket):
            return False
        self._at += 1
        return True

    def _skip_comma(self) -> None:
        self._skip(_BLANK)
        self._at += self._is_next(",")

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[0]

    def _is_next(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _note(self, path: Path, at: int) -> None:
        self._lines.setdefault(path, bisect_right(self._starts, at))


def _unquoted(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0")))
