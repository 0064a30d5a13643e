"""What the writers put on disk, judged by other people's readers."""

import gzip
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from archive_oracles import assert_valid, blocks_in, fastwarc_records, types_in
from archive_samples import NOW, PLAIN, REQUEST, URL, exchange
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.archive.digest import sha1_digest
from scraper.archive.reader import exchanges_in, record_at
from scraper.archive.writer import CassetteWriter, WarcWriter
from scraper.errors import ArchiveError, LockedError
from scraper.model import Exchange, Recorded, Truncation

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;ext=1\r\nabc\r\n0002\r\nde\r\n0\r\nTrailer: yes\r\n\r\n"
)
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'
TO_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nonly this"
LF_ONLY = b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"
FOLDED = b"HTTP/1.1 200 OK\r\nX-Long: one\r\n   two\r\nContent-Length: 5\r\n\r\nhello"
FOLDED_TO_NOTHING = b"HTTP/1.1 200 OK\r\nX-A: b\r\n \t\r\nContent-Length: 5\r\n\r\nhello"
LATIN_1 = b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 5\r\n\r\nhello"
UNNAMED = b"HTTP/1.1 200 OK\r\n: nameless\r\nno colon\r\nContent-Length: 5\r\n\r\nhello"
SPACED = b"HTTP/1.1 200  OK \r\nContent-Length : 5\r\n\r\nhello"
NO_REASON = b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"
HTTP_0_9 = b"<html>no head at all</html>"
GARBAGE = b"\x16\x03\x01\x02\x00\x01\x00"
LONG_HEAD = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 90_000 + b"\r\nContent-Length: 5\r\n\r\nhello"
LONG_LINES = (
    b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"y" * 7_000 + b"\r\nContent-Length: 5\r\n\r\nhello"
)
MANY_HEADERS = b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5_000 + b"Content-Length: 5\r\n\r\nhello"
UNTIL_CLOSED = b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end"
SMUGGLING = PLAIN + b"HTTP/1.1 200 OK\r\n\r\n"  # never handed over so, but a cassette may hold it
GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello", mtime=0)
EMPTY_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
WITH_BLANK_LINES = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n\r\n\r\nWARC/1.1\r\n"

AGREED = {
    "plain": PLAIN,
    "latin-1 header": LATIN_1,
    "long lines": LONG_LINES,
    "until closed": UNTIL_CLOSED,
    "gzipped": GZIPPED,
    "body of blank lines": WITH_BLANK_LINES,
}
DISPUTED = {
    "chunked": CHUNKED,
    "early hints": EARLY_HINTS + PLAIN,
    "early hints, chunked": EARLY_HINTS + CHUNKED,
    "304": NOT_MODIFIED,
    "cut": CUT,
    "lf only": LF_ONLY,
    "folded": FOLDED,
    "folded to nothing": FOLDED_TO_NOTHING,
    "unnamed header": UNNAMED,
    "space before colon": SPACED,
    "no head": HTTP_0_9,
    "garbage": GARBAGE,
    "long head": LONG_HEAD,
    "many headers": MANY_HEADERS,
    "two messages": SMUGGLING,
    "empty body": EMPTY_BODY,
    "head alone": b"HTTP/1.1 200 OK\r\n",
    "one byte": b"H",
    "blank": b"\r\n\r\n",
}


def writer_in(root: Path, **options: object) -> WarcWriter:
    return WarcWriter(
        root, "daily-wall", now=NOW, software="scraper/0.1", host="desk", **options  # type: ignore[arg-type] # tests pass what fits
    )  # fmt: skip


def write(root: Path, *exchanges: Exchange) -> tuple[Path, tuple[Recorded, ...]]:
    with writer_in(root) as writer:
        recorded = writer.write_exchanges(exchanges)
    (path,) = (root / "warc" / "daily-wall").iterdir()
    return path, recorded


