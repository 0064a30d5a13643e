"""Two thousand records in the shape of Common Crawl's news, with broken ones among them: imported,
killed half-way, gone on with; nothing twice, nothing lost.

The pages are evaluation data that lies beside the project; without it the test is skipped.
"""

import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from foreign_files import (
    Made,
    bomb,
    broken_records,
    by_member,
    http,
    page,
    request,
    response,
    warcinfo,
)
from line_runs import settings_for, warcs_in
from real_pages import PAGES, real_pages
from test_importing import dumped, dying, imported, kept, records_of, report, texts_of

from scraper.archive.reader import records_in
from scraper.importing.records import Broken
from scraper.store.catalog import Catalog

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGES.is_dir(), reason=f"no evaluation pages at {PAGES}"),
]

RECORDS = 2_000
STORIES = 600
BROKEN_EVERY = 20  # stories


def news_file(path: Path) -> Counter[str]:
    """Write the file, and return how many records of each kind are in it."""
    stories = real_pages(STORIES)
    bad = list(broken_records("https://broken.example/story").items())
    counts: Counter[str] = Counter()
    with path.open("wb") as out:

        def write(kind: str, *made: Made) -> None:
            out.write(by_member([one.data for one in made]))
            counts[kind] += len(made)

        write("other", warcinfo())
        for number, story in enumerate(stories):
            url = story.url.replace("http:", "https:", 1)
            write("story", *page(url, story.body, number))
            if number % BROKEN_EVERY == 0:
                kind, data = bad[number // BROKEN_EVERY % len(bad)]
                out.write(data)
                counts["broken" if kind != "no date" else "dateless"] += 1
        out.write(bomb(40_000_000))  # torn as well: it has no end
        counts["broken"] += 1
        nameless = response("https://nameless.example/s", http(stories[0].body), name="")
        write("nameless", nameless)
        number = 0
        while counts.total() < RECORDS:
            number += 1
            url = f"https://no-story.example/{number}"
            gone = response(url, http(b"gone", status="404 Not Found"), number)
            picture = response(f"{url}.png", http(b"\x89PNG", kind="image/png"), number)
            write("other", request(url, gone, number), gone, picture)
    return counts


def test_promise_2_an_import_of_two_thousand_records_goes_on_after_a_kill_with_nothing_twice(
    tmp_path: Path,
) -> None:
    file = tmp_path / "CC-NEWS-20250301060000-00001.warc.gz"
    counts = news_file(file)
    assert counts.total() >= RECORDS
    whole, killed = settings_for(tmp_path / "whole"), settings_for(tmp_path / "killed")

    events = imported(whole, file)
    half = report(events).kept // 32 // 2  # batches
    done = dying(killed.archive, file, "scraper.store.imports", "advance", half)
    half_way = len(texts_of(killed.archive))
    resumed = imported(killed, file)

    told = report(events)
    broken = [event for event in events if isinstance(event, Broken)]
    assert told.records >= counts.total() - counts["broken"]
    assert len({event.place for event in broken}) >= counts["broken"] + counts["dateless"]
    stories = counts["story"] // 2 + counts["nameless"]
    assert told.kept + told.unread.total() + told.known == stories
    assert told.kept > 0.9 * stories
    assert done.returncode == -signal.SIGKILL
    assert 0 < half_way < len(texts_of(whole.archive))
    assert 0 < len(kept(resumed)) < told.kept
    assert report(resumed).broken == told.broken
    assert dumped(killed.archive) == dumped(whole.archive)
    assert texts_of(killed.archive) == texts_of(whole.archive)
    assert records_of(killed.archive) == records_of(whole.archive)
    assert_every_capture_has_its_records(killed.archive)
    again = imported(replace(killed, workers=1), file, again=True)
    assert kept(again) == []


def assert_every_capture_has_its_records(archive: Path) -> None:
    """One row for each response in the WARC files, and one response for each row."""
    responses = Counter(
        record.id
        for warc in warcs_in(archive)
        for record in records_in(warc)
        if record.type == "response"
    )
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        rows = [catalog.capture(row.id) for row in catalog.captures()]
    known = Counter(each.response_id for row in rows if row for each in row.exchanges)
    assert responses == known
    assert set(known.values()) == {1}
    for warc in warcs_in(archive):
        assert_valid(warc)
