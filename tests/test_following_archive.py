"""An article of several pages afterwards: read again, rebuilt, verified, packed, cut by a kill."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger import answer
from line_runs import blocks_of, settings_for, warcs_in
from passes import START, at, command, feed_at, in_line, outlet_of, pass_over, settings_of
from serials import HTML, Paper, lines, paper_of, text_of, texts_in
from test_rebuild import assert_same, dumped

from scraper.archive.reader import records_in
from scraper.config import load_sources
from scraper.crawl import run_pass
from scraper.following import KILLED
from scraper.line import Line, Settings
from scraper.model import Rule
from scraper.rebuild import rebuild
from scraper.reextract import Change, Event, Same, reextract
from scraper.reindex import MARK, reindex
from scraper.store.catalog import Catalog
from scraper.store.selections import Selection

SORRY = answer(b"later", HTML, status="503 Service Unavailable")

# A pass that is killed where a function is called, at the n-th call of it.
DYING = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from test_following_archive import work
folder, module, name, calls = sys.argv[1:]
place, left = import_module("scraper." + module), int(calls)
kept = getattr(place, name)
def dies(*words, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*words, **named)
setattr(place, name, dies)
work(Path(folder))
"""


def archive_of(paper: Paper, root: Path) -> Settings:
    """Capture the story of a paper; return the settings of the archive."""
    root.mkdir(exist_ok=True)
    settings = settings_of(root, outlet_of(feed_at(paper.url("/feed"))))
    pass_over(settings)
    return settings


def with_rule(settings: Settings, *strip: str) -> Settings:
    [outlet] = settings.sources.outlets
    outlet = replace(outlet, rules=(Rule(title="h1", body=("article",), strip=strip),))
    return replace(settings, sources=replace(settings.sources, outlets=(outlet,)))


def read_again(settings: Settings) -> Sequence[Event]:
    async def work(line: Line) -> list[Event]:
        async with aclosing(reextract(line, Selection())) as events:
            return [event async for event in events]

    return in_line(settings, work)


def assert_rebuilt(settings: Settings, but: Sequence[str] = ()) -> None:
    """The catalog comes back from the WARC files alone, row for row."""
    archive = settings.archive
    came = asyncio.run(rebuild(replace(settings, catalog=archive / "again.db")))
    assert came.problems == []
    assert_same(archive / "again.db", archive / "catalog.db", but)
    assert any('"table": "parts"' in line for line in dumped(archive / "catalog.db"))


