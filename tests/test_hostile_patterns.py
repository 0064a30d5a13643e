"""Expressions that never end, met by pages that were written for them (rule 15): in rules, and in
the patterns of links.
"""

import asyncio
import time

import pytest
from line_runs import story_page

from scraper.discover.wanted import is_wanted
from scraper.extract import Extractor
from scraper.model import Extraction, ExtractStatus, Outlet, Page, Rule, Source

RUN = "a" * 60 + "!"
BAIT = story_page(
    "Ferry to Oldhaven is cancelled",
    f"<p>{RUN}</p><p>The ferry stays in port.</p>",
)
URL = "https://paper.example/a"


def page(body: bytes) -> Page:
    return Page(url=URL, status=200, headers=(("content-type", "text/html"),), body=body)


def outlet(pattern: str) -> Outlet:
    return ruled(Rule(strip_text=(pattern,)))


def ruled(rule: Rule) -> Outlet:
    return Outlet(id="paper", name="Paper", home=URL, rules=(rule,))


# As deep as one may be: on the page's 20 elements 20 ** 9 steps.
ENDLESS_XPATH = "//*" + "[count(//*" * 8 + ")=1]" * 8


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        Rule(strip_text=("^(a+)+$",)),
        Rule(strip_text=("(.*a){40}$",)),
        Rule(body=(ENDLESS_XPATH,), origin="ftr:paper.example.txt"),
    ],
    ids=["(a+)+", "(.*a){40}", "xpath of others"],
)
def test_security_rule_15_an_expression_that_never_ends_costs_its_outlet_its_text_alone(
    rule: Rule,
) -> None:
    async def main() -> tuple[Extraction, Extraction]:
        async with Extractor(1) as extractor:
            lost = await extractor.extract(page(BAIT), ruled(rule))
            return lost, await extractor.extract(page(story_page()), outlet("^x+$"))

    lost, read = asyncio.run(main())

    assert lost.status is ExtractStatus.TIMEOUT
    assert lost.detail == "the worker was killed after 10 s"
    assert read.status is ExtractStatus.OK


@pytest.mark.parametrize("pattern", ["*a" * 60 + "b", "*?" * 90 + "!", "*[!a]*" * 60])
def test_security_rule_15_no_pattern_of_links_takes_long_over_any_url(pattern: str) -> None:
    source = Source(type="feed", url=URL, allow=(pattern,), deny=(pattern,))
    began = time.process_time()

    assert not is_wanted(f"https://paper.example/{'a' * 4_000}", source)

    assert time.process_time() - began < 1
