"""Revisits: what is written instead of a second copy, and what it stands for when read.

Reliability promise 23, as far as records go. warcio, FastWARC and gzip judge every file.
"""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from archive_samples import NOW, PLAIN, URL, exchange
from fetching import LOCAL, fetch, new_client
from hypothesis import given
from hypothesis import strategies as st
from ledger import LedgerServer, answer, header
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from scraper.archive.digest import sha1_digest
from scraper.archive.exchanges import drafts_of, payload_digest_of
from scraper.archive.reader import exchanges_in, read_page, record_at, records_in
from scraper.archive.record import StoredRecord, warc_date
from scraper.archive.revisits import Original, original_of, resolved
from scraper.archive.writer import CassetteWriter, WarcWriter
from scraper.errors import DamageError
from scraper.fetch.replay import Replay
from scraper.fetch.validators import conditional_headers, validators_in
from scraper.model import Capture, Exchange, Outcome, Page, Record, Recorded, Truncation

HEAD = PLAIN[: -len(b"hello")]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
UNCHANGED = (
    b'HTTP/1.1 304  not\tmodified\r\nETag:"2"\r\nX-Odd:\t a\r\nCache-Control: no-cache\r\n\r\n'
)
LATER = NOW + timedelta(days=1)
PROFILES = "http://netpreserve.org/warc/1.1/revisit/"


def again(response: bytes, *, url: str = URL, status: int = 200) -> Exchange:
    return exchange(response, url=url, status=status, started=LATER)


def not_modified(response: bytes = UNCHANGED) -> Exchange:
    return again(response, status=304)


def original_from(record: Record | None) -> Original:
    assert record is not None
    assert record.url is not None
    return Original(
        id=record.id, url=record.url, date=record.date, payload_digest=record.payload_digest
    )


def written(
    root: Path,
    first: Exchange,
    second: Exchange,
    *,
    payload_digest_on_chunked: bool = False,
) -> tuple[Recorded, Recorded]:
    """Write an exchange, and one that may repeat it; other people's readers pass the file."""
    with WarcWriter(
        root, "a", now=NOW, software="s", payload_digest_on_chunked=payload_digest_on_chunked
    ) as writer:
        (one,) = writer.write_exchanges([first])
        (two,) = writer.write_exchanges([second], originals={0: original_from(one.response)})
    if not payload_digest_on_chunked:
        assert_valid(root / one.request.file)
    return one, two


def stored(root: Path, recorded: Recorded) -> StoredRecord:
    assert recorded.response is not None
    return record_at(root, recorded.response.file, recorded.response.offset)


def page_of(root: Path, one: Recorded, two: Recorded) -> Page:
    """Return the page of the second capture, its original found by record ID."""
    assert one.response is not None
    assert two.response is not None
    places = {one.response.id: (one.response.file, one.response.offset)}
    page = read_page(
        root,
        (two.response.file, two.response.offset),
        place_of=lambda original: places.get(original.id or ""),
    )
    assert page is not None
    return page


# --- promise 23: what is written ------------------------------------------------------------------


def test_promise_23_a_304_is_a_revisit_with_the_bytes_that_came(tmp_path: Path) -> None:
    one, two = written(tmp_path, exchange(), not_modified())

    record = stored(tmp_path, two)
    assert (record.type, record.block) == ("revisit", UNCHANGED)
    assert record.header("WARC-Profile") == PROFILES + "server-not-modified"
    assert one.response is not None
    assert record.header("WARC-Refers-To") == one.response.id
    assert record.header("WARC-Refers-To-Target-URI") == URL
    assert record.header("WARC-Refers-To-Date") == warc_date(NOW)
    assert record.header("WARC-Date") == warc_date(LATER)
    assert record.header("WARC-Concurrent-To") == two.request.id
    assert record.header("WARC-IP-Address") == "192.0.2.7"
    assert record.header("WARC-Block-Digest") == sha1_digest(UNCHANGED)


