"""The life of an outlet's template: when it is learnt, doubted, learnt again and forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger import answer, serve
from line_runs import capture, settings_for
from outlet_pages import outlet_page

from scraper.extract.template.values import Template
from scraper.line import stray_outlet
from scraper.model import Article, Extraction, ExtractStatus, TemplateUse
from scraper.store.catalog import Catalog
from scraper.store.templates import TemplateRow
from scraper.templates import Stage, is_audited, is_by_rule, is_lesson_due, learnt, noted, stage_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ARTICLE = Article(title="A", headline="A", paragraphs=(), text="A", url="https://example.org/a")
SETTLED = TemplateRow(
    outlet="wall", template="{}", stories=9, seen=40, learnt_at=37, audits=(1.0, 0.98)
)


def read(use: TemplateUse | None) -> Extraction:
    return Extraction(status=ExtractStatus.OK, article=ARTICLE, template=use)


def after(row: TemplateRow, *agreements: float | None, fits: bool = True) -> TemplateRow:
    for agreement in agreements:
        row = noted(row, read(TemplateUse(fits=fits, agreement=agreement)))
    return row


def lessons(articles: int, apart: timedelta) -> list[int]:
    """Return at which articles an outlet is learnt whose news comes at a steady pace."""
    row, found, now = TemplateRow(outlet="wall"), [], NOW
    for _ in range(articles):
        row, now = noted(row, read(None)), now + apart
        if is_lesson_due(row, now):
            found.append(row.seen)
            row = learnt(row, "{}", row.seen, now)
    return found


def test_pages_are_learnt_from_early_then_once_a_day_or_when_a_hundred_came() -> None:
    assert lessons(60, timedelta(hours=4)) == [4, 6, 10, 20, 30, 40, 50, 60]
    assert lessons(60, timedelta(hours=1)) == [4, 6, 10, 34, 58]
    assert lessons(320, timedelta(minutes=1)) == [4, 6, 10, 110, 210, 310]


def test_a_page_is_told_to_be_read_by_a_rule_or_not() -> None:
    ruled = replace(read(None), article=replace(ARTICLE, body_by="rule .story"))

    assert is_by_rule(ruled)
    assert not is_by_rule(read(None))
    assert not is_by_rule(Extraction(status=ExtractStatus.NO_ARTICLE))


def test_a_lesson_that_taught_too_little_is_repeated_at_the_next_of_the_first_articles() -> None:
    taught = replace(TemplateRow(outlet="wall"), seen=5, learnt_at=4, stories=2, learnt=NOW)

    assert is_lesson_due(taught, NOW)
    assert not is_lesson_due(replace(taught, stories=3), NOW)
    assert not is_lesson_due(replace(taught, seen=20, learnt_at=19), NOW)


def test_an_archive_that_has_its_articles_already_is_learnt_from_at_the_next() -> None:
    assert is_lesson_due(noted(TemplateRow(outlet="wall", seen=200), read(None)), NOW)


@pytest.mark.parametrize(
    ("row", "stage"),
    [
        (TemplateRow(outlet="wall", seen=2), Stage.COLD),
        (replace(SETTLED, stories=5), Stage.LEARNING),
        (replace(SETTLED, audits=()), Stage.LEARNING),
        (replace(SETTLED, audits=(0.98, 0.5, 0.99, 0.6)), Stage.LEARNING),
        (replace(SETTLED, audits=(0.98, 0.5, 0.99)), Stage.SETTLED),
        (SETTLED, Stage.SETTLED),
    ],
)
def test_stages(row: TemplateRow, stage: Stage) -> None:
    assert stage_of(row) is stage


def test_a_settled_outlet_is_audited_on_a_sample_that_its_bytes_choose() -> None:
    bodies = [f"page {number}".encode() for number in range(400)]

    audited = [is_audited(SETTLED, body) for body in bodies]

    assert audited == [is_audited(SETTLED, body) for body in bodies]
    assert 5 <= sum(audited) <= 60
    assert all(is_audited(replace(SETTLED, stories=5), body) for body in bodies)
    assert all(is_audited(replace(SETTLED, recent=(False, True)), body) for body in bodies)


def test_two_odd_pages_of_five_ask_for_a_lesson_and_then_with_growing_patience() -> None:
    row = after(replace(SETTLED, learnt_at=30), None, 0.4, None)
    assert not is_lesson_due(replace(row, seen=36), NOW)

    row = replace(after(row, 0.5), seen=36)
    assert is_lesson_due(row, NOW)

    again = learnt(row, "{}", 9, NOW)
    assert (again.patience, again.recent) == (2 * row.patience, ())
    assert not is_lesson_due(replace(after(again, 0.4, 0.4), seen=again.seen + 6), NOW)
    assert after(again, None, None).patience == 5


def test_pages_that_the_template_does_not_fit_are_odd() -> None:
    assert after(SETTLED, None, None, fits=False).recent == (True, True)


def test_a_page_without_an_article_counts_for_nothing() -> None:
    assert noted(SETTLED, Extraction(status=ExtractStatus.NO_ARTICLE)) == SETTLED


def test_what_is_known_of_an_outlet_is_kept(tmp_path: Path) -> None:
    row = replace(SETTLED, learnt=NOW, recent=(False, True), template='{"layouts": []}')
    settings = settings_for(tmp_path)
    outlet = replace(stray_outlet(settings.sources, "https://wall.example/"), id="wall")

    with Catalog.open(tmp_path / "catalog.db") as catalog:
        assert catalog.templates.row("wall") == TemplateRow(outlet="wall")
        catalog.templates.save(outlet, row)
        catalog.templates.save(outlet, replace(row, seen=41))
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        assert catalog.templates.row("wall") == replace(row, seen=41)


def test_a_crawl_learns_its_outlet_across_restarts(tmp_path: Path) -> None:
    pages = [outlet_page("de", number) for number in range(6)]
    html = "Content-Type: text/html; charset=utf-8"
    settings = settings_for(tmp_path, concurrency=1)
    with serve({f"/{n}": answer(page.html, html) for n, page in enumerate(pages)}) as server:
        for number in range(4):  # one by one: of two at once, one might not be there to learn from
            capture(settings, [server.url(f"/{number}")])
        filed = [capture(settings, [server.url(f"/{number}")])[0] for number in (4, 5)]
    with Catalog.open(settings.catalog) as catalog:
        row = catalog.templates.row(filed[0].outlet.id)

    assert [one.extraction.template is not None for one in filed] == [True, True]
    for one, page in zip(filed, pages[4:], strict=True):
        assert one.extraction.article is not None
        assert one.extraction.article.paragraphs == page.story
    assert row.stories >= 3
    template = Template.from_json(row.template)
    assert template is not None
    assert template.stories == row.stories
