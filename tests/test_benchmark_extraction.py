"""The score-keeper: what it says of pages whose scores are known beforehand."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "extraction.py"
STORY = (
    "The ferry to Oldhaven was cancelled on Monday because of high waves, the harbour office said.",
    "About nine hundred people spent the night in the sports hall, where the town served soup.",
    "The next crossing is planned for Tuesday at noon, if the wind allows it to leave at all.",
)


def page(paragraphs: tuple[str, ...]) -> bytes:
    told = "".join(f"<p>{text}</p>" for text in paragraphs)
    head = (
        '<title>Ferry cancelled</title><meta property="og:title" content="Ferry cancelled">'
        '<meta name="author" content="Ines Malm">'
        '<meta property="article:published_time" content="2024-03-11T23:30:00+00:00">'
    )
    text = f"<html><head>{head}</head><body><article><h1>Ferry cancelled</h1>{told}</article>"
    return text.encode()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder in the evaluation data's layout: one page that we read whole, one with more gold."""
    (tmp_path / "pages").mkdir()
    lines = []
    for name, gold in (("right", STORY), ("short", (*STORY, "A last line that is not there."))):
        (tmp_path / "pages" / f"{name}.html.gz").write_bytes(gzip.compress(page(STORY)))
        line = {
            "page": f"{name}.html.gz",
            "set": "fundus-tests",
            "publisher": "Harbour",
            "url": f"https://harbour.example/{name}",
            "title": "Ferry cancelled",
            "paragraphs": gold,
            "authors": ["Ines Malm"] if name == "right" else ["Ole Berg"],
            "published": "2024-03-12T00:30:00+01:00",
        }
        lines.append(json.dumps(line))
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def run(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--data", str(data), "--jobs", "1", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_scores_are_those_that_a_person_would_count(data: Path) -> None:
    done = run(data, "--set", "fundus-tests", "--only", "scraper", "--json")

    found: dict[str, Any] = json.loads(done.stdout)
    row = found["rows"][0]
    assert (row["pages"], row["precision"], row["exact"]) == (2, 1.0, 0.5)
    assert 0.9 < row["recall"] < 1
    assert row["f1_interval"][0] <= row["f1"] <= row["f1_interval"][1]
    facts = found["metadata"][0]
    assert (facts["title"], facts["authors"], facts["date"]) == (1.0, 0.5, 1.0)


def test_the_worst_page_comes_first_with_the_line_that_is_missing(data: Path) -> None:
    done = run(data, "--set", "fundus-tests", "--only", "scraper", "--worst", "1", "--facts")

    worst = done.stdout.partition("Harbour short")[2]
    assert "missing A last line that is not there." in worst
    assert "Ole Berg" in worst
    assert "Harbour right" not in done.stdout


def test_a_set_that_does_not_exist_is_named(data: Path) -> None:
    done = run(data, "--set", "fundus")

    assert done.returncode == 2
    assert "no such set: fundus" in done.stderr
