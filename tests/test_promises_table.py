"""docs/promises.md names every test that proves a promise or a rule of security, and says which
have none.

    python tests/test_promises_table.py

writes the table anew.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
RULES = {
    1: "all that leaves this machine leaves by one door",
    2: "an address is checked when it is dialled, at each hop",
    3: "certificates are checked, and who does without says so",
    4: "each exchange has a deadline, and caps on what it may bring",
    5: "no cookie is kept, and no secret of ours is written down",
    6: "cookies of others stay in the archive's records, and are in no export but those",
    7: "what strangers wrote is parsed in processes that can be killed",
    8: "XML has no entities, and opens nothing",
    9: "no path comes from a page, and what is written is its owner's alone",
    10: "what is asked of the catalog is a value, never a statement",
    11: "what strangers wrote moves no cursor, forges no line and is no formula",
    12: "the archive in a browser: this machine alone, nothing of a page runs",
    13: "no value of others breaks out of a WARC header",
    14: "WARC files of others are as hostile as pages",
    15: "expressions over pages end, and none is a stranger's",
    16: "what is installed is what was locked, by its hashes",
    17: "limits and what is off are written down",
}
PROVEN = tuple(number for number in PROMISES if number not in {8, 9})
_TEST = re.compile(r"^(?:async )?def test_(promise|security_rule)_(\d+)_(\w+)\(", re.MULTILINE)

Proofs = dict[int, list[tuple[str, str]]]


def proofs(kind: str) -> Proofs:
    """Return the tests of each promise or rule: file, and what its name says in words."""
    found = defaultdict(list)
    for file in sorted(TESTS.glob("test_*.py")):
        for word, number, claim in _TEST.findall(file.read_text(encoding="utf-8")):
            if word == kind:
                found[int(number)].append((file.name, claim.replace("_", " ")))
    return found


def table() -> str:
    """Return the whole of docs/promises.md."""
    lines = [
        "# What we promise, and the tests that show it",
        "",
        "Each promise and each rule of security has a number, which the tests that prove it carry",
        "in their names; what a test shows is its name in words. CI runs them all, those of whole",
        "processes with `-m slow`, and is green if each holds. What has no test is **not proven**.",
        "`python tests/test_promises_table.py` writes this file.",
        "",
        *_unproven("Promises", PROMISES, proofs("promise")),
        *_unproven("Rules of security", RULES, proofs("security_rule")),
    ]
    lines += _sections(PROMISES, proofs("promise"), "")
    lines += _sections(RULES, proofs("security_rule"), "Rule ")
    return "\n".join([*lines, ""])


def _unproven(what: str, claims: Mapping[int, str], found: Proofs) -> list[str]:
    open_ones = [str(number) for number in claims if not found[number]]
    proven = len(claims) - len(open_ones)
    rest = f"; not proven: {', '.join(open_ones)}" if open_ones else ""
    return [f"- {what}: {proven} of {len(claims)} have tests{rest}."]


def _sections(claims: Mapping[int, str], found: Proofs, prefix: str) -> Iterator[str]:
    for number, claim in claims.items():
        yield from ("", f"## {prefix}{number}. {claim[0].upper()}{claim[1:]}", "")
        if not found[number]:
            yield "**Not proven**: no test carries its number."
            continue
        yield from ("| test file | what it shows |", "|---|---|")
        yield from (f"| `{file}` | {shown} |" for file, shown in found[number])


def test_the_table_of_promises_is_the_one_of_the_tests() -> None:
    assert FILE.read_text(encoding="utf-8") == table(), "run python tests/test_promises_table.py"


@pytest.mark.parametrize("number", PROVEN)
def test_a_promise_has_tests_that_carry_its_number(number: int) -> None:
    assert proofs("promise")[number]


@pytest.mark.parametrize("number", RULES)
def test_a_rule_of_security_has_tests_that_carry_its_number(number: int) -> None:
    assert proofs("security_rule")[number]


def test_no_test_carries_a_number_that_is_none() -> None:
    assert set(proofs("promise")) <= set(PROMISES)
    assert set(proofs("security_rule")) <= set(RULES)


@pytest.mark.parametrize("kind", ["promise", "security_rule"])
def test_every_name_with_a_number_in_it_is_read(kind: str) -> None:
    named = sum(
        file.read_text(encoding="utf-8").count(f"def test_{kind}_")
        for file in TESTS.glob("test_*.py")
    )

    assert named == sum(map(len, proofs(kind).values()))


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
