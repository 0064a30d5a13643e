"""The documents that the project was asked from, with nothing left of their pages but lines.

Each line becomes a paragraph of one container, as a naive scraper saw them. One seed is left out:
its lines of related stories were links, and text alone does not say so.
"""

import html
import os
from pathlib import Path

import pytest

from scraper.extract import extract_article

SHARED = Path(os.environ.get("SCRAPER_SHARED", Path(__file__).parents[2] / "shared"))
SEEDS = SHARED / "seeds"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"{SEEDS} is not here")


@pytest.mark.parametrize("number", ["000", "001", "003", "004"])
def test_a_seed_comes_out_clean_even_without_its_markup(number: str) -> None:
    (seed,) = SEEDS.glob(f"{number}_*.txt")
    clean = (SEEDS / "clean" / seed.name).read_text("utf-8")
    title = clean.split("\n", 1)[0]

    article = extract_article(as_page(seed.read_text("utf-8"), title), "https://example.org/a")

    assert article is not None
    assert article.text == clean


def as_page(text: str, title: str) -> bytes:
    lines = [line for line in text.split("\n") if line.strip()]
    blocks = [
        f"<h1>{html.escape(line)}</h1>" if line.strip() == title else f"<p>{html.escape(line)}</p>"
        for line in lines
    ]
    head = f"<title>{html.escape(title)} | The Site</title>"
    body = f'<div class="css-x1">{"".join(blocks)}</div>'
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()
