"""The cassettes hold what tests/newsstand says, and independent tools find them sound."""

import asyncio
import os
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator

from scraper.archive.reader import exchanges_in
from scraper.config import load_sources
from scraper.demo.newsstand import Newsstand, cassette_folder
from scraper.fetch.client import Client
from scraper.http1 import page_from
from scraper.model import Exchange, Outcome, Page

ROOT = Path(__file__).parent.parent
CASSETTES = ROOT / "cassettes"
PAGES = ROOT / "tests" / "newsstand"
OUTLETS = {outlet.id: outlet for outlet in load_sources(CASSETTES / "sources.toml").outlets}
SERVED = {
    f"http://{answer.get('host', outlet['host'])}{answer['path']}": {
        "outlet": outlet["id"],
        **answer,
    }
    for outlet in tomllib.loads((PAGES / "served.toml").read_text(encoding="utf-8"))["outlet"]
    for answer in outlet["answer"]
}
TEXTS = sorted(path for path in PAGES.glob("*/*.txt") if path.name != "robots.txt")


def cassette(outlet_id: str) -> Path:
    return CASSETTES / f"{outlet_id}.warc.gz"


def recorded(folder: Path = CASSETTES) -> dict[str, Exchange]:
    return {
        exchange.url: exchange
        for outlet_id in OUTLETS
        for exchange in exchanges_in(folder / f"{outlet_id}.warc.gz")
    }


def page_of(exchange: Exchange) -> Page:
    page = page_from(exchange.url, exchange.response)
    assert page is not None
    return page


def source_of(answer: dict[str, Any]) -> bytes:
    return (PAGES / answer["outlet"] / answer["file"]).read_bytes() if "file" in answer else b""


def test_each_answer_is_recorded_once() -> None:
    urls = [exchange.url for name in OUTLETS for exchange in exchanges_in(cassette(name))]

    assert sorted(urls) == sorted(SERVED)


def test_recorded_bodies_equal_the_sources() -> None:
    exchanges = recorded()

    for url, answer in SERVED.items():
        page = page_of(exchanges[url])
        assert (page.status, page.body) == (answer.get("status", 200), source_of(answer)), url
        assert page.complete


def test_the_wire_is_as_varied_as_served_toml_says() -> None:
    for url, exchange in recorded().items():
        answer, page = SERVED[url], page_of(exchange)

        version, framing = answer.get("version", "1.1"), answer.get("framing", "length")
        assert exchange.response.startswith(f"HTTP/{version} ".encode())
        assert page.header("content-type") == answer.get("type")
        assert page.header("content-encoding") == ("gzip" if answer.get("gzip") else None)
        assert (page.header("transfer-encoding") == "chunked") is (framing == "chunked")
        assert (page.header("content-length") is not None) is (framing == "length")
        for name, value in answer.get("trailers", ()):
            assert exchange.response.endswith(f"0\r\n{name}: {value}\r\n\r\n".encode())


def test_no_secret_and_no_trouble_is_recorded() -> None:
    for exchange in recorded().values():
        assert exchange.request.startswith(b"GET /")
        assert (exchange.peer, exchange.truncated, exchange.leftover, exchange.redacted) == (
            "127.0.0.1",
            None,
            b"",
            (),
        )


@pytest.mark.parametrize("outlet_id", OUTLETS)
def test_warcio_check_finds_nothing(outlet_id: str) -> None:
    command = [sys.executable, "-c", "from warcio.cli import main; main()", "check", "-v"]

    done = subprocess.run(
        [*command, str(cassette(outlet_id))], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "digest pass" in done.stdout
    assert "digest failed" not in done.stdout


@pytest.mark.parametrize("outlet_id", OUTLETS)
def test_fastwarc_finds_every_block_as_its_digest_says(outlet_id: str) -> None:
    with cassette(outlet_id).open("rb") as stream:
        verdicts = [
            (record.headers["WARC-Type"], record.verify_block_digest())
            for record in ArchiveIterator(stream, parse_http=False)
        ]

    assert all(is_sound for _, is_sound in verdicts), verdicts
    assert sum(kind == "response" for kind, _ in verdicts) == sum(
        answer["outlet"] == outlet_id for answer in SERVED.values()
    )


async def captured(newsstand: Newsstand) -> dict[str, Exchange]:
    """Return what a client gets when it asks the newsstand for everything."""
    exchanges: dict[str, Exchange] = {}
    async with Client(user_agent="scraper tests", resolver=newsstand.addresses_of) as client:
        for url, answer in SERVED.items():
            capture = await client.fetch(url, OUTLETS[answer["outlet"]].fetch)
            assert capture.outcome in (Outcome.OK, Outcome.HTTP_ERROR), capture.detail
            exchanges |= {exchange.url: exchange for exchange in capture.exchanges}
    return exchanges


def test_a_capture_from_the_newsstand_has_the_recorded_bytes() -> None:
    with Newsstand() as newsstand:
        exchanges = asyncio.run(captured(newsstand))

    assert {url: exchange.response for url, exchange in exchanges.items()} == {
        url: exchange.response for url, exchange in recorded().items()
    }
    requests = {entry.request for entry in newsstand.ledger}
    assert {exchange.request for exchange in exchanges.values()} <= requests


def test_recording_anew_gives_the_same_pages(tmp_path: Path) -> None:
    """Heads and bodies, not bytes: the gzip coding depends on the version of zlib."""
    subprocess.run(
        [sys.executable, str(CASSETTES / "record.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )

    fresh, kept = recorded(tmp_path), recorded()
    assert fresh.keys() == kept.keys()
    for url, exchange in fresh.items():
        assert comparable(page_of(exchange)) == comparable(page_of(kept[url])), url


def comparable(page: Page) -> tuple[object, ...]:
    headers = [pair for pair in page.headers if pair[0] != "content-length"]
    return page.status, headers, page.body


def test_the_cassettes_are_found_from_the_repository() -> None:
    assert cassette_folder() == CASSETTES


def test_links_txt_lists_every_story_and_redirect() -> None:
    links = [
        line
        for line in (CASSETTES / "links.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    stories = {url for url, answer in SERVED.items() if text_of(answer) in TEXTS}
    moved = {url: dict(answer["headers"]) for url, answer in SERVED.items() if "file" not in answer}
    first_hops = moved.keys() - {headers["Location"] for headers in moved.values()}
    assert len(links) == len(set(links))
    assert stories | first_hops <= set(links) <= SERVED.keys()


def text_of(answer: dict[str, Any]) -> Path:
    """Return where the expected text of an answer is, if it has one."""
    page: Path = PAGES / answer["outlet"] / answer.get("file", "none")
    return page.with_suffix(".txt")


def test_every_page_that_is_not_a_front_has_its_expected_text() -> None:
    pages = [answer for answer in SERVED.values() if answer.get("file", "").endswith(".html")]

    stories = [page for page in pages if page["file"] not in ("front.html", "not-found.html")]
    assert sorted(map(text_of, stories)) == TEXTS


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_expected_texts_have_the_layout_of_the_archive(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")

    assert unicodedata.is_normalized("NFC", text)
    assert not {"\r", "\t", "\u00a0", "\u00ad", "\u200b", "\ufeff"} & set(text)
    blocks = text.split("\n\n")
    assert len(blocks) > 4
    assert all(block and block == " ".join(block.split()) for block in blocks)
