"""Each target of fuzz/ keeps its law on its corpus and on what hypothesis makes of it.

atheris goes further, for as long as one likes: docs/fuzzing.md.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = Path(__file__).parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))
from targets import TARGETS  # noqa: E402  the folder is no package

Edit = tuple[float, int, bytes]  # where, how many bytes go, what comes
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12)), max_size=6)
DEAR = {"blocks", "sources"}  # milliseconds a page


def corpus(target: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((FUZZ / "corpus" / target).iterdir())]


def edited(data: bytes, edits: list[Edit]) -> bytes:
    for where, gone, new in edits:
        at = int(where * len(data))
        data = data[:at] + new + data[at + gone :]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_keeps_its_law_on_its_corpus(name: str) -> None:
    assert corpus(name)
    for data in (*corpus(name), b""):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_keeps_its_law_on_what_is_nearly_its_corpus(name: str) -> None:
    target: Callable[[bytes], None] = TARGETS[name]

    @settings(max_examples=15 if name in DEAR else 60, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.sampled_from(corpus(name)), EDITS, st.booleans())
    def holds(data: bytes, edits: list[Edit], is_cut: bool) -> None:
        target(edited(data[: len(data) // 2] if is_cut else data, edits))

    holds()
