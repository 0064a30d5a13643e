"""Sizes ("500MB") as a maintainer writes them.

It measures nothing.
"""

import re

SIZE = r"^\d{1,6}(?:\.\d{1,3})?\s?(?:kB|MB|GB|TB|B)$"

_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def size_of(text: str) -> int:
    """Return the bytes that a text names: a number and B, kB, MB, GB or TB, in powers of 1000.

    Raises:
        ValueError: it names none; the message says how to write one.
    """
    if not re.fullmatch(SIZE, text, re.ASCII):
        raise ValueError(f'{text!r} is no size; write it like "500MB" or "2GB", or "0B" for none')
    number, unit = re.findall(r"([\d.]+)\s?([kMGT]?B)", text)[0]
    return round(float(number) * _UNITS[unit])
