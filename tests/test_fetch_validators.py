"""Validators and freshness: what a server says of a version, and asking with it.

Reliability promise 23, as far as requests go; the records of a 304 are in test_archive_revisit.
"""

import asyncio
from datetime import timedelta

import pytest
from fetching import LOCAL, new_client
from hypothesis import example, given
from hypothesis import strategies as st
from ledger import LedgerServer, answer, header

from scraper.fetch.validators import Validators, conditional_headers, freshness, validators_in
from scraper.model import Capture, Outcome, Page

DATE = "Sun, 01 Mar 2026 07:00:00 GMT"
HOUR = timedelta(hours=1)


def page(*headers: tuple[str, str]) -> Page:
    return Page(url="https://paper.example/", status=200, headers=headers, body=b"")


def twice(server: LedgerServer) -> tuple[Capture, Capture]:
    """Fetch a page, and then again on condition that it has changed."""

    async def run() -> tuple[Capture, Capture]:
        async with new_client() as client:
            first = await client.fetch(server.url("/a"), LOCAL)
            assert first.page is not None
            asked = conditional_headers(validators_in(first.page))
            return first, await client.fetch(server.url("/a"), LOCAL, headers=asked)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "asked"),
    [('ETag: W/"a-1"', "If-None-Match"), (f"Last-Modified: {DATE}", "If-Modified-Since")],
)
def test_promise_23_an_unchanged_page_is_a_304(sent: str, asked: str) -> None:
    value = sent.partition(": ")[2].encode()

    def respond(request: bytes, _target: str) -> bytes:
        if header(request, asked) == value:
            return b"HTTP/1.1 304 Not Modified\r\n" + sent.encode() + b"\r\n\r\n"
        return answer(b"a story", sent)

    with LedgerServer(respond) as server:
        first, second = twice(server)

    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.NOT_MODIFIED)


def test_promise_23_a_changed_page_comes_whole() -> None:
    versions = iter([answer(b"one", 'ETag: "1"'), answer(b"two", 'ETag: "2"')])

    with LedgerServer(lambda _request, _target: next(versions)) as server:
        _, second = twice(server)

    assert header(server.requests[1], "If-None-Match") == b'"1"'
    assert second.page is not None
    assert second.page.body == b"two"


@pytest.mark.parametrize(
    "etag", ["", "abc", "'abc'", '"a b"', '"a', 'w/"a"', '"a""b"', '"é"', '"' + "x" * 1_000 + '"']
)
def test_promise_23_a_tag_that_is_none_is_not_sent_back(etag: str) -> None:
    with LedgerServer(lambda _request, _target: answer(b"one", f"ETag: {etag}")) as server:
        twice(server)

    assert header(server.requests[1], "If-None-Match") is None


def test_both_validators_are_sent_as_the_server_spelled_them() -> None:
    known = validators_in(
        page(("etag", ' "" '), ("last-modified", "Sunday, 01-Mar-26 07:00:00 GMT"))
    )

    assert conditional_headers(known) == (
        ("If-None-Match", '""'),
        ("If-Modified-Since", "Sunday, 01-Mar-26 07:00:00 GMT"),
    )


def test_without_validators_there_is_nothing_to_ask_with() -> None:
    assert conditional_headers(validators_in(page())) == ()
    assert conditional_headers(validators_in(page(("last-modified", "yesterday")))) == ()


@given(st.text(max_size=30), st.text(max_size=30))
@example("", "\x1f")
def test_no_edit_of_the_catalog_puts_a_line_into_a_request(etag: str, date: str) -> None:
    for value in (etag, f'"a"{etag}', f'"{etag}"', f"{DATE}{date}", f"{DATE}\r\nHost: {date}"):
        for _, sent in conditional_headers(Validators(etag=value, last_modified=value)):
            assert sent.isascii()
            assert sent.isprintable()


@pytest.mark.parametrize("value", ['"a"\r\nX: y', '"a\r\nX: y"', '"a"\n', '"a\0"'])
def test_a_line_break_drops_the_whole_value(value: str) -> None:
    assert conditional_headers(Validators(etag=value, last_modified=f"{DATE}\r\nX: y")) == ()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        ([("cache-control", "public")], None),
        ([("cache-control", "public, max-age=3600")], HOUR),
        ([("cache-control", "public"), ("cache-control", "Max-Age = 3600")], HOUR),
        ([("cache-control", 'max-age="3600"')], HOUR),
        ([("cache-control", "max-age=3600, max-age=5")], HOUR),
        ([("cache-control", "max-age=soon")], None),
        ([("cache-control", "max-age=-1")], None),
        ([("cache-control", "s-maxage=3600")], None),
        ([("cache-control", "max-age=" + "9" * 12)], timedelta(days=365)),
        ([("cache-control", "max-age=3600, no-cache")], timedelta(0)),
        ([("cache-control", "no-store")], timedelta(0)),
        ([("cache-control", "max-age=7200"), ("age", "3600")], HOUR),
        ([("cache-control", "max-age=3600"), ("age", "7200")], timedelta(0)),
        ([("cache-control", "max-age=3600"), ("expires", "0")], HOUR),
        ([("date", DATE), ("expires", DATE.replace("07:", "08:"))], HOUR),
        ([("date", DATE), ("expires", DATE.replace("07:", "06:"))], timedelta(0)),
        ([("expires", DATE)], None),
        ([("expires", "0")], timedelta(0)),
    ],
)
def test_freshness_is_what_the_server_says(
    headers: list[tuple[str, str]], expected: timedelta | None
) -> None:
    assert freshness(tuple(headers)) == expected
