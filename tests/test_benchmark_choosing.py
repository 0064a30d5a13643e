"""Choices with whole outlets left out: what is chosen for an outlet never saw it."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scraper.extract import keeping, verdicts

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from fitting import choosing
from fitting.choosing import Change, changes_of, chosen, lines_of
from reading.measure import Score

RIGHT, WRONG = Score(1.0, 1.0, True), Score(0.5, 0.5, False)
NO_GAPS: Change = ("scraper.extract.verdicts", "STEPS", keeping.fill_gaps)
CHANGES = {"without fill_gaps": NO_GAPS}


def told(_: str) -> None:
    """Tell nobody."""


def reader(helped: Sequence[bool]) -> Callable[[], list[Score]]:
    """Return a reading of pages, each right with a step, or without it where that helps."""

    def read() -> list[Score]:
        is_out = keeping.fill_gaps not in verdicts.STEPS
        return [RIGHT if is_out is helps else WRONG for helps in helped]

    return read


def test_an_outlet_is_read_with_what_the_other_outlets_chose() -> None:
    folds = ["a", "a", "a", "b"]  # the change helps the pages of a, and hurts that of b

    found = chosen(reader([True, True, True, False]), ["s"] * 4, folds, CHANGES, told)

    assert found.scores == [WRONG, WRONG, WRONG, WRONG]  # b chose against a, and a against b
    assert found.shipped == [WRONG, WRONG, WRONG, RIGHT]
    assert found.times == {"without fill_gaps": 1}
    assert found.gains["without fill_gaps"] == pytest.approx(0.5 * 0.5 + 0.1 * 0.5)


def test_what_was_tried_is_put_back() -> None:
    before = dict(vars(keeping)), verdicts.STEPS

    chosen(lambda: [RIGHT] * 2, ["s"] * 2, [0, 1], changes_of(choosing.OF_BLOCKS, steps=True), told)

    assert vars(keeping) == before[0]
    assert before[1] == verdicts.STEPS


def test_a_step_is_left_out_while_it_is_tried() -> None:
    steps: list[int] = []

    def read() -> list[Score]:
        steps.append(len(verdicts.STEPS))
        return [RIGHT] * 2

    chosen(read, ["s"] * 2, [0, 1], CHANGES, told)

    assert steps == [len(verdicts.STEPS), len(verdicts.STEPS) - 1]


def test_each_threshold_that_may_be_changed_is_there() -> None:
    names = changes_of(choosing.OF_BLOCKS, steps=True) | changes_of(choosing.OF_TEMPLATES)

    chosen(lambda: [RIGHT] * 2, ["s"] * 2, [0, 1], names, told)  # one that is not there fails

    assert "without follow_rule" not in names
    assert "without fill_gaps" in names


def test_the_table_shows_each_set_and_what_was_chosen() -> None:
    found = chosen(reader([True, True, True, False]), ["s"] * 4, [1, 2, 3, 4], CHANGES, told)

    *_, change, last = lines_of(found, ["s"] * 4, 4)

    assert change == "| without fill_gaps | 0.8750 / 0.750 | +0.3000 | 4 |"
    assert last.startswith("| all that was chosen, on other outlets | 0.8750 / 0.750 |")
