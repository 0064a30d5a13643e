"""Responses as others keep them: read by what is there, not by what their heads say."""

import gzip

import pytest

from scraper.archive.foreign import entity_of, foreign_page, head_of
from scraper.model import DecodeStatus

URL = "https://paper.example/story"
BODY = b"<html><body>A story.</body></html>"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def response(body: bytes, *headers: str, first: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join((first, "Content-Type: text/html", *headers, "", "")).encode() + body


@pytest.mark.parametrize(
    "block",
    [
        response(BODY),
        response(BODY, "Content-Length: 5"),
        response(BODY, "Content-Length: 5000"),
        response(BODY, "Transfer-Encoding: chunked"),
        response(CHUNKED, "Transfer-Encoding: chunked"),
        response(BODY, "Content-Encoding: gzip"),
        response(gzip.compress(BODY), "Content-Encoding: gzip"),
        response(BODY, "Content-Encoding: br"),
        response(BODY, first="HTTP/2 200 OK"),
        response(BODY, first="HTTP/2.0 200"),
        response(BODY, first="HTTP/1.0 200 OK"),
    ],
)
def test_a_body_is_found_whatever_its_head_says(block: bytes) -> None:
    page = foreign_page(URL, block)

    assert page is not None
    assert (page.status, page.body, page.complete) == (200, BODY, True)
    assert page.decode_status is DecodeStatus.OK


def test_a_packed_body_that_is_torn_stays_damaged() -> None:
    packed = gzip.compress(BODY * 100)

    page = foreign_page(URL, response(packed[:-20], "Content-Encoding: gzip"))

    assert page is not None
    assert page.decode_status is DecodeStatus.DAMAGED


def test_a_cut_record_is_never_a_whole_page() -> None:
    page = foreign_page(URL, response(BODY), truncated=True)

    assert page is not None
    assert not page.complete


def test_what_is_no_response_is_no_page() -> None:
    assert foreign_page(URL, BODY) is None
    assert head_of(b"").status is None


def test_the_entity_is_what_the_chunks_held() -> None:
    assert entity_of(response(CHUNKED, "Transfer-Encoding: chunked")) == BODY
    assert entity_of(response(BODY, "Transfer-Encoding: chunked")) == BODY
