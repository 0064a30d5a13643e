"""Where the tables of a TOML text begin and end, line by line, their comments with them.

It changes nothing. Comments directly above a header belong to its table; comments that an empty
line parts from it belong to nobody.
"""

import re
from collections.abc import Mapping
from typing import Any

from scraper.config.lines import Path as Place
from scraper.config.lines import lines_in

_AFTER_LINE_BREAK = re.compile(r"(?<=\n)")


class Regions:
    """The lines of a TOML text by table; line numbers count from 0, ends are exclusive."""

    def __init__(self, text: str, document: Mapping[str, Any]) -> None:
        # Not `splitlines`, which also cuts where TOML does not, as at U+2028 within a text.
        self.lines = [line for line in _AFTER_LINE_BREAK.split(text) if line]
        places = lines_in(text)
        self._headers = {
            place: line - 1
            for place, line in places.items()
            if _is_table(document, place) and self.lines[line - 1].lstrip().startswith("[")
        }
        self._starts = sorted(set(self._headers.values()))

    def header(self, place: Place) -> int | None:
        """Return the line of a table's own header; None where it has none."""
        return self._headers.get(place)

    def end_of_keys(self, place: Place) -> int | None:
        """Return the line after a table's last own key, before comments and subtables."""
        header = self._headers.get(place)
        return None if header is None else self._trimmed(header, self._next(header))

    def span(self, place: Place) -> tuple[int, int] | None:
        """Return the lines of a table, of all tables below it, and of the comments above it.

        None where it has no header, or where other tables stand in between.
        """
        own = sorted(line for at, line in self._headers.items() if at[: len(place)] == place)
        if not own or place not in self._headers:
            return None
        between = [line for line in self._starts if own[0] <= line <= own[-1]]
        if between != sorted(set(own)):
            return None
        return self._with_comments(own[0]), self._end(own[-1])

    def end(self, place: Place) -> int | None:
        """Return the line after the last that a table and those below it have to themselves."""
        span = self.span(place)
        return None if span is None else self._trimmed(span[0], span[1])

    def _next(self, header: int) -> int:
        return next((line for line in self._starts if line > header), len(self.lines))

    def _end(self, header: int) -> int:
        """Return the line after a table: comments that touch its last key are its own, those that
        touch the next header are not, and what an empty line parts from both is nobody's."""
        following = self._next(header)
        most = self._with_comments(following) if following < len(self.lines) else following
        end = self._trimmed(header, most)
        while end < most and self.lines[end].lstrip().startswith("#"):
            end += 1
        return end

    def _with_comments(self, header: int) -> int:
        while header > 0 and self.lines[header - 1].lstrip().startswith("#"):
            header -= 1
        return header

    def _trimmed(self, start: int, end: int) -> int:
        while end > start + 1 and _is_blank(self.lines[end - 1]):
            end -= 1
        return end


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _is_table(document: Mapping[str, Any], place: Place) -> bool:
    value: Any = document
    for part in place:
        value = value[part]
    return isinstance(value, dict)