def test_promise_23_a_304_has_no_digest_of_its_empty_body(tmp_path: Path) -> None:
    _, two = written(tmp_path, exchange(), not_modified())

    record = stored(tmp_path, two)
    assert record.all_of("WARC-Payload-Digest") == ()
    assert record.all_of("WARC-Truncated") == ()
    assert two.response is not None
    assert (two.response.type, two.response.payload_digest) == ("revisit", None)


def test_promise_23_a_304_without_a_copy_is_a_response(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "a", now=NOW, software="s") as writer:
        (recorded,) = writer.write_exchanges([not_modified()])

    assert_valid(tmp_path / recorded.request.file)
    assert stored(tmp_path, recorded).type == "response"


def test_promise_23_a_304_for_another_url_is_a_response(tmp_path: Path) -> None:
    _, two = written(tmp_path, exchange(url=f"{URL}/other"), not_modified())

    assert stored(tmp_path, two).type == "response"


def test_promise_23_a_304_that_was_cut_is_a_response(tmp_path: Path) -> None:
    cut = replace(not_modified(UNCHANGED[:-2]), truncated=Truncation.DISCONNECT)

    _, two = written(tmp_path, exchange(), cut)

    record = stored(tmp_path, two)
    assert (record.type, record.header("WARC-Truncated")) == ("response", "disconnect")


def test_promise_23_a_server_that_lies_about_its_tag_gets_no_revisit(tmp_path: Path) -> None:
    changed = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 3\r\n\r\nnew'

    _, two = written(tmp_path, exchange(), again(changed))

    record = stored(tmp_path, two)
    assert (record.type, record.block) == ("response", changed)


def test_promise_23_over_the_wire_every_revisit_resolves(tmp_path: Path) -> None:
    """A page, unchanged (304), sent again all the same, and then changed."""
    tag, body = 'ETag: "1"', gzip.compress(b"<p>a story")
    whole = answer(body, tag, "Content-Encoding: gzip", "X-Seen: 1")
    replies = iter(
        [
            whole,
            b"HTTP/1.1 304 Not Modified\r\nX-Seen: 2\r\n\r\n",
            whole.replace(b"X-Seen: 1", b"X-Seen: 3"),
            answer(b"<p>a new story", tag),
        ]
    )

    with LedgerServer(lambda _request, _target: next(replies)) as server:
        captures = asyncio.run(four_times(server.url("/a")))
    recorded = archived(tmp_path, captures)

    assert header(server.requests[1], "If-None-Match") == b'"1"'
    assert [one.response.type for one in recorded if one.response] == [
        "response", "revisit", "revisit", "response",
    ]  # fmt: skip
    pages = pages_in(tmp_path / recorded[0].request.file)
    assert [page.body for page in pages] == [*[b"<p>a story"] * 3, b"<p>a new story"]
    assert [page.header("x-seen") for page in pages] == ["1", "2", "3", None]
    assert [page.status for page in pages] == [200] * 4


async def four_times(url: str) -> list[Capture]:
    async with new_client() as client:
        first = await client.fetch(url, LOCAL)
        assert first.page is not None
        asked = conditional_headers(validators_in(first.page))
        return [first, *[await client.fetch(url, LOCAL, headers=asked) for _ in range(3)]]


def archived(root: Path, captures: list[Capture]) -> list[Recorded]:
    """Write captures as a crawl does: each with the last whole response as its original."""
    recorded: list[Recorded] = []
    with WarcWriter(root, "a", now=NOW, software="s") as writer:
        for capture in captures:
            whole = [one.response for one in recorded if one.response]
            responses = [record for record in whole if record.type == "response"]
            originals = {0: original_from(responses[-1])} if responses else None
            recorded += writer.write_exchanges(capture.exchanges, originals=originals)
    assert_valid(root / recorded[0].request.file)
    return recorded


def pages_in(path: Path) -> list[Page]:
    """Return all pages of a file, originals found by URL and date alone, as replay tools do."""
    records = [record for record in records_in(path) if record.type in {"response", "revisit"}]
    index = {
        (record.url, record.header("WARC-Date")): (path.name, record.offset)
        for record in records
        if record.type == "response"
    }

    def place_of(original: Original) -> tuple[str, int] | None:
        assert original.date is not None
        return index.get((original.url, warc_date(original.date)))

    places = [(path.name, record.offset) for record in records]
    pages = [read_page(path.parent, place, place_of=place_of) for place in places]
    return [page for page in pages if page is not None]


