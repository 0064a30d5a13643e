"""The demo's archive holds what people wrote down by hand, and its proof is a proof."""

import hashlib
import json
from pathlib import Path

import pytest
from archive_oracles import assert_valid, blocks_in
from line_runs import scraper
from passes import command

from scraper.demo.newsstand import cassette_folder, recorded_answers
from scraper.demo.run import proofs

NEWSSTAND = Path(__file__).parent / "newsstand"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the demo was run, with its archive in demo-archive."""
    folder = tmp_path_factory.mktemp("demo")
    done = scraper("demo", cwd=folder)
    (folder / "said.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def pages_with_text(outlet: Path) -> list[Path]:
    return [page for page in outlet.glob("*.html") if page.with_suffix(".txt").exists()]


def expected_texts() -> dict[str, set[bytes]]:
    """Return the texts written by hand, by outlet."""
    return {
        outlet.name: {page.with_suffix(".txt").read_bytes() for page in pages_with_text(outlet)}
        for outlet in NEWSSTAND.iterdir()
        if outlet.is_dir()
    }


def test_texts_equal_those_written_by_hand_byte_for_byte(demo: Path) -> None:
    texts = {
        outlet.name: {text.read_bytes() for text in outlet.rglob("*.txt")}
        for outlet in (demo / "demo-archive/text").iterdir()
    }

    assert texts == expected_texts()


def test_every_name_proves_its_content(demo: Path) -> None:
    texts = list((demo / "demo-archive").rglob("text/*/*/*.txt"))

    assert len(texts) >= 15
    for text in texts:
        assert hashlib.sha256(text.read_bytes()).hexdigest()[:16] == text.stem.split("_")[1]


def test_warcs_hold_the_newsstand_s_very_bytes(demo: Path) -> None:
    files = list((demo / "demo-archive").rglob("*.warc.gz"))
    recorded = set(recorded_answers(cassette_folder()).values())

    for file in files:
        assert_valid(file)
    kept = {block for file in files for block in blocks_in(file)}
    assert len(kept & recorded) >= 19


def test_it_says_where_things_are_and_why_blocks_went(demo: Path) -> None:
    said = (demo / "said.txt").read_text()

    assert "One clean text (left), and what was stripped from its page (right)" in said
    assert "rule strip" in said
    assert "warcio check" in said
    assert "17 of 17 texts" in said


def test_the_readme_shows_what_it_really_says(demo: Path) -> None:
    readme = (NEWSSTAND.parent.parent / "README.md").read_text(encoding="utf-8")
    sample = readme[readme.index("One clean text (left)") :].split("\n```")[0]

    said = (demo / "said.txt").read_text(encoding="utf-8")
    shown = [line for line in sample.splitlines() if line and line != "..."]
    assert len(shown) > 10
    assert [line for line in shown if line not in said.splitlines()] == []


def test_proof_fails_when_a_text_is_changed(demo: Path) -> None:
    text = next((demo / "demo-archive").rglob("text/*/*/*.txt"))
    whole = text.read_bytes()
    text.write_bytes(whole + b".")

    texts_proof, _ = proofs(demo / "demo-archive")
    text.write_bytes(whole)

    assert not texts_proof.holds


def test_second_run_adds_captures_and_no_texts(demo: Path) -> None:
    archive = demo / "demo-archive"
    before = sorted(archive.rglob("text/*/*/*.txt"))

    done = command("demo", "--json", cwd=demo)

    assert done.returncode == 0
    assert sorted(archive.rglob("text/*/*/*.txt")) == before
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["outcome"] for one in outcomes} == {"ok", "http-error"}
