"""Archives of real pages, made by the real line from a loopback server, under the pages' own hosts.

Those are evaluation data that lies beside the project and stays there; where it does not, the pages
of our own newsstand take their place.
"""

import gzip
import json
import os
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
from ledger import LedgerServer, answer
from line_runs import capture, settings_for

from scraper.config import empty_sources
from scraper.crawl import Filed

SHARED = Path(os.environ.get("SCRAPER_SHARED", Path(__file__).parents[1].parent / "shared"))
GOLD = SHARED / "data/extraction/gold.jsonl"
PAGES = SHARED / "data/extraction/pages"
NEWSSTAND = Path(__file__).parent / "newsstand"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPage:
    """A page of the evaluation data: where it stood, its bytes, and paragraphs that it holds."""

    url: str
    body: bytes
    paragraphs: tuple[str, ...]


def real_pages(count: int) -> tuple[RealPage, ...]:
    """Return pages from all over the data, each of a URL of its own, over plain HTTP."""
    lines = [json.loads(line) for line in GOLD.read_bytes().splitlines()]
    step = max(len(lines) // (count + 20), 1)
    return tuple(islice(_each_once(lines[::step]), count))


def our_pages() -> tuple[RealPage, ...]:
    """Return the articles of our own newsstand, as far as they are UTF-8."""
    served = tomllib.loads((NEWSSTAND / "served.toml").read_text(encoding="utf-8"))
    return tuple(page for outlet in served["outlet"] for page in _articles_of(outlet))


def _articles_of(outlet: dict[str, Any]) -> Iterator[RealPage]:
    for said in outlet["answer"]:
        file = NEWSSTAND / outlet["id"] / said.get("file", "none")
        text = file.with_suffix(".txt")
        if file.suffix != ".html" or not text.exists() or "utf-8" not in said["type"]:
            continue
        yield RealPage(
            url=f"http://{said.get('host', outlet['host'])}{said['path']}",
            body=file.read_bytes(),
            paragraphs=tuple(text.read_text(encoding="utf-8").split("\n\n")[1:]),
        )


def _each_once(lines: list[dict[str, object]]) -> Iterator[RealPage]:
    seen: set[str] = set()
    for line in lines:
        parts = urlsplit(str(line["url"]))
        path = parts.path if parts.path.isascii() else ""
        if not parts.hostname or not path or parts.query or path in seen:
            continue
        seen.add(path)
        paragraphs = line["paragraphs"]
        assert isinstance(paragraphs, list)
        yield RealPage(
            url=f"http://{parts.hostname}{path}",
            body=gzip.decompress((PAGES / str(line["page"])).read_bytes()),
            paragraphs=tuple(paragraphs),
        )


def archive_of(folder: Path, pages: Sequence[RealPage], *, again: int = 0) -> list[Filed]:
    """Capture pages into an archive; a third comes compressed, a third chunked, a third plain.

    The first `again` of those that are not chunked are there once more afterwards, under another
    URL each (see `twin_of`).
    """
    unchunked = [page for number, page in enumerate(pages) if number % 3 != _CHUNKED]
    answers = {_place_of(page): _answer(page.body, number % 3) for number, page in enumerate(pages)}
    twins = [(page, twin_of(page)) for page in unchunked[:again]]
    for page, twin in twins:
        answers[_place_of(twin)] = answers[_place_of(page)]

    def respond(request: bytes, target: str) -> bytes:
        host = request.split(b"\r\nHost: ", 1)[1].split(b"\r\n", 1)[0].decode()
        return answers.get((host, target), answer(b"nothing here", status="404 Not Found"))

    with LedgerServer(respond) as server:

        async def resolver(_host: str, _port: int) -> list[tuple[str, int]]:
            return [("127.0.0.1", server.port)]

        sources = empty_sources()
        unhurried = replace(sources.defaults, delay=sources.defaults.delay * 0)
        settings = settings_for(
            folder, sources=replace(sources, defaults=unhurried), resolver=resolver
        )
        filed = capture(settings, [page.url for page in pages])
        return filed + capture(settings, [twin.url for _, twin in twins]) if twins else filed


def twin_of(page: RealPage) -> RealPage:
    """Return a page as it also stands at another URL of its outlet."""
    parts = urlsplit(page.url)
    return replace(page, url=f"{parts.scheme}://{parts.netloc}/again{parts.path}")


def _place_of(page: RealPage) -> tuple[str, str]:
    parts = urlsplit(page.url)
    return parts.netloc, parts.path


_CHUNKED = 2


def _answer(body: bytes, kind: int) -> bytes:
    html = "Content-Type: text/html; charset=utf-8"
    if kind == 0:
        return answer(body, html)
    if kind == 1:
        packed = zlib.compress(body, 6, wbits=31)
        return answer(packed, html, "Content-Encoding: gzip")
    head = f"HTTP/1.1 200 OK\r\n{html}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = [body[start : start + 8_000] for start in range(0, len(body), 8_000)]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"


def words_of(page: RealPage) -> tuple[str, ...]:
    """Return the paragraphs of a page's gold text that its HTML holds as they are.

    A few were put together by hand, or stand in a script: no replay could show these in one piece.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8")
    html = lxml.html.document_fromstring(page.body, parser=parser)
    text = " ".join(html.text_content().split())
    plain = (" ".join(paragraph.split()) for paragraph in page.paragraphs)
    return tuple(paragraph for paragraph in plain if len(paragraph) > 20 and paragraph in text)
