"""An article that goes on is followed: politely, within bounds, and kept as one text."""

from dataclasses import replace
from pathlib import Path

import pytest
from line_runs import blocks_of, warcs_in
from passes import LOCAL, feed_at, outlet_of, pass_over, settings_of
from serials import MARKUPS, Onward, Paper, paper_of, serial, text_of, texts_in

from scraper.crawl import Filed
from scraper.line import Settings
from scraper.model import Outlet


def outlet_at(paper: Paper, **fetch: object) -> Outlet:
    policy = replace(LOCAL, **fetch)  # type: ignore[arg-type] # fields of FetchPolicy, by name
    return outlet_of(feed_at(paper.url("/feed")), fetch=policy)


def followed(settings: Settings) -> Filed:
    _, [filed] = pass_over(settings)
    return filed


@pytest.mark.parametrize("onward", MARKUPS.values(), ids=MARKUPS.keys())
def test_an_article_of_three_pages_is_one_text(tmp_path: Path, onward: Onward) -> None:
    with paper_of(3, onward) as paper:
        filed = followed(settings_of(tmp_path, outlet_at(paper)))

    assert texts_in(tmp_path) == [text_of(1, 2, 3)]
    assert filed.is_whole
    assert filed.extraction.detail == ""
    assert [part.number for part in filed.parts] == [2, 3]
    wire = [paper.pages[target] for target in serial("/story", 3, onward)]
    kept = blocks_of(warcs_in(tmp_path), "response")
    assert [block for block in kept if block in wire] == wire
    assert blocks_of(warcs_in(tmp_path), "conversion") == [text_of(1, 2, 3).encode()]
