"""The outlets of sources.d: entries that say what they were held against, and read what they say.

The pages are not ours and lie outside of the project: without them what needs them is skipped.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from scraper.config import load_sources, outlet_for, schema

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
GOLD = SHARED / "data" / "extraction" / "gold.jsonl"
_SUM = re.compile(r"^\| fundus-tests .*\| (0\.\d{4}), 0\.\d{3} \|$", re.MULTILINE)
FILES = sorted((ROOT / "sources.d").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_of_the_library_fits_the_schema_and_leads_editors_to_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    Draft202012Validator(schema()).validate(json.loads(json.dumps(tomllib.loads(text))))
    first = text.splitlines()[0].removeprefix("#:schema ")
    assert (file.parent / first).is_file()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_entry_says_what_was_verified_and_what_was_not(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    entries = text.count("\n[[outlet]]\n")
    assert text.count("# Text verified on ") == text.count("Sources unverified live.") == entries
    for entry in text.split("# Text verified on ")[1:]:
        assert ("[[outlet.rules]]" in entry) != ("no rule, since none reads them better" in entry)


def test_no_archive_of_years_is_walked_through_for_news() -> None:
    library = [one for one in load_sources(ROOT / "sources.toml").outlets if _is_of_library(one.id)]

    sitemaps = [source for one in library for source in one.sources if source.type == "sitemap"]
    assert sitemaps
    assert all(source.max_new is not None and source.every is not None for source in sitemaps)


def test_sources_and_home_of_an_outlet_are_of_one_kin() -> None:
    named = {"feeds.feedburner.com", "static.winfuture.de"}
    for outlet in load_sources(ROOT / "sources.toml").outlets:
        kin = _kin(outlet.home)
        for source in outlet.sources:
            assert _kin(source.url) == kin or urlsplit(source.url).hostname in named, source.url


def test_each_recorded_page_belongs_to_an_outlet_that_ships() -> None:
    if not GOLD.exists():
        pytest.skip(f"no recorded pages at {GOLD}")
    sources = load_sources(ROOT / "sources.toml")
    pages = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]

    lost = [
        page["url"]
        for page in pages
        if page["set"].startswith("fundus") and outlet_for(sources, page["url"]) is None
    ]

    assert lost == []


@pytest.mark.slow  # 133 pages, some read twice
def test_the_library_reads_its_recorded_pages_as_its_table_says() -> None:
    if not GOLD.exists():
        pytest.skip(f"no recorded pages at {GOLD}")

    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "outlets.py"], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    (now,) = _SUM.findall(done.stdout)
    (told,) = _SUM.findall((ROOT / "docs" / "outlets.md").read_text(encoding="utf-8"))
    assert float(now) >= 0.985
    assert float(now) == pytest.approx(float(told), abs=0.0005)


def _is_of_library(outlet_id: str) -> bool:
    return any(f'\nid = "{outlet_id}"\n' in file.read_text(encoding="utf-8") for file in FILES)


def _kin(url: str) -> str:
    """Return the name that a host was registered under, as well as its last labels tell."""
    labels = (urlsplit(url).hostname or "").split(".")
    size = 3 if labels[-2] in {"co", "com", "org"} and len(labels[-1]) == 2 else 2
    return ".".join(labels[-size:])
