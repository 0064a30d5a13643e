"""Fifty real pages in one go: every one is captured, and catalog, texts and WARC agree.

The pages are evaluation data that lies beside the project; without it the test is skipped.
"""

import gzip
import hashlib
import json
import os
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from ledger import answer, serve
from line_runs import scraper, warcs_in

from scraper.archive.reader import record_at
from scraper.store.catalog import Catalog

SHARED = Path(os.environ.get("SCRAPER_SHARED", Path(__file__).parents[1].parent / "shared"))
PAGES = SHARED / "data/extraction/pages"

pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason=f"no evaluation pages at {PAGES}")


def test_fifty_pages_in_one_go(tmp_path: Path) -> None:
    files = sorted(PAGES.glob("*.html.gz"))[::7][:50]
    bodies = {f"/{number}": gzip.decompress(file.read_bytes()) for number, file in enumerate(files)}
    html = "Content-Type: text/html; charset=utf-8"
    with serve({path: answer(body, html) for path, body in bodies.items()}) as server:
        urls = [server.url(path) for path in bodies]
        done = scraper("fetch", "--json", "--allow-private", "127.0.0.0/8", *urls, cwd=tmp_path)

    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["url"] for one in outcomes} == set(urls)
    assert len(outcomes) == 50
    assert all(one["text"] or one["extract_detail"] for one in outcomes)
    assert sum(one["text"] is not None for one in outcomes) >= 45
    assert_archive_agrees(tmp_path / "archive", bodies)


def assert_archive_agrees(archive: Path, bodies: dict[str, bytes]) -> None:
    """Follow every catalog row to its record and its text; compare both with what was served."""
    for file in warcs_in(archive):
        assert_valid(file)
    with Catalog.open(archive / "catalog.db") as catalog:
        rows = [catalog.capture(row.id) for row in catalog.captures()]
    assert len(rows) == len(bodies)
    for row in rows:
        assert row is not None
        [exchange] = row.exchanges
        assert exchange.response_file is not None
        assert exchange.response_offset is not None
        record = record_at(archive, exchange.response_file, exchange.response_offset)
        path = "/" + row.capture.url.rsplit("/", 1)[1]
        assert record.block.endswith(bodies[path])
        if row.text is not None:
            digest = hashlib.sha256((archive / row.text.file).read_bytes()).hexdigest()
            assert digest == row.text.sha256
