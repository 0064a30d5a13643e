"""Clean texts as one flat folder, numbered from 000 and named by what they hold.

The layout is that of the archive's own text files, whatever outlet and day they come from.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from scraper.export.articles import Version


def write_texts(versions: Iterable[Version], folder: Path) -> int:
    """Write the texts into an empty folder; return how many."""
    count = 0
    for version in versions:
        data = version.text.encode("utf-8")
        name = f"{count:03}_{hashlib.sha256(data).hexdigest()[:16]}.txt"
        (folder / name).write_bytes(data)
        count += 1
    return count
