"""robots.txt: what an answer means, which line decides, how long a copy holds.

Reliability promise 21, and what of promise 25 (redirects) is about robots.txt. Whether a URL is
allowed is judged by protego as well, which is no part of the program.
"""

import asyncio
import gzip
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fetching import LOCAL, fetch, new_client, server_tls
from hypothesis import example, given
from hypothesis import strategies as st
from ledger import RESET, LedgerServer, Responder, Step, answer, header, serve
from protego import Protego

from scraper.archive.reader import exchanges_in
from scraper.archive.writer import WarcWriter
from scraper.fetch.robots import Answer, Robots, Verdict, robots_from, robots_url
from scraper.fetch.robots_rules import PARSED_BYTES
from scraper.model import Capture, FetchPolicy, Outcome, Page

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HOME = "https://paper.example"
BAN = b"User-agent: *\nDisallow: /\n"
BRIEF = replace(LOCAL, timeout=timedelta(seconds=0.5))


def robots(text: str | bytes, *headers: tuple[str, str], status: int = 200) -> Robots:
    """Return what a robots.txt with this content means."""
    return robots_from(captured(text, *headers, status=status), now=NOW)


def captured(text: str | bytes, *headers: tuple[str, str], status: int = 200) -> Capture:
    body = text.encode() if isinstance(text, str) else text
    page = Page(url=f"{HOME}/robots.txt", status=status, headers=headers, body=body)
    outcome = Outcome.NOT_MODIFIED if status == 304 else Outcome.OK
    if status >= 400:
        outcome = Outcome.HTTP_ERROR
    detail = "" if outcome is Outcome.OK else f"{status} as in the test"
    return Capture(url=page.url, outcome=outcome, detail=detail, page=page)


def failed(outcome: Outcome = Outcome.TIMEOUT, detail: str = "not done within 60 s") -> Capture:
    return Capture(url=f"{HOME}/robots.txt", outcome=outcome, detail=detail)


def verdict(text: str | bytes, path: str, user_agent: str = "scraper") -> Verdict:
    return robots(text).verdict(HOME + path, user_agent)


# --- promise 21: what answers mean, by real servers ----------------------------------------------


def visit(
    server: LedgerServer, policy: FetchPolicy = LOCAL, *, strict: bool = False
) -> tuple[Robots, int]:
    """Ask for robots.txt and then, where that is allowed, for an article.

    Return what is known of robots.txt, and how often the server says it was asked for the article.
    """

    async def run() -> Robots:
        article = server.url("/story")
        async with new_client() as client:
            capture = await client.fetch(robots_url(article), policy)
            known = robots_from(capture, now=NOW, strict=strict)
            if known.verdict(article).allowed:
                await client.fetch(article, policy)
        return known

    known = asyncio.run(run())
    return known, sum(request.startswith(b"GET /story ") for request in server.requests)


def site(response: bytes | Callable[[], Sequence[Step]]) -> Responder:
    """Return a site whose robots.txt is answered like this, and any other page with 200."""

    def respond(_request: bytes, target: str) -> bytes | Sequence[Step]:
        if target != "/robots.txt":
            return answer(b"a story")
        return response if isinstance(response, bytes) else response()

    return respond


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 499])
def test_promise_21_a_client_error_means_that_all_is_allowed(status: int) -> None:
    with LedgerServer(site(answer(BAN, status=f"{status} No"))) as server:
        known, visits = visit(server)

    assert (known.answer, known.status, visits) == (Answer.NONE, status, 1)


@pytest.mark.parametrize("status", [401, 403])
def test_promise_21_a_strict_visitor_takes_a_closed_door_for_a_ban(status: int) -> None:
    with LedgerServer(site(answer(status=f"{status} No"))) as server:
        known, visits = visit(server, strict=True)

    assert (known.answer, visits) == (Answer.UNREACHABLE, 0)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_promise_21_a_server_error_or_too_many_requests_mean_that_nothing_is_allowed(
    status: int,
) -> None:
    with LedgerServer(site(answer(b"later", status=f"{status} Later"))) as server:
        known, visits = visit(server)

    assert (known.answer, visits) == (Answer.UNREACHABLE, 0)
    assert str(status) in known.verdict(server.url("/story")).reason
    assert known.expires == NOW + timedelta(hours=1)


