"""What others' crawlers wrote, taken in, then verified, sealed, damaged, repaired, rebuilt."""

import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from foreign_files import Made, arc, at, by_member, http, record, request, response, warcinfo
from line_runs import settings_for, story_page, warcs_in
from passes import command
from test_importing import dumped, imported, news, report, written

from scraper.archive.reader import records_in
from scraper.line import Settings
from scraper.rebuild import rebuild

pytestmark = pytest.mark.slow

HTTP_RESPONSE = "Content-Type: application/http; msgtype=response"


def sha1(data: bytes) -> str:
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return f"sha1:{base64.b32encode(digest).decode()}"


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def of_wget() -> list[Made]:
    """Return what wget 1.19 writes: brackets around URLs, the digest of the chunks, its log."""
    url, body = "<http://wget.example/story>", chunked(story_page("Saved by wget"))
    block = http(body, "Transfer-Encoding: chunked")
    answered = response(url, block, 1, f"WARC-Payload-Digest: {sha1(body)}")
    log = record(
        "resource", b"--2025-- http://wget.example/story\n", f"WARC-Date: {at(2)}",
        "WARC-Target-URI: <metadata://gnu.org/software/wget/warc/wget.log>",
        "Content-Type: text/plain",
    )  # fmt: skip
    return [warcinfo(), request(url, answered, 1), answered, log]


def of_heritrix() -> list[Made]:
    """Return what Heritrix writes: response first, its own metadata, a revisit by its profile."""
    url, body = "http://heritrix.example/story", story_page("Saved by Heritrix")
    block = http(body, f"Content-Length: {len(body)}")
    digest = f"WARC-Payload-Digest: {sha1(body)}"
    answered = response(url, block, 1, digest)
    about = record(
        "metadata", b"via: http://heritrix.example/\r\nfetchTimeMs: 120\r\n",
        f"WARC-Date: {at(1)}", f"WARC-Target-URI: {url}", f"WARC-Concurrent-To: {answered.id}",
        "Content-Type: application/warc-fields",
    )  # fmt: skip
    head = block[: -len(body)]
    again = record(
        "revisit", head, f"WARC-Date: {at(90)}", "WARC-Target-URI: http://heritrix.example/twin",
        HTTP_RESPONSE, digest, "WARC-Truncated: length",
        "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
        f"WARC-Refers-To-Target-URI: {url}", f"WARC-Refers-To-Date: {at(1)}",
    )  # fmt: skip
    return [warcinfo(), answered, request(url, answered, 1), about, again]


def of_browsertrix() -> list[Made]:
    """Return what Browsertrix writes: sha256, bodies unpacked under heads that say otherwise."""
    url, body = "https://browsertrix.example/story", story_page("Saved by Browsertrix")
    block = http(body, "transfer-encoding: chunked", "content-encoding: gzip")
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    whole = f"sha256:{hashlib.sha256(block).hexdigest()}"
    answered = record(
        "response", block, f"WARC-Date: {at(1)}", f"WARC-Target-URI: {url}", HTTP_RESPONSE,
        f"WARC-Payload-Digest: {digest}", f"WARC-Block-Digest: {whole}",
        'WARC-JSON-Metadata: {"ipType":"Public"}', "WARC-Resource-Type: document",
        version="WARC/1.1", digest=False,
    )  # fmt: skip
    picture = record(
        "resource", b"\x89PNG", f"WARC-Date: {at(1)}", "Content-Type: image/png",
        f"WARC-Target-URI: urn:view:{url}", version="WARC/1.1",
    )  # fmt: skip
    return [warcinfo(), answered, request(url, answered, 1), picture]


def misfits() -> list[Made]:
    """Return pages whose heads do not fit their bodies."""
    heads = {
        "short": "Content-Length: 99",
        "long": "Content-Length: 999999",
        "unpacked": "Content-Encoding: gzip",
        "dechunked": "Transfer-Encoding: chunked",
    }
    return [
        response(f"https://{name}.example/s", http(story_page(name), head))
        for name, head in heads.items()
    ] + [response("https://later.example/s", http(story_page("later")).replace(b"1.1", b"2", 1))]


SHAPES = {
    "common crawl": lambda: [one.data for one in news()],
    "wget": lambda: [one.data for one in of_wget()],
    "heritrix": lambda: [one.data for one in of_heritrix()],
    "browsertrix": lambda: [one.data for one in of_browsertrix()],
    "misfits": lambda: [one.data for one in misfits()],
    "arc": lambda: arc([("http://old.example/story", http(story_page("Saved in 2004")))]),
}


def taken_in(folder: Path, shape: str) -> Settings:
    settings = settings_for(folder / "archive", workers=1)
    name = "theirs.arc.gz" if shape == "arc" else "theirs.warc.gz"
    told = report(imported(settings, written(folder, by_member(SHAPES[shape]()), name)))
    assert told.kept > 0
    assert told.broken == 0
    return settings


def findings(folder: Path, *words: str) -> tuple[int, list[str]]:
    done = command("verify", *words, "--json", cwd=folder)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [f"{one['url']}: {one['problem']}" for one in said if "problem" in one]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_taken_in_is_verified_sealed_and_rebuilt(tmp_path: Path, shape: str) -> None:
    settings = taken_in(tmp_path, shape)

    assert findings(tmp_path) == (0, [])
    assert findings(tmp_path, "--chain", "--seal") == (0, [])
    for warc in warcs_in(settings.archive):
        assert_valid(warc)
    again = replace(settings, catalog=settings.archive / "again.db")
    assert asyncio.run(rebuild(again)).problems == []
    assert dumped(settings.archive, "again.db") == dumped(settings.archive)


@pytest.mark.parametrize("shape", SHAPES)
def test_damage_to_what_was_taken_in_is_named_and_the_rest_repaired(
    tmp_path: Path, shape: str
) -> None:
    settings = taken_in(tmp_path, shape)
    records = {warc: list(records_in(warc)) for warc in warcs_in(settings.archive)}
    warc, hurt = next(
        (warc, one) for warc, found in records.items() for one in found if one.type == "response"
    )
    data = bytearray(warc.read_bytes())
    data[hurt.offset + hurt.length // 2] ^= 8
    warc.write_bytes(data)

    code, found = findings(tmp_path)
    findings(tmp_path, "--repair")

    assert code == 5
    assert any(hurt.url in one for one in found)
    mended = warc.with_name(warc.name.replace(".warc.gz", ".repaired.warc.gz"))
    assert_valid(mended)
    whole = [one.id for one in records[warc] if one.id != hurt.id and one.type != "warcinfo"]
    assert set(whole) <= {one.id for one in records_in(mended)}
    code, left = findings(tmp_path)
    is_needed = shape == "heritrix"  # its twin stands for the body that was lost
    assert code == (5 if is_needed else 0), left
    told = [one for one in left if not one.endswith("known since it was repaired")]
    assert bool(told) == is_needed, told
    assert all("original is not to be found" in one for one in told), told
