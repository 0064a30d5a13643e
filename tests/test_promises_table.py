"""docs/promises.md names every test that proves a promise, and the promises that need one have one.

    python tests/test_promises_table.py

writes the table anew.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILE = TESTS.parent / "docs" / "promises.md"

PROMISES = {
    1: "kill -9 at any moment loses nothing that was acknowledged",
    2: "kill -9 between any two steps, and within recovery, is recovered from",
    3: "a damaged WARC is told with file and offset, and its other records are read",
    4: "a disk that is full for WARC leaves valid files",
    5: "a disk that is full for the catalog leaves both whole",
    6: "a write that fails is never taken for one that went well",
    7: "what was acknowledged was synced in order",
    8: "a database that is away for a while costs nothing but time",
    9: "a worker that dies or freezes loses its links to others",
    10: "of two daemons on one archive the second is refused",
    11: "SIGTERM and SIGINT end the work within 20 seconds, files closed",
    12: "missed polls, jumping clocks, long polls: one poll makes up, never two at once",
    13: "slow, endless and never-ending responses are ended",
    14: "a response cut short is kept as such and makes no text",
    15: "compression bombs are stopped",
    16: "bytes beyond a response never answer another request",
    17: "request and response are kept byte for byte",
    18: "heads without end are a protocol error, what came is kept, rows stay small",
    19: "a parser that hangs or crashes costs one page",
    20: "text of any charset becomes valid UTF-8, and the bytes stay as they were",
    21: "robots.txt decides, whatever its server answers; in doubt nothing is asked for",
    22: "a host that answers 429 or 503 is left alone as it asks, across restarts",
    23: "a revisit is written for a real 304 or the same bytes, and resolves",
    24: "hostile feeds and sitemaps end with a named cap, and the others go on",
    25: "redirects end, each hop is a record pair, secrets stay with their origin",
    26: "one article under many URLs, feeds and workers is one article",
    27: "catalog and archive can each be told from the other",
    28: "old, new and broken configurations and catalogs are handled by name",
}
PROVEN = (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 14, 16, 17, 18, 21, 22, 23, 24, 25, 26, 27)
_TEST = re.compile(r"^(?:async )?def (test_promise_(\d+)_(\w+))\(", re.MULTILINE)


def proofs() -> dict[int, list[tuple[str, str]]]:
    """Return the tests of each promise: file, and what it shows in the words of its name."""
    found = defaultdict(list)
    for file in sorted(TESTS.glob("test_*.py")):
        for _, number, claim in _TEST.findall(file.read_text(encoding="utf-8")):
            found[int(number)].append((file.name, claim.replace("_", " ")))
    return found


def table() -> str:
    """Return the whole of docs/promises.md."""
    lines = [
        "# What we promise, and the tests that show it",
        "",
        "Each promise has a number, which the tests that prove it carry in their names; what a",
        "test shows is its name in words. `python tests/test_promises_table.py` writes this file.",
        "A promise without a test here is not proven by one that carries its number.",
    ]
    found = proofs()
    for number, promise in PROMISES.items():
        lines += ["", f"## {number}. {promise[0].upper()}{promise[1:]}", ""]
        if not found[number]:
            lines.append("No test carries its number.")
            continue
        lines += ["| test file | what it shows |", "|---|---|"]
        lines += [f"| `{file}` | {claim} |" for file, claim in found[number]]
    return "\n".join([*lines, ""])


def test_the_table_of_promises_is_the_one_of_the_tests() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), "run python tests/test_promises_table.py"


@pytest.mark.parametrize("number", PROVEN)
def test_a_promise_has_tests_that_carry_its_number(number: int) -> None:
    assert proofs()[number]


def test_no_test_carries_a_number_that_is_no_promise() -> None:
    assert set(proofs()) <= set(PROMISES)


def test_every_name_with_a_promise_in_it_is_read() -> None:
    named = sum(
        file.read_text(encoding="utf-8").count("def test_promise_")
        for file in TESTS.glob("test_*.py")
    )
    read = sum(map(len, proofs().values()))

    assert named == read + 1  # the words in the line above


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
