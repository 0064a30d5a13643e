"""Sources, asked over loopback: what is asked again, what is read, and what is said of the rest."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ledger import LedgerServer, answer, header
from line_runs import blocks_of, warcs_in
from passes import (
    DAY,
    HOUR,
    LOCAL,
    MINUTE,
    START,
    at,
    feed_at,
    in_line,
    outlet_of,
    rss,
    settings_of,
    targets,
)

from scraper import asking
from scraper.archive.reader import records_in
from scraper.asking import Asked, ask_source
from scraper.clock import now
from scraper.line import Line, Settings
from scraper.model import Outcome, Outlet, Source
from scraper.store.schedule_rows import SourceRow

NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"


def ask(settings: Settings) -> Asked:
    """Ask the only source of the only outlet."""

    async def work(line: Line) -> Asked:
        [outlet] = line.outlets()
        [source] = outlet.sources
        return await ask_source(line, outlet, source, row_of(line))

    return in_line(settings, work)


def row_of(line: Line) -> SourceRow:
    [outlet] = line.outlets()
    row = line.catalog.schedule.source(outlet.id, outlet.sources[0].url)
    assert row is not None
    return row


def ask_at_hours(settings: Settings, *hours: float) -> list[Asked]:
    """Ask at some hours after the start, each time as a process of its own would."""
    results = []
    for hour in hours:
        with at(START + hour * HOUR):
            results.append(ask(settings))
    return results


def conditions(server: LedgerServer, target: str) -> list[tuple[bytes | None, bytes | None]]:
    return [
        (header(request, "if-none-match"), header(request, "if-modified-since"))
        for request in server.requests
        if request.startswith(f"GET {target} ".encode())
    ]


def site(pages: dict[str, bytes]) -> Callable[[bytes, str], bytes]:
    """Return a responder for pages in which `{url}` stands for the server's address."""
    missing = answer(b"", status="404 Not Found")
    return lambda _request, target: pages.get(target, missing)


def urlset(*urls: str) -> bytes:
    locs = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return answer(f"<urlset>{locs}</urlset>".encode())


def index(*children: tuple[str, str | None]) -> bytes:
    named = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
        for url, day in children
    )
    return answer(f"<sitemapindex>{named}</sitemapindex>".encode())


def paths(asked: Asked) -> list[str]:
    return [link.url.rpartition("/")[2] for link in asked.links]


# --- asking again --------------------------------------------------------------------------------


def test_a_source_is_asked_only_for_what_is_new_since_the_last_time(tmp_path: Path) -> None:
    dated = "Last-Modified: Sun, 01 Mar 2026 07:00:00 GMT"
    first = rss("http://127.0.0.1/a")
    feed = first.replace(b"\r\n\r\n", f'\r\nETag: "a"\r\n{dated}\r\n\r\n'.encode(), 1)

    def respond(request: bytes, target: str) -> bytes:
        if target == "/robots.txt":
            return answer(b"", status="404 Not Found")
        return NOT_MODIFIED if header(request, "if-none-match") else feed

    with LedgerServer(respond) as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss"))))
        one, two, three = ask_at_hours(settings, 0, 1, 2)

    assert (one.result.outcome, one.result.new) == (Outcome.OK, 1)
    assert [each.result.outcome for each in (two, three)] == [Outcome.NOT_MODIFIED] * 2
    assert [each.links for each in (two, three)] == [(), ()]
    known = (b'"a"', b"Sun, 01 Mar 2026 07:00:00 GMT")
    assert conditions(server, "/rss") == [(None, None), known, known]
    kept = blocks_of(warcs_in(tmp_path), "response")
    assert [block for block in kept if b"<rss>" in block] == [feed]
    assert NOT_MODIFIED not in kept


def test_where_a_server_lies_about_its_validators_all_is_asked_for(tmp_path: Path) -> None:
    feed = rss("http://127.0.0.1/a").replace(b"\r\n\r\n", b'\r\nETag: "a"\r\n\r\n', 1)
    with LedgerServer(site({"/rss": feed})) as server:
        policy = replace(LOCAL, ignore_cache=True)
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss")), fetch=policy))
        ask_at_hours(settings, 0, 1)

    assert conditions(server, "/rss") == [(None, None)] * 2


