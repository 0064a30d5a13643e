"""Learning and reading with what was learnt, in worker processes: what goes in and comes out."""

import asyncio

from outlet_pages import outlet_page

from scraper.extract import Extractor, learn_template
from scraper.extract.extraction import extraction_of
from scraper.extract.frames import Known
from scraper.extract.template.values import Template
from scraper.model import Extraction, TemplateUse
from scraper.model import Page as Response

PAGES = [outlet_page("en", number) for number in range(5)]


def response(number: int) -> Response:
    page = outlet_page("en", number)
    return Response(
        url=page.url, status=200, headers=(("content-type", "text/html"),), body=page.html
    )


def test_a_worker_learns_what_this_process_learns_and_reads_with_it() -> None:
    async def run() -> tuple[str | None, Extraction, Extraction]:
        async with Extractor(1) as extractor:
            text = await extractor.learn([page.pair for page in PAGES])
            known = Known(template=text or "", audit=True)
            read = await extractor.extract(response(5), known=known)
            return text, read, await extractor.extract(response(5))

    text, read, without = asyncio.run(run())

    assert text is not None
    assert Template.from_json(text) == learn_template([page.pair for page in PAGES])
    assert read.article is not None
    assert read.article.paragraphs == outlet_page("en", 5).story
    assert read.template is not None
    assert read.template.fits
    assert without.template is None


def test_pages_that_teach_nothing_are_no_error() -> None:
    async def run() -> str | None:
        async with Extractor(1) as extractor:
            return await extractor.learn([(b"\xff\x00<", "https://example.org/"), (b"", "x")])

    text = asyncio.run(run())

    assert text is not None
    assert Template.from_json(text) == Template()


def test_a_worker_that_dies_over_its_lesson_taught_nothing() -> None:
    async def run() -> str | None:
        async with Extractor(1, deadline_s=0.01) as extractor:
            return await extractor.learn([page.pair for page in PAGES])

    assert asyncio.run(run()) is None


def test_an_audit_says_how_far_both_readings_agree() -> None:
    template = learn_template([page.pair for page in PAGES])

    audited = extraction_of(response(5), None, None, template, audit=True).template
    other = extraction_of(response(5), None, None, learn_template([]), audit=True).template

    assert audited is not None
    assert audited.fits
    assert audited.agreement is not None
    assert 0.2 < audited.agreement <= 1
    assert other == TemplateUse(fits=False)
