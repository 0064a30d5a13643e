"""Responses cut out of wire bytes: their ends, their entities, their oddities."""

import gzip
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.http1 import (
    BAD_CHUNK,
    CL_AND_TE,
    LF_HEAD,
    MAX_INTERIM,
    OBS_FOLD,
    page_from,
    read_response,
)
from scraper.model import DecodeStatus

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nnoon."
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
URL = "http://paper.example/tides"


def test_a_message_is_told_from_what_follows_it() -> None:
    message = read_response(PLAIN + b"HTTP/1.1 200 OK\r\n")

    assert (message.status, message.http_version) == (200, "1.1")
    assert (message.entity, message.complete) == (b"noon.", True)
    assert message.length == len(PLAIN)
    assert message.leftover == b"HTTP/1.1 200 OK\r\n"
    assert message.head_length == PLAIN.index(b"noon.")


def test_headers_come_in_wire_order_with_lower_case_names() -> None:
    wire = "HTTP/1.1 200 OK\r\nX-B:  2\t\r\nX-a: é\r\nx-b: 3\r\nContent-Length: 0\r\n\r\n"

    message = read_response(wire.encode("latin-1"))

    assert message.headers == (("x-b", "2"), ("x-a", "é"), ("x-b", "3"), ("content-length", "0"))


def test_chunks_extensions_and_trailers_leave_only_the_entity() -> None:
    wire = CHUNKED + b'3;a="b"\r\nlow\r\nA \r\n tide now.\r\n00;z\r\nX-T: 1\r\n\r\nmore'

    message = read_response(wire)

    assert (message.entity, message.chunked, message.complete) == (b"low tide now.", True, True)
    assert message.leftover == b"more"


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=10), st.binary(max_size=50))
def test_de_chunking_undoes_chunking(chunks: list[bytes], leftover: bytes) -> None:
    framed = b"".join(b"%X\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)

    message = read_response(CHUNKED + framed + b"0\r\n\r\n" + leftover)

    assert (message.entity, message.leftover) == (b"".join(chunks), leftover)
    assert message.complete


@pytest.mark.parametrize("wire", [PLAIN, CHUNKED + b"3;x\r\nlow\r\n2\r\nab\r\n0\r\nA: b\r\n\r\n"])
def test_a_message_cut_anywhere_is_incomplete_and_without_a_note(wire: bytes) -> None:
    whole = read_response(wire)

    for end in range(len(wire)):
        message = read_response(wire[:end])
        assert not message.complete
        assert whole.entity.startswith(message.entity)
        assert (message.length, message.leftover, message.notes) == (end, b"", ())
        assert (message.status is None) == (end < whole.head_length)


@pytest.mark.parametrize(
    "broken", [b"XYZ\r\n", b"3\r\nlowX\r\n", b"-1\r\n", b"\r\n", b"3\nlow\r\n"]
)
def test_a_malformed_chunk_ends_the_entity_with_a_note(broken: bytes) -> None:
    message = read_response(CHUNKED + b"3\r\nat \r\n" + broken)

    assert not message.complete
    assert message.entity.startswith(b"at ")
    assert message.notes == (BAD_CHUNK,)


def test_without_a_length_the_end_of_the_connection_ends_the_body() -> None:
    wire = b"HTTP/1.0 200 OK\r\n\r\nall there is"

    assert read_response(wire).complete
    assert not read_response(wire, closed=False).complete
    assert read_response(wire).entity == b"all there is"
    assert read_response(wire).http_version == "1.0"


@pytest.mark.parametrize(
    ("status", "method"), [(b"204 None", "GET"), (b"304 Same", "GET"), (b"200 OK", "HEAD")]
)
def test_some_responses_have_no_body_whatever_they_say(status: bytes, method: str) -> None:
    wire = b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n\r\n"

    message = read_response(wire + b"extra", method=method)

    assert (message.entity, message.complete, message.leftover) == (b"", True, b"extra")


def test_interim_responses_belong_to_the_message() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    message = read_response(interim * 3 + PLAIN)

    assert (message.status, message.entity) == (200, b"noon.")
    assert message.length == len(interim * 3 + PLAIN)
    assert message.headers == (("content-length", "5"),)


def test_too_many_interim_responses_are_given_up_soon() -> None:
    began = time.process_time()
    message = read_response(b"HTTP/1.1 102 Wait\r\n\r\n" * 700_000 + PLAIN)

    assert message.status is None
    assert time.process_time() - began < 2
    assert read_response(b"HTTP/1.1 102 Wait\r\n\r\n" * MAX_INTERIM + PLAIN).status == 200


def test_a_swarm_of_tiny_chunks_is_read_in_reasonable_time() -> None:
    began = time.process_time()
    message = read_response(CHUNKED + b"1\r\na\r\n" * 300_000 + b"0\r\n\r\n")

    assert message.entity == b"a" * 300_000
    assert time.process_time() - began < 3  # h11 alone takes as long


@pytest.mark.parametrize(
    ("wire", "note"),
    [
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nnoon.", LF_HEAD),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nnoon.", OBS_FOLD),
        (
            CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n5\r\nnoon.\r\n0\r\n\r\n"),
            CL_AND_TE,
        ),
    ],
)
def test_oddities_are_noted_and_read_through(wire: bytes, note: str) -> None:
    message = read_response(wire)

    assert (message.entity, message.complete, message.notes) == (b"noon.", True, (note,))


@pytest.mark.parametrize(
    "wire",
    [b"", b"HTTP/1.1 200", b"SSH-2.0-x\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
)
def test_without_a_usable_head_there_is_no_status_and_no_page(wire: bytes) -> None:
    message = read_response(wire)

    assert (message.status, message.complete, message.length) == (None, False, len(wire))
    assert page_from(URL, wire) is None


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error_and_none_get_lost(noise: bytes) -> None:
    for wire in (noise, b"HTTP/1.1 " + noise, CHUNKED + noise, PLAIN + noise):
        message = read_response(wire)
        assert wire[message.length :] == message.leftover


# --- pages ---------------------------------------------------------------------------------------


def test_a_page_is_de_chunked_and_decoded() -> None:
    coded = gzip.compress(b"<p>noon</p>")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: GZIP\r\n\r\n"
    wire = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(coded), coded)

    page = page_from(URL, wire)

    assert page is not None
    assert (page.url, page.status, page.body) == (URL, 200, b"<p>noon</p>")
    assert (page.decode_status, page.complete) == (DecodeStatus.OK, True)
    assert page.header("content-encoding") == "GZIP"


def test_codings_may_be_spread_over_several_headers() -> None:
    coded = gzip.compress(gzip.compress(b"noon"))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n"

    page = page_from(URL, head + coded)

    assert page is not None
    assert page.body == b"noon"


def test_a_truncated_page_is_never_complete() -> None:
    whole = page_from(URL, PLAIN)
    cut = page_from(URL, PLAIN, truncated=True)

    assert whole is not None
    assert cut == replace(whole, complete=False)


def test_the_cap_on_the_body_is_passed_on() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"

    page = page_from(URL, head + gzip.compress(b"noon"), max_bytes=2)

    assert page is not None
    assert (page.body, page.decode_status) == (b"no", DecodeStatus.BOMB)