def response_header(path: Path, name: str) -> str | None:
    (response,) = (r for r in fastwarc_records(path) if r.headers["WARC-Type"] == "response")
    value = response.headers.get(name)
    return None if value is None else str(value)


@pytest.mark.parametrize("wire", [*AGREED.values(), *DISPUTED.values()], ids=[*AGREED, *DISPUTED])
def test_every_response_is_kept_byte_for_byte_and_passes_every_check(
    tmp_path: Path, wire: bytes
) -> None:
    path, (recorded,) = write(tmp_path, exchange(wire))

    assert_valid(path)
    assert recorded.response is not None
    response = record_at(tmp_path, recorded.response.file, recorded.response.offset)
    request = record_at(tmp_path, recorded.request.file, recorded.request.offset)
    assert (request.block, response.block) == (REQUEST, wire)
    assert blocks_in(path)[1:3] == [wire, REQUEST]


@pytest.mark.parametrize("wire", AGREED.values(), ids=AGREED)
def test_a_payload_digest_is_written_where_all_agree_on_the_payload(
    tmp_path: Path, wire: bytes
) -> None:
    path, (recorded,) = write(tmp_path, exchange(wire))

    body = wire.partition(b"\r\n\r\n")[2]
    assert response_header(path, "WARC-Payload-Digest") == sha1_digest(body)
    assert recorded.response is not None
    assert recorded.response.payload_digest == sha1_digest(body)


@pytest.mark.parametrize("wire", DISPUTED.values(), ids=DISPUTED)
def test_a_payload_digest_is_left_out_where_readers_disagree(tmp_path: Path, wire: bytes) -> None:
    path, _ = write(tmp_path, exchange(wire))

    assert response_header(path, "WARC-Payload-Digest") is None


def test_the_answer_to_a_head_request_has_no_payload(tmp_path: Path) -> None:
    path, (recorded,) = write(tmp_path, exchange(TO_HEAD, method="HEAD"))

    assert_valid(path)
    assert response_header(path, "WARC-Payload-Digest") is None
    assert recorded.response is not None
    assert recorded.response.payload_digest is None


def test_the_catalog_learns_the_digest_of_the_de_chunked_payload(tmp_path: Path) -> None:
    path, (recorded,) = write(tmp_path, exchange(CHUNKED))

    assert recorded.response is not None
    assert recorded.response.payload_digest == sha1_digest(b"abcde")
    facts = json.loads(blocks_in(path)[3])["exchange"]
    assert facts["payload_digest"] == sha1_digest(b"abcde")


def test_a_switch_writes_the_digest_that_the_standard_asks_for(tmp_path: Path) -> None:
    with writer_in(tmp_path, payload_digest_on_chunked=True) as writer:
        writer.write_exchanges([exchange(CHUNKED)])
    (path,) = (tmp_path / "warc" / "daily-wall").iterdir()

    assert response_header(path, "WARC-Payload-Digest") == sha1_digest(b"abcde")


def test_the_records_of_an_exchange_say_what_they_are_and_name_each_other(tmp_path: Path) -> None:
    path, (recorded,) = write(tmp_path, exchange(CUT, truncated=Truncation.DISCONNECT))

    info, response, request, metadata = (record.headers for record in fastwarc_records(path))
    assert recorded.response is not None
    assert info["WARC-Filename"] == path.name
    assert response["WARC-Concurrent-To"] == request["WARC-Record-ID"] == recorded.request.id
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"] == recorded.response.id
    assert set(metadata.get_multiple("WARC-Concurrent-To")) == {
        recorded.request.id,
        recorded.response.id,
    }
    assert metadata["WARC-Target-URI"] == f"urn:metadata:{URL}"  # else replay would show it
    for headers in (response, request):
        assert headers["WARC-Date"] == "2026-03-01T08:03:00.250000Z"
        assert headers["WARC-IP-Address"] == "192.0.2.7"
        assert headers.get_multiple("WARC-Protocol") == ("http/1.1", "tls/1.3")
        assert headers["WARC-Target-URI"] == URL
    assert response["WARC-Truncated"] == "disconnect"
    assert "WARC-Truncated" not in request
    assert response["Content-Type"] == "application/http; msgtype=response"
    assert "WARC-Payload-Digest" not in response


