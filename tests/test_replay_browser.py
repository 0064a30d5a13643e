"""A page replayed in Chromium looks like itself: its text, pictures, style sheets and fonts."""

import json
import os
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from interop_tools import tool
from ledger import LedgerServer, answer
from line_runs import STORY
from passes import LOCAL, feed_at, outlet_of, pass_over, rss, settings_of, with_robots

from scraper.replay import assets
from scraper.replay.packages import Packages
from scraper.replay.replayweb import ReplayWeb, ReplayWebLinks
from scraper.replay.server import LOOPBACK, serving
from scraper.store.catalog import Catalog

pytestmark = pytest.mark.slow

IN_BROWSER = Path(__file__).parents[1] / "benchmarks/in_browser.py"
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")  # Debian's fonts-dejavu-core
STYLE = (
    "@import '/more.css'; @font-face { font-family: Harbour; src: url(/harbour.ttf) }"
    "body { background: url(/sand.png) rgb(250, 240, 215); font: 18px Harbour; margin: 3em }"
)
PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>The ferry is late</title>"
    "<link rel=stylesheet href=/paper.css></head><body><article><h1>The ferry is late</h1>"
    f"<img src=/ferry.png alt=ferry><img src=/gone.png alt=gone>{STORY}</article></body>"
)


def picture(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def paper() -> LedgerServer:
    """Return an outlet with one story that is dressed."""
    png, css = "Content-Type: image/png", "Content-Type: text/css"
    answers = {
        "/story": answer(PAGE.encode(), "Content-Type: text/html"),
        "/paper.css": answer(STYLE.encode(), css),
        "/more.css": answer(b"h1 { color: rgb(140, 20, 20); border-bottom: 4px solid }", css),
        "/sand.png": answer(picture(8, 8, (250, 235, 200)), png),
        "/ferry.png": answer(picture(320, 120, (30, 90, 160)), png),
        "/harbour.ttf": answer(FONT.read_bytes(), "Content-Type: font/ttf"),
    }

    def respond(_: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(server.url("/story"))
        return answers.get(target) or answer(b"none", status="404 Not Found")

    server = LedgerServer(with_robots("User-agent: *\nDisallow:\n", respond))
    return server


def seen_in_browser(archive: Path, url: str, words: list[str]) -> dict[str, Any]:
    """Return what Chromium shows of a page that ReplayWeb.page replays."""
    python = Path(tool("playwright")).parent / "python"
    folder = archive.parent / "packages"
    folder.mkdir()
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        packages = Packages(archive, catalog, folder, software="scraper")
        article, exchange = catalog.article_by(url), catalog.last_exchange(url)
        assert article is not None
        assert exchange is not None
        with serving(ReplayWeb(packages), 0) as port:
            link = str(ReplayWebLinks(port).link(article.id, exchange))
            asked = [{"url": link, "page": url, "words": words}]
            shot = os.environ.get("SCRAPER_SCREENSHOT") or archive.parent / "replay.png"
            done = subprocess.run(
                [python, IN_BROWSER, shot],
                input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=180,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            seen: dict[str, Any] = json.loads(done.stdout)
            assert seen["hosts"] == [f"http://{LOOPBACK}:{port}"]
            return seen


@pytest.mark.skipif(not assets.are_installed(), reason="scraper serve --install-replay")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
@pytest.mark.skipif(not FONT.exists(), reason="fonts-dejavu-core is not installed")
def test_a_replayed_page_has_its_text_pictures_styles_and_fonts(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    with paper() as server:
        source = feed_at(server.url("/feed"))
        outlet = outlet_of(source, fetch=replace(LOCAL, requisites=True))
        pass_over(settings_of(archive, outlet))
        url = server.url("/story")

    seen = seen_in_browser(archive, url, ["The ferry to Oldhaven was cancelled on Monday"])

    assert seen["missing"] == []
    assert seen["looks"] == {
        "pictures": [320, 0],  # the second was 404 on the day
        "fonts": ["Harbour"],
        "ground": "rgb(250, 240, 215)",
    }
