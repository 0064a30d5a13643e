"""The replay by ReplayWeb.page: its two files, unchanged, and the packages that it shows.

What was archived runs here as it ran on the web, so this site needs an origin (a port) of its own;
nothing else is served from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from scraper.archive.cdxj import timestamp
from scraper.replay import assets
from scraper.replay.packages import Packages
from scraper.replay.server import LOOPBACK, NOT_FOUND, Answer
from scraper.store.rows import ExchangeRow

# What ReplayWeb.page itself needs. The pages that it replays get a policy from its service worker.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
    "worker-src 'self' blob:; frame-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_SCRIPT = "text/javascript; charset=utf-8"
_FILES = {
    "/ui.js": ("ui.js", _SCRIPT),
    "/replay/ui.js": ("ui.js", _SCRIPT),
    "/replay/sw.js": ("sw.js", _SCRIPT),
    "/LICENSE": ("LICENSE", "text/plain; charset=utf-8"),
}
_APP = b'<!doctype html><script src="./ui.js"></script><replay-app-main></replay-app-main>'


@dataclass(frozen=True, slots=True)
class ReplayWeb:
    """The site: `/?article=NUMBER&url=URL&ts=TIMESTAMP`, the program's files, `/wacz/...`."""

    packages: Packages

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return the file or page of a path."""
        if path in _FILES:
            name, kind = _FILES[path]
            return Answer(body=assets.folder() / name, kind=kind, policy=_POLICY)
        if path in {"/replay/", "/replay/index.html"}:
            return Answer(body=_APP, policy=_POLICY)
        if found := re.fullmatch(r"/wacz/([0-9]{1,18})\.wacz", path):
            file = self.packages.file_of(int(found[1]))
            return NOT_FOUND if file is None else Answer(body=file, kind="application/wacz")
        if path == "/" and re.fullmatch(r"[0-9]{1,18}", query.get("article", "")):
            return Answer(body=_page(query).encode("utf-8", "replace"), policy=_POLICY)
        return NOT_FOUND


@dataclass(frozen=True, slots=True)
class ReplayWebLinks:
    """Links to the site at its port."""

    port: int

    def link(self, article_id: int, exchange: ExchangeRow) -> str | None:
        """Return where a capture is replayed; a 304 has no page of its own."""
        if exchange.status in {None, 304}:
            return None
        stamp = timestamp(exchange.started)
        values = {"article": str(article_id), "url": exchange.url, "ts": stamp}
        return f"http://{LOOPBACK}:{self.port}/?{urlencode(values)}"


def _page(query: Mapping[str, str]) -> str:
    source = f"/wacz/{query['article']}.wacz"
    url, stamp = escape(query.get("url", "")), escape(query.get("ts", ""))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Replay</title>'
        "<style>html, body { height: 100%; margin: 0 }</style>"
        f'<script src="/ui.js"></script><replay-web-page source="{source}" url="{url}" '
        f'ts="{stamp}" replayBase="/replay/" embed="default"></replay-web-page>'
    )