def test_a_feed_that_did_not_change_is_kept_once_whatever_the_server_says(tmp_path: Path) -> None:
    feed = rss("http://127.0.0.1/a")
    with LedgerServer(site({"/rss": feed})) as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss"))))
        results = ask_at_hours(settings, 0, 1)
        row = in_line(settings, _row)

    assert [(each.result.new, each.known) for each in results] == [(1, 0), (0, 1)]
    assert (row.last_outcome, row.unchanged) == ("unchanged", 1)
    assert blocks_of(warcs_in(tmp_path), "response").count(feed) == 1


async def _row(line: Line) -> SourceRow:
    return row_of(line)


# --- what is taken -------------------------------------------------------------------------------


def test_patterns_and_max_new_choose_among_what_is_announced(tmp_path: Path) -> None:
    names = ["news/a", "news/video/b", "shop/c", "news/d", "news/e"]
    with LedgerServer(lambda *_: b"") as server:
        urls = [server.url(f"/{name}") for name in names]
        server.responder = site({"/rss": rss(*urls)})
        source = replace(
            feed_at(server.url("/rss")), allow=("*/news/*",), deny=("*/video/*",), max_new=2
        )
        asked = ask(settings_of(tmp_path, outlet_of(source)))

    assert paths(asked) == ["a", "d"]
    assert (asked.result.new, len(asked.announced)) == (2, 5)


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        ("feed", b"<!doctype html><title>Welcome</title>", "it is an HTML page"),
        ("feed", b"", "it is empty"),
        ("feed", b"<urlset></urlset>", "it is a sitemap, not a feed"),
        ("sitemap", b"<!doctype html><title>Welcome</title>", "it is an HTML page"),
        ("sitemap", b"\x1f\x8bnot gzip", "gzip stream is cut short"),
        ("feed", b"<rss><item><link>javascript:alert(1)</link></item></rss>", "1 of its items"),
    ],
)
def test_promise_24_a_source_without_a_link_fails_and_says_why(
    tmp_path: Path, kind: str, body: bytes, problem: str
) -> None:
    with LedgerServer(site({"/news": answer(body, 'ETag: "x"')})) as server:
        settings = settings_of(tmp_path, outlet_of(Source(type=kind, url=server.url("/news"))))
        asked = ask(settings)
        row = in_line(settings, _row)

    assert not asked.is_answered
    assert asked.result.outcome == "unreadable"
    assert problem in asked.result.detail
    assert (row.failures, row.etag) == (1, None)  # a 304 would make it look well
    assert answer(body, 'ETag: "x"') in blocks_of(warcs_in(tmp_path), "response")


def test_an_empty_feed_is_no_failure(tmp_path: Path) -> None:
    with LedgerServer(site({"/rss": rss()})) as server:
        asked = ask(settings_of(tmp_path, outlet_of(feed_at(server.url("/rss")))))

    assert (asked.is_answered, asked.result.detail) == (True, "")


# --- sitemap indexes -----------------------------------------------------------------------------


def sitemap_outlet(server: LedgerServer, pages: dict[str, bytes]) -> Outlet:
    """Let a server have some pages; return an outlet whose sitemap is at /index."""
    server.responder = site(pages)
    return outlet_of(Source(type="sitemap", url=server.url("/index")))


def read_by(server: LedgerServer) -> list[str]:
    return [target for target in targets(server) if target != "/robots.txt"]


