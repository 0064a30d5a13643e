import time
from datetime import UTC, datetime, timedelta

import pytest

from scraper import clock
from scraper.errors import ConfigError


def test_the_clock_is_the_real_one_unless_it_is_told_otherwise() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_rehearsal_begins_at_its_second_and_runs_at_its_speed() -> None:
    rehearsed = clock.clock_of(f"2026-03-01T00:00:00Z@{time.time()}x7200")

    assert rehearsed.start == datetime(2026, 3, 1, tzinfo=UTC)
    real, first = time.time(), rehearsed.now()
    while time.time() - real < 0.01:
        pass
    assert (rehearsed.now() - first).total_seconds() >= 0.01 * 7200 * 0.99


@pytest.mark.parametrize("text", ["now", "2026-03-01@1", "yesterday@1x2", "2026-03-01@ax2"])
def test_another_form_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ConfigError, match="START@SECONDxSPEED"):
        clock.clock_of(text)
