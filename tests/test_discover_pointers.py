"""Where a page says that its outlet announces articles, and what it says of the outlet."""

import pytest

from scraper.discover.pointers import FeedPointer, pointers_on

URL = "https://www.times.example/"


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html lang=en-GB><head>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', "rss"),
        ('<link rel="ALTERNATE home" type="application/atom+xml; charset=utf-8" href="/a">', "a"),
        ('<link rel=alternate type="application/feed+json" href="/f.json">', "f.json"),
        ('<link rel=alternate type="application/json" href="/feed.json">', "feed.json"),
        ('<link rel=alternate type="application/json" href="/wp-json/wp/v2/pages/2">', None),
        ('<link rel=alternate type="application/json+oembed" href="/oembed">', None),
        ('<link rel=alternate hreflang=de href="/de/">', None),
        ('<link rel=stylesheet type="application/rss+xml" href="/rss.xsl">', None),
        ('<link rel=alternate type="application/rss+xml" href="javascript:0">', None),
    ],
)
def test_feeds_are_those_that_the_head_calls_so(link: str, found: str | None) -> None:
    feeds = pointers_on(page(link), URL).feeds

    assert [feed.url for feed in feeds] == ([] if found is None else [URL + found])


def test_feeds_that_the_body_links_come_after_and_once() -> None:
    head = '<link rel=alternate type="application/rss+xml" href="/rss.xml" title="All" hreflang=en>'
    body = "".join(
        f'<a href="{one}">RSS</a>'
        for one in ("/rss.xml", "/world/feed/", "/sport.rss", "/feeding-the-ducks", "/atom")
    )

    feeds = pointers_on(page(head, body), URL).feeds

    assert feeds[0] == FeedPointer(url=f"{URL}rss.xml", title="All", language="en")
    assert [feed.url.removeprefix(URL) for feed in feeds[1:]] == [
        "world/feed/",
        "sport.rss",
        "atom",
    ]


def test_sections_are_short_links_of_the_navigation_to_the_same_site() -> None:
    body = (
        "<nav><a href=/>Home</a><a href=/world/>World</a><a href=/world>World</a>"
        "<a href='https://sport.times.example/football'>Football</a>"
        "<a href='https://other.example/world'>Elsewhere</a><a href=/login>Log in</a>"
        "<a href='/opinion?page=2'>More</a><a href=/a/b/c/d>Deep</a><a href=/video><img></a>"
        "<a href=/x>A headline that is much too long to be a section</a></nav>"
        "<main><a href=/not-navigation>Story</a></main>"
    )

    assert pointers_on(page("", body), URL).sections == (
        f"{URL}world/", "https://sport.times.example/football",
    )  # fmt: skip


def test_name_language_and_editions_are_as_the_page_says() -> None:
    head = (
        '<title>Front page | The Times &amp; Co</title><meta property="og:site_name" content=" The '
        'Times ">\n<link rel=alternate hreflang=fr href="/fr/"><link rel=alternate '
        'hreflang="x-default" href="/">'
    )

    pointers = pointers_on(page(head), URL)

    assert (pointers.site_name, pointers.language) == ("The Times", "en-GB")
    assert pointers.title_parts == ("Front page", "The Times & Co")
    assert pointers.editions == (("fr", f"{URL}fr/"),)


def test_relative_links_are_resolved_against_base() -> None:
    head = '<base href="https://cdn.times.example/site/"><link rel=feed href="rss">'

    assert pointers_on(page(head), URL).feeds[0].url == "https://cdn.times.example/site/rss"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<div>" * 100_000, b"<html lang=''>"])
def test_a_page_that_says_nothing_or_is_hostile_points_nowhere(body: bytes) -> None:
    pointers = pointers_on(body, URL)

    assert (pointers.feeds, pointers.sections, pointers.language) == ((), (), None)