# --- an identical body ----------------------------------------------------------------------------


def test_promise_23_an_identical_body_is_a_revisit_with_its_head_alone(tmp_path: Path) -> None:
    head = HEAD.replace(b"odd  spacing", b"another")

    one, two = written(tmp_path, exchange(), again(head + b"hello"))

    record = stored(tmp_path, two)
    assert (record.type, record.block) == ("revisit", head)
    assert b"Content-Length: 5\r\n" in record.block
    assert record.header("WARC-Profile") == PROFILES + "identical-payload-digest"
    assert record.header("WARC-Payload-Digest") == sha1_digest(b"hello")
    assert one.response is not None
    assert record.header("WARC-Refers-To") == one.response.id
    assert record.header("WARC-Refers-To-Target-URI") == URL
    assert record.header("WARC-Refers-To-Date") == warc_date(NOW)
    assert record.all_of("WARC-Truncated") == ()
    assert two.response is not None
    assert two.response.payload_digest == sha1_digest(b"hello")


@pytest.mark.parametrize("second", [PLAIN, CHUNKED], ids=["plain", "chunked"])
@pytest.mark.parametrize("first", [PLAIN, CHUNKED], ids=["plain", "chunked"])
def test_the_body_is_what_counts_not_how_it_was_sent(
    tmp_path: Path, first: bytes, second: bytes
) -> None:
    one, two = written(tmp_path, exchange(first), again(second))

    record = stored(tmp_path, two)
    assert record.type == "revisit"
    assert record.header("WARC-Payload-Digest") == sha1_digest(b"hello")
    page = page_of(tmp_path, one, two)
    assert (page.body, page.complete) == (b"hello", True)
    assert (page.header("transfer-encoding") == "chunked") is (second == CHUNKED)


def test_a_body_is_found_again_under_another_url(tmp_path: Path) -> None:
    one, two = written(tmp_path, exchange(), again(PLAIN, url=f"{URL}/twin"))

    record = stored(tmp_path, two)
    assert (record.type, record.url) == ("revisit", f"{URL}/twin")
    assert record.header("WARC-Refers-To-Target-URI") == URL
    page = page_of(tmp_path, one, two)
    assert (page.url, page.body) == (f"{URL}/twin", b"hello")


def test_a_chunked_body_under_another_url_is_written_whole(tmp_path: Path) -> None:
    """pywb digests the chunks of such originals, and answers 503 for their revisits."""
    _, two = written(tmp_path, exchange(CHUNKED), again(CHUNKED, url=f"{URL}/twin"))

    record = stored(tmp_path, two)
    assert (record.type, record.block) == ("response", CHUNKED)


def test_with_digests_on_chunked_records_such_a_body_is_a_revisit_too(tmp_path: Path) -> None:
    one, two = written(
        tmp_path, exchange(CHUNKED), again(CHUNKED, url=f"{URL}/twin"),
        payload_digest_on_chunked=True,
    )  # fmt: skip

    assert stored(tmp_path, two).type == "revisit"
    digest = sha1_digest(b"hello")
    assert [stored(tmp_path, part).header("WARC-Payload-Digest") for part in (one, two)] == [
        digest,
        digest,
    ]