WHOLE = answer(b"User-agent: *\nAllow: /\n")
NO_ANSWERS: dict[str, Callable[[], Sequence[Step]]] = {
    "silence": lambda: (5.0,),
    "a reset": lambda: (RESET,),
    "a file that is cut": lambda: (WHOLE[:-4], RESET),
    "a file that never ends": lambda: (WHOLE[:-4], 5.0),
    "no HTTP": lambda: (b"220 mail.example ESMTP\r\n", RESET),
    "a 304 that nobody asked for": lambda: (b"HTTP/1.1 304 Not Modified\r\n\r\n",),
    "a damaged coding": lambda: (answer(gzip.compress(BAN)[:-9], "Content-Encoding: gzip"),),
    "an unknown coding": lambda: (answer(b"\x0b\x02\x80ab\x03", "Content-Encoding: br"),),
}


@pytest.mark.parametrize("kind", NO_ANSWERS)
def test_promise_21_no_whole_answer_means_that_nothing_is_allowed(kind: str) -> None:
    with LedgerServer(site(NO_ANSWERS[kind])) as server:
        known, visits = visit(server, BRIEF)

    assert (known.answer, visits) == (Answer.UNREACHABLE, 0)
    assert known.detail
    assert not known.is_due(NOW + timedelta(minutes=59))
    assert known.is_due(NOW + timedelta(hours=1))


def test_promise_21_a_certificate_that_is_not_trusted_means_that_nothing_is_allowed() -> None:
    async def run(url: str) -> Capture:
        async with new_client(tls=ssl.create_default_context()) as client:
            return await client.fetch(url, LOCAL)

    with LedgerServer(site(WHOLE), server_tls()) as server:
        capture = asyncio.run(run(server.url("/robots.txt")))

    assert capture.outcome is Outcome.TLS_FAILED
    assert robots_from(capture, now=NOW).answer is Answer.UNREACHABLE


def test_promise_21_a_host_without_address_means_that_nothing_is_allowed() -> None:
    async def nowhere(_host: str, _port: int) -> list[tuple[str, int]]:
        return []

    capture = fetch(f"{HOME}/robots.txt", resolver=nowhere)
    known = robots_from(capture, now=NOW)

    assert capture.outcome is Outcome.UNRESOLVED
    assert not known.verdict(f"{HOME}/story").allowed
    assert known.verdict(f"{HOME}/robots.txt").allowed


@pytest.mark.parametrize(("redirects", "visits"), [(1, 0), (5, 0), (6, 1), (10, 1), (11, 1)])
def test_promise_21_five_redirects_are_followed_and_the_sixth_means_no_file(
    redirects: int, visits: int
) -> None:
    def respond(_request: bytes, target: str) -> bytes:
        if target == "/story":
            return answer(b"a story")
        hop = 0 if target == "/robots.txt" else int(target[1:])
        if hop == redirects:
            return answer(BAN)
        return answer(b"", f"Location: /{hop + 1}", status="302 Found")

    with LedgerServer(respond) as server:
        assert visit(server)[1] == visits


@pytest.mark.parametrize("max_bytes", [16_000_000, 600_000])
def test_promise_21_of_five_megabytes_the_first_512_kib_are_read(max_bytes: int) -> None:
    line = b"Disallow: /x%05d/\n"
    count = PARSED_BYTES // len(line % 0)
    file = b"User-agent: *\n" + b"".join(line % number for number in range(280_000))
    with serve({"/robots.txt": answer(file)}) as server:
        known, _ = visit(server, replace(LOCAL, max_bytes=max_bytes))

    assert len(file) > 5_000_000
    assert not known.verdict(server.url("/x00000/")).allowed
    assert not known.verdict(server.url(f"/x{count - 2:05}/")).allowed
    assert known.verdict(server.url(f"/x{count - 1:05}/")).allowed
    assert len(known.stored()) < 1_000_000


def test_promise_21_a_line_that_the_limit_cuts_is_not_read() -> None:
    start = b"User-agent: *\n" + b"#" * (PARSED_BYTES - 14 - 12)

    # "Disallow: /" would be the last that fits, and bans all.
    assert verdict(start + b"\nDisallow: /private/", "/story").allowed
    assert not verdict(start + b"\nDisallow: /", "/story").allowed


def test_promise_21_a_page_of_html_has_no_rules() -> None:
    page = b"\xef\xbb\xbf\n<!DOCTYPE html><pre>\nUser-agent: *\nDisallow: /\n</pre>"

    with LedgerServer(site(answer(page, "Content-Type: text/html"))) as server:
        known, visits = visit(server)

    assert (known.answer, visits) == (Answer.FILE, 1)