def test_a_request_without_an_answer_is_a_request_record_alone(tmp_path: Path) -> None:
    path, (recorded,) = write(tmp_path, exchange(b"", status=None))

    assert_valid(path)
    assert types_in(path) == ["warcinfo", "request", "metadata"]
    assert recorded.response is None


def test_the_warcinfo_says_which_program_wrote_it_for_whom(tmp_path: Path) -> None:
    with writer_in(tmp_path, operator="archive@example.org\r\nrobots: none") as writer:
        writer.write_exchanges([exchange()])
    (path,) = (tmp_path / "warc" / "daily-wall").iterdir()

    fields = blocks_in(path)[0].decode()
    assert "software: scraper/0.1\r\n" in fields
    assert "operator: archive@example.org robots: none\r\n" in fields
    assert "hostname: desk\r\n" in fields


def test_redacted_requests_and_oddities_are_said_in_the_metadata_record(tmp_path: Path) -> None:
    odd = replace(exchange(), redacted=("cookie",), notes=("bare LF",), leftover=b"\xff\x00more")
    path, _ = write(tmp_path, odd)

    facts = json.loads(blocks_in(path)[3])["exchange"]

    assert facts["redacted"] == ["cookie"]
    assert facts["request"] == "not wire-exact: redacted"
    assert facts["notes"] == ["bare LF"]
    assert list(exchanges_in(path)) == [odd]


def test_text_and_metadata_refer_to_their_response(tmp_path: Path) -> None:
    text = "Мост открыт\n\nIt is long."
    with writer_in(tmp_path) as writer:
        (recorded,) = writer.write_exchanges([exchange()])
        conversion, metadata = writer.write_extraction(
            recorded, url=URL, text=text, fields={"title": "Мост\ud800", "published": NOW}, date=NOW
        )
        again = writer.write_text(recorded, text, url=URL, date=NOW)
        writer.write_metadata(recorded, {"tags": ("a", "b")}, date=NOW)
    path = tmp_path / conversion.file

    assert_valid(path)
    assert recorded.response is not None
    stored = record_at(tmp_path, conversion.file, conversion.offset)
    assert stored.block.decode() == text
    assert stored.url == f"urn:text:{URL}"
    assert stored.header("Content-Type") == "text/plain; charset=utf-8"
    assert stored.header("WARC-Refers-To") == recorded.response.id
    assert record_at(tmp_path, again.file, again.offset).block == stored.block
    fields = record_at(tmp_path, metadata.file, metadata.offset)
    assert json.loads(fields.block) == {"title": "Мост?", "published": NOW.isoformat()}
    assert fields.header("WARC-Refers-To") == recorded.response.id
    assert types_in(path)[4:] == ["conversion", "metadata"] * 2
    assert all(
        "WARC-Payload-Digest" not in record.headers
        for record in fastwarc_records(path)
        if record.headers["WARC-Type"] != "response"
    )


def test_each_record_is_one_gzip_member_at_the_place_that_was_returned(tmp_path: Path) -> None:
    path, (recorded,) = write(tmp_path, exchange())

    data = path.read_bytes()
    for record in (recorded.request, recorded.response):
        assert record is not None
        member = data[record.offset : record.offset + record.length]
        unpacker = zlib.decompressobj(wbits=31)
        inside = unpacker.decompress(member)
        assert (unpacker.eof, unpacker.unused_data) == (True, b"")
        assert inside.startswith(b"WARC/1.1\r\n")
        assert record.id.encode() in inside
        assert record.block_digest.encode() in inside


