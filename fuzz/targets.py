"""What is fuzzed: each target takes bytes, feeds a reader of strangers' bytes, and checks its law.

What a reader may raise is caught here; anything else is a finding. It finds no bytes by itself:
`one.py` does, with atheris, and tests/test_fuzz.py, with hypothesis. A reader is imported by its
target alone: atheris instruments what is imported, which takes longer than a short run.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

URL = "https://paper.example/story"
CODINGS = (
    ["gzip"],
    ["deflate"],
    ["gzip", "deflate"],
    ["br"],
    ["gzip", "gzip", "gzip"],
    ["", "GZIP"],
)


def decoder(data: bytes) -> None:
    """What is decoded is within its limit, whatever the codings."""
    from scraper.coding import decoded

    body, _ = decoded(data[1:], CODINGS[data[0] % len(CODINGS)] if data else [], max_bytes=100_000)
    assert len(body) <= max(100_000, len(data))


def response(data: bytes) -> None:
    """A message is no longer than its bytes, and no bytes get lost."""
    from scraper.http1 import page_from

    page = page_from(URL, data, max_bytes=100_000)
    if page is not None:
        page.url.encode()
        assert 100 <= page.status <= 999


def blocks(data: bytes) -> None:
    """A page becomes blocks, or a reason why not; texts can be written as UTF-8, without NULs."""
    from scraper.extract.extraction import extraction_of
    from scraper.model import Page

    page = Page(url=URL, status=200, headers=(("content-type", "text/html"),), body=data)
    article = extraction_of(page, None, None).article
    if article is not None:
        article.text.encode()
        assert "\0" not in article.text
        assert all(block.reason for block in article.blocks)


def feed(data: bytes) -> None:
    """All links of a feed lead to web addresses."""
    from scraper.discover.feeds import links_in_feed

    for link in links_in_feed(data, URL).links:
        assert link.url.startswith(("http://", "https://"))


def sitemap(data: bytes) -> None:
    """All links and children of a sitemap lead to web addresses."""
    from scraper.discover.sitemaps import links_in_sitemap

    found = links_in_sitemap(data, URL)
    for url in (*(link.url for link in found.links), *(child.url for child in found.children)):
        assert url.startswith(("http://", "https://"))


def section(data: bytes) -> None:
    """All links of a section page lead to web addresses."""
    from scraper.discover.sections import links_in_section

    for link in links_in_section(data, URL, selector=None).links:
        assert link.url.startswith(("http://", "https://"))


def robots(data: bytes) -> None:
    """Rules say something of any URL, and a delay is a number."""
    from scraper.fetch.robots_rules import rules_in

    rules = rules_in(data)
    rules.line_for(URL + "?a=%zz%2f*$", "scraper/1")
    rules.crawl_delay("scraper/1")


def recovery(data: bytes) -> None:
    """A file that a killed process left is closed, and nothing of it is lost."""
    from scraper.archive.recovery import recover
    from scraper.errors import ArchiveError

    with tempfile.TemporaryDirectory() as folder:
        warc = Path(folder) / "warc" / "x"
        warc.mkdir(parents=True)
        (warc / "x-20260301000000-00000-h.warc.gz.open").write_bytes(data)
        try:
            recover(Path(folder))
        except ArchiveError:
            return
        left = sorted(warc.iterdir())
        assert sum(file.stat().st_size for file in left) >= len(data)


def importing(data: bytes) -> None:
    """Records of others come back broken or whole, and what is whole can be drafted as ours."""
    from scraper.importing.copying import copied
    from scraper.importing.records import Broken, records_of
    from scraper.importing.sift import Sift
    from scraper.model import Imported

    file = Imported(file="x", sha256="0" * 64, bytes=0, offset=0)
    for found in Sift().found_in(records_of(data)):
        if not isinstance(found, Broken):
            copy = copied(found, file)
            assert all("\n" not in (draft.url or "") for draft in copy.drafts)


def sources(data: bytes) -> None:
    """A sources.toml is read, or refused as the maintainer's to mend."""
    from scraper.config import load_sources
    from scraper.errors import ConfigError

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sources.toml"
        file.write_bytes(data)
        try:
            load_sources(file)
        except ConfigError as exc:
            assert str(exc)  # noqa: PT017  no test function


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        decoder, response, blocks, feed, sitemap, section, robots, recovery, importing, sources,
    )
}  # fmt: skip