def test_promise_21_rules_count_whatever_type_the_server_gives_them() -> None:
    with LedgerServer(site(answer(BAN, "Content-Type: text/html"))) as server:
        assert visit(server)[1] == 0


@pytest.mark.parametrize(
    "file",
    [
        b"\xef\xbb\xbf" + BAN,
        BAN.replace(b"Disallow", b"Dis\0allow"),
        BAN.decode().encode("utf-16"),
        BAN.decode().encode("utf-16-be"),
        BAN.replace(b"\n", b"\r"),
        BAN.replace(b"\n", b"\r\n"),
        b"\xff\xfe noise \x80\n" + BAN,
        gzip.compress(BAN),
    ],
    ids=["BOM", "NUL", "UTF-16 with BOM", "UTF-16", "CR", "CRLF", "noise", "gzip"],
)
def test_promise_21_marks_nuls_and_ends_of_lines_hide_no_ban(file: bytes) -> None:
    coding = ("Content-Encoding: gzip",) if file.startswith(b"\x1f\x8b") else ()

    with LedgerServer(site(answer(file, *coding))) as server:
        assert visit(server)[1] == 0


def test_promise_21_robots_txt_is_recorded_as_it_was_fetched(tmp_path: Path) -> None:
    response = answer(b"\xef\xbb\xbfUser-Agent :*\r\ndisallow:/\r\n")
    with LedgerServer(site(response)) as server:
        capture = fetch(server.url("/robots.txt"))
    with WarcWriter(tmp_path, "daily-wall", now=NOW, software="scraper-tests") as writer:
        written = writer.write_exchanges(capture.exchanges)

    exchange = next(exchanges_in(tmp_path / written[0].request.file))
    assert (exchange.url, exchange.response) == (server.url("/robots.txt"), response)


# --- promise 21: copies, their age, and restarts --------------------------------------------------


def test_promise_21_the_last_copy_holds_for_30_days_and_is_retried_hourly() -> None:
    copy = robots(BAN + b"Allow: /open/\n")

    moment, known = NOW + timedelta(hours=24), copy
    while known.answer is Answer.FILE:
        assert known.verdict(f"{HOME}/open/a").allowed
        assert not known.verdict(f"{HOME}/story").allowed
        known = robots_from(failed(), now=moment, last=known)
        assert known.expires == moment + timedelta(hours=1)
        moment += timedelta(hours=1)

    assert moment - NOW == timedelta(days=30, hours=2)
    assert not known.verdict(f"{HOME}/open/a").allowed


def test_promise_21_a_failure_that_lasts_is_told_in_the_same_words() -> None:
    first = robots_from(failed(), now=NOW, last=robots(BAN))
    second = robots_from(failed(), now=NOW + timedelta(hours=1), last=first)

    assert first.detail == second.detail == "not done within 60 s"
    assert robots_from(captured(BAN), now=NOW, last=second).detail == ""


def test_that_there_was_no_file_is_no_copy_of_it() -> None:
    none = robots(b"", status=404)

    assert robots_from(failed(), now=NOW, last=none).answer is Answer.UNREACHABLE


def test_a_new_answer_replaces_the_copy() -> None:
    assert robots_from(captured(b"", status=404), now=NOW, last=robots(BAN)).answer is Answer.NONE
    assert robots_from(captured(b""), now=NOW, last=robots(BAN)).verdict(HOME + "/a").allowed


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ([], 24),
        ([("cache-control", "max-age=7200")], 2),
        ([("cache-control", "max-age=0")], 1),
        ([("cache-control", "no-store")], 1),
        ([("cache-control", "public, max-age=604800")], 24),
        ([("cache-control", "max-age=never")], 24),
    ],
)
def test_a_copy_is_fresh_for_as_long_as_it_says_but_an_hour_at_least_and_a_day_at_most(
    headers: list[tuple[str, str]], hours: int
) -> None:
    known = robots(BAN, *headers)

    assert not known.is_due(NOW + timedelta(hours=hours) - timedelta(seconds=1))
    assert known.is_due(NOW + timedelta(hours=hours))


