"""Politeness over whole passes: what robots.txt and Retry-After keep us from, by the ledger."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from fetching import server_tls
from ledger import CLOSE, LedgerServer, Responder, Step, answer, header
from passes import (
    ALL_ALLOWED,
    DAY,
    HOUR,
    LOCAL,
    MINUTE,
    START,
    at,
    feed_at,
    in_line,
    outlet_of,
    pass_over,
    rss,
    set_clock,
    settings_of,
    targets,
    with_robots,
)

from scraper.crawl import Filed
from scraper.line import Line
from scraper.model import Capture, Outcome

BAN = "User-agent: *\nDisallow: /\n"


def page(_request: bytes, target: str) -> bytes:
    return answer(target.encode(), "Content-Type: text/plain")


def gone(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


# --- robots.txt: promise 21 ----------------------------------------------------------------------

BANS: dict[str, bytes | list[Step]] = {
    "all": answer(BAN.encode()),
    "this path": answer(b"User-agent: scraper\nDisallow: /story\n"),
    "served as HTML": answer(BAN.encode(), "Content-Type: text/html"),
    "BOM": answer(b"\xef\xbb\xbf" + BAN.encode()),
    "NULs": answer(b"\0User-agent: *\0\r\nDis\0allow: /\0\r\n"),
    "5 MB, the ban first": answer(BAN.encode() + b"# filler\n" * 550_000),
    "500": answer(b"", status="500 Internal Server Error"),
    "503": answer(b"", status="503 Service Unavailable"),
    "503 for an hour": answer(b"", "Retry-After: 3600", status="503 Service Unavailable"),
    "429": answer(b"", status="429 Too Many Requests"),
    "timeout": [20.0],
    "half a file": [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nUser-agent: *\n", CLOSE],
    "hung up": [CLOSE],
    "not HTTP": [b"SSH-2.0-OpenSSH_9.9\r\n", CLOSE],
    "endless": [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nUser", 20.0],
}

PERMITS = {
    "404": answer(b"", status="404 Not Found"),
    "401": answer(b"", status="401 Unauthorized"),
    "403": answer(b"", status="403 Forbidden"),
    "an HTML page": answer(b"<!doctype html><title>Disallow: /</title>"),
    "for another": answer(b"User-agent: other\nDisallow: /\n"),
    "a 5 MB file whose ban comes late": answer(b"# filler\n" * 550_000 + BAN.encode()),
}


def announced_pass(
    folder: Path, server: LedgerServer, *, timeout_s: float = 10, **values: object
) -> tuple[list[Capture], LedgerServer]:
    """Make a pass over an outlet whose feed, at another host, announces a story at a server."""
    story = server.url("/story")
    feed = with_robots(ALL_ALLOWED, lambda *_: rss(story))
    policy = replace(LOCAL, timeout=timedelta(seconds=timeout_s))
    with server, LedgerServer(feed, address="127.0.0.2") as paper:
        outlet = outlet_of(feed_at(paper.url("/rss")), fetch=policy)
        [asked], filed = pass_over(settings_of(folder, outlet, **values))
    assert asked.result.new == 1
    return [each.capture for each in filed], server


@pytest.mark.parametrize("kind", BANS)
def test_promise_21_nothing_is_asked_for_that_robots_txt_keeps_us_from(
    tmp_path: Path, kind: str
) -> None:
    robots = BANS[kind]
    server = LedgerServer(lambda _request, target: robots if target == "/robots.txt" else b"")

    timeout_s = 0.5 if kind in {"timeout", "endless"} else 10  # as a busy machine may need
    [capture], server = announced_pass(tmp_path, server, timeout_s=timeout_s)

    assert set(targets(server)) == {"/robots.txt"}
    is_paused = kind == "503 for an hour"
    assert capture.outcome is (Outcome.PAUSED if is_paused else Outcome.DISALLOWED)
    assert capture.detail


@pytest.mark.parametrize(("kind", "hours"), [("all", 24), ("500", 1), ("hung up", 1)])
def test_a_link_waits_a_day_for_a_ban_and_an_hour_for_a_file_that_could_not_be_had(
    tmp_path: Path, kind: str, hours: int
) -> None:
    server = LedgerServer(lambda *_: BANS[kind])

    announced_pass(tmp_path, server)

    with closing(sqlite3.connect(tmp_path / "catalog.db")) as catalog:
        [(waits,)] = catalog.execute(
            "SELECT (julianday(next_try) - julianday(first_seen)) * 24 FROM links"
        )
    assert hours <= waits < 1.5 * hours


def test_promise_21_five_redirects_to_a_ban_are_followed_to_it(tmp_path: Path) -> None:
    def respond(_request: bytes, target: str) -> bytes:
        hops = ["/robots.txt", "/r1", "/r2", "/r3", "/r4", "/r5"]
        after = dict(pairwise(hops))
        return gone(after[target]) if target in after else answer(BAN.encode())

    [capture], server = announced_pass(tmp_path, LedgerServer(respond))

    assert targets(server) == ["/robots.txt", "/r1", "/r2", "/r3", "/r4", "/r5"]
    assert capture.detail == "disallowed by robots.txt line 2: Disallow: /"


def test_promise_21_a_sixth_redirect_means_that_there_is_no_file(tmp_path: Path) -> None:
    def respond(request: bytes, target: str) -> bytes:
        if target == "/story":
            return page(request, target)
        number = int(target[2:]) if target.startswith("/r") and target[2:].isdecimal() else 0
        return gone(f"/r{number + 1}") if number < 6 else answer(BAN.encode())

    [capture], server = announced_pass(tmp_path, LedgerServer(respond))

    assert capture.outcome is Outcome.OK
    assert targets(server)[-1] == "/story"


def test_promise_21_a_certificate_that_is_not_trusted_keeps_us_away(tmp_path: Path) -> None:
    [capture], server = announced_pass(tmp_path, LedgerServer(page, server_tls()))

    assert (capture.outcome, server.requests) == (Outcome.DISALLOWED, [])
    assert "certificate" in capture.detail


def test_promise_21_a_host_without_an_address_keeps_us_away(tmp_path: Path) -> None:
    async def resolver(host: str, port: int) -> list[tuple[str, int]]:
        return [(host, port)] if host == "127.0.0.2" else []

    [capture], server = announced_pass(tmp_path, LedgerServer(page), resolver=resolver)

    assert (capture.outcome, server.requests) == (Outcome.DISALLOWED, [])
    assert "no robots.txt could be had" in capture.detail


@pytest.mark.parametrize("kind", PERMITS)
def test_promise_21_what_is_no_ban_keeps_nobody_away(tmp_path: Path, kind: str) -> None:
    server = LedgerServer(with_robots(PERMITS[kind], page))

    [capture], server = announced_pass(tmp_path, server)

    assert capture.outcome is Outcome.OK
    assert targets(server) == ["/robots.txt", "/story"]


def test_promise_21_a_ban_that_came_while_a_link_waited_for_its_turn_is_heeded(
    tmp_path: Path,
) -> None:
    robots = [ALL_ALLOWED]

    def respond(_request: bytes, target: str) -> bytes:
        if target == "/robots.txt":
            return answer(robots[0].encode())
        robots[0] = BAN  # the other link waits for its turn by now
        set_clock(START + DAY + MINUTE)
        return answer(b"first")

    async def work(line: Line) -> list[Capture]:
        await line.politely.robots(server.url(), outlet)  # allows all, for a day
        urls = [server.url(target) for target in ("/first", "/second")]
        return await asyncio.gather(*(line.politely.fetch(url, outlet) for url in urls))

    with at(START), LedgerServer(respond) as server:
        outlet = outlet_of(feed_at(server.url("/rss")))
        captures = in_line(settings_of(tmp_path, outlet), work)

    assert [each.outcome for each in captures] == [Outcome.OK, Outcome.DISALLOWED]
    assert targets(server) == ["/robots.txt", "/first", "/robots.txt"]


def test_promise_21_a_failure_is_logged_once_until_it_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    down, up = answer(b"", status="503 Service Unavailable"), answer(ALL_ALLOWED.encode())
    answers = [down, down, down, up, down, down]

    async def work(line: Line) -> None:
        for hours in range(0, 180, 30):  # beyond the day for which any answer is good
            set_clock(START + hours * HOUR)
            await line.politely.robots(server.url(), outlet)

    with at(START), LedgerServer(lambda *_: answers[len(targets(server)) - 1]) as server:
        outlet = outlet_of(feed_at(server.url("/rss")))
        in_line(settings_of(tmp_path, outlet), work)

    assert len(server.requests) == len(answers)
    said = [one for one in caplog.messages if one.startswith("robots.txt of 127.0.0.1")]
    assert said == ["robots.txt of 127.0.0.1: 503 Service Unavailable"] * 2


def test_promise_21_what_failed_is_asked_for_again_after_an_hour_not_sooner(
    tmp_path: Path,
) -> None:
    down = answer(b"", status="503 Service Unavailable")
    with LedgerServer(lambda *_: down) as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss"))))
        asked = []
        for minutes in (0, 30, 59, 61, 100, 122):  # each in a process of its own, as it were
            with at(START + minutes * MINUTE):
                pass_over(settings)
            asked.append(len(server.requests))

    assert asked == [1, 1, 1, 2, 2, 3]
    assert set(targets(server)) == {"/robots.txt"}


def test_promise_21_an_unchanged_robots_txt_is_confirmed_by_a_304_and_holds_on(
    tmp_path: Path,
) -> None:
    def respond(request: bytes, target: str) -> bytes:
        if target != "/robots.txt":
            return page(request, target)
        if header(request, "if-none-match") == b'"one"':
            return b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'
        return answer(BAN.encode(), 'ETag: "one"')

    with LedgerServer(respond) as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/rss"))))
        for hours in (0, 23, 25, 48, 50):
            with at(START + hours * HOUR):
                [asked], _ = pass_over(settings)
                assert asked.result.detail == "disallowed by robots.txt line 2: Disallow: /"

    assert targets(server) == ["/robots.txt"] * 3
    assert [header(request, "if-none-match") for request in server.requests] == [
        None, b'"one"', b'"one"'
    ]  # fmt: skip


def redirected_pass(folder: Path, respond: Responder, **values: object) -> tuple[Filed, list[str]]:
    """Make a pass over a feed whose story sends us to another host, and say what that was asked."""
    with LedgerServer(respond, address="127.0.0.2") as other:
        story = gone(other.url("/copy"))
        own = LedgerServer(
            with_robots(
                ALL_ALLOWED,
                lambda _, target: rss(own.url("/story")) if target == "/rss" else story,
            )
        )
        with own:
            policy = replace(LOCAL, **values)  # type: ignore[arg-type]  # its fields, by name
            outlet = outlet_of(feed_at(own.url("/rss")), fetch=policy)
            _, [filed] = pass_over(settings_of(folder, outlet))
        return filed, targets(other)


@pytest.mark.parametrize("kind", ["all", "500", "hung up"])
def test_promise_21_a_redirect_to_what_robots_txt_bans_is_kept_and_not_followed(
    tmp_path: Path, kind: str
) -> None:
    robots = BANS[kind]

    filed, asked = redirected_pass(tmp_path, lambda *_: robots)

    assert set(asked) == {"/robots.txt"}
    assert filed.capture.outcome is Outcome.DISALLOWED
    assert [one.status for one in filed.capture.exchanges] == [302]
    assert len(filed.recorded) == 1
    assert filed.text is None
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as catalog:
        links = catalog.execute("SELECT state, next_try IS NULL FROM links").fetchall()
    assert links == [("disallowed", 0)]


def test_promise_21_a_redirect_to_what_robots_txt_allows_is_followed(tmp_path: Path) -> None:
    filed, asked = redirected_pass(tmp_path, with_robots("User-agent: *\nDisallow: /x\n", page))

    assert asked == ["/robots.txt", "/copy"]
    assert filed.capture.outcome is Outcome.OK


def test_promise_21_a_redirect_within_a_host_to_a_banned_path_is_not_followed(
    tmp_path: Path,
) -> None:
    def respond(_request: bytes, target: str) -> bytes:
        return rss(own.url("/story")) if target == "/rss" else gone("/private/story")

    with LedgerServer(with_robots("User-agent: *\nDisallow: /private/\n", respond)) as own:
        _, [filed] = pass_over(settings_of(tmp_path, outlet_of(feed_at(own.url("/rss")))))

    assert targets(own) == ["/robots.txt", "/rss", "/story"]
    assert "line 2: Disallow: /private/" in filed.capture.detail


def test_a_redirect_to_a_ban_is_followed_where_robots_txt_is_reported_only(tmp_path: Path) -> None:
    filed, asked = redirected_pass(tmp_path, with_robots(BAN, page), robots="report")

    assert asked == ["/robots.txt", "/copy"]
    assert filed.capture.outcome is Outcome.OK


def test_promise_22_a_redirect_to_a_host_that_rests_is_not_followed(tmp_path: Path) -> None:
    busy = answer(b"", "Retry-After: 3600", status="429 Too Many Requests")
    with LedgerServer(with_robots(ALL_ALLOWED, lambda *_: busy), address="127.0.0.2") as other:
        urls = (other.url("/busy"), other.url("/copy"))
        own = LedgerServer(
            with_robots(
                ALL_ALLOWED,
                lambda _, target: (
                    rss(urls[0], own.url("/story")) if target == "/rss" else [0.5, gone(urls[1])]
                ),
            )
        )
        with own:
            _, filed = pass_over(settings_of(tmp_path, outlet_of(feed_at(own.url("/rss")))))

    assert targets(other) == ["/robots.txt", "/busy"]
    assert [each.capture.outcome for each in filed] == [Outcome.HTTP_ERROR, Outcome.PAUSED]
    assert len(filed[1].recorded) == 1


def test_an_outlet_may_have_robots_txt_reported_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with LedgerServer(with_robots(BAN, lambda *_: rss())) as server:
        policy = replace(LOCAL, robots="report")
        outlet = outlet_of(feed_at(server.url("/rss")), fetch=policy)
        pass_over(settings_of(tmp_path, outlet))

    assert targets(server) == ["/robots.txt", "/rss"]
    [said] = [one for one in caplog.messages if "as sources.toml says" in one]
    assert said.endswith("/rss disallowed by robots.txt line 2: Disallow: /")


def test_a_crawl_delay_lies_between_all_requests_to_a_host(tmp_path: Path) -> None:
    speed, moments = 40.0, []

    def respond(request: bytes, target: str) -> bytes:
        moments.append(time.monotonic())
        if target == "/robots.txt":
            return answer(b"User-agent: *\nCrawl-delay: 4\nDisallow:\n")
        return rss(server.url("/a"), server.url("/b")) if target == "/rss" else page(b"", target)

    with at(START, speed=speed), LedgerServer(respond) as server:
        outlet = outlet_of(feed_at(server.url("/rss")))
        _, filed = pass_over(settings_of(tmp_path, outlet))

    assert [each.capture.outcome for each in filed] == [Outcome.OK, Outcome.OK]
    gaps = [(after - before) * speed for before, after in pairwise(moments)]
    assert len(gaps) == 3
    assert min(gaps) >= 4


# --- Retry-After: promise 22 ---------------------------------------------------------------------

BUSY, DOWN = "429 Too Many Requests", "503 Service Unavailable"
ASKED = {  # what a host says at START, and for how long it is then left alone
    "seconds": (BUSY, "3600", HOUR),
    "seconds, 503": (DOWN, "3600", HOUR),
    "a date": (DOWN, format_datetime(START + 2 * HOUR, usegmt=True), 2 * HOUR),
    "ten years": (BUSY, "315360000", DAY),
    "a date in ten years": (DOWN, format_datetime(START.replace(year=2036), usegmt=True), DAY),
    "negative": (BUSY, "-5", MINUTE),
    "garbage": (DOWN, "when we are back", MINUTE),
}
TOLERANCE = timedelta(seconds=20)  # the clock goes on during a pass


def refusing(status: str, value: str, until: list[datetime]) -> Responder:
    """Return a responder that refuses the feed with Retry-After until told otherwise."""

    def respond(_request: bytes, target: str) -> bytes:
        if target == "/robots.txt":
            return answer(ALL_ALLOWED.encode())
        return rss() if until else answer(b"", f"Retry-After: {value}", status=status)

    return respond


@pytest.mark.parametrize("kind", ASKED)
def test_promise_22_a_host_is_left_alone_for_as_long_as_it_asks_across_restarts(
    tmp_path: Path, kind: str
) -> None:
    status, value, pause = ASKED[kind]
    back: list[datetime] = []
    with (
        LedgerServer(refusing(status, value, back)) as resting,
        LedgerServer(with_robots(ALL_ALLOWED, lambda *_: rss()), address="127.0.0.2") as other,
    ):
        sources = feed_at(resting.url("/rss")), feed_at(other.url("/rss"))
        settings = settings_of(tmp_path, outlet_of(*sources))
        with at(START):
            first, _ = pass_over(settings)
        back.append(START)
        with at(START + pause - TOLERANCE):
            second, _ = pass_over(settings)
        assert targets(resting) == ["/robots.txt", "/rss"]
        with at(START + pause + TOLERANCE):
            third, _ = pass_over(settings)

    assert [each.result.outcome for each in first] == [Outcome.HTTP_ERROR, Outcome.OK]
    assert [each.result.outcome for each in second] == [Outcome.PAUSED, Outcome.OK]
    assert [each.result.outcome for each in third] == [Outcome.OK, Outcome.OK]
    assert targets(other).count("/rss") == 3  # it is the host that rests, not the crawl


def test_promise_22_links_that_wait_for_their_turn_hear_that_the_host_rests_now(
    tmp_path: Path,
) -> None:
    busy = answer(b"", "Retry-After: 60", status="503 Service Unavailable")

    async def work(line: Line) -> list[Capture]:
        urls = [server.url(f"/{number}") for number in range(4)]
        return await asyncio.gather(*(line.politely.fetch(url, outlet) for url in urls))

    with LedgerServer(with_robots(ALL_ALLOWED, lambda *_: busy)) as server:
        outlet = outlet_of(feed_at(server.url("/rss")))
        captures = in_line(settings_of(tmp_path, outlet), work)

    assert [each.outcome for each in captures] == [Outcome.HTTP_ERROR] + [Outcome.PAUSED] * 3
    assert targets(server) == ["/robots.txt", "/0"]
    assert "left alone until" in captures[-1].detail


def test_promise_22_a_shorter_wish_does_not_end_a_longer_rest(tmp_path: Path) -> None:
    pauses = {"/long": "3600", "/short": "1"}

    async def work(line: Line) -> Capture:
        for target in pauses:  # a person names them: asked whether the host rests or not
            await line.politely.fetch_in_turn(server.url(target), outlet)
        set_clock(START + MINUTE)
        return await line.politely.fetch(server.url("/third"), outlet)

    with (
        at(START),
        LedgerServer(
            lambda _request, target: answer(
                b"", f"Retry-After: {pauses[target]}", status="503 Service Unavailable"
            )
        ) as server,
    ):
        outlet = outlet_of(feed_at(server.url("/rss")))
        capture = in_line(settings_of(tmp_path, outlet), work)

    assert capture.outcome is Outcome.PAUSED
    assert targets(server) == ["/long", "/short"]


def test_promise_22_a_robots_txt_that_asks_for_a_pause_loses_no_link(tmp_path: Path) -> None:
    robots = [answer(b"", "Retry-After: 600", status="503 Service Unavailable")]

    def respond(request: bytes, target: str) -> bytes:
        return robots[0] if target == "/robots.txt" else page(request, target)

    with (
        LedgerServer(respond) as server,
        LedgerServer(
            with_robots(ALL_ALLOWED, lambda *_: rss(server.url("/story"))), address="127.0.0.2"
        ) as paper,
    ):
        settings = settings_of(tmp_path, outlet_of(feed_at(paper.url("/rss"))))
        with at(START):
            _, [first] = pass_over(settings)
        robots[0] = answer(ALL_ALLOWED.encode())
        with at(START + 61 * MINUTE):  # robots.txt is asked for again hourly
            _, [second] = pass_over(settings)

    assert first.capture.outcome is Outcome.PAUSED
    assert second.capture.outcome is Outcome.OK
    assert targets(server) == ["/robots.txt", "/robots.txt", "/story"]