@pytest.mark.parametrize(
    "second",
    [
        again(PLAIN.replace(b"hello", b"hallo")),
        again(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        again(PLAIN[:-1]),
        replace(again(PLAIN), truncated=Truncation.TIME),
        replace(again(HEAD), method="HEAD"),
        again(b"220 mail.example ESMTP\r\n"),
        again(b""),
    ],
    ids=["changed", "empty", "short", "cut", "HEAD", "no HTTP", "nothing"],
)
def test_promise_23_what_does_not_repeat_its_original_is_written_as_ever(
    tmp_path: Path, second: Exchange
) -> None:
    _, two = written(tmp_path, exchange(), second)

    if two.response is not None:
        record = stored(tmp_path, two)
        assert (record.type, record.block) == ("response", second.response)
    assert (two.response is None) is (second.response == b"")


def test_two_empty_bodies_are_not_identical(tmp_path: Path) -> None:
    empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    _, two = written(tmp_path, exchange(empty), again(empty))

    assert stored(tmp_path, two).type == "response"


def test_originals_are_given_by_position(tmp_path: Path) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 5\r\n\r\nhello"
    with WarcWriter(tmp_path, "a", now=NOW, software="s") as writer:
        (one,) = writer.write_exchanges([exchange()])
        chain = [again(moved, url=f"{URL}/old", status=301), again(PLAIN)]
        two = writer.write_exchanges(chain, originals={1: original_from(one.response)})

    assert [stored(tmp_path, part).type for part in two] == ["response", "revisit"]


@pytest.mark.parametrize("response", [PLAIN, CHUNKED, PLAIN[:-1], UNCHANGED, b"", b"no HTTP"])
def test_the_digest_to_look_an_original_up_by_is_that_of_the_record(response: bytes) -> None:
    sent = exchange(response)
    draft = drafts_of(sent).response

    assert payload_digest_of(sent) == (draft and draft.payload_digest)


@given(
    st.lists(
        st.binary(min_size=1, max_size=200).filter(lambda body: b"\n" not in body), min_size=1
    ),
    st.booleans(),
)
def test_promise_23_a_revisit_of_any_body_gives_it_back(
    chunks: list[bytes], is_chunked: bool
) -> None:
    body = b"".join(chunks)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    wire = head + body
    if is_chunked:
        wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        wire += b"".join(b"%x;x=y\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
        wire += b"0\r\nTrailer: a\r\n\r\n"
    first = drafts_of(exchange(wire)).response
    assert first is not None
    original = Original(id=first.id, url=URL, date=first.date, payload_digest=first.payload_digest)
    second = drafts_of(again(wire), original=original).response

    assert second is not None
    assert second.type == "revisit"
    assert second.block == wire[: wire.index(b"\r\n\r\n") + 4]
    revisit = StoredRecord(
        headers=(("WARC-Type", "revisit"), ("WARC-Target-URI", URL), *second.headers),
        block=second.block, offset=0,
    )  # fmt: skip
    whole = StoredRecord(
        headers=(("WARC-Type", "response"), ("WARC-Target-URI", URL)), block=wire, offset=0
    )
    page = resolved(revisit, whole)
    assert page is not None
    assert page.body == body


# --- what is read ---------------------------------------------------------------------------------


def test_a_304_freshens_the_head_and_leaves_what_is_about_the_body(tmp_path: Path) -> None:
    first = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\nContent-Length: 5\r\n'
    first += b"Vary: a\r\n\r\nhello"
    second = b'HTTP/1.1 304 Not Modified\r\nETag: "2"\r\nContent-Type: a/b\r\nContent-Length: 0\r\n'
    second += b"Connection: close\r\nAge: 1\r\n\r\n"

    page = page_of(tmp_path, *written(tmp_path, exchange(first), not_modified(second)))

    assert page.headers == (
        ("content-type", "text/html"),
        ("content-length", "5"),
        ("vary", "a"),
        ("etag", '"2"'),
        ("age", "1"),
    )
    assert (page.status, page.body, page.complete) == (200, b"hello", True)


def test_exchanges_come_back_with_the_bytes_of_the_revisit_itself(tmp_path: Path) -> None:
    one, _ = written(tmp_path, exchange(), not_modified())
    path = tmp_path / one.request.file
    assert [found.response for found in exchanges_in(path)] == [PLAIN, UNCHANGED]
    assert [found.status for found in exchanges_in(path)] == [200, 304]

    one, two = written(tmp_path / "b", exchange(), again(PLAIN))
    found = list(exchanges_in(tmp_path / "b" / one.request.file))[1]
    assert (found.response, found.status) == (HEAD, 200)
    assert found.request == two.exchange.request


def test_the_page_of_a_response_is_its_own(tmp_path: Path) -> None:
    one, _ = written(tmp_path, exchange(), exchange(PLAIN[:-2], truncated=Truncation.TIME))

    assert page_of(tmp_path, one, one).body == b"hello"
    assert not page_of(tmp_path, one, _).complete


def test_promise_23_an_original_that_is_not_to_be_found_is_damage(tmp_path: Path) -> None:
    _, two = written(tmp_path, exchange(), not_modified())
    assert two.response is not None

    with pytest.raises(DamageError, match="not to be found") as caught:
        read_page(
            tmp_path, (two.response.file, two.response.offset), place_of=lambda _original: None
        )
    assert caught.value.offset == two.response.offset


def test_promise_23_another_response_than_the_original_is_damage(tmp_path: Path) -> None:
    _, two = written(tmp_path, exchange(), again(PLAIN))
    other, _ = written(tmp_path, exchange(PLAIN.replace(b"hello", b"hallo")), again(PLAIN))

    with pytest.raises(DamageError, match="not the original"):
        resolved(stored(tmp_path, two), stored(tmp_path, other))


def test_a_revisit_of_a_revisit_is_damage(tmp_path: Path) -> None:
    _, two = written(tmp_path, exchange(), not_modified())

    with pytest.raises(DamageError, match="refers to a revisit"):
        resolved(stored(tmp_path, two), stored(tmp_path, two))


def test_what_a_revisit_refers_to_is_read_back(tmp_path: Path) -> None:
    one, two = written(tmp_path, exchange(), again(PLAIN))

    assert original_of(stored(tmp_path, two)) == original_from(one.response)


def test_a_cassette_replays_a_304_as_it_is(tmp_path: Path) -> None:
    with LedgerServer(lambda _request, _target: UNCHANGED) as server:
        live = fetch(server.url("/a"))
    path = tmp_path / "unchanged.warc.gz"
    with CassetteWriter(path) as writer:
        writer.write_exchanges(live.exchanges)

    again_ = fetch(live.url, replay=Replay(exchanges_in(path)))

    assert again_.outcome is live.outcome is Outcome.NOT_MODIFIED
    assert again_.exchanges[0].response == live.exchanges[0].response


# --- revisits of others ---------------------------------------------------------------------------


def written_by_warcio(path: Path, make_block: Callable[[WARCWriter], object]) -> list[StoredRecord]:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        writer.write_record(make_block(writer))
    return list(records_in(path))


def test_a_revisit_by_warcio_resolves(tmp_path: Path) -> None:
    one, _ = written(tmp_path, exchange(), not_modified())
    (revisit,) = written_by_warcio(
        tmp_path / "b.warc.gz",
        lambda writer: writer.create_revisit_record(
            f"{URL}/twin", sha1_digest(b"hello"), URL, warc_date(NOW)
        ),
    )

    page = resolved(revisit, stored(tmp_path, one))

    assert original_of(revisit) == Original(
        id=None, url=URL, date=NOW, payload_digest=sha1_digest(b"hello")
    )
    assert page is not None
    assert (page.url, page.status, page.body) == (f"{URL}/twin", 200, b"hello")
    assert page.header("server") == "odd  spacing"


def test_a_revisit_that_names_no_url_means_its_own() -> None:
    revisit = StoredRecord(
        headers=(("WARC-Type", "revisit"), ("WARC-Target-URI", f"<{URL}>")), block=b"", offset=0
    )

    assert original_of(revisit) == Original(id=None, url=URL, date=None)


def test_warcio_reads_our_revisits(tmp_path: Path) -> None:
    one, _ = written(tmp_path, exchange(), not_modified(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    with (tmp_path / one.request.file).open("rb") as file:
        revisits = [
            (record.http_headers.get_statuscode(), record.rec_headers["WARC-Refers-To-Date"])
            for record in ArchiveIterator(file)
            if record.rec_type == "revisit"
        ]

    assert revisits == [("304", warc_date(NOW))]