def test_a_file_that_has_not_changed_is_asked_for_by_its_tag_and_kept() -> None:
    response = answer(BAN, 'ETag: "a1"', "Last-Modified: Sun, 01 Mar 2026 07:00:00 GMT")

    def respond(request: bytes, _target: str) -> bytes:
        if header(request, "If-None-Match") == b'"a1"':
            return b"HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=7200\r\n\r\n"
        return response

    async def run(url: str) -> tuple[Robots, Robots]:
        async with new_client() as client:
            first = robots_from(await client.fetch(url, LOCAL), now=NOW)
            again = await client.fetch(url, LOCAL, headers=first.conditional_headers())
        return first, robots_from(again, now=NOW + timedelta(days=1), last=first)

    with LedgerServer(respond) as server:
        first, second = asyncio.run(run(server.url("/robots.txt")))

    assert len(server.log[0].responses[1]) < len(server.log[0].responses[0])
    assert second == replace(
        first, fetched=NOW + timedelta(days=1), expires=NOW + timedelta(days=1, hours=2)
    )
    assert not second.verdict(server.url("/story")).allowed


@pytest.mark.parametrize(
    "known",
    [
        robots(BAN + b"Allow: /\xff\0", ("etag", '"x"'), ("last-modified", "nonsense")),
        robots(b"", status=404),
        robots(b"", status=500),
        robots_from(failed(Outcome.UNRESOLVED, "no such host \x1b\N{SNOWMAN}"), now=NOW),
        robots_from(failed(), now=NOW, last=robots(BAN)),
    ],
    ids=["file", "none", "server error", "no host", "held copy"],
)
def test_promise_21_what_is_known_survives_a_restart(known: Robots) -> None:
    text = known.stored()

    assert Robots.from_stored(text) == known
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", '{"url": 1}', "no JSON", '"a"'])
def test_what_is_no_stored_robots_is_as_if_nothing_were_known(text: str) -> None:
    assert Robots.from_stored(text) is None


def test_an_edited_time_without_zone_does_not_become_a_crash_later() -> None:
    text = robots(BAN).stored().replace("+00:00", "")

    known = Robots.from_stored(text)
    assert known is not None
    assert known.is_due(NOW + timedelta(days=1))


# --- promise 25: redirects of robots.txt ----------------------------------------------------------


def test_promise_25_a_loop_of_redirects_means_no_file_and_ends() -> None:
    loop = answer(b"", "Location: /robots.txt", status="301 Moved Permanently")
    with LedgerServer(site(loop)) as server:
        known, visits = visit(server)

    assert (known.answer, visits) == (Answer.NONE, 1)
    assert len(server.requests) == 12


def test_promise_25_a_redirect_to_a_private_address_is_not_followed_and_nothing_is_allowed() -> (
    None
):
    with serve({"/robots.txt": answer(b"")}) as inner:
        target = inner.url("/robots.txt").replace("127.0.0.1", "127.0.0.2")
        moved = answer(b"", f"Location: {target}", status="302 Found")
        policy = replace(LOCAL, allow_private=("127.0.0.1/32",))
        with LedgerServer(site(moved)) as server:
            known, visits = visit(server, policy)

    assert (known.answer, visits, inner.log) == (Answer.UNREACHABLE, 0, [])
    assert "not a public address" in known.detail


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:0", "http://"])
def test_promise_25_a_redirect_to_what_is_no_web_address_means_no_file(location: str) -> None:
    moved = answer(b"", f"Location: {location}", status="302 Found")
    with LedgerServer(site(moved)) as server:
        assert visit(server)[0].answer is Answer.NONE


def test_promise_25_a_file_of_another_host_counts_for_the_host_that_sent_us_there() -> None:
    policy = replace(LOCAL, headers=(("X-Api-Key", "secret-1"),))
    with serve({"/rules": answer(BAN)}) as other:
        moved = answer(b"", f"Location: {other.url('/rules')}", status="301 Moved Permanently")
        with LedgerServer(site(moved)) as server:
            known, visits = visit(server, policy)

    assert (known.url, visits) == (server.url("/robots.txt"), 0)
    assert header(server.requests[0], "X-Api-Key") == b"secret-1"
    assert b"secret-1" not in other.log[0].received


def test_promise_25_the_rules_of_a_url_are_asked_for_without_its_user_information() -> None:
    assert robots_url("https://me:pw@Paper.example:443/a/b?c#d") == f"{HOME}/robots.txt"
    assert robots_url("http://paper.example:8080/a") == "http://paper.example:8080/robots.txt"
    with pytest.raises(ValueError, match="http"):
        robots_url("file:///etc/passwd")


# --- which line decides ---------------------------------------------------------------------------

