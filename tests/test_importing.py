"""Files of others, taken in: nothing twice, nothing lost, and every record as it was."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from foreign_files import (
    PACKINGS,
    Made,
    arc,
    at,
    broken_records,
    by_member,
    http,
    page,
    record,
    request,
    response,
    unpacked,
    warcinfo,
)
from line_runs import settings_for, story_page, warcs_in, with_warm_workers
from passes import command
from warm_workers import run_warm

from scraper.archive.reader import records_in
from scraper.importing.records import Broken
from scraper.importing.run import Event, Kept, Report, import_file
from scraper.line import Line, Settings
from scraper.read import read_capture
from scraper.rebuild import rebuild
from scraper.reindex import reindex
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail

pytestmark = pytest.mark.slow

# An import that is killed at the n-th call of a function.
DYING = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from test_importing import imported, settings_for
archive, file, place, name, left = *sys.argv[1:5], int(sys.argv[5])
place = import_module(place)
for part in name.split(".")[:-1]:
    place = getattr(place, part)
kept = getattr(place, name.split(".")[-1])
def dies(*words, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*words, **named)
setattr(place, name.split(".")[-1], dies)
imported(settings_for(Path(archive)), Path(file))
"""


def imported(settings: Settings, *files: Path, again: bool = False) -> list[Event]:
    async def run() -> list[Event]:
        events: list[Event] = []
        async with Line(with_warm_workers(settings)) as line:
            await reindex(line)
            for file in files:
                async with aclosing(import_file(line, file, again=again)) as told:
                    events += [event async for event in told]
        return events

    return run_warm(run())


def report(events: list[Event]) -> Report:
    [last] = [event for event in events if isinstance(event, Report) and event.is_end]
    return last


def kept(events: list[Event]) -> list[Kept]:
    return [event for event in events if isinstance(event, Kept)]


