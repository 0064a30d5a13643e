"""A worker: reads pages from its standard input, writes what is in them to its standard output.

It opens nothing and serves one parent: when the parent's pipe closes, it ends. Run by `pool` as
``python -m scraper.extract.child MEMORY_BYTES DEADLINE_S``.
"""

import math
import os
import signal
import sys
from functools import lru_cache
from typing import BinaryIO

from scraper.extract.address_frames import addresses_frame
from scraper.extract.extraction import extraction_of
from scraper.extract.frames import (
    LENGTH_BYTES,
    extraction_frame,
    frame,
    known_of,
    lesson_of,
    task_of,
    wants_blocks,
)
from scraper.extract.template.learn import learn_template
from scraper.extract.template.values import Template
from scraper.model import Extraction, ExtractStatus

OUT_OF_MEMORY = 77  # exit status by which the parent knows a MemoryError


def main(memory_bytes: int, deadline_s: float) -> int:
    """Serve tasks until standard input ends; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    tasks, answers = sys.stdin.buffer, _private_stdout()
    _set_limits(memory_bytes)
    import trafilatura  # noqa: F401 - warm before the first deadline runs

    answers.write(frame(b""))
    answers.flush()
    # The parent kills at the deadline. Should the parent be dead itself, the kernel does.
    alarm_s = math.ceil(deadline_s) + 5
    while (head := _frame_from(tasks)) is not None and (body := _frame_from(tasks)) is not None:
        signal.alarm(alarm_s)
        answers.write(frame(b""))  # from here on, an end of ours is this task's doing
        answers.flush()
        try:
            answer = _answer(head, body)
        except MemoryError:
            return OUT_OF_MEMORY
        signal.alarm(0)
        answers.write(answer)
        answers.flush()
    return 0


def _answer(head: bytes, body: bytes) -> bytes:
    try:
        if (lesson := lesson_of(head, body)) is not None:
            return frame(learn_template(lesson).to_json().encode())
        if (addresses := addresses_frame(head, body)) is not None:
            return addresses
        known = known_of(head, body)
        template = None if known is None else _template_in(known.template)
        audit = known is not None and known.audit
        extraction = extraction_of(*task_of(head, body), template, audit=audit)
        return extraction_frame(extraction, with_blocks=wants_blocks(head))
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - a bug met on one page is reported with that page
        detail = f"{type(exc).__name__}: {exc}"[:500]
        return extraction_frame(Extraction(status=ExtractStatus.CRASH, detail=detail))


@lru_cache(maxsize=64)
def _template_in(text: str) -> Template | None:
    """Return a template; an outlet's pages come one after the other."""
    return Template.from_json(text)


def _frame_from(stream: BinaryIO) -> bytes | None:
    length = stream.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "big")
    payload = stream.read(size)
    return payload if len(payload) == size else None


def _private_stdout() -> BinaryIO:
    """Return the answers' stream, and send what libraries might print elsewhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _set_limits(memory_bytes: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