PRESS = """\
# our rules
User-agent: *
Crawl-delay: 7

Disallow: /private/   # staff
Allow: /private/press/

User-agent: otherbot
User-agent: Scraper
Disallow: /*.pdf$
Disallow:
Sitemap: https://paper.example/sitemap.xml
"""


def test_the_deciding_line_is_named_with_its_number() -> None:
    said = verdict(PRESS, "/private/a", "anybody")

    assert said == Verdict(
        allowed=False,
        line="Disallow: /private/   # staff",
        number=5,
        reason="disallowed by robots.txt line 5: Disallow: /private/   # staff",
    )
    assert verdict(PRESS, "/private/press/a", "anybody").number == 6
    assert verdict(PRESS, "/story", "anybody") == Verdict(
        allowed=True, reason="no line of robots.txt is about it"
    )


@pytest.mark.parametrize(
    ("rules", "is_allowed"),
    [
        (["Disallow: /a", "Allow: /a"], True),
        (["Allow: /a", "Disallow: /a"], True),
        (["Allow: /a", "Disallow: /*a"], False),
        (["Disallow: /a/", "Allow: /a"], False),
        (["Disallow: /a", "Allow: /a/$"], True),
        (["Disallow: /%61", "Allow: /a"], True),
    ],
)
def test_the_longest_pattern_wins_and_allow_wins_a_tie(
    rules: list[str], *, is_allowed: bool
) -> None:
    assert verdict("\n".join(["User-agent: *", *rules]), "/a/").allowed is is_allowed


@pytest.mark.parametrize("agent", ["scraper", "SCRAPER", "scraper/1.0 (+mailto:a@b.example)"])
def test_a_group_of_our_own_replaces_that_of_all(agent: str) -> None:
    assert verdict(PRESS, "/private/a", agent).allowed
    assert verdict(PRESS, "/a.pdf", agent).number == 10
    assert verdict(PRESS, "/a.pdf?x", agent).allowed


@pytest.mark.parametrize(
    ("line", "is_ours"),
    [
        ("User-agent: scraper/1.0", True),
        ("user-agent:SCRAPER", True),
        ("User agent scraper", True),
        ("User-agent: scraper*", True),
        ("User-agent: *", True),
        ("User-agent: * # all", True),
        ("User-agent: scrape", False),
        ("User-agent: scrapers", False),
        ("User-agent: my-scraper", False),
        ("User-agent: *scraper", False),
        ("User-agent:", False),
    ],
)
def test_a_product_token_matches_as_a_whole(line: str, *, is_ours: bool) -> None:
    assert verdict(f"{line}\nDisallow: /", "/a").allowed is not is_ours


def test_groups_of_one_agent_are_one_group() -> None:
    text = "User-agent: scraper\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n"
    text += "\nUser-agent: scraper\nDisallow: /b\n"

    assert [verdict(text, path).number for path in ("/a", "/b", "/c")] == [2, 8, None]


def test_a_line_that_we_do_not_know_does_not_end_a_list_of_agents() -> None:
    text = "User-agent: scraper\nSitemap: /s.xml\nContent-Signal: ai=no\nUser-agent: x\nDisallow: /"

    assert not verdict(text, "/a").allowed


def test_a_group_with_nothing_but_a_delay_ends_where_the_next_begins() -> None:
    text = "User-agent: *\nCrawl-delay: 10\n\nUser-agent: badbot\nDisallow: /\n"

    assert verdict(text, "/a").allowed
    assert not verdict(text, "/a", "badbot").allowed


def test_rules_above_the_first_agent_are_for_nobody() -> None:
    assert verdict("Disallow: /\nUser-agent: *\nAllow: /b\n", "/a").allowed


@pytest.mark.parametrize("spelling", ["disallow:/a", "Disallow /a", "DISALLOW : /a", "Disalow: /a"])
def test_common_slips_of_the_pen_are_read(spelling: str) -> None:
    assert verdict(f"User-agent: *\n{spelling}\n", "/a").number == 2


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("/caf%C3%A9", "/café", True),
        ("/café", "/caf%c3%a9", True),
        ("/caf\udce9", "/caf%E9", True),  # a lone byte of latin-1
        ("/caf%E9", "/caf%E8", False),
        ("/a%2Fb", "/a/b", False),
        ("/a%2fb", "/a%2Fb", True),
        ("/%7Ea", "/~a", True),
        ("/a?b=c", "/a%3Fb%3Dc", True),
        ("/a%2Ab", "/a*b", True),
        ("/a%2Ab", "/aab", False),
        ("/a$b", "/a%24b", True),
        ("/a%24", "/a$bc", True),
        ("/a$", "/a", True),
        ("/a$", "/a?", False),
        ("/*a$", "/ba/a", True),
        ("/a*a$", "/a", False),
        ("/**//", "/x//", True),
        ("*", "/", True),
        ("$", "/", False),
        ("a", "/a", False),
    ],
)
def test_patterns_match_octet_by_octet(pattern: str, path: str, *, is_match: bool) -> None:
    text = f"User-agent: *\nDisallow: {pattern}\n".encode("utf-8", "surrogateescape")

    assert verdict(text, path).allowed is not is_match


