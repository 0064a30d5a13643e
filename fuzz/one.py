"""Fuzz one target with atheris: python fuzz/one.py TARGET [options of libFuzzer, folders].

A finding is written beside as crash-<sha1>; the same command with that file runs it again.
"""

import sys

import atheris  # type: ignore[import-untyped] # it ships no types; Python 3.11 alone
from targets import TARGETS

if __name__ == "__main__":
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["scraper"]):
        TARGETS[name](b"")  # imports its reader
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
