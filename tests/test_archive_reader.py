"""Files read back: ours, other people's, and damaged ones."""

import gzip
import hashlib
import shutil
import subprocess
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from archive_samples import NOW, PLAIN, REQUEST, URL, exchange
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from scraper.archive import reader
from scraper.archive.reader import exchanges_in, read_exchange, record_at, records_in
from scraper.archive.record import StoredRecord
from scraper.archive.writer import CassetteWriter, WarcWriter
from scraper.errors import ArchiveError, DamageError
from scraper.model import Exchange, Recorded, Truncation

SENT = [
    exchange(),
    exchange(b"", status=None, url=f"{URL}/silent"),
    exchange(b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", status=301, url=f"{URL}/old"),
    replace(
        exchange(PLAIN[:-2], url=f"{URL}/cut", truncated=Truncation.TIME, method="POST"),
        notes=("odd",),
        leftover=b"\x00more",
        redacted=("cookie",),
        peer=None,
    ),
    exchange(),
]


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    path = tmp_path / "all.warc.gz"
    with CassetteWriter(path) as writer:
        writer.write_exchanges(SENT)
    return path


def test_exchanges_come_back_whole_and_in_order(cassette: Path) -> None:
    assert list(exchanges_in(cassette)) == SENT


def test_an_exchange_is_found_by_the_places_of_its_records(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "a", now=NOW, software="s") as writer:
        recorded = writer.write_exchanges(SENT)
        while_open = [exchange_at(tmp_path, one) for one in recorded]
    when_done = [exchange_at(tmp_path, one) for one in recorded]

    assert while_open == when_done
    assert [one.response for one in when_done] == [one.response for one in SENT]
    assert [one.request for one in when_done] == [one.request for one in SENT]
    assert [one.truncated for one in when_done] == [one.truncated for one in SENT]


def exchange_at(root: Path, recorded: Recorded) -> Exchange:
    request, response = recorded.request, recorded.response
    return read_exchange(
        root,
        (request.file, request.offset),
        None if response is None else (response.file, response.offset),
    )


def test_records_are_listed_with_their_places(cassette: Path) -> None:
    records = list(records_in(cassette))

    assert records[0].type == "warcinfo"
    for record in records:
        assert record_at(cassette.parent, cassette.name, record.offset) == record


# --- files of other makers ----------------------------------------------------------------------


# warcio leaves its temporary files to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_that_warcio_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "warcio.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        head = StatusAndHeaders("200 OK", [("Content-Length", "5")], protocol="HTTP/1.1")
        response = writer.create_warc_record(
            URL, "response", payload=BytesIO(b"hello"), http_headers=head,
            warc_headers_dict={"WARC-Date": "2026-03-01T08:03:00Z"},
        )  # fmt: skip
        head = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
        request = writer.create_warc_record(URL, "request", http_headers=head)
        writer.write_request_response_pair(request, response)

    (back,) = exchanges_in(path)

    assert back.response == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    assert (back.method, back.status, back.url) == ("GET", 200, URL)
    assert back.started == NOW.replace(microsecond=0)
    assert (back.protocols, back.peer, back.seconds) == ((), None, 0.0)


def plain_record(kind: str, block: bytes, *headers: str, url: str = URL) -> bytes:
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2026-03-01T08:03:00Z",
        f"Content-Length: {len(block)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


@pytest.fixture
def site() -> Iterator[str]:
    """Serve one page on the loopback interface, chunked."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/page"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
@pytest.mark.parametrize("option", ["--warc-compression", "--no-warc-compression"])
def test_a_file_that_wget_wrote_is_read(tmp_path: Path, site: str, option: str) -> None:
    options = ["-q", "--warc-file=page", "-O", "page.html", "--no-warc-keep-log"]
    options += ["--no-warc-compression"] if option.startswith("--no") else []
    subprocess.run(["wget", *options, site], cwd=tmp_path, check=True)
    (path,) = tmp_path.glob("page.warc*")

    (back,) = exchanges_in(path)

    assert back.url == site
    assert back.request.startswith(b"GET /page HTTP/1.1\r\n")
    assert back.response.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    assert (back.status, back.peer) == (200, "127.0.0.1")


def test_a_file_like_wgets_is_read(tmp_path: Path) -> None:
    # wget 1.19: request first, the response names it, URLs in angle brackets, sha1 digests.
    digest = "WARC-Block-Digest: sha1:HKJ4NERGD6HCZIZDFAIA54PV3VVSCJ3J"
    path = tmp_path / "wget.warc.gz"
    path.write_bytes(
        gzip.compress(plain_record("warcinfo", b"software: Wget\r\n", url=""))
        + gzip.compress(plain_record("request", REQUEST, "WARC-Record-ID: <1>", url=f"<{URL}>"))
        + gzip.compress(
            plain_record("response", PLAIN, digest, "WARC-Concurrent-To: <1>", url=f"<{URL}>")
        )
        + gzip.compress(plain_record("metadata", b"log", url="metadata://gnu.org/wget"))
    )

    (back,) = exchanges_in(path)

    assert (back.url, back.request, back.response) == (URL, REQUEST, PLAIN)


@pytest.mark.parametrize("order", [("request", "response"), ("response", "request")])
def test_records_without_links_are_paired_side_by_side(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    blocks = {"request": REQUEST, "response": PLAIN}
    path = tmp_path / "plain.warc"
    path.write_bytes(
        b"".join(
            plain_record(kind, blocks[kind], url=url)
            for url in (URL, URL, f"{URL}/2")
            for kind in order
        )
    )

    back = list(exchanges_in(path))

    assert [(one.url, one.request, one.response) for one in back] == [
        (url, REQUEST, PLAIN) for url in (URL, URL, f"{URL}/2")
    ]


def test_responses_that_lie_far_from_their_requests_find_them(tmp_path: Path) -> None:
    path = tmp_path / "apart.warc"
    requests = [
        plain_record("request", REQUEST, f"WARC-Record-ID: <q{n}>", url=f"{URL}/{n}")
        for n in range(10)
    ]
    responses = [
        plain_record("response", PLAIN, f"WARC-Concurrent-To: <q{n}>", url=f"{URL}/{n}")
        for n in reversed(range(10))
    ]
    path.write_bytes(b"".join(requests + responses))

    back = list(exchanges_in(path))

    assert [one.url for one in back] == [f"{URL}/{n}" for n in range(10)]
    assert all(one.request and one.response for one in back)


def test_responses_alone_are_exchanges_without_a_request(tmp_path: Path) -> None:
    path = tmp_path / "alone.warc"
    path.write_bytes(plain_record("response", PLAIN) * 3 + plain_record("resource", b"x"))

    assert [one.request for one in exchanges_in(path)] == [b"", b"", b""]


def test_what_is_no_web_page_is_no_exchange(tmp_path: Path) -> None:
    path = tmp_path / "dns.warc"
    path.write_bytes(plain_record("response", b"1.2.3.4", url="dns:news.example"))

    assert list(exchanges_in(path)) == []


def test_a_file_in_one_gzip_member_is_read_but_has_no_places(tmp_path: Path) -> None:
    path = tmp_path / "one.warc.gz"
    records = plain_record("request", REQUEST) + plain_record("response", PLAIN)
    path.write_bytes(gzip.compress(records))

    assert [one.response for one in exchanges_in(path)] == [PLAIN]
    with pytest.raises(DamageError, match="2 records where one should be"):
        record_at(tmp_path, path.name, 0)


@pytest.mark.parametrize(
    "digest",
    [
        "sha256:" + hashlib.sha256(PLAIN).hexdigest(),
        "sha-256:" + hashlib.sha256(PLAIN).hexdigest().upper(),
        "sha1:hkj4nergd6hcziZdfaia54pv3vvscj3j",
        "md5:" + hashlib.md5(PLAIN).hexdigest(),
        "blake9:unknown",
    ],
)
def test_digests_are_read_in_every_spelling(tmp_path: Path, digest: str) -> None:
    path = tmp_path / "one.warc"
    path.write_bytes(plain_record("response", PLAIN, f"WARC-Block-Digest: {digest}"))

    assert len(list(records_in(path))) == 1


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01T08:03:00Z", datetime(2026, 3, 1, 8, 3, tzinfo=UTC)),
        ("2026-03-01T08:03:00.123456789Z", datetime(2026, 3, 1, 8, 3, 0, 123456, tzinfo=UTC)),
        ("2026-03-01T10:03:00+02:00", datetime(2026, 3, 1, 8, 3, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_dates_are_read_at_every_precision(tmp_path: Path, value: str, moment: datetime) -> None:
    path = tmp_path / "one.warc"
    record = plain_record("response", PLAIN).replace(b"2026-03-01T08:03:00Z", value.encode())
    path.write_bytes(record)

    assert [one.started for one in exchanges_in(path)] == [moment]


def test_folded_and_latin_1_header_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "one.warc"
    record = plain_record("response", PLAIN, "X-Long: one\r\n\ttwo", "X-Name: caf\xe9")
    path.write_bytes(record.replace("caf\xe9".encode(), b"caf\xe9"))

    (back,) = records_in(path)

    assert (back.header("x-long"), back.header("x-name")) == ("one two", "café")


# --- damage -------------------------------------------------------------------------------------


def read_until_damage(path: Path) -> tuple[list[StoredRecord], DamageError | None]:
    records: list[StoredRecord] = []
    try:
        for record in records_in(path):
            records.append(record)  # noqa: PERF402 - those before the damage are wanted
    except DamageError as error:
        return records, error
    return records, None


def offsets_of(path: Path) -> list[int]:
    return [record.offset for record in records_in(path)]


def test_a_file_cut_anywhere_gives_its_whole_records_and_then_an_error(
    cassette: Path, tmp_path: Path
) -> None:
    data, offsets = cassette.read_bytes(), offsets_of(cassette)
    torn = tmp_path / "torn.warc.gz"

    for cut in range(offsets[-2] - 40, len(data)):
        torn.write_bytes(data[:cut])
        records, error = read_until_damage(torn)

        whole = sum(end <= cut for end in (*offsets[1:], len(data)))
        assert len(records) == whole, cut
        if cut in offsets:
            assert error is None
        else:
            assert error is not None
            assert error.offset == offsets[whole], cut
            assert error.path == torn


@settings(max_examples=80, deadline=None)
@given(at=st.integers(0, 5_000), bit=st.integers(0, 7))
def test_a_flipped_bit_is_never_taken_for_content(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("flip") / "all.warc.gz"
    with CassetteWriter(path) as writer:
        writer.write_exchanges(SENT[:1])
    good = list(records_in(path))
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << bit
    path.write_bytes(content)

    try:
        records, _ = read_until_damage(path)
    except ArchiveError:
        return

    # The gzip header has bytes (time, system) that say nothing of the content.
    assert all(record in good for record in records)


def test_a_tail_of_zeros_is_damage(cassette: Path) -> None:
    good = list(records_in(cassette))
    size = cassette.stat().st_size
    with cassette.open("ab") as file:
        file.write(bytes(4096))

    records, error = read_until_damage(cassette)

    assert records == good
    assert error is not None
    assert error.offset == size


def test_what_was_appended_after_a_torn_record_is_not_read_as_something_else(
    cassette: Path,
) -> None:
    data, offsets = cassette.read_bytes(), offsets_of(cassette)
    cassette.write_bytes(data[: offsets[2] + 30] + data[offsets[3] :])

    records, error = read_until_damage(cassette)

    assert len(records) == 2
    assert error is not None
    assert error.offset == offsets[2]
    assert record_at(cassette.parent, cassette.name, offsets[2] + 30).type


def test_a_block_that_its_digest_does_not_fit_is_damage(cassette: Path) -> None:
    offsets = offsets_of(cassette)
    data = cassette.read_bytes()
    member = zlib.decompress(data[offsets[1] : offsets[2]], wbits=31)
    forged = gzip.compress(member.replace(b"hello", b"jello"), mtime=0)
    cassette.write_bytes(data[: offsets[1]] + forged + data[offsets[2] :])

    with pytest.raises(DamageError, match="digest of a record does not match") as caught:
        record_at(cassette.parent, cassette.name, offsets[1])

    assert (caught.value.path, caught.value.offset) == (cassette, offsets[1])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"nothing like it", "head of a WARC record"),
        (b"WARC/1.1\r\nWARC-Type: response\r\n\r\n", "without a Content-Length"),
        (b"WARC/1.1\r\nContent-Length: -1\r\n\r\n", "without a Content-Length"),
        (b"WARC/1.1\r\nContent-Length: 9\r\n\r\nabc\r\n\r\n", "cut short"),
        (b"WARC/1.1\r\nContent-Length: 1\r\n\r\nabc\r\n\r\n", "cut short"),
        (b"WARC/1.1\r\nContent-Length: 3\r\n", "cut short"),
        (b"WARC/1.1\r\nno colon here\r\n\r\n", "no colon"),
        (b"WARC/1.1\r\n" + b"X: y\r\n" * 300_000, "cut short"),
        (b"WARC/7.7\r\nContent-Length: 0\r\n\r\n\r\n\r\n", "head of a WARC record"),
        (plain_record("response", PLAIN).replace(b"-03-", b"-33-"), "no WARC-Date"),
    ],
)
def test_what_is_no_record_is_damage(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.warc"
    path.write_bytes(content)

    with pytest.raises(DamageError, match=reason) as caught:
        list(exchanges_in(path))

    assert caught.value.path == path


def test_a_bomb_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_RECORD", 3_000_000)
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(gzip.compress(plain_record("response", bytes(50_000_000))))

    with pytest.raises(ArchiveError, match="more than 3000000 bytes"):
        list(records_in(path))


@pytest.mark.parametrize("digits", [9, 15, 5_000])
def test_a_length_that_no_record_has_is_not_believed(tmp_path: Path, digits: int) -> None:
    path = tmp_path / "huge.warc"
    path.write_bytes(
        plain_record("response", b"").replace(b"Length: 0", b"Length: " + b"9" * digits)
    )

    with pytest.raises(ArchiveError):
        list(records_in(path))


def test_a_file_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="gone"):
        record_at(tmp_path, "warc/a/b.warc.gz", 0)
    with pytest.raises(ArchiveError, match="No such file"):
        list(records_in(tmp_path / "b.warc.gz"))


def test_a_place_outside_the_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.warc").write_bytes(plain_record("response", PLAIN))
    (tmp_path / "archive").mkdir()

    with pytest.raises(ArchiveError, match="outside"):
        record_at(tmp_path / "archive", "../secret.warc", 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            exchange,
            st.binary(max_size=50),
            url=st.sampled_from([URL, f"{URL}/2"]),
            started=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),  # noqa: DTZ001 - hypothesis wants it naive
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_was_written_comes_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, sent: list[Exchange]
) -> None:
    path = tmp_path_factory.mktemp("law") / "all.warc.gz"
    with CassetteWriter(path) as writer:
        writer.write_exchanges(sent)

    back = list(exchanges_in(path))

    assert [(e.url, e.request, e.response, e.started) for e in back] == [
        (e.url, e.request, e.response, e.started) for e in sent
    ]
