"""Five days of a publishing house, archived by a real `scraper run` whose clock runs fast."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from publishing import DAY, QUIET_AFTER, START, Plan, Span
from publishing_audit import Run
from publishing_house import House
from publishing_proof import audit

from scraper.clock import Clock

PROJECT = Path(__file__).parent.parent
PLAN = Plan(5)
KILLS = 20


@dataclass(slots=True)
class Rehearsal:
    """A publishing house, and the crawler's processes that come and go."""

    folder: Path
    clock: Clock
    house: House
    downs: list[Span] = field(default_factory=list)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def environment(self) -> dict[str, str]:
        told = f"{self.clock.start.isoformat()}@{self.clock.second!r}x{self.clock.speed!r}"
        path = os.environ.get("PATH", "/usr/bin:/bin")
        return {"SCRAPER_CLOCK": told, "PYTHONPATH": str(PROJECT), "PATH": path}

    def command(self, *words: str) -> list[str]:
        places = ["--sources", str(self.folder / "sources.toml"), "--archive", str(self.archive)]
        return [sys.executable, "-m", "scraper.cli.main", *words, *places]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Have a crawler run, from when it says that it is ready; it is killed if need be."""
        with (self.folder / "run.log").open("ab") as log:
            process = subprocess.Popen(
                self.command("run"), env=self.environment, cwd=self.folder, stderr=log, stdout=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait_until(self, moment: datetime, process: subprocess.Popen[bytes]) -> None:
        """Wait for a moment of the rehearsal; the crawler must live until then."""
        while self.clock.now() < moment:
            assert process.poll() is None, self.said()
            time.sleep(0.01)

    def said(self) -> str:
        return (self.folder / "run.log").read_text(encoding="utf-8", errors="replace")[-4_000:]

    def status(self) -> tuple[int, dict[str, dict[str, object]]]:
        """Return the exit code of `scraper status --json` and what it says of each outlet."""
        done = subprocess.run(
            self.command("status", "--json"), env=self.environment, cwd=self.folder,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, {str(row["outlet"]): row for row in rows}

    def run(self, *, ended: datetime, grace: timedelta, settling: timedelta) -> Run:
        return Run(
            plan=self.house.plan, port=self.house.port, ledger=self.house.ledger, began=START,
            ended=ended, grace=grace, settling=settling, downs=tuple(self.downs),
        )  # fmt: skip


@contextmanager
def rehearsal(folder: Path, *, speed: float) -> Iterator[Rehearsal]:
    """Open the house at midnight of the first day, with a configuration that leads to it."""
    clock = Clock(START, time.time(), speed)
    with House(PLAN, clock.now, folder / "ledger.jsonl") as house:
        (folder / "sources.toml").write_text(house.sources_toml, encoding="utf-8")
        yield Rehearsal(folder, clock, house)


def real(seconds: float, speed: float) -> timedelta:
    """Return how long some real seconds are for the rehearsed clock."""
    return timedelta(seconds=seconds * speed)


@pytest.mark.rehearsal
def test_five_days_of_publishing_are_archived_whole_and_politely(tmp_path: Path) -> None:
    speed = 3_600.0  # 120 s for the five days: on a busy machine a request takes a quarter second
    with rehearsal(tmp_path, speed=speed) as five_days, five_days.running() as process:
        last_news = max(story.published for story in PLAN.stories if story.outlet == "quarry-quill")
        five_days.wait_until(last_news + QUIET_AFTER - timedelta(hours=6), process)
        _, before = five_days.status()
        five_days.wait_until(last_news + QUIET_AFTER + timedelta(hours=6), process)
        code, after = five_days.status()
        five_days.wait_until(PLAN.end, process)
        ended = five_days.clock.now()
        process.send_signal(signal.SIGTERM)
        exit_code = process.wait(timeout=25)
    run = five_days.run(ended=ended, grace=timedelta(hours=6), settling=real(1, speed))

    assert exit_code == 143, five_days.said()
    problems = audit(run, five_days.archive)
    assert not problems, "\n".join(problems)
    assert not before["quarry-quill"]["alarms"]
    assert code == 1
    assert "silent since" in str(after["quarry-quill"]["alarms"])
    assert not after["harbour-post"]["alarms"]


@pytest.mark.rehearsal
def test_promise_1_five_days_with_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    speed = 1_200.0  # 360 s for the five days: a restart takes two of them, five on a busy machine
    random = Random(12)
    kills = sorted(START + random.uniform(0.02, 0.96) * PLAN.days * DAY for _ in range(KILLS))
    with rehearsal(tmp_path, speed=speed) as five_days:
        for moment in kills:
            with five_days.running() as process:
                killed = max(moment, five_days.clock.now() + real(0.5, speed))
                five_days.wait_until(killed, process)
                killed = five_days.clock.now()
                process.send_signal(signal.SIGKILL)
                process.wait()
            five_days.downs.append((killed, killed + real(5, speed)))
        with five_days.running() as process:
            five_days.wait_until(PLAN.end, process)
            ended = five_days.clock.now()
            process.send_signal(signal.SIGTERM)
            exit_code = process.wait(timeout=25)
    run = five_days.run(ended=ended, grace=timedelta(hours=3), settling=real(3, speed))

    assert exit_code == 143, five_days.said()
    problems = audit(run, five_days.archive)
    assert not problems, "\n".join(problems)
