"""What the commands print, made safe: text from outside cannot move a cursor or forge a line.

It decides nothing about what is said.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import click

from scraper.disk import disk_error
from scraper.errors import ConfigError

# Joiners are spelling in Persian and the Indic scripts; they move nothing and hide nothing.
_ALLOWED_IN_BLOCKS = "\n\t\u200c\u200d"


def safe(text: str, *, width: int | None = None) -> str:
    """Return text from outside as one printable line of at most `width` characters."""
    line = " ".join(_without_controls(text, "").split())
    if width is not None and len(line) > width:
        return line[: max(width - 1, 0)] + "…"
    return line


def safe_block(text: str) -> str:
    """Return text from outside with its line breaks, tabs and joiners, and no other control."""
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
    """Print a line to standard output; what its encoding lacks is written as an escape.

    Raises:
        DiskFullError, ArchiveError: it cannot be written; a pipe that closed early ends the program
        in silence instead.
    """
    with _written():
        try:
            click.echo(line)
        except UnicodeEncodeError as exc:
            click.echo(line.encode(exc.encoding, "backslashreplace").decode(exc.encoding))


def say_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are. Errors: as in `say`."""
    with _written():
        click.echo(data, nl=False)


def refuse_terminal(example: str) -> None:
    """Refuse to go on where standard output is a terminal, which would obey a page's bytes.

    Raises:
        ConfigError: it is one; the message shows how to send the bytes elsewhere.
    """
    if sys.stdout.isatty():
        problem = "these are a page's own bytes, which a terminal would obey; send them to a file"
        raise ConfigError(f"{problem}: {example}")


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as exc:
        # What waits in the buffer would fail once more when the interpreter ends (exit 120).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise disk_error(exc, "standard output", kept="what the archive holds is kept") from exc


def say_error(line: str) -> None:
    """Print one line to standard error, safe whatever it quotes."""
    click.echo("\n".join(safe(part) for part in line.splitlines()), err=True)


def say_json(value: object) -> None:
    """Print a value as one line of JSON; everything outside ASCII is escaped."""
    say(json.dumps(value, ensure_ascii=True, default=str))


def is_terminal() -> bool:
    """Say whether a person is watching standard error, where progress is shown."""
    return sys.stderr.isatty()
