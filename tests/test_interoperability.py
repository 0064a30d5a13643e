"""Other people's tools accept an archive of real pages; docs/interoperability.md has what they say.

Each tool is started as it is; where one, or the pages, are not there, its test is skipped.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from real_pages import PAGES, archive_of, real_pages, words_of

BENCHMARK = Path(__file__).parents[1] / "benchmarks/interoperability.py"
COUNT = 40

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PAGES.is_dir(), reason=f"no evaluation pages at {PAGES}"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    pages = real_pages(COUNT)
    archive_of(folder / "archive", pages)
    expected = {page.url: words_of(page) for page in pages}
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
