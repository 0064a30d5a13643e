"""What a command reads from standard input, where somebody gave it one.

It decides nothing about what the bytes mean.
"""

import sys
from collections.abc import Iterator

import click


def given_bytes() -> bytes:
    """Return all of standard input."""
    if sys.stdin is None:  # closed by whoever started us
        raise click.UsageError('"-" means standard input, which is closed; pipe something into it')
    return sys.stdin.buffer.read()


def given_lines() -> Iterator[str]:
    """Yield the lines of standard input that are not blank, without the white space around them.

    They are UTF-8 whatever the locale says; other bytes stay as lone surrogates.
    """
    for line in given_bytes().decode("utf-8-sig", "surrogateescape").splitlines():
        if line.strip():
            yield line.strip()
