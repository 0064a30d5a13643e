"""Five hundred hostile inputs: each ends within its deadline with a stated outcome, what came is in
the archive, the main process stays small, and the run after them is healthy.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import hostile_inputs as hostile
import pytest
from ledger import LedgerServer, Step, answer
from line_runs import scraper, story_page, warcs_in

from scraper.archive.reader import records_in
from scraper.config import load_sources
from scraper.errors import ConfigError

pytestmark = pytest.mark.slow

HTML = "Content-Type: text/html"
MOST_MB = 400
DEADLINE_S = 4  # of those that never end
HOSTS = 16
Said = dict[str, Any]


def run(
    what: str, archive: Path, *, outlets: list[Said], inputs: list[str]
) -> tuple[list[Said], int]:
    """Run inputs in a process of its own; return what it said of each, and its peak in MB."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "hostile_run.py"), what, str(archive)],
        input=json.dumps({"outlets": outlets, "inputs": inputs}),
        env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False, timeout=1_200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    *said, last = map(json.loads, done.stdout.splitlines())
    return said, last["peak_mb"]


def outlet(name: str, home: str, *sources: Said, timeout: float = 60) -> Said:
    return {"id": name, "home": home, "sources": list(sources), "timeout": timeout}


def by_place(answers: dict[str, Any], fallback: Callable[[str], Any]) -> LedgerServer:
    """Return a server for responses by host and target; it listens on all of loopback."""

    def respond(request: bytes, target: str) -> Any:
        host = request.lower().split(b"\r\nhost: ", 1)[1].split(b":", 1)[0].decode()
        return answers.get(host + target, fallback(target))

    return LedgerServer(respond, address="0.0.0.0")


def whole(steps: Any) -> bytes:
    said: list[Step] = [steps] if isinstance(steps, bytes) else list(steps)
    return b"".join(step for step in said if isinstance(step, bytes))


