"""An article that goes on is followed: politely, within bounds, and kept as one text."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from ledger import answer, eventually
from line_runs import LOOPBACK, blocks_of, capture, settings_for, warcs_in
from passes import (
    DAY,
    HOUR,
    LOCAL,
    START,
    at,
    command,
    feed_at,
    outlet_of,
    pass_over,
    settings_of,
    targets,
)
from serials import (
    HTML,
    MARKUPS,
    Onward,
    Paper,
    by_query,
    lines,
    page_of,
    paper_of,
    serial,
    text_of,
    texts_in,
)

from scraper import following
from scraper.crawl import Filed, capture_article, jobs_for
from scraper.following import INTERRUPTED
from scraper.line import Line, Settings
from scraper.model import Outlet
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail
from scraper.store.schedule_rows import LinkRow

SORRY = answer(b"later", HTML, status="503 Service Unavailable")


def outlet_at(paper: Paper, **fetch: object) -> Outlet:
    policy = replace(LOCAL, **fetch)  # type: ignore[arg-type] # fields of FetchPolicy, by name
    return outlet_of(feed_at(paper.url("/feed")), fetch=policy)


def followed(settings: Settings) -> Filed:
    _, [filed] = pass_over(settings)
    return filed


def named(archive: Path, paper: Paper) -> Filed:
    """Capture the story as a person who names it."""
    [filed] = capture(settings_for(archive, workers=1), [paper.url("/story")])
    return filed


def link_in(archive: Path) -> LinkRow:
    with Catalog.open(archive / "catalog.db") as catalog:
        [link] = catalog.schedule.links(outlet="paper")
    return link


def newest_in(archive: Path) -> CaptureDetail:
    with Catalog.open(archive / "catalog.db") as catalog:
        detail = catalog.capture(catalog.captures()[0].id)
    assert detail is not None
    return detail


def stories(paper: Paper) -> list[str]:
    return [target for target in targets(paper) if target.startswith("/story")]


@pytest.mark.parametrize(
    "onward",
    [
        pytest.param(way, id=name, marks=[] if name == "query" else [pytest.mark.slow])
        for name, way in MARKUPS.items()
    ],
)
def test_an_article_of_three_pages_is_one_text(tmp_path: Path, onward: Onward) -> None:
    with paper_of(3, onward) as paper:
        filed = followed(settings_of(tmp_path, outlet_at(paper)))

    assert texts_in(tmp_path) == [text_of(1, 2, 3)]
    assert filed.is_whole
    assert filed.extraction.detail == ""
    wire = [paper.pages[target] for target in serial("/story", 3, onward)]
    kept = blocks_of(warcs_in(tmp_path), "response")
    assert [block for block in kept if block in wire] == wire
    assert blocks_of(warcs_in(tmp_path), "conversion") == [text_of(1, 2, 3).encode()]
    detail = newest_in(tmp_path)
    assert (detail.capture.pages, detail.capture.verdict) == (3, "captured")
    assert [part.number for part in detail.parts] == [2, 3]
    assert detail.parts == filed.parts
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        assert len(catalog.captures()) == 1
        assert catalog.templates.row("paper").seen == 1  # one story, whatever its pages
        [story] = catalog.drift.stories("paper")
        assert story.signs is not None
        assert story.signs.kept < len(text_of(1, 2))  # of its first page, as its layout is


@pytest.mark.slow
def test_robots_txt_is_obeyed_for_further_pages_of_what_a_source_announced(tmp_path: Path) -> None:
    with paper_of(3, robots="User-agent: *\nDisallow: /*page=3\n") as paper:
        filed = followed(settings_of(tmp_path, outlet_at(paper)))

        assert stories(paper) == ["/story", "/story?page=2"]
    assert texts_in(tmp_path) == [text_of(1, 2)]
    assert filed.extraction.detail.startswith("page 3 of the article: ")
    assert filed.extraction.detail.endswith("; the text ends with page 2")
    assert filed.is_whole  # it will not be had later either
    assert link_in(tmp_path).state == "captured"
    assert newest_in(tmp_path).capture.extract_detail == filed.extraction.detail


@pytest.mark.slow
def test_the_pages_of_what_a_person_named_are_fetched_as_that_was(tmp_path: Path) -> None:
    with paper_of(3, robots="User-agent: *\nDisallow: /\n") as paper:
        named(tmp_path, paper)

        assert targets(paper) == ["/story", "/story?page=2", "/story?page=3"]
    assert texts_in(tmp_path) == [text_of(1, 2, 3)]


@pytest.mark.slow
def test_an_outlet_may_say_that_articles_are_not_followed(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        filed = followed(settings_of(tmp_path, outlet_at(paper, pages=False)))

        assert stories(paper) == ["/story"]
    assert texts_in(tmp_path) == [text_of(1)]
    assert filed.is_whole


@pytest.mark.slow
def test_a_page_that_fails_leaves_the_text_before_it_and_is_tried_again(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        settings = settings_of(tmp_path, outlet_at(paper))
        page, paper.pages["/story?page=3"] = paper.pages["/story?page=3"], SORRY
        with at(START):
            cut = followed(settings)
        first = link_in(tmp_path)
        paper.pages["/story?page=3"] = page
        with at(START + HOUR):
            whole = followed(settings)

    said = "page 3 of the article: 503 Service Unavailable; the text ends with page 2"
    assert (cut.extraction.detail, cut.is_done, cut.is_whole) == (said, True, False)
    assert (first.state, first.verdict, first.reason) == ("failed", "temporary", said)
    assert whole.is_whole
    assert texts_in(tmp_path) == [text_of(1, 2), text_of(1, 2, 3)]
    assert (link_in(tmp_path).state, link_in(tmp_path).reason) == ("captured", "")
    kept = blocks_of(warcs_in(tmp_path), "response")
    assert (
        sum(block == paper.pages["/story"] for block in kept) == 1
    )  # the second is a revisit of it
    assert SORRY in kept


@pytest.mark.slow
def test_a_recheck_that_missed_a_page_is_made_up_for(tmp_path: Path) -> None:
    with paper_of(2) as paper:
        settings = settings_of(tmp_path, outlet_at(paper, recheck=(DAY,)))
        with at(START):
            followed(settings)
        more = by_query("/story", 2)[1]
        paper.pages["/story"] = page_of(4, more)
        paper.pages["/story?page=2"] = SORRY
        with at(START + 2 * DAY):
            followed(settings)
        paper.pages["/story?page=2"] = page_of(5)
        with at(START + 2 * DAY + HOUR):
            followed(settings)

    assert sorted(texts_in(tmp_path)) == sorted([text_of(1, 2), text_of(4), text_of(4, 5)])
    assert link_in(tmp_path).verdict == "changed"


@pytest.mark.slow
def test_where_the_first_page_is_unchanged_no_other_is_asked_for(tmp_path: Path) -> None:
    with paper_of(2) as paper:
        settings = settings_of(tmp_path, outlet_at(paper, recheck=(DAY,)))
        for moment in (START, START + 2 * DAY):
            with at(moment):
                followed(settings)

        assert stories(paper) == ["/story", "/story?page=2", "/story"]
    assert texts_in(tmp_path) == [text_of(1, 2)]
    assert newest_in(tmp_path).capture.verdict == "unchanged"


@pytest.mark.slow
def test_a_calendar_that_always_has_a_next_page_is_left_after_thirty(tmp_path: Path) -> None:
    with paper_of(40, ends=False) as paper:
        filed = named(tmp_path, paper)

        assert len(stories(paper)) == 30
    assert texts_in(tmp_path) == [text_of(*range(1, 31))]
    assert filed.extraction.detail == (
        "page 31 of the article: no more than 30 are followed; the text ends with page 30"
    )


@pytest.mark.slow
def test_bytes_of_an_article_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with paper_of(6) as paper:
        size = len(paper.pages["/story?page=2"])
        monkeypatch.setattr(following, "MOST_BYTES_IN_ALL", int(2.5 * size))
        filed = named(tmp_path, paper)

        assert stories(paper) == ["/story", "/story?page=2", "/story?page=3", "/story?page=4"]
    assert texts_in(tmp_path) == [text_of(1, 2, 3)]
    assert filed.parts[-1].outcome == "too-large"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "said"),
    [
        (answer(b"", "Location: /story", status="302 Found"), "which was read before"),
        (page_of(1, by_query("/story", 3)[1]), "it says what was said before"),
        (answer(b"<html><body><p>Soon.</p></body></html>", HTML), "no article was read from it"),
        (answer(b"none", HTML, status="404 Not Found"), "404 Not Found"),
        (answer(b"", "Location: http://127.0.0.2:9/", status="302 Found"), "redirected to"),
    ],
    ids=["redirected-back", "the-same-again", "no-article", "gone", "elsewhere"],
)
def test_a_second_page_that_is_none_leaves_the_first(
    tmp_path: Path, page: bytes, said: str
) -> None:
    with paper_of(3) as paper:
        paper.pages["/story?page=2"] = page
        filed = named(tmp_path, paper)

        assert "/story?page=3" not in stories(paper)
    assert texts_in(tmp_path) == [text_of(1)]
    assert said in filed.extraction.detail
    assert len(filed.parts) == 1
    assert newest_in(tmp_path).capture.pages is None


@pytest.mark.slow
def test_a_run_that_is_ended_keeps_the_pages_that_came(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        paper.pages["/story?page=3"] = (60.0,)

        async def stopped() -> None:
            async with Line(settings_for(tmp_path, workers=1)) as line:
                [job] = jobs_for(line, [paper.url("/story")])
                task = asyncio.create_task(capture_article(line, job))
                assert await asyncio.to_thread(
                    eventually, lambda: "/story?page=3" in targets(paper)
                )
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(stopped())

    assert texts_in(tmp_path) == [text_of(1, 2)]
    detail = newest_in(tmp_path)
    assert INTERRUPTED in detail.capture.extract_detail
    assert [part.number for part in detail.parts] == [2]


@pytest.mark.slow
def test_pages_wait_for_their_turn_at_the_host(tmp_path: Path) -> None:
    with paper_of(3) as paper, at(START, speed=20):
        outlet = replace(outlet_at(paper), delay=6 * HOUR / 3600, delay_is_own=True)
        settings = settings_of(tmp_path, outlet)
        followed(settings)

    parts = newest_in(tmp_path).parts
    assert (parts[1].started - parts[0].started).total_seconds() >= 6


@pytest.mark.slow
def test_what_further_pages_need_to_look_like_themselves_is_fetched(tmp_path: Path) -> None:
    picture = answer(b"\x89PNG\r\n\x1a\n" + bytes(range(64)), "Content-Type: image/png")
    with paper_of(2) as paper:
        paper.pages["/story?page=2"] = page_of(2, "<img src=/lock.png>")
        paper.pages["/lock.png"] = picture
        followed(settings_of(tmp_path, outlet_at(paper, requisites=True)))

        assert "/lock.png" in targets(paper)


@pytest.mark.slow
def test_the_commands_say_how_many_pages_there_are_and_where_the_text_ends(tmp_path: Path) -> None:
    with paper_of(3) as paper:
        paper.pages["/story?page=3"] = SORRY
        done = command(
            "fetch", "--json", "--allow-private", LOOPBACK[0], paper.url("/story"), cwd=tmp_path
        )
        read = command("extract", "--allow-private", LOOPBACK[0], paper.url("/story"), cwd=tmp_path)
        again = command("fetch", "--allow-private", LOOPBACK[0], paper.url("/story"), cwd=tmp_path)
    shown = command("show", "1", "--explain", cwd=tmp_path)

    said = "page 3 of the article: 503 Service Unavailable; the text ends with page 2"
    told = json.loads(done.stdout)
    assert (done.returncode, told["pages"], told["extract_detail"]) == (1, 2, said)
    assert (tmp_path / "archive" / told["text"]).read_text() == text_of(1, 2)
    assert [part["outcome"] for part in told["parts"]] == ["ok", "http-error"]
    assert said in again.stderr
    assert read.stdout.strip() == text_of(1)
    assert f"the article goes on at {paper.url('/story?page=2')}: " in read.stderr
    assert shown.returncode == 0, shown.stderr
    assert "the text was read from 2 pages" in shown.stdout
    assert f"503 {paper.url('/story?page=3')} (page 3: http-error 503" in shown.stdout
    assert "(2 pages; " in shown.stdout
    assert "Canal Times" in shown.stdout  # of both pages
    assert lines(2)[0] in shown.stdout