def test_the_children_of_an_index_are_read_newest_first_and_each_once(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        children = [
            ("/old", "2025-01-01"),
            ("/new", "2026-02-28"),
            ("/old", None),
            ("/dateless", None),
        ]
        outlet = sitemap_outlet(
            server,
            {
                "/index": index(*((url(path), day) for path, day in children)),
                "/old": urlset(url("/1")),
                "/new": urlset(url("/2"), url("/3")),
                "/dateless": urlset(url("/4"), url("/1")),
            },
        )
        asked = ask(settings_of(tmp_path, outlet))

    assert read_by(server) == ["/index", "/new", "/old", "/dateless"]
    assert paths(asked)[:4] == ["2", "3", "1", "4"]
    assert (asked.result.outcome, asked.result.new, asked.result.detail) == (Outcome.OK, 4, "")


def test_the_bytes_of_a_child_are_kept_whenever_they_are_others(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        maps = [urlset(server.url(f"/{number}")) for number in (1, 1, 2)]
        outlet = sitemap_outlet(server, {"/index": index((server.url("/map"), None))})

        async def work(line: Line) -> None:
            for body in maps:
                server.responder = site({"/index": index((server.url("/map"), None)), "/map": body})
                await ask_source(line, outlet, outlet.sources[0], None)

        in_line(settings_of(tmp_path, outlet), work)
        url = server.url("/map")

    records = [one for path in tmp_path.glob("warc/*/*.gz") for one in records_in(path)]
    kept = [one.block for one in records if (one.type, one.url) == ("response", url)]
    assert kept == [maps[0], maps[2]]


def test_only_children_that_may_have_changed_are_read_again(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        days = [("/2024", "2024-12-31"), ("/today", "2026-03-01"), ("/dateless", None)]
        outlet = sitemap_outlet(
            server,
            {"/index": index(*((url(path), day) for path, day in days))}
            | {path: urlset(url(f"{path}/a")) for path, _ in days},
        )
        ask_at_hours(settings_of(tmp_path, outlet), 0, 10)

    assert read_by(server)[4:] == ["/index", "/today", "/dateless"]


@pytest.mark.parametrize(("day", "outcome"), [(None, "ok"), ("2026-02-28", "not-modified")])
def test_an_index_without_dates_is_never_taken_for_unchanged(
    tmp_path: Path, day: str | None, outcome: str
) -> None:
    def respond(request: bytes, target: str) -> bytes:
        if header(request, "if-none-match"):
            return NOT_MODIFIED
        if target == "/index":
            raw = index((server.url("/map"), day))
            return raw.replace(b"\r\n\r\n", b'\r\nETag: "i"\r\n\r\n', 1)
        if target == "/map":
            return urlset(server.url(f"/{len(read_by(server))}"))
        return answer(b"", status="404 Not Found")

    with LedgerServer(respond) as server:
        outlet = outlet_of(Source(type="sitemap", url=server.url("/index")))
        _, second = ask_at_hours(settings_of(tmp_path, outlet), 0, 1)

    assert second.result.outcome == outcome
    assert second.result.new == (1 if day is None else 0)


def test_an_index_that_was_not_read_to_its_end_is_read_anew(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        days = [("/missing", "2024-12-31"), ("/there", "2024-12-31")]
        outlet = sitemap_outlet(
            server,
            {
                "/index": index(*((url(path), day) for path, day in days)),
                "/there": urlset(url("/a")),
            },
        )
        first, second = ask_at_hours(settings_of(tmp_path, outlet), 0, 10)

    assert first.result.detail == f"{url('/missing')}: 404 Not Found"
    assert [paths(each) for each in (first, second)] == [["a"], ["a"]]
    assert read_by(server) == ["/index", "/missing", "/there"] * 2


def test_what_is_wrong_with_a_child_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        outlet = sitemap_outlet(
            server,
            {
                "/index": index((url("/html"), None), (url("/good"), None)),
                "/html": answer(b"<!doctype html><title>No map</title>"),
                "/good": urlset(url("/a")),
            },
        )
        asked = ask(settings_of(tmp_path, outlet))

    assert paths(asked) == ["a"]
    assert asked.result.detail.startswith(f"{url('/html')}: it is an HTML page")


def test_promise_24_indexes_that_name_each_other_end(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        outlet = sitemap_outlet(
            server,
            {
                "/index": index((url("/index"), None), (url("/other"), None)),
                "/other": index((url("/index"), None), (url("/other"), None), (url("/map"), None)),
                "/map": urlset(url("/a")),
            },
        )
        asked = ask(settings_of(tmp_path, outlet))

    assert read_by(server) == ["/index", "/other", "/map"]
    assert paths(asked) == ["a"]
    assert "it names itself as its child" in asked.result.detail


def test_promise_24_indexes_fifty_deep_are_read_to_the_third(tmp_path: Path) -> None:
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        levels = [f"/level{n}" for n in range(1, 51)]
        pages = {
            at_: index((url(below), None), (url(f"{at_}-map"), None))
            for at_, below in zip(["/index", *levels], [*levels, "/end"], strict=True)
        }
        pages |= {f"{path}-map": urlset(url(f"{path}-a")) for path in ["/index", *levels]}
        asked = ask(settings_of(tmp_path, sitemap_outlet(server, pages)))

    assert "/level3" in read_by(server)
    assert "/level4" not in read_by(server)
    assert paths(asked) == ["index-a", "level1-a", "level2-a"]
    assert asked.result.detail == "indexes more than 3 deep are not read"


def test_promise_24_the_newest_sitemaps_of_an_index_are_read_up_to_the_cap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asking.MAX_CHILDREN == 500
    monkeypatch.setattr(asking, "MAX_CHILDREN", 20)
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        names = [f"/map{n}" for n in range(24)]
        days = [str((START - (24 - n) * DAY).date()) for n in range(24)]
        pages = {"/index": index(*zip(map(url, names), days, strict=True))}
        pages |= {name: urlset(url(f"{name}-a")) for name in names}
        asked = ask(settings_of(tmp_path, sitemap_outlet(server, pages)))

    assert read_by(server)[1:] == list(reversed(names[4:]))
    assert len(asked.links) == 20
    assert asked.result.detail == "more than 20 sitemaps: the rest are not read"


def test_promise_24_the_links_of_an_index_are_capped_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_LINKS", 5)
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        pages = {"/index": index(*((url(f"/{n}"), None) for n in range(4)))}
        pages |= {f"/{n}": urlset(*(url(f"/{n}-{m}") for m in range(3))) for n in range(4)}
        asked = ask(settings_of(tmp_path, sitemap_outlet(server, pages)))

    assert read_by(server) == ["/index", "/0", "/1"]
    assert asked.result.detail == "more than 5 links: the rest of its sitemaps are not read"


def test_promise_24_the_characters_of_the_links_of_an_index_are_capped_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_LINK_CHARS", 5_000)
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        pages = {"/index": index(*((url(f"/{n}"), None) for n in range(4)))}
        pages |= {
            f"/{n}": urlset(*(url(f"/{n}-{m}{'x' * 900}") for m in range(3))) for n in range(4)
        }
        asked = ask(settings_of(tmp_path, sitemap_outlet(server, pages)))

    assert read_by(server) == ["/index", "/0", "/1"]
    assert asked.result.new == 6
    assert asked.result.detail == "links of more than 5,000 characters: the rest is not read"


def test_promise_24_the_links_of_an_index_are_kept_sitemap_by_sitemap_and_not_held(
    tmp_path: Path,
) -> None:
    known = []
    with LedgerServer(lambda *_: b"") as server:
        url = server.url
        pages = {"/index": index(*((url(f"/{n}"), None) for n in range(3)))}
        pages |= {f"/{n}": urlset(*(url(f"/{n}-{m}") for m in range(3))) for n in range(3)}

        async def work(line: Line) -> Asked:
            [outlet] = line.outlets()

            def respond(_: bytes, target: str) -> bytes:
                known.append(len(line.catalog.schedule.links()))
                return pages.get(target, answer(b"", status="404 Not Found"))

            server.responder = respond
            return await ask_source(line, outlet, outlet.sources[0], row_of(line), gathers=False)

        source = Source(type="sitemap", url=server.url("/index"), max_new=7)
        asked = in_line(settings_of(tmp_path, outlet_of(source)), work)

    assert known == [0, 0, 0, 3, 6]  # as robots.txt, the index and each sitemap are asked for
    assert (asked.result.new, asked.known, asked.announced) == (7, 0, ())


def test_others_have_their_turn_while_the_links_of_a_large_source_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_AT_ONCE", 2)
    seen = set[int]()

    async def work(line: Line) -> Asked:
        async def look_on() -> None:
            while True:
                seen.add(len(line.catalog.schedule.links()))
                await asyncio.sleep(0)

        looking = asyncio.create_task(look_on())
        [outlet] = line.outlets()
        asked = await ask_source(line, outlet, outlet.sources[0], row_of(line))
        looking.cancel()
        return asked

    with LedgerServer(lambda *_: b"") as server:
        server.responder = site({"/rss": rss(*(server.url(f"/{n}") for n in range(7)))})
        asked = in_line(settings_of(tmp_path, outlet_of(feed_at(server.url("/rss")))), work)

    assert asked.result.new == 7
    assert seen >= {0, 2, 4, 6}


def test_what_a_source_says_of_how_often_it_changes_is_heeded(tmp_path: Path) -> None:
    feed = answer(
        b"<rss><channel><ttl>300</ttl><item><link>http://127.0.0.1/a</link></item></channel></rss>"
    )
    with at(START), LedgerServer(site({"/rss": feed})) as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss"))))
        asked = ask(settings)
        pause = in_line(settings, _pause)

    assert asked.result.hint == timedelta(minutes=300)
    assert 299 * MINUTE < pause < 301 * MINUTE


async def _pause(line: Line) -> timedelta:
    return row_of(line).next_due - now()