def test_many_asterisks_take_no_time() -> None:
    said = verdict("User-agent: *\nDisallow: /" + "*a" * 200 + "$\n", "/" + "a" * 50_000 + "b")

    assert said.allowed


# Not among them, since protego and the RFC differ on purpose: "$" in a path (protego takes a last
# "$" for a literal one as well), index.html, agents that are part of other names, unknown lines.
CHARACTERS = ["/", "/", "a", "b", "*", "?", "=", "é", "%2F", "%61", "%C3%A9", "%25", ":", "&", " "]
PATHS = st.lists(st.sampled_from(CHARACTERS), max_size=8).map(lambda parts: "/" + "".join(parts))
PATTERNS = st.builds(str.__add__, PATHS, st.sampled_from(["", "", "", "$", "*", "*$"]))
LINES = st.one_of(
    st.builds("User-agent: {}".format, st.sampled_from(["*", "scraper", "Otherbot", "x-1"])),
    st.builds("{}: {}".format, st.sampled_from(["Allow", "Disallow", "disallow"]), PATTERNS),
    st.sampled_from(["", "# nothing", "Disallow:", "Allow:", "Sitemap: /s", "Crawl-delay: 1"]),
)


@given(st.lists(LINES, max_size=12), PATHS, st.sampled_from(["scraper", "otherbot", "nobody"]))
@example(["User-agent: *", "Allow: /a=", "Disallow: /%61*"], "/a=", "scraper")
@example(["User-agent: *", "Disallow: /a b"], "/a%20b", "nobody")
def test_protego_comes_to_the_same_verdict(lines: list[str], path: str, agent: str) -> None:
    text, url = "\n".join(lines), HOME + path

    said = verdict(text, path, agent)

    assert said.allowed is Protego.parse(text).can_fetch(url, agent)
    if said.number is not None:
        line = lines[said.number - 1]
        assert said.line == line.strip()
        assert line.lower().startswith("allow" if said.allowed else "disallow")


@given(st.binary(max_size=300))
def test_no_bytes_are_a_crash(body: bytes) -> None:
    assert isinstance(robots(body).verdict(f"{HOME}/a").allowed, bool)


# --- delays and sitemaps --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("0.5", 0.5), (".5", 0.5), ("0", 0.0), ("86400", 120.0), ("9" * 9, 120.0)],
)
def test_a_crawl_delay_is_kept_up_to_a_cap(value: str, seconds: float) -> None:
    known = robots(f"User-agent: *\nCrawl-delay: {value}\n")

    assert known.crawl_delay() == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "-1", "nan", "inf", "1e3", "soon", "1_0", "9" * 400])
def test_a_crawl_delay_that_is_no_number_is_none(value: str) -> None:
    assert robots(f"User-agent: *\nCrawl-delay: {value}\n").crawl_delay() is None


def test_a_crawl_delay_is_that_of_ones_own_group_and_the_longest_of_several() -> None:
    text = "User-agent: *\nCrawl-delay: 9\n\nUser-agent: scraper\nCrawl-delay: 3\nCrawl-delay: 2\n"

    assert robots(text).crawl_delay() == timedelta(seconds=3)
    assert robots(text).crawl_delay("anybody", cap=timedelta(seconds=8)) == timedelta(seconds=8)
    assert robots("User-agent: x\nCrawl-delay: 3\n").crawl_delay() is None


def test_sitemaps_are_absolute_http_urls_each_once() -> None:
    text = "Sitemap: /a.xml\nsitemap:https://paper.example/a.xml\nSitemap: file:///b\nSitemap:\n"
    text += "User-agent: x\nSitemap: http://cdn.example/c.xml?d # news\nSitemap: ftp://e/\n"

    known = robots(text)

    assert known.sitemaps == (f"{HOME}/a.xml", "http://cdn.example/c.xml?d")