def test_sixteen_megabytes_go_in_and_come_back(tmp_path: Path) -> None:
    body = bytes(range(256)) * 62_500
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 16000000\r\n\r\n" + body

    path, _ = write(tmp_path, exchange(wire))

    assert_valid(path)
    assert [sent.response for sent in exchanges_in(path)] == [wire]


@settings(max_examples=60, deadline=None)
@given(head=st.binary(max_size=80), body=st.binary(max_size=400), request=st.binary(max_size=80))
def test_bytes_in_are_bytes_out(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, body: bytes, request: bytes
) -> None:
    root = tmp_path_factory.mktemp("archive")
    wire = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body

    path, _ = write(root, exchange(wire, request=request or b"x"))

    (back,) = exchanges_in(path)
    assert (back.request, back.response) == (request or b"x", wire)
    for record in fastwarc_records(path):
        assert record.verify_block_digest(consume=False)


HEADER_BYTES = st.binary(max_size=30).map(
    lambda value: value.replace(b"\n", b"").replace(b"\r", b"")
)


@settings(max_examples=200, deadline=None)
@given(names=st.lists(HEADER_BYTES, max_size=4), body=st.binary(min_size=1, max_size=40))
def test_no_head_however_odd_gets_a_payload_digest_that_fastwarc_calls_wrong(
    tmp_path_factory: pytest.TempPathFactory, names: list[bytes], body: bytes
) -> None:
    root = tmp_path_factory.mktemp("archive")
    wire = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-" + n + b"\r\n" for n in names) + b"\r\n" + body

    path, _ = write(root, exchange(wire))

    for record in fastwarc_records(path):
        if "WARC-Payload-Digest" in record.headers:
            record.parse_http()
            assert record.verify_payload_digest(consume=True)


@pytest.mark.parametrize("bad", ["\r\nWARC-Type: response", "\n", "\x00", "\x7f"])
def test_a_control_character_in_a_header_value_is_refused(tmp_path: Path, bad: str) -> None:
    with writer_in(tmp_path) as writer:
        (recorded,) = writer.write_exchanges([exchange()])
        with pytest.raises(ArchiveError, match="control character"):
            writer.write_exchanges([exchange(), exchange(url=URL + bad)])
        with pytest.raises(ArchiveError, match="control character"):
            writer.write_text(recorded, "text", url=URL + bad, date=NOW)
        writer.write_exchanges([exchange()])
    (path,) = (tmp_path / "warc" / "daily-wall").iterdir()

    assert_valid(path)
    assert types_in(path) == ["warcinfo", *["response", "request", "metadata"] * 2]


def test_a_file_bears_its_name_only_when_it_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "warc" / "daily-wall"
    writer = writer_in(tmp_path)
    assert not folder.exists()

    (recorded,) = writer.write_exchanges([exchange()])
    while_open = [path.name for path in folder.iterdir()]
    assert_valid(folder / while_open[0])
    writer.close()

    name = "daily-wall-20260301080300-00000-desk.warc.gz"
    assert while_open == [f"{name}.open"]
    assert [path.name for path in folder.iterdir()] == [name]
    assert recorded.request.file == f"warc/daily-wall/{name}"


def test_a_writer_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    with writer_in(tmp_path) as writer:
        assert writer.write_exchanges([]) == ()

    assert list(tmp_path.iterdir()) == []


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    path, _ = write(tmp_path / "archive", exchange())

    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in list(path.parents)[:3]} == {0o700}


def test_two_writers_of_one_second_take_different_serials(tmp_path: Path) -> None:
    with writer_in(tmp_path) as first, writer_in(tmp_path) as second:
        first.write_exchanges([exchange()])
        second.write_exchanges([exchange()])
    with writer_in(tmp_path) as third:
        third.write_exchanges([exchange()])

    names = sorted(path.name for path in (tmp_path / "warc" / "daily-wall").iterdir())
    assert [name.split("-")[3] for name in names] == ["00000", "00001", "00002"]