def written(folder: Path, data: bytes, name: str = "theirs.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def details(archive: Path) -> dict[str, CaptureDetail]:
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        rows = [catalog.capture(row.id) for row in catalog.captures()]
    assert len({row.capture.url for row in rows if row}) == len(rows)
    return {row.capture.url: row for row in rows if row is not None}


def dumped(archive: Path, catalog: str = "catalog.db") -> list[str]:
    """Return what a catalog says, but where in our own files a record lies."""
    with Catalog.open(archive / catalog, create=False) as opened:
        lines = [json.loads(line) for line in opened.dump()]
    places = {"request_file", "request_offset", "request_length"}
    places |= {"response_file", "response_offset", "response_length"}
    kept = [{key: line[key] for key in line.keys() - places} for line in lines]
    return sorted(json.dumps(line, sort_keys=True) for line in kept)


def news(count: int = 6) -> list[Made]:
    """Return records as Common Crawl's news have them: stories, and what is no story."""
    made = [warcinfo()]
    for number in range(count):
        url = f"https://paper{number % 2}.example/story/{number}"
        made += page(url, story_page(f"Ferry number {number} is cancelled"), number)
        gone = response(f"{url}/gone", http(b"no", status="404 Not Found"), number)
        made += [request(f"{url}/gone", gone, number), gone]
    picture = response("https://paper0.example/x.png", http(b"\x89PNG", kind="image/png"))
    front = page("https://paper0.example/", b"<html><body><a href=/1>One</a></body></html>")
    return [*made, picture, *front]


def test_pages_become_captures_of_their_day_and_records_stay_as_they_were(tmp_path: Path) -> None:
    made = news()
    file = written(tmp_path, by_member([one.data for one in made]))
    settings = settings_for(tmp_path / "archive")

    events = imported(settings, file)

    told = report(events)
    assert (told.kept, told.known, told.broken) == (6, 0, 0)
    assert told.skipped == {"HTTP 404": 6, "image/png": 1, "warcinfo record": 1}
    assert told.unread.total() == 1
    rows = details(settings.archive)
    assert len(kept(events)) == len(rows) == 6
    row = rows["https://paper1.example/story/3"]
    assert (row.capture.outlet, row.capture.outcome) == ("paper1-example", "ok")
    assert row.capture.started.isoformat() == "2025-03-01T06:03:00+00:00"
    assert row.text is not None
    assert row.text.file.startswith("text/paper1-example/2025-03-01/")
    text = (settings.archive / row.text.file).read_text()
    assert text.startswith("Ferry number 3 is cancelled\n\n")
    with Catalog.open(settings.catalog) as catalog:
        origin = catalog.import_of(row.capture.id)
    assert origin is not None
    assert (origin.file, origin.bytes) == ("theirs.warc.gz", file.stat().st_size)
    found = {one.id: one for warc in warcs_in(settings.archive) for one in records_in(warc)}
    for theirs in made[1:]:
        if theirs.id in found and found[theirs.id].type in {"request", "response"}:
            ours = found[theirs.id]
            head = theirs.data.split(b"\r\n\r\n", 1)[0].decode().split("\r\n")[1:]
            assert [f"{key}: {value}" for key, value in ours.headers] == head
            assert ours.block == theirs.data.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n\r\n")
    assert sum(one.type == "response" for one in found.values()) == 6
    for warc in warcs_in(settings.archive):
        assert_valid(warc)


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_same_again_is_nothing_new(tmp_path: Path, packing: str) -> None:
    records = [one.data for one in news(3)]
    settings = settings_for(tmp_path / "archive")
    imported(settings, written(tmp_path, by_member(records)))
    before = dumped(settings.archive)
    files = warcs_in(settings.archive)

    once_more = imported(settings, tmp_path / "theirs.warc.gz")
    looked_through = imported(settings, tmp_path / "theirs.warc.gz", again=True)
    other = written(tmp_path, PACKINGS[packing]([*records, b"\r\n"]), "other.warc.gz")
    renamed = imported(settings, other)

    assert report(once_more).was_done
    assert [report(each).known for each in (looked_through, renamed)] == [3, 3]
    assert [kept(each) for each in (once_more, looked_through, renamed)] == [[], [], []]
    assert [line for line in dumped(settings.archive) if "other.warc" not in line] == before
    assert warcs_in(settings.archive) == files


def test_the_same_page_under_other_names_is_nothing_new_and_a_changed_one_is(
    tmp_path: Path,
) -> None:
    settings = settings_for(tmp_path / "archive")
    url = "https://paper.example/story"
    first = response(url, http(story_page("A ferry is late")), 1, name="<urn:uuid:1>")
    same = response(url, http(story_page("A ferry is late")), 9, name="<urn:uuid:2>")
    other = response(url, http(story_page("A ferry is lost")), 20, name="<urn:uuid:3>")
    back = response(url, http(story_page("A ferry is late")), 30, name="<urn:uuid:4>")

    for number, one in enumerate((first, same, other, back)):
        imported(settings, written(tmp_path, one.data, f"{number}.warc"))

    with Catalog.open(settings.catalog) as catalog:
        rows = catalog.captures(url=url, newest_first=False)
    assert [row.started.minute for row in rows] == [1, 20, 30]
    assert len({row.article_id for row in rows}) == 1


def test_redirects_are_joined_to_the_page_that_they_lead_to(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "archive")
    short, moved, url = (f"https://paper.example/{name}" for name in ("s/1", "old", "story"))
    hops = [
        response(short, http(b"", f"Location: {moved}", status="301 Moved Permanently"), 1),
        response(moved, http(b"", "Location: /story", status="302 Found"), 1),
        response("https://paper.example/a", http(b"", "Location: /b", status="301 Moved"), 1),
    ]
    made = [one for hop in hops for one in (hop, request("x", hop))]
    made += page("https://paper.example/other", story_page("Another story"), 2)
    made += page(url, story_page(), 3)

    events = imported(settings, written(tmp_path, unpacked([one.data for one in made])))

    row = details(settings.archive)[short]
    assert [each.url for each in row.exchanges] == [short, moved, url]
    assert [each.status for each in row.exchanges] == [301, 302, 200]
    assert row.article is not None
    assert row.article.url == url
    assert report(events).skipped == {"a redirect whose page is not here": 1}


def test_heads_that_no_longer_fit_their_bodies_are_borne_with(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "archive")
    body = story_page()
    blocks = {
        "short": http(body, "Content-Length: 99"),
        "long": http(body, "Content-Length: 999999"),
        "unpacked": http(body, "Content-Encoding: gzip"),
        "unzstd": http(body, "Content-Encoding: zstd"),
        "dechunked": http(body, "Transfer-Encoding: chunked"),
        "http2": http(body).replace(b"HTTP/1.1", b"HTTP/2", 1),
    }
    made = [response(f"https://{name}.example/s", block) for name, block in blocks.items()]

    events = imported(settings, written(tmp_path, by_member([one.data for one in made])))

    assert report(events).kept == len(blocks), report(events)
    with Catalog.open(settings.catalog) as catalog:
        for detail in details(settings.archive).values():
            again = asyncio.run(read_capture(settings.archive, catalog, settings.sources, detail))
            assert again.article is not None, detail.capture.url
            assert detail.text is not None
            stored = (settings.archive / detail.text.file).read_text()
            assert again.article.text == stored


def test_what_is_cut_short_or_a_bomb_becomes_no_text(tmp_path: Path) -> None:
    import gzip

    settings = settings_for(tmp_path / "archive")
    body = story_page()
    packed = gzip.compress(b"<p>" + bytes(60_000_000))
    made = [
        response("https://cut.example/s", http(body), 0, "WARC-Truncated: length"),
        response("https://bomb.example/s", http(packed, "Content-Encoding: gzip")),
    ]

    events = imported(settings, written(tmp_path, by_member([one.data for one in made])))

    assert report(events).kept == 0
    assert report(events).unread.total() == 2


def test_an_arc_file_and_records_without_names_are_framed_anew(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "archive")
    old = arc([("http://old.example/story", http(story_page()))])
    nameless = response("https://paper.example/s", http(story_page("No name")), name="")
    files = [
        written(tmp_path, by_member(old), "old.arc.gz"),
        written(tmp_path, nameless.data, "nameless.warc"),
    ]

    for _ in range(2):
        imported(settings, *files, again=True)

    rows = details(settings.archive)
    assert sorted(rows) == ["http://old.example/story", "https://paper.example/s"]
    assert rows["http://old.example/story"].capture.started.year == 2004
    for warc in warcs_in(settings.archive):
        assert_valid(warc)


def test_broken_records_are_named_and_the_rest_is_taken(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "archive")
    records = [one.data for one in news()]
    bad = broken_records("https://paper0.example/broken")
    parts = [by_member(records[:9]), *bad.values(), by_member(records[9:])]

    events = imported(settings, written(tmp_path, b"".join(parts)))

    assert report(events).kept == 6
    broken = [event for event in events if isinstance(event, Broken)]
    assert len(broken) == report(events).broken >= len(bad)
    starts = [len(b"".join(parts[: 1 + number])) for number in range(len(bad))]
    assert set(starts) <= {event.place.offset for event in broken}


@pytest.mark.parametrize(
    ("module", "name", "call"),
    [
        ("scraper.importing.run", "_archive", 2),  # nothing of the second batch was written
        ("scraper.importing.run", "_text", 5),  # its records were, and a text
        ("scraper.store.catalog", "Catalog.save_import", 1),  # all but the rows
        ("scraper.store.imports", "advance", 2),  # in the middle of the transaction
        ("scraper.store.catalog", "Catalog.end_import", 1),
    ],
)
def test_killed_and_started_again_it_is_as_if_nothing_had_been(
    tmp_path: Path, module: str, name: str, call: int
) -> None:
    file = written(tmp_path, by_member([one.data for one in news(70)]))
    whole, killed = settings_for(tmp_path / "whole"), settings_for(tmp_path / "killed")
    imported(whole, file)

    done = dying(killed.archive, file, module, name, call)
    events = imported(killed, file)

    assert done.returncode == -signal.SIGKILL
    assert report(events).is_end
    assert dumped(killed.archive) == dumped(whole.archive)
    assert texts_of(killed.archive) == texts_of(whole.archive)
    assert records_of(killed.archive) == records_of(whole.archive)
    asyncio.run(rebuild(replace(killed, catalog=killed.archive / "again.db")))
    assert dumped(killed.archive, "again.db") == dumped(killed.archive)


def dying(
    archive: Path, file: Path, module: str, name: str, call: int
) -> subprocess.CompletedProcess[bytes]:
    here = Path(__file__).parent
    return subprocess.run(
        [sys.executable, "-c", DYING, archive, file, module, name, str(call)],
        env={"PYTHONPATH": f"{here}:{here.parent}", "PATH": os.environ["PATH"]},
        check=False,
        timeout=600,
    )


def texts_of(archive: Path) -> Counter[str]:
    return Counter(path.name.split("_")[1] for path in archive.glob("text/*/*/*.txt"))


def records_of(archive: Path) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for warc in warcs_in(archive):
        for one in records_in(warc):
            if one.type in {"request", "response", "conversion"}:
                found[one.type, one.url] += 1
    return found


def test_a_revisit_is_not_kept_twice_and_not_lost(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "archive")
    url, other = "https://paper.example/story", "https://paper.example/story?print"
    original = response(url, http(story_page()), 1)
    refers = (f"WARC-Refers-To-Target-URI: {url}", f"WARC-Refers-To-Date: {at(1)}")
    profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    again = [
        record(
            "revisit",
            http(b""),
            f"WARC-Date: {at(minute)}",
            f"WARC-Target-URI: {target}",
            "Content-Type: application/http; msgtype=response",
            profile,
            *refers,
        )
        for target, minute in ((url, 5), (other, 6))
    ]
    lost = record(
        "revisit",
        http(b""),
        f"WARC-Date: {at(7)}",
        "WARC-Target-URI: https://paper.example/lost",
        "Content-Type: application/http; msgtype=response",
        profile,
        "WARC-Refers-To-Target-URI: https://paper.example/nowhere",
        f"WARC-Refers-To-Date: {at(1)}",
    )
    made = [original, *again, lost]

    events = imported(settings, written(tmp_path, by_member([one.data for one in made])))

    told = report(events)
    assert told.unread == {"a revisit whose original is not here": 1}
    rows = details(settings.archive)
    assert sorted(rows) == [url, other]
    assert len({row.text.sha256 for row in rows.values() if row.text is not None}) == 1
    assert rows[other].exchanges[0].response_type == "revisit"
    assert told.known == 1


def test_the_command_says_what_came_of_each_file(tmp_path: Path) -> None:
    records = [one.data for one in news(3)]
    bad = broken_records("https://paper0.example/broken")["bad CRC"]
    file = written(tmp_path, by_member(records) + bad)

    looked = command("import", file, "--dry-run", cwd=tmp_path)
    done = command("import", file, "--json", cwd=tmp_path)
    again = command("import", file, cwd=tmp_path)

    assert "4 HTML pages among 17 records would be read" in looked.stdout
    assert f"byte {len(by_member(records))}: its gzip member is damaged" in looked.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert Counter(one["event"] for one in said)["kept"] == 3
    assert (done.returncode, said[-1]["kept"], said[-1]["broken"]) == (1, 3, 1)
    assert again.returncode == 0
    assert "done by an earlier import" in again.stdout
