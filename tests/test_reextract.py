"""Captures read again with today's rules: shown, written beside what was, and only once."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger import answer, serve
from line_runs import (
    blocks_of,
    capture,
    settings_for,
    story_page,
    warcs_in,
    with_warm_workers,
)
from outlet_pages import outlet_page
from passes import command
from warm_workers import run_warm

from scraper.config import load_sources
from scraper.line import Line, Settings
from scraper.rebuild import rebuild
from scraper.reextract import Change, Event, Same, Unreadable, reextract
from scraper.store.catalog import Catalog
from scraper.store.selections import Selection
from scraper.store.text_files import read_text

pytestmark = pytest.mark.slow

HTML = "Content-Type: text/html"
NOTE = "<p class=note>Our readers' choir meets on the pier every second Sunday of the month.</p>"


def page(title: str) -> bytes:
    return story_page(title).replace(b"</article>", NOTE.encode() + b"</article>")


def sources_of(folder: Path, home: str, *rules: str) -> Path:
    lines = ['[[outlet]]\nid = "wall"\nname = "Wall"', f'home = "{home}"', 'delay = "0s"']
    lines += ['[outlet.fetch]\nallow_private = ["127.0.0.0/8"]']
    lines += ["[[outlet.rules]]", *rules] if rules else []
    path = folder / "sources.toml"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def two_stories(tmp_path: Path) -> Settings:
    """Return the settings of an archive of two stories, and rules that strip a note from them."""
    paths = {"/one": answer(page("One"), HTML), "/two": answer(story_page("Two"), HTML)}
    with serve(paths) as server:
        file = sources_of(tmp_path, server.url())
        settings = settings_for(tmp_path / "archive", sources=load_sources(file), workers=1)
        capture(settings, [server.url(path) for path in paths])
        rules = ('title = "h1"', 'body = ["article"]', 'strip = [".note"]')
        sources = load_sources(sources_of(tmp_path, server.url(), *rules))
    return replace(settings, sources=sources)


def read_again(settings: Settings, *, dry_run: bool = False) -> Sequence[Event]:
    async def run() -> list[Event]:
        async with (
            Line(with_warm_workers(settings)) as line,
            aclosing(reextract(line, Selection(), dry_run=dry_run)) as events,
        ):
            return [event async for event in events]

    return run_warm(run())


def dumped(archive: Path, name: str = "catalog.db") -> tuple[str, ...]:
    with Catalog.open(archive / name, create=False) as catalog:
        return catalog.dump()


def test_a_changed_text_is_shown_then_written_beside_the_old_one(two_stories: Settings) -> None:
    archive = two_stories.archive
    before = dumped(archive)
    old = {path: path.read_bytes() for path in archive.glob("text/*/*/*.txt")}

    shown = read_again(two_stories, dry_run=True)

    assert dumped(archive) == before
    [planned] = [event for event in shown if isinstance(event, Change)]
    assert len(shown) == 2
    assert [text[:20] for text in planned.removed] == ["Our readers' choir m"]
    assert planned.added == ()
    assert planned.text is None

    written = read_again(two_stories)
    again = read_again(two_stories)

    [change] = [event for event in written if isinstance(event, Change)]
    assert change.removed == planned.removed
    assert change.text is not None
    new = (archive / change.text).read_text()
    assert "choir" not in new
    assert all(path.read_bytes() == data for path, data in old.items())
    assert [type(event) for event in again] == [Same, Same]
    texts = [block.decode() for block in blocks_of(warcs_in(archive), "conversion")]
    assert len(texts) == 3
    assert texts[-1] == new
    with Catalog.open(archive / "catalog.db") as catalog:
        detail = catalog.capture(change.id)
        assert detail is not None
        assert detail.text is not None
        assert detail.article is not None
        assert detail.text.file == change.text
        assert len(catalog.texts_of(detail.article.id)) == 2


def test_promise_27_what_was_read_again_comes_back_with_a_rebuild(two_stories: Settings) -> None:
    read_again(two_stories)

    came = asyncio.run(rebuild(replace(two_stories, catalog=two_stories.archive / "again.db")))

    assert came.problems == []
    assert dumped(two_stories.archive, "again.db") == dumped(two_stories.archive)


def test_where_there_is_no_article_any_more_the_old_text_holds_on(
    two_stories: Settings, tmp_path: Path
) -> None:
    home = two_stories.sources.outlets[0].home
    rules = ('body = ["article"]', 'strip = ["article p"]')
    nothing = load_sources(sources_of(tmp_path, home, *rules))
    before = dumped(two_stories.archive)

    events = read_again(replace(two_stories, sources=nothing))

    assert [isinstance(event, Change) and event.is_lost for event in events] == [True, True]
    assert dumped(two_stories.archive) == before


def test_pages_are_read_again_with_what_was_learnt_of_their_outlet_since(tmp_path: Path) -> None:
    pages = [outlet_page("de", number) for number in range(5)]
    settings = settings_for(tmp_path / "archive", concurrency=1)
    html = f"{HTML}; charset=utf-8"
    with serve({f"/{n}": answer(page.html, html) for n, page in enumerate(pages)}) as server:
        filed = [capture(settings, [server.url(f"/{number}")])[0] for number in range(5)]

    changed = {event.id for event in read_again(settings) if isinstance(event, Change)}

    assert filed[4].id not in changed  # it was read with it before
    assert changed  # those that came before there was anything to know
    assert all(isinstance(event, Same) for event in read_again(settings))
    with Catalog.open(settings.catalog) as catalog:
        details = [catalog.capture(one.id) for one in filed if one.id is not None]
    texts = [read_text(settings.archive, one.text.file) for one in details if one and one.text]
    assert [tuple(text.split("\n\n")[1:]) for text in texts] == [page.story for page in pages]


def test_a_capture_whose_record_is_gone_is_named(two_stories: Settings) -> None:
    for warc in warcs_in(two_stories.archive):
        warc.rename(warc.with_suffix(".away"))

    events = read_again(two_stories)

    assert [isinstance(event, Unreadable) for event in events] == [True, True]


def test_the_command_shows_what_came_and_what_went(two_stories: Settings, tmp_path: Path) -> None:
    shown = command("reextract", "--dry-run", cwd=tmp_path)
    done = command("reextract", "--json", "--outlet", "wall", cwd=tmp_path)
    none = command("reextract", "--outlet", "nobody", cwd=tmp_path)

    assert shown.returncode == 0, shown.stderr
    assert "1 paragraphs out, 0 in\n    - Our readers' choir meets" in shown.stdout
    assert "2 captures read again: 1 would change" in shown.stdout
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["event"] for one in said] == ["change", "end"]
    assert said[-1]["changed"] == 1
    assert "0 captures read again" in none.stdout