def test_a_file_that_was_left_open_is_not_appended_to(tmp_path: Path) -> None:
    left = tmp_path / "warc" / "daily-wall" / "daily-wall-20260301080300-00000-desk.warc.gz.open"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"torn")

    with writer_in(tmp_path) as writer:
        (recorded,) = writer.write_exchanges([exchange()])

    assert left.read_bytes() == b"torn"
    assert "-00001-" in recorded.request.file


def test_a_link_that_waits_under_the_name_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "warc" / "daily-wall"
    folder.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.touch()
    (folder / "daily-wall-20260301080300-00000-desk.warc.gz.open").symlink_to(victim)

    with writer_in(tmp_path) as writer:
        writer.write_exchanges([exchange()])

    assert victim.read_bytes() == b""


def test_a_full_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    with writer_in(tmp_path, max_bytes=2_000) as writer:
        for _ in range(6):
            writer.write_exchanges([exchange()])

    paths = sorted((tmp_path / "warc" / "daily-wall").iterdir())
    assert len(paths) == 3
    for path in paths:
        assert_valid(path)
        assert types_in(path)[0] == "warcinfo"


def test_a_file_of_yesterday_is_followed_by_one_of_today(tmp_path: Path) -> None:
    with writer_in(tmp_path) as writer:
        writer.write_exchanges([exchange()])
        writer.write_exchanges([exchange()], now=NOW + timedelta(hours=23))
        writer.write_exchanges([exchange()], now=NOW + timedelta(hours=24))

    names = sorted(path.name for path in (tmp_path / "warc" / "daily-wall").iterdir())
    assert [name.split("-")[2] for name in names] == ["20260301080300", "20260302080300"]


@pytest.mark.parametrize("outlet", ["", "..", "a/b", "Ä", "a\n"])
def test_an_outlet_that_is_no_folder_name_is_refused(tmp_path: Path, outlet: str) -> None:
    with pytest.raises(ArchiveError, match="cannot be an outlet's folder"):
        WarcWriter(tmp_path, outlet, now=NOW, software="scraper")


def test_a_host_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "a", now=NOW, software="s", host="../../x y") as writer:
        (recorded,) = writer.write_exchanges([exchange()])

    assert recorded.request.file == "warc/a/a-20260301080300-00000-x-y.warc.gz"


def test_a_cassette_is_a_warc_file_at_a_path_of_ones_choice(tmp_path: Path) -> None:
    path = tmp_path / "cassettes" / "bridge.warc.gz"
    sent = [exchange(), exchange(CHUNKED, url=f"{URL}/2")]

    with CassetteWriter(path) as cassette:
        cassette.write_exchanges(sent[:1])
        assert not path.exists()
        (recorded,) = cassette.write_exchanges(sent[1:])

    assert_valid(path)
    assert list(exchanges_in(path)) == sent
    assert recorded.request.file == "bridge.warc.gz"


def test_a_cassette_does_not_overwrite_a_file(tmp_path: Path) -> None:
    path = tmp_path / "bridge.warc.gz"
    path.write_bytes(b"mine")

    with pytest.raises(ArchiveError, match="exists already"):
        CassetteWriter(path)

    assert path.read_bytes() == b"mine"


def test_a_cassette_does_not_overwrite_a_file_that_came_while_it_was_recorded(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bridge.warc.gz"
    cassette = CassetteWriter(path)
    cassette.write_exchanges([exchange()])
    path.write_bytes(b"mine")

    with pytest.raises(ArchiveError, match="exists already"):
        cassette.close()

    assert path.read_bytes() == b"mine"
    assert_valid(tmp_path / "bridge.warc.gz.open")


def test_two_recorders_of_one_cassette_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "bridge.warc.gz"
    first, second = CassetteWriter(path), CassetteWriter(path)
    first.write_exchanges([exchange()])

    with pytest.raises((LockedError, ArchiveError)):
        second.write_exchanges([exchange()])

    first.close()
    assert len(list(exchanges_in(path))) == 1
