"""Records the cassettes: the pages of tests/newsstand, served on 127.0.0.1, fetched by our client.

Run it by hand after a change of those pages: ``python cassettes/record.py [FOLDER]``.
It asks no other host, and knows nothing of what the pages say.
"""

import asyncio
import gzip
import logging
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from scraper.archive.writer import CassetteWriter
from scraper.config import load_sources
from scraper.demo.newsstand import Answers, Newsstand
from scraper.errors import SiteError
from scraper.fetch.client import Client
from scraper.model import Exchange, Outcome, Outlet

CASSETTES = Path(__file__).parent
PAGES = CASSETTES.parent / "tests" / "newsstand"
USER_AGENT = "scraper (+demo@newsstand.example)"

log = logging.getLogger(__name__)


def main() -> None:
    """Record every outlet into the folder of the first argument, or beside this file."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    record_all(Path(sys.argv[1]) if len(sys.argv) > 1 else CASSETTES)


def record_all(folder: Path) -> None:
    """Record a cassette of each outlet of cassettes/sources.toml, in place of the one there is."""
    with Newsstand(served_answers(PAGES)) as newsstand:
        for outlet in load_sources(CASSETTES / "sources.toml").outlets:
            record(outlet, newsstand, folder / f"{outlet.id}.warc.gz")


def record(outlet: Outlet, newsstand: Newsstand, cassette: Path) -> None:
    """Record all that the newsstand holds of an outlet."""
    exchanges = asyncio.run(exchanges_of(outlet, newsstand))
    with tempfile.TemporaryDirectory(dir=cassette.parent) as folder:
        fresh = Path(folder) / cassette.name  # the name stands in the file itself
        with CassetteWriter(fresh) as writer:
            writer.write_exchanges(exchanges)
        fresh.chmod(0o644)  # archives are private, cassettes are not
        fresh.replace(cassette)
    log.info("%s: %d exchanges, %d bytes", cassette.name, len(exchanges), cassette.stat().st_size)


async def exchanges_of(outlet: Outlet, newsstand: Newsstand) -> list[Exchange]:
    """Return one exchange for each answer of an outlet; those that a redirect led to follow it."""
    exchanges: dict[str, Exchange] = {}
    async with Client(user_agent=USER_AGENT, resolver=newsstand.addresses_of) as client:
        for url in served_urls(PAGES, outlet.id):
            if url in exchanges:
                continue
            capture = await client.fetch(url, outlet.fetch)
            if capture.outcome not in (Outcome.OK, Outcome.HTTP_ERROR):
                raise SiteError(f"could not be recorded: {capture.detail}", url=url)
            exchanges |= {exchange.url: exchange for exchange in capture.exchanges}
    return list(exchanges.values())


def served_urls(pages: Path, outlet_id: str) -> Iterator[str]:
    """Yield the URLs of an outlet in the order of served.toml, redirects first."""
    listed = [(outlet, answer) for outlet, answer in _listed(pages) if outlet["id"] == outlet_id]
    for outlet, answer in sorted(listed, key=lambda pair: "file" in pair[1]):
        yield f"http://{answer.get('host', outlet['host'])}{answer['path']}"


def served_answers(pages: Path) -> Answers:
    """Return the responses that served.toml describes, by host and request target."""
    return {
        (answer.get("host", outlet["host"]), answer["path"]): _response(pages, outlet, answer)
        for outlet, answer in _listed(pages)
    }


def _listed(pages: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    listed = tomllib.loads((pages / "served.toml").read_text(encoding="utf-8"))
    return ((outlet, answer) for outlet in listed["outlet"] for answer in outlet["answer"])


def _response(pages: Path, outlet: Mapping[str, Any], answer: Mapping[str, Any]) -> bytes:
    """Compose a response as its entry in served.toml asks for it."""
    status = HTTPStatus(answer.get("status", 200))
    body = (pages / outlet["id"] / answer["file"]).read_bytes() if "file" in answer else b""
    headers = [*outlet.get("headers", ())]
    if "type" in answer:
        headers.append(["Content-Type", answer["type"]])
    if answer.get("gzip"):
        headers.append(["Content-Encoding", "gzip"])
        body = gzip.compress(body, mtime=0)
    headers += answer.get("headers", ())
    framing, message = _framed(body, answer)
    lines = [f"HTTP/{answer.get('version', '1.1')} {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers + framing]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + message


def _framed(body: bytes, answer: Mapping[str, Any]) -> tuple[list[list[str]], bytes]:
    """Return the headers that mark where a body ends, and the body as it goes over the wire."""
    match answer.get("framing", "length"):
        case "close":
            return [], body
        case "chunked":
            return [["Transfer-Encoding", "chunked"]], _chunked(body, answer)
        case _:
            return [["Content-Length", str(len(body))]], body


def _chunked(body: bytes, answer: Mapping[str, Any]) -> bytes:
    size = answer.get("chunk", 1000)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    coded = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    trailers = "".join(f"{name}: {value}\r\n" for name, value in answer.get("trailers", ()))
    return coded + b"0\r\n" + trailers.encode("latin-1") + b"\r\n"


if __name__ == "__main__":
    main()
