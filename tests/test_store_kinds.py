"""Kinds of pages in the catalog: of articles, and of pages that hold none."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from archive_samples import URL, article, saved

from scraper.model import Extraction, ExtractStatus, Kind
from scraper.store.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def test_an_article_keeps_its_kind_section_image_and_agency(catalog: Catalog) -> None:
    live = replace(
        article(), kind=Kind.LIVE, section="Local", image="https://news.example/b.jpg", agency="AFP"
    )
    capture = saved(page=live)
    found = replace(capture.extraction, kind=Kind.LIVE)

    number = catalog.save_capture(replace(capture, extraction=found))

    detail = catalog.capture(number)
    assert detail is not None
    assert detail.article is not None
    assert detail.capture.kind == "live-blog"
    row = detail.article
    told = (row.kind, row.section, row.image, row.agency)
    assert told == ("live-blog", "Local", "https://news.example/b.jpg", "AFP")


def test_a_wall_keeps_its_kind_and_leaves_the_article_what_it_was(catalog: Catalog) -> None:
    catalog.save_capture(saved(number=0))
    wall = Extraction(status=ExtractStatus.NO_ARTICLE, detail="a consent wall", kind=Kind.CONSENT)
    met = replace(saved(number=1, status=ExtractStatus.NO_ARTICLE), extraction=wall)

    number = catalog.save_capture(met)

    detail, row = catalog.capture(number), catalog.article_by(URL)
    assert detail is not None
    assert (detail.capture.kind, detail.capture.extract_detail) == (
        "consent-wall",
        "a consent wall",
    )
    assert row is not None
    assert row.kind == "article"
