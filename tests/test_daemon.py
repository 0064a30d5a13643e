"""`scraper run` as a process of its own, against loopback servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ledger import LedgerServer, Step, answer, eventually
from line_runs import scraper, story_page
from passes import command

from scraper.cadence import LinkState
from scraper.store.catalog import Catalog

pytestmark = pytest.mark.slow

HTML = "Content-Type: text/html"


def newsstand(request: bytes, target: str) -> bytes:
    """Answer as an outlet with one feed of three stories."""
    host = request.split(b"Host: ", 1)[1].split(b"\r\n", 1)[0].decode()
    if target == "/feed":
        items = "".join(f"<item><link>http://{host}/{n}</link></item>" for n in range(3))
        return answer(f"<rss><channel>{items}</channel></rss>".encode(), "Content-Type: text/xml")
    if target == "/robots.txt":
        return answer(b"User-agent: *\nDisallow: /2\n", "Content-Type: text/plain")
    return answer(story_page(f"Story {target}"), HTML)


def outlet(name: str, server: LedgerServer, *, every: str = "15m") -> str:
    return (
        f'\n[[outlet]]\nid = "{name}"\nname = "{name}"\nhome = "{server.url()}"\ndelay = "0s"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "{server.url("/feed")}"\nevery = "{every}"\n'
        '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
    )


@contextmanager
def daemon(folder: Path, *, speed: float | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon in a folder with a sources.toml; it is killed if the test has not ended it."""
    root = str(Path(__file__).parent.parent)
    environment = {"PYTHONPATH": root, "PATH": os.environ["PATH"]}
    if speed is not None:
        environment["SCRAPER_CLOCK"] = f"2026-03-01T00:00:00Z@{time.time()}x{speed}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scraper.cli.main", "run"],
            cwd=folder,
            env=environment,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def log_of(folder: Path) -> str:
    return (folder / "log").read_text()


def texts_in(folder: Path) -> int:
    return len(list(folder.glob("archive/text/*/*/*.txt")))


def targets(server: LedgerServer) -> list[str]:
    return [request.split(b" ", 2)[1].decode() for request in server.requests]


def test_what_a_feed_announces_is_captured_and_what_robots_forbids_is_not(tmp_path: Path) -> None:
    with LedgerServer(newsstand) as server:
        (tmp_path / "sources.toml").write_text(outlet("one", server))
        with daemon(tmp_path) as process:
            assert eventually(lambda: texts_in(tmp_path) == 2), log_of(tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143

        assert targets(server)[0] == "/robots.txt"
        assert sorted(targets(server)) == ["/0", "/1", "/feed", "/robots.txt"]
    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        [refused] = catalog.schedule.links(state=LinkState.DISALLOWED)
    assert refused.url.endswith("/2")
    assert "line 2: Disallow: /2" in refused.reason
    status = command("status", cwd=tmp_path)
    assert status.returncode == 0
    assert status.stdout.splitlines()[1].startswith("one ")


def test_promise_10_a_second_daemon_is_refused_and_told_who_runs(tmp_path: Path) -> None:
    with LedgerServer(newsstand) as server:
        (tmp_path / "sources.toml").write_text(outlet("one", server))
        with daemon(tmp_path) as first:
            assert eventually(lambda: "archiving 1 outlets" in log_of(tmp_path))

            second = scraper("run", cwd=tmp_path)

            assert second.returncode == 6
            assert f"process {first.pid}" in second.stderr
            first.kill()
            first.wait()
        with daemon(tmp_path) as third:
            assert eventually(lambda: "archiving 1 outlets" in log_of(tmp_path))
            assert third.poll() is None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_promise_11_a_signal_ends_it_cleanly_in_the_middle_of_a_fetch(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    def slowly(request: bytes, target: str) -> Iterable[Step]:
        whole = newsstand(request, target)
        yield whole[:-20]
        if target == "/1":
            yield 60.0
        yield whole[-20:]

    with LedgerServer(slowly) as server:
        (tmp_path / "sources.toml").write_text(outlet("one", server))
        with daemon(tmp_path) as process:
            assert eventually(lambda: "/1" in targets(server)), log_of(tmp_path)

            process.send_signal(number)

            assert process.wait(40) == code
    assert list(tmp_path.rglob("*.open")) == []
    assert "Traceback" not in log_of(tmp_path)
    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        waiting = {row.url[-2:] for row in catalog.schedule.links(state=LinkState.NEW)}
    assert "/1" in waiting


def test_promise_12_missed_polls_are_made_up_for_once(tmp_path: Path) -> None:
    polled: list[float] = []

    def noted(request: bytes, target: str) -> bytes:
        if target == "/feed":
            polled.append(time.monotonic())
        return newsstand(request, target)

    with LedgerServer(noted) as server:
        text = '[defaults]\nevery_min = "10m"\nevery_max = "10m"\n'
        (tmp_path / "sources.toml").write_text(text + outlet("one", server, every="10m"))
        with daemon(tmp_path, speed=300.0) as process:  # ten minutes are two seconds
            assert eventually(lambda: len(polled) == 2)
            process.send_signal(signal.SIGSTOP)
            time.sleep(7)  # three polls and a half are missed: a stopped process is the point
            before = len(polled)

            process.send_signal(signal.SIGCONT)
            assert eventually(lambda: len(polled) > before + 3)

            assert polled[before + 3] - polled[before] > 3, "three pauses are six seconds"


def test_an_edit_of_sources_is_taken_up_and_a_broken_one_is_not(tmp_path: Path) -> None:
    with LedgerServer(newsstand) as one, LedgerServer(newsstand) as two:
        sources = tmp_path / "sources.toml"
        sources.write_text(outlet("one", one))
        with daemon(tmp_path) as process:
            assert eventually(lambda: "/feed" in targets(one)), log_of(tmp_path)

            sources.write_text(sources.read_text() + "[[outlet]]\nid = 7\n")
            assert eventually(lambda: "edit not taken up" in log_of(tmp_path))
            sources.write_text(outlet("one", one) + outlet("two", two))
            assert eventually(lambda: "/feed" in targets(two)), log_of(tmp_path)

            assert process.poll() is None


def test_nobody_crawls_the_open_internet_without_a_contact(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[[outlet]]\nid = "one"\nname = "One"\nhome = "https://one.example/"\n'
        '[[outlet.source]]\ntype = "feed"\nurl = "https://one.example/feed"\n'
    )

    for words in (["run"], ["fetch", "--all"], ["fetch", "--outlet", "one"]):
        done = scraper(*words, cwd=tmp_path)

        assert done.returncode == 2
        assert "contact" in done.stderr


def test_without_a_source_there_is_nothing_to_run(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("[defaults]\n")

    done = scraper("run", cwd=tmp_path)

    assert done.returncode == 2
    assert "[[outlet.source]]" in done.stderr


def test_each_day_is_sealed_when_it_is_over(tmp_path: Path) -> None:
    with LedgerServer(newsstand) as server:
        (tmp_path / "sources.toml").write_text(outlet("one", server))
        with daemon(tmp_path, speed=8_640.0) as process:  # ten seconds a day
            assert eventually(lambda: sealed_days(tmp_path)[:1] == ["2026-03-01"]), log_of(tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143

    proven = command("verify", "--chain", cwd=tmp_path)
    assert proven.returncode == 0, proven.stdout
    assert "nothing was changed or removed since it was sealed" in proven.stdout


def sealed_days(folder: Path) -> list[str]:
    return sorted(path.stem.split("_")[1] for path in folder.glob("archive/chain/*.json"))
