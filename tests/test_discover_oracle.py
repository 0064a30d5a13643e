"""An independent reader of feeds beside ours, on every feed of the cassettes."""

from calendar import timegm
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scraper.archive.reader import exchanges_in
from scraper.discover.feeds import links_in_feed
from scraper.discover.sections import links_in_section
from scraper.discover.sitemaps import links_in_sitemap
from scraper.http1 import page_from
from scraper.model import Page

feedparser = pytest.importorskip("feedparser", reason="feedparser is the independent reader")

CASSETTES = sorted((Path(__file__).parent.parent / "cassettes").glob("*.warc.gz"))
FEEDS = ("/feed", "/rss", "/feeds/posts/default", "/feeds/news.xml", "/rss/latest-news.xml")
FRONTS = ("/", "/latest", "/news", "/politics")


def pages_of(cassette: Path) -> dict[str, Page]:
    """Return the whole pages of a cassette by what follows the host in their URL."""
    pages = {}
    for exchange in exchanges_in(cassette):
        page = page_from(exchange.url, exchange.response)
        if page is not None and page.status == 200:
            pages["/" + exchange.url.split("/", 3)[3]] = page
    return pages


def page_among(cassette: Path, paths: tuple[str, ...]) -> Page:
    pages = pages_of(cassette)
    return next(pages[path] for path in paths if path in pages)


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.name.split(".")[0])
def test_feedparser_reads_the_same_in_the_feeds_of_the_cassettes(cassette: Path) -> None:
    page = page_among(cassette, FEEDS)

    links = links_in_feed(page.body, page.url, headers=page.headers).links

    entries = feedparser.parse(page.body).entries
    assert [(link.url, link.title, link.guid) for link in links] == [
        (entry.link, entry.title, entry.get("id")) for entry in entries
    ]
    assert [link.published for link in links] == [
        datetime.fromtimestamp(timegm(entry.published_parsed), UTC)
        if "published_parsed" in entry
        else None
        for entry in entries
    ]


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.name.split(".")[0])
def test_the_front_of_each_cassette_announces_what_its_sitemap_does(cassette: Path) -> None:
    front, sitemap = page_among(cassette, FRONTS), page_among(cassette, ("/sitemap.xml",))

    ranked = links_in_section(front.body, front.url, headers=front.headers)

    mapped = links_in_sitemap(sitemap.body, sitemap.url).links
    assert {link.url for link in ranked.links} == {link.url for link in mapped}
    assert ranked.problems == ()