def test_promise_27_an_article_of_three_pages_comes_back(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = archive_of(paper, tmp_path)

    assert_rebuilt(settings)


@pytest.mark.slow
def test_promise_27_a_text_that_ends_early_comes_back_as_such(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        paper.pages["/story?page=3"] = SORRY
        settings = archive_of(paper, tmp_path)

    assert_rebuilt(settings)
    with Catalog.open(tmp_path / "again.db") as catalog:
        [link] = catalog.schedule.links(outlet="paper")
        assert (link.state, link.verdict) == ("failed", "temporary")


@pytest.mark.slow
def test_a_rebuild_gives_an_article_of_three_pages_its_text_again(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = archive_of(paper, tmp_path)
    [text] = tmp_path.glob("text/*/*/*.txt")
    text.unlink()

    assert_rebuilt(settings)

    assert texts_in(tmp_path) == [text_of(1, 2, 3)]


@pytest.mark.slow
def test_read_again_it_is_the_same(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = archive_of(paper, tmp_path)
    before = dumped(tmp_path / "catalog.db")

    assert [type(event) for event in read_again(settings)] == [Same]
    assert dumped(tmp_path / "catalog.db") == before


@pytest.mark.slow
def test_read_again_with_a_new_rule_it_changes_on_every_page(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = archive_of(paper, tmp_path)
    ruled = with_rule(settings, "p:last-child")

    [change] = read_again(ruled)

    assert isinstance(change, Change)
    assert change.removed == tuple(lines(page)[-1] for page in (1, 2, 3))
    assert change.added == ()
    assert [type(event) for event in read_again(ruled)] == [Same]
    assert len(texts_in(tmp_path)) == 2
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        assert catalog.captures()[0].pages == 3
    assert_rebuilt(ruled)


@pytest.mark.slow
def test_read_again_a_text_that_ended_early_says_so_still(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        paper.pages["/story?page=3"] = SORRY
        settings = archive_of(paper, tmp_path)

    [change] = read_again(with_rule(settings, "p:last-child"))

    assert isinstance(change, Change)
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        [row] = catalog.captures()
    assert (row.pages, row.extract_detail[:33]) == (2, "page 3 of the article: 503 Servic")


@pytest.mark.slow
def test_a_lost_catalog_s_captures_are_found_with_their_pages(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = archive_of(paper, tmp_path)
    before = [line for line in dumped(tmp_path / "catalog.db") if '"parts"' in line]
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm", MARK):
        (tmp_path / name).unlink(missing_ok=True)

    assert in_line(settings, reindex) == 1

    assert [line for line in dumped(tmp_path / "catalog.db") if '"parts"' in line] == before
    assert texts_in(tmp_path) == [text_of(1, 2, 3)]


@pytest.mark.slow
def test_verify_has_nothing_to_say_of_pages_that_are_there(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        archive_of(paper, tmp_path / "archive")

    done = command("verify", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_promise_27_a_lost_page_is_said_and_its_article_fetched_again(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with paper_of(3) as paper:
        with at(START):
            settings = archive_of(paper, archive)
        [warc] = warcs_in(archive)
        third = next(record for record in records_in(warc) if record.url.endswith("page=3"))
        data = bytearray(warc.read_bytes())
        data[third.offset + 40] ^= 255
        warc.write_bytes(data)

        said = command("verify", cwd=tmp_path)
        command("verify", "--repair", cwd=tmp_path)
        pass_over(settings)

    assert said.returncode == 5
    assert "page 3 of the article of capture c1" in said.stdout + said.stderr
    with Catalog.open(archive / "catalog.db") as catalog:
        newest, oldest = (catalog.capture(row.id) for row in catalog.captures())
        assert newest is not None
        assert oldest is not None
        assert len(newest.parts) == 2
        assert {part.file.endswith(".repaired.warc.gz") for part in oldest.parts} == {True, False}
    assert texts_in(archive) == [text_of(1, 2, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wacz", "evidence"])
def test_a_package_of_an_article_holds_all_of_its_pages(tmp_path: Path, kind: str) -> None:
    with paper_of(3) as paper:
        archive_of(paper, tmp_path / "archive")
        wanted = {paper.url(target) for target in paper.pages}
        url = paper.url("/story")

    words = ("wacz", "story.wacz", "--url", url) if kind == "wacz" else (kind, url, "story.wacz")
    done = command("export", *words, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "story.wacz") as package:
        [name] = (one for one in package.namelist() if one.startswith("archive/"))
        path = Path(package.extract(name, tmp_path / "out"))
        if kind == "evidence":
            told = package.read("evidence/captures.tsv").decode()
            assert all(one in told for one in wanted)
    assert {record.url for record in records_in(path) if record.type == "response"} == wanted
    assert command("verify", "story.wacz", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_an_index_of_a_selection_has_all_pages_of_an_article(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        archive_of(paper, tmp_path / "archive")
        url = paper.url("/story")

    done = command("export", "cdxj", "story.cdxj", "--url", url, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "story.cdxj").read_text().splitlines()
    urls = {json.loads(row.split(" ", 2)[2])["url"] for row in rows}
    assert urls == {url, f"{url}?page=2", f"{url}?page=3"}


def write_sources(folder: Path, paper: Paper, more: str = "") -> None:
    (folder / "sources.toml").write_text(
        f'[[outlet]]\nid = "paper"\nname = "Paper"\nhome = "{paper.url()}"\ndelay = "0s"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "{paper.url("/feed")}"\n'
        f'[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n{more}'
    )


@pytest.mark.slow
def test_a_case_for_a_rule_is_the_first_page_alone(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        write_sources(tmp_path, paper, '[[outlet.rules]]\ntitle = "h1"\nbody = ["article"]\n')
        command("fetch", paper.url("/story"), cwd=tmp_path)
        frozen = command("rules", "freeze", paper.url("/story"), "--name", "story", cwd=tmp_path)
    tried = command("rules", "test", cwd=tmp_path)

    assert frozen.returncode == 0, frozen.stderr
    assert tried.returncode == 0, tried.stdout + tried.stderr
    [expected] = tmp_path.glob("cassettes/paper/story*.txt")
    assert expected.read_text().strip() == text_of(1)
    assert texts_in(tmp_path / "archive") == [text_of(1, 2, 3)]


def work(folder: Path) -> int:
    """Catalogue what was left, then make a pass; return how many were left."""
    sources = load_sources(folder / "sources.toml")
    settings = settings_for(folder / "archive", sources=sources, workers=1)

    async def run() -> int:
        async with Line(settings) as line:
            found = await reindex(line)
            line.catalog.schedule.release()  # as the daemon does: what a killed run had taken
            async with aclosing(run_pass(line, line.outlets())) as results:
                async for _ in results:
                    pass
            return found

    return asyncio.run(run())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "call", "pages"),
    [
        ("following.said_of_part", 1, 1),  # page 2 was fetched, and not archived
        ("following.read_part", 1, 2),  # page 2 was archived, and not read
        ("following.read_part", 2, 3),
        ("crawl.write_down", 1, 3),  # all were
        ("crawl.store", 1, 3),
    ],
)
def test_promise_2_a_kill_between_pages_loses_none(
    tmp_path: Path, step: str, call: int, pages: int
) -> None:
    here = Path(__file__).parent
    with paper_of(3) as paper:
        write_sources(tmp_path, paper)
        done = subprocess.run(
            [sys.executable, "-c", DYING, tmp_path, *step.rsplit(".", 1), str(call)],
            env={"PYTHONPATH": f"{here}:{here.parent}", "PATH": os.environ["PATH"]}
            | {"SCRAPER_CLOCK": f"{START.isoformat()}@{time.time()}x1"},
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        with at(START):
            assert work(tmp_path) == 1
        archive = tmp_path / "archive"
        [kept] = texts_in(archive)
        with Catalog.open(archive / "catalog.db") as catalog:
            [row] = catalog.captures()
            [link] = catalog.schedule.links(outlet="paper")
        with at(START.replace(hour=20)):
            assert work(tmp_path) == 0

    is_whole = pages == 3
    assert kept == text_of(*range(1, pages + 1))
    assert (KILLED in row.extract_detail) is not is_whole
    assert link.state == ("captured" if is_whole else "failed")
    assert text_of(1, 2, 3) in texts_in(archive)  # the link was done again, if it had to be
    responses = blocks_of(warcs_in(archive), "response")
    assert sum(block == paper.pages["/story"] for block in responses) == 1
    sources = load_sources(tmp_path / "sources.toml")
    # Of a revisit the record has the head alone.
    assert_rebuilt(
        settings_for(archive, sources=sources, workers=1), () if is_whole else ("bytes",)
    )
