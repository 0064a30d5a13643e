"""What the commands print, made safe: text from outside cannot move a cursor or forge a line.

It decides nothing about what is said.
"""

import json
import sys
import unicodedata

import click

_ALLOWED_IN_BLOCKS = "\n\t"


def safe(text: str, *, width: int | None = None) -> str:
    """Return text from outside as one printable line of at most `width` characters."""
    line = " ".join(_without_controls(text, "").split())
    if width is not None and len(line) > width:
        return line[: max(width - 1, 0)] + "…"
    return line


def safe_block(text: str) -> str:
    """Return text from outside with its line breaks and tabs, and without any other control."""
    return _without_controls(text, _ALLOWED_IN_BLOCKS)


def _without_controls(text: str, allowed: str) -> str:
    return "".join(_visible(char, allowed) for char in text)


def _visible(char: str, allowed: str) -> str:
    if char in allowed:
        return char
    if char in "\n\r\t":
        return " "
    # Cc: C0, DEL, C1. Cf: bidi and zero-width controls. Cs: lone surrogates cannot be encoded.
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char


def say(line: str = "") -> None:
    """Print a line to standard output."""
    click.echo(line)


def say_error(line: str) -> None:
    """Print one line to standard error, safe whatever it quotes."""
    click.echo("\n".join(safe(part) for part in line.splitlines()), err=True)


def say_json(value: object) -> None:
    """Print a value as one line of JSON; everything outside ASCII is escaped."""
    click.echo(json.dumps(value, ensure_ascii=True, default=str))


def is_terminal() -> bool:
    """Say whether a person is watching standard error, where progress is shown."""
    return sys.stderr.isatty()
