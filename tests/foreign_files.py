"""Files as others make them: records of WARC and ARC, packed in each way, and broken in each."""

import base64
import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

START = datetime(2025, 3, 1, 6, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A record as it is to stand in a file."""

    data: bytes
    id: str = ""


def record(
    kind: str,
    block: bytes,
    *headers: str,
    version: str = "WARC/1.0",
    name: str | None = None,
    length: int | None = None,
    digest: bool = True,
) -> Made:
    """Return a record in the manner of Common Crawl; an empty name leaves out its ID."""
    known = f"<urn:uuid:{uuid5(NAMESPACE_URL, repr((kind, headers)))}>" if name is None else name
    sha1 = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    lines = [
        version,
        f"WARC-Type: {kind}",
        *([f"WARC-Record-ID: {known}"] if known else []),
        *headers,
        f"Content-Length: {len(block) if length is None else length}",
        *([f"WARC-Block-Digest: sha1:{sha1}"] if digest else []),
    ]
    head = "".join(f"{line}\r\n" for line in lines).encode()
    return Made(head + b"\r\n" + block + b"\r\n\r\n", known)


def warcinfo() -> Made:
    block = b"software: some-crawler/1.0\r\nisPartOf: NEWS\r\n"
    return record("warcinfo", block, "WARC-Filename: ../../etc/passwd", f"WARC-Date: {at(0)}")


def at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def http(
    body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html; charset=utf-8"
) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers)
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


def response(
    url: str, block: bytes, minute: int = 0, *headers: str, name: str | None = None
) -> Made:
    return record(
        "response",
        block,
        f"WARC-Date: {at(minute)}",
        f"WARC-Target-URI: {url}",
        "WARC-IP-Address: 192.0.2.7",
        "Content-Type: application/http; msgtype=response",
        *headers,
        name=name,
    )


def request(url: str, of: Made, minute: int = 0) -> Made:
    block = f"GET {url} HTTP/1.1\r\nUser-Agent: some-crawler\r\n\r\n".encode()
    return record(
        "request",
        block,
        f"WARC-Date: {at(minute)}",
        f"WARC-Target-URI: {url}",
        f"WARC-Concurrent-To: {of.id}",
        "Content-Type: application/http; msgtype=request",
    )


def page(url: str, body: bytes, minute: int = 0) -> tuple[Made, Made]:
    """Return request and response of a page, in the order in which Common Crawl has them."""
    answered = response(url, http(body, f"Content-Length: {len(body)}"), minute)
    return request(url, answered, minute), answered


def arc(records: Iterable[tuple[str, bytes]]) -> list[bytes]:
    """Return the records of an ARC 1.0 file."""
    described = b"1 0 some-crawler\nURL IP-address Archive-date Content-type Archive-length\n"
    made = [b"filedesc://x.arc 0.0.0.0 20040401120000 text/plain %d\n" % len(described) + described]
    for url, block in records:
        head = f"{url} 192.0.2.7 20040401120000 text/html {len(block)}\n".encode()
        made.append(head + block)
    return [one + b"\n" for one in made]


def by_member(records: Sequence[bytes]) -> bytes:
    return b"".join(gzip.compress(one, 6, mtime=0) for one in records)


def as_one_member(records: Sequence[bytes]) -> bytes:
    return gzip.compress(b"".join(records), 6, mtime=0)


def unpacked(records: Sequence[bytes]) -> bytes:
    return b"".join(records)


def cut_anywhere(records: Sequence[bytes]) -> bytes:
    """Return what a packer makes that cuts its input into blocks of a size."""
    whole = b"".join(records)
    return by_member([whole[start : start + 700] for start in range(0, len(whole), 700)])


PACKINGS: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "a member for each record": by_member,
    "one member for all": as_one_member,
    "not packed": unpacked,
    "cut anywhere": cut_anywhere,
}


def bomb(size: int = 3_000_000_000) -> bytes:
    """Return a gzip member of zeros that begins like a record, and has no end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [
        packer.compress(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999\r\n\r\n")
    ]
    piece = bytes(10_000_000)
    parts += [packer.compress(piece) for _ in range(size // len(piece))]
    return b"".join(parts) + packer.flush()


def broken_records(url: str) -> dict[str, bytes]:
    """Return members that hold a broken record each, by what is wrong with it."""
    body = http(b"<html><body>" + b"<p>It will not be read. </p>" * 40)
    good = response(url, body).data
    member = gzip.compress(good, 6, mtime=0)
    flipped = bytearray(member)
    flipped[-6] ^= 255
    bad_digest = good.replace(b"It will", b"At will", 1)
    giant = good.replace(b"\r\n", b"\r\nX-Giant: " + b"g" * 100_000 + b"\r\n", 1)
    long = record("response", body, f"WARC-Target-URI: {url}", f"WARC-Date: {at(0)}", length=9_000)
    short = record("response", body, f"WARC-Target-URI: {url}", f"WARC-Date: {at(0)}", length=20)
    dateless = record("response", body, f"WARC-Target-URI: {url}")
    lengthless = good.replace(b"Content-Length", b"Content-Height", 1)
    return {
        "torn member": member[: len(member) // 2],
        "bad CRC": bytes(flipped),
        "bad digest": gzip.compress(bad_digest, 6, mtime=0),
        "giant head": gzip.compress(giant, 6, mtime=0),
        "Content-Length too long": gzip.compress(long.data, 6, mtime=0),
        "Content-Length too short": gzip.compress(short.data, 6, mtime=0),
        "no date": gzip.compress(dateless.data, 6, mtime=0),
        "no length": gzip.compress(lengthless, 6, mtime=0),
        "no record": gzip.compress(b"WARC/9.9 something else\r\n\r\n" * 9, 6, mtime=0),
        "no member": b"no gzip at all, " * 20,
    }
