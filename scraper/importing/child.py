"""A process that reads one file of somebody else's and tells what is in it on standard output.

It writes no file, and ends when its parent does. Run by `reading` as
``python -m scraper.importing.child FILE START MEMORY_BYTES``.
"""

import mmap
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from scraper.importing.frames import Passed, write_frame
from scraper.importing.records import Broken, Foreign, records_of
from scraper.importing.sift import Sift

_PULSE_S = 1.0  # between two words of how far it is


class _Pulse:
    """Tells the parent how far the reading is, now and then."""

    def __init__(self, out: BinaryIO, sift: Sift) -> None:
        self._out, self._sift, self._last = out, sift, time.monotonic()
        self._offset = 0

    def through(self, records: Iterator[Foreign | Broken]) -> Iterator[Foreign | Broken]:
        """Pass records on; a file may be long and hold nothing of use."""
        for record in records:
            self._offset = max(self._offset, record.place.offset)
            self.beat()
            yield record

    def beat(self) -> None:
        """Say a word, if the last one was some time ago: one record alone may take long."""
        if time.monotonic() - self._last > _PULSE_S:
            self.tell()

    def tell(self, *, is_end: bool = False) -> None:
        self._last = time.monotonic()
        skipped = dict(self._sift.skipped.most_common(200))
        passed = Passed(
            offset=self._offset, records=self._sift.records, skipped=skipped, is_end=is_end
        )
        write_frame(self._out, passed)


def main(path: Path, start: int, memory_bytes: int) -> int:
    """Tell what a file holds from an offset on; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    size = path.stat().st_size
    _set_limits(memory_bytes + size)
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        sift = Sift()
        pulse = _Pulse(out, sift)
        for found in sift.found_in(pulse.through(records_of(data, start, pulse.beat))):
            write_frame(out, found)
        pulse.tell(is_end=True)
    return 0


def _set_limits(memory_bytes: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
