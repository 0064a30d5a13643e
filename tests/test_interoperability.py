"""Other people's tools accept an archive of real pages; docs/interoperability.md has what they say.

Each tool is started as it is; where one is not there, its test is skipped. Where the evaluation
pages are not there, those of our own newsstand are taken.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from real_pages import PAGES, archive_of, our_pages, real_pages, twin_of, words_of

BENCHMARK = Path(__file__).parents[1] / "benchmarks/interoperability.py"
COUNT = 40
AGAIN = 3  # pages that stand at two URLs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    pages = real_pages(COUNT) if PAGES.is_dir() else our_pages()
    filed = archive_of(folder / "archive", pages, again=AGAIN)
    repeats = [one.recorded[-1] for one in filed[len(pages) :]]
    assert [one.response and one.response.type for one in repeats] == ["revisit"] * AGAIN
    twins = [one.exchange.url for one in repeats]
    urls = {twin_of(page).url: page for page in pages} | {page.url: page for page in pages}
    taken = {page.url for page in pages} | {*twins}
    expected = {url: words_of(page) for url, page in urls.items() if url in taken}
    (folder / "expected.json").write_text(json.dumps(expected))
    return folder


@pytest.mark.parametrize(
    "check",
    [
        "warcio_check",
        "fastwarc_check",
        "cdxj_indexer",
        "npm_warcio",
        "wacz_validate",
        "wet_readers",
        "pywb",
        "replayweb",
    ],
)
def test_the_tool_accepts_it(folder: Path, check: str) -> None:
    given = ("--archive", folder / "archive", "--expected", folder / "expected.json")
    shot = ("--screenshot", folder / "replay.png")

    done = subprocess.run(
        [sys.executable, BENCHMARK, *given, *shot, "--only", check, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    verdict = json.loads(done.stdout or "{}")
    if verdict.get("is_good") is None and verdict:
        pytest.skip(verdict["said"])
    assert done.returncode == 0, done.stdout + done.stderr
