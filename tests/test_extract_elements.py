"""What is read of a page holds no cycles: it goes with its last reader, not with the collector."""

import gc
from collections.abc import Iterator

import pytest

from scraper.extract import extract_article

PAGE = b"""<html><head><title>A bridge for the old town</title></head><body>
<nav><ul><li><a href="/a">Home</a></li><li><a href="/b">Sport</a></li></ul></nav>
<article class="story"><h1>A bridge for the old town</h1>
<p>The council has voted for a second <b>bridge</b> across the river, after years of talks.</p>
<p>Work is to begin in spring, <a href="/c">and will last</a> until the autumn after it.</p>
<ul><li>It has two lanes.</li><li>Bicycles have one of their own.</li></ul>
</article></body></html>"""


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    yield
    gc.enable()


def test_a_page_that_was_read_leaves_nothing_for_the_collector() -> None:
    extract_article(PAGE, "https://example.org/a")  # what is imported and remembered at first
    gc.collect()
    gc.disable()

    article = extract_article(PAGE, "https://example.org/a")
    assert article is not None
    assert len(article.blocks) > 5
    del article

    assert gc.collect() == 0
