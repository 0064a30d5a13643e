"""Index lines: which records have one, what it says, and that the real cdxj-indexer agrees."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from archive_samples import NOW, PLAIN, URL, exchange
from hypothesis import given
from hypothesis import strategies as st
from interop_tools import say

from scraper.archive.cdxj import in_order, line_of
from scraper.archive.reader import records_in
from scraper.archive.revisits import Original
from scraper.archive.writer import WarcWriter
from scraper.model import Recorded, Truncation

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n5\r\nhello\r\n0\r\n\r\n"
)
MOVED = b"HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n\r\n"


def original_from(recorded: Recorded) -> Original:
    assert recorded.response is not None
    return Original(
        id=recorded.response.id,
        url=URL,
        date=recorded.response.date,
        payload_digest=recorded.response.payload_digest,
    )


def sample(root: Path) -> Path:
    """Return a file with one record of each kind that our writer knows."""
    with WarcWriter(root, "daily-wall", now=NOW, software="test", host="host") as writer:
        [first] = writer.write_exchanges([exchange(PLAIN)])
        writer.write_extraction(first, url=URL, text="A bridge", fields={"a": 1}, date=NOW)
        original = {0: original_from(first)}
        later = NOW + timedelta(days=1)
        writer.write_exchanges([exchange(PLAIN, started=later)], originals=original)
        writer.write_exchanges([exchange(UNCHANGED, status=304, started=later)], originals=original)
        writer.write_exchanges([exchange(CHUNKED, url="https://www.news.example/B?b=1&a=ü")])
        writer.write_exchanges([exchange(MOVED, status=301), exchange(b"", status=None)])
        writer.write_exchanges([exchange(PLAIN[:-2], truncated=Truncation.DISCONNECT)])
    [path] = (root / "warc/daily-wall").iterdir()
    return path


def lines_in(path: Path) -> list[str]:
    return list(in_order(filter(None, (line_of(one, path.name) for one in records_in(path)))))


def test_what_can_be_replayed_is_indexed_and_nothing_else(tmp_path: Path) -> None:
    path = sample(tmp_path)

    fields = [json.loads(line.split(" ", 2)[2]) for line in lines_in(path)]

    assert [(one.get("mime"), one["status"]) for one in fields] == [
        (None, "200"),
        (None, "200"),
        (None, "301"),
        ("warc/revisit", "200"),
        ("text/html", "200"),
    ]


def test_a_line_says_key_time_and_place(tmp_path: Path) -> None:
    path = sample(tmp_path)

    [line] = (line for line in lines_in(path) if '"text/html"' in line)

    key, stamp, fields = line.split(" ", 2)
    place = json.loads(fields)
    assert (key, stamp) == ("example,news)/b?a=%c3%bc&b=1", "20260301080300")
    assert place["url"] == "https://www.news.example/B?b=1&a=ü"
    assert place["filename"] == path.name
    [record] = (one for one in records_in(path) if one.offset == int(place["offset"]))
    assert (record.block, record.length) == (CHUNKED, int(place["length"]))


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))), st.integers(1, 5)
)
def test_lines_come_sorted_as_bytes_each_once_however_few_fit_into_memory(
    lines: list[str], at_once: int
) -> None:
    ended = [line + "\n" for line in lines]

    found = list(in_order(ended, at_once=at_once))

    assert found == sorted(set(ended), key=lambda line: line.encode())


@pytest.mark.slow
def test_lines_are_those_of_cdxj_indexer(tmp_path: Path) -> None:
    path = sample(tmp_path)

    done = say("cdxj-indexer", "-s", "--records", "response,revisit,resource", path, cwd=tmp_path)

    theirs = [line for line in done.stdout.splitlines(keepends=True) if '"304"' not in line]
    assert lines_in(path) == theirs, done.stderr