def responses_in(archive: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in warcs_in(archive):
        for record in records_in(file):
            if record.type in {"response", "revisit"}:
                found.setdefault(record.url, record.block)
    return found


def assert_healthy(archive: Path) -> None:
    """Take good pages into an archive after the bad ones, and hold all of it against itself."""
    with LedgerServer(lambda *_: answer(story_page(), HTML)) as server:
        urls = [server.url(f"/good-{number}") for number in range(8)]
        said, _ = run("pages", archive, outlets=[], inputs=urls)
    assert {one["url"]: one["read"] for one in said} == dict.fromkeys(urls, "ok")
    verified = scraper("verify", "--archive", archive, cwd=archive)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_there_are_more_than_five_hundred_hostile_inputs() -> None:
    kinds: tuple[Mapping[str, object], ...] = (
        hostile.pages(), dict(hostile.dripping()), hostile.feeds(), hostile.sitemaps(),
        hostile.robots(), hostile.warcs(), hostile.configs(),
    )  # fmt: skip

    counts = [len(kind) for kind in kinds]
    assert counts == [319, 6, 38, 38, 30, 47, 46]
    assert sum(counts) == 524


def test_three_hundred_hostile_pages(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    answers: dict[str, Any] = {}
    names: dict[str, str] = {}
    for number, (name, steps) in enumerate(hostile.pages().items()):
        place = f"127.9.0.{1 + number % HOSTS}/{number}"
        answers[place], names[place] = steps, name
    slow = dict(hostile.dripping())
    for number, (name, steps) in enumerate(slow.items()):
        place = f"127.8.0.{1 + number}/slow"
        answers[place], names[place] = steps, name
    good = [f"127.9.0.{1 + number % HOSTS}/good-{number}" for number in range(20)]
    assert len(answers) == len(hostile.pages()) + len(slow) == 325
    page = answer(story_page(), HTML)
    with by_place(
        answers, lambda target: page if target.startswith("/good") else answer()
    ) as server:
        at = {place.replace("/", f":{server.port}/", 1): place for place in [*answers, *good]}
        outlets = [
            outlet(f"slow-{n}", f"http://127.8.0.{1 + n}:{server.port}/", timeout=DEADLINE_S)
            for n in range(len(slow))
        ]
        began = time.monotonic()
        said, peak_mb = run(
            "pages", archive, outlets=outlets, inputs=[f"http://{place}" for place in at]
        )
        took = time.monotonic() - began

    kept = responses_in(archive)
    outcome_of = {at[one["url"].removeprefix("http://")]: one for one in said}
    assert set(outcome_of) == set(answers) | set(good)
    for place, one in outcome_of.items():
        assert one["outcome"] != "ok" or one["read"]
        if one["outcome"] != "ok":
            assert one["detail"], names[place]
        elif one["read"] != "ok":
            assert one["read_detail"] or one["read"] == "empty", names[place]
        if place in answers and (sent := whole(answers[place])):
            block = kept.get(f"http://{place.replace('/', f':{server.port}/', 1)}")
            assert block, names[place]
            assert sent.startswith(block), names[place]
    assert {outcome_of[place]["read"] for place in good} == {"ok"}
    assert peak_mb < MOST_MB
    assert took < 900
    assert_healthy(archive)


def test_the_largest_pages_at_once(tmp_path: Path) -> None:
    heaviest = hostile.heaviest_pages()
    answers = {f"127.9.1.{1 + n}/{n}": steps for n, steps in enumerate(heaviest.values())}
    with by_place(answers, lambda _: answer()) as server:
        urls = [f"http://{place.replace('/', f':{server.port}/', 1)}" for place in answers]
        said, peak_mb = run("pages", tmp_path / "archive", outlets=[], inputs=urls)

    assert len(said) == len(answers) == 32
    assert set(responses_in(tmp_path / "archive")) == set(urls)
    assert {one["read"] for one in said} <= {"partial", "ok", "too-complex", "timeout"}
    assert peak_mb < MOST_MB
    assert_healthy(tmp_path / "archive")


def test_a_hundred_hostile_sources_and_robots(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    answers: dict[str, Any] = {}
    kinds: list[tuple[str, str, str]] = []
    for kind, documents in (("feed", hostile.feeds()), ("sitemap", hostile.sitemaps())):
        for name, body in documents.items():
            host = f"127.7.{len(kinds) // 200}.{1 + len(kinds) % 200}"
            kinds.append((host, kind, f"{kind} {name}"))
            answers[f"{host}/source"] = answer(body, "Content-Type: text/xml")
    for name, steps in hostile.robots().items():
        host = f"127.7.{len(kinds) // 200}.{1 + len(kinds) % 200}"
        kinds.append((host, "feed", f"robots {name}"))
        answers[f"{host}/robots.txt"] = steps
        answers[f"{host}/source"] = answer(hostile.RSS.encode(), "Content-Type: text/xml")
    assert len(kinds) == 106
    with by_place(answers, lambda _: answer(status="404 Not Found")) as server:
        outlets = [
            outlet(
                f"outlet-{number}", f"http://{host}:{server.port}/",
                {"type": kind, "url": f"http://{host}:{server.port}/source"}, timeout=10,
            )
            for number, (host, kind, _) in enumerate(kinds)
        ]  # fmt: skip
        said, peak_mb = run("sources", archive, outlets=outlets, inputs=[])

    kept = responses_in(archive)
    by_outlet = {one["outlet"]: one for one in said}
    assert len(by_outlet) == len(kinds)
    for number, (host, _, name) in enumerate(kinds):
        one = by_outlet[f"outlet-{number}"]
        assert one["outcome"] == "ok" or one["detail"], name
        where = "robots.txt" if name.startswith("robots") else "source"
        assert f"http://{host}:{server.port}/{where}" in kept, name
    assert peak_mb < MOST_MB
    assert_healthy(archive)


def test_forty_hostile_warc_files(tmp_path: Path) -> None:
    archive, files, names = tmp_path / "archive", [], {}
    for number, (name, data) in enumerate(hostile.warcs().items()):
        file = tmp_path / f"{number}.warc.gz"
        file.write_bytes(data)
        files.append(str(file))
        names[file.name] = name
    last = tmp_path / "good.warc"
    last.write_bytes(hostile.record(answer(story_page(), HTML), url="http://good.example/story"))

    said, peak_mb = run("warcs", archive, outlets=[], inputs=[*files, str(last)])

    ends = {one["file"]: one for one in said if one["kind"] == "Report" and one["is_end"]}
    assert set(ends) == {*names, last.name}
    for place, name in names.items():
        assert ends[place]["told"] or not ends[place]["bytes"], name
    problems = [one["problem"] for one in said if one["kind"] == "Broken"]
    assert len(problems) > 40
    assert all(problems)
    assert not [problem for problem in problems if problem.startswith("the reader ")]
    urls = {one["url"] for one in said if one["kind"] == "Kept"}
    assert "http://good.example/story" in urls
    assert urls <= set(responses_in(archive))
    assert [path for path in tmp_path.rglob("*") if "cron" in str(path)] == []
    assert peak_mb < MOST_MB
    assert_healthy(archive)


@pytest.mark.parametrize("name", hostile.configs())
def test_a_hostile_configuration_is_read_or_refused_with_words(name: str, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_bytes(hostile.configs()[name])
    began = time.process_time()

    with suppress(ConfigError):  # anything else is a failure
        load_sources(file)

    assert time.process_time() - began < 10
