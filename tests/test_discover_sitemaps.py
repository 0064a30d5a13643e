"""Sitemaps of every kind, and those that were made to hurt."""

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.discover.announced import Announced, Child, newest
from scraper.discover.sitemaps import MAX_BYTES, MAX_URLS, links_in_sitemap
from scraper.model import Link

URL = "https://paper.example/sitemap.xml"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def read(text: str | bytes) -> Announced:
    return links_in_sitemap(text.encode() if isinstance(text, str) else text, URL)


def urlset(urls: str, namespaces: str = NAMESPACE) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {namespaces}>{urls}</urlset>'


def loc(path: str, rest: str = "") -> str:
    return f"<url><loc>https://paper.example/{path}</loc>{rest}</url>"


def child(path: str, rest: str = "") -> str:
    return f"<sitemap><loc>https://paper.example/{path}</loc>{rest}</sitemap>"


def test_urlset_says_when_a_page_was_updated() -> None:
    announced = read(
        urlset(
            loc("a", "<lastmod>2025-03-14T07:00:00+01:00</lastmod><priority>0.5</priority>")
            + loc("b?x=1&y=2")
            + loc("a?utm_source=map")
        )
    )

    assert announced == Announced(
        links=(
            Link(
                url="https://paper.example/a",
                source=URL,
                updated=datetime(2025, 3, 14, 6, tzinfo=UTC),
            ),
            Link(url="https://paper.example/b?x=1&y=2", source=URL),
        )
    )


@pytest.mark.parametrize("namespaces", [f"{NAMESPACE} {NEWS}", NAMESPACE, f'xmlns="" {NEWS}'])
def test_news_sitemaps_say_title_and_date_even_without_their_namespace(namespaces: str) -> None:
    news = (
        "<news:news><news:publication><news:name>The Paper</news:name></news:publication>"
        "<news:publication_date>2025-03-14</news:publication_date>"
        "<news:title>Ferry &amp; mill &#8211; both stopped</news:title></news:news>"
    )
    image = "<image:image><image:loc>https://paper.example/x.jpg</image:loc></image:image>"

    announced = read(urlset(loc("a", news + image), namespaces))

    assert announced.links == (
        Link(
            url="https://paper.example/a",
            source=URL,
            title="Ferry & mill \u2013 both stopped",
            published=datetime(2025, 3, 14, tzinfo=UTC),
        ),
    )


def test_promise_24_index_names_its_children_and_not_itself() -> None:
    index = (
        child("one.xml", "<lastmod>2025-03-14</lastmod>")
        + child("sitemap.xml")
        + child("two.xml.gz")
        + child("one.xml")
    )

    announced = read(f"<sitemapindex {NAMESPACE}>{index}</sitemapindex>")

    assert announced.children == (
        Child(
            url="https://paper.example/one.xml",
            updated=datetime(2025, 3, 14, tzinfo=UTC),
        ),
        Child(url="https://paper.example/two.xml.gz"),
    )
    assert announced.links == ()
    assert announced.problems == ("it names itself as its child",)


def test_newest_children_come_first_and_undated_ones_last() -> None:
    days = [None, 3, 9, None, 5]
    children = tuple(
        Child(url=f"u{n}", updated=None if day is None else datetime(2025, 3, day, tzinfo=UTC))
        for n, day in enumerate(days)
    )

    assert [each.url for each in newest(children, 4)] == ["u2", "u4", "u1", "u0"]


@pytest.mark.parametrize("level", [1, 9])
def test_gzipped_sitemaps_are_unpacked(level: int) -> None:
    plain = urlset(loc("a") + loc("b"))

    assert read(gzip.compress(plain.encode(), level)) == read(plain)


def test_text_sitemaps_are_lists_of_urls() -> None:
    announced = read("\ufeffhttps://paper.example/a\r\n\r\n  https://paper.example/b \nnonsense\n")

    assert [link.url for link in announced.links] == [
        "https://paper.example/a",
        "https://paper.example/b",
    ]
    assert announced.problems == ("1 of its items have no http or https URL",)


def test_a_feed_in_the_place_of_a_sitemap_is_read_as_one() -> None:
    announced = read("<rss><item><title>A</title><link>/a</link></item></rss>")

    assert announced.links[0].url == "https://paper.example/a"
    assert announced.links[0].title == "A"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "it is empty"),
        (b"<!doctype html><html><body>Not here</body></html>", "an HTML page"),
        (b"%PDF-1.4", "PDF"),
        (b"\x1f\x8bnot gzip at all", "damaged"),
        (b"<foo><url><loc>https://paper.example/a</loc></url></foo>", "neither"),
    ],
)
def test_promise_24_what_is_no_sitemap_is_named(body: bytes, problem: str) -> None:
    announced = read(body)

    assert announced.links == ()
    assert problem in " ".join(announced.problems)


def test_a_sitemap_that_is_cut_is_read_up_to_the_cut() -> None:
    whole = urlset("".join(loc(f"story-{n}") for n in range(500)))
    packed = gzip.compress(whole.encode())

    cut, damaged = read(whole[:-700]), read(packed[:-200])

    assert 400 < len(cut.links) < 500
    assert "malformed at line 2" in cut.problems[0]
    assert 0 < len(damaged.links) < 500
    assert "gzip stream is cut short" in damaged.problems[-1]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">]>',
        '<!DOCTYPE urlset [<!ENTITY % p SYSTEM "http://paper.example/x.dtd"> %p;]>',
    ],
)
def test_promise_24_a_doctype_with_entities_is_refused(doctype: str) -> None:
    announced = read(f"{doctype}<urlset><url><loc>https://paper.example/&x;</loc></url></urlset>")

    assert announced == Announced(
        problems=("its DOCTYPE defines entities: such a sitemap is not read",)
    )


def test_promise_24_url_cap_is_named() -> None:
    announced = read(urlset("<url><loc>/a</loc></url>" * (MAX_URLS + 1)))

    assert f"{MAX_URLS:,} items" in announced.problems[0]


def test_promise_24_line_cap_of_text_sitemaps_is_named() -> None:
    announced = read("https://paper.example/a\n" * (MAX_URLS + 1))

    assert len(announced.links) == 1
    assert f"{MAX_URLS:,} lines" in announced.problems[0]


def test_promise_24_a_bomb_is_cut_and_named() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b" " * 1_000_000
    bomb = packer.compress(urlset(loc("a")).encode()[:-9])
    bomb += b"".join(packer.compress(zeros) for _ in range(80)) + packer.flush()

    announced = read(bomb)

    assert [link.url for link in announced.links] == ["https://paper.example/a"]
    assert any(f"{MAX_BYTES:,} bytes" in problem for problem in announced.problems)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "file:///etc/passwd", "ftp://x/", "http://"]
)
def test_promise_24_nothing_outside_http_is_announced(target: str) -> None:
    for text in (
        urlset(f"<url><loc>{target}</loc></url>"),
        f"<sitemapindex><sitemap><loc>{target}</loc></sitemap></sitemapindex>",
    ):
        announced = read(text)
        assert (announced.links, announced.children) == ((), ())
        assert announced.problems == ("1 of its items have no http or https URL",)


def test_promise_24_elements_too_deep_end_it() -> None:
    announced = read("<urlset>" + loc("a") + "<url>" * 200_000)

    assert [link.url for link in announced.links] == ["https://paper.example/a"]
    assert "nested more than" in announced.problems[0]


@given(
    st.binary(max_size=300)
    | st.text(alphabet="<>/&;urlsetocmap \"'=:h.x", max_size=200).map(
        lambda text: b"<urlset><url><loc>http://x.example/" + text.encode()
    )
)
def test_no_bytes_break_it(body: bytes) -> None:
    announced = read(body)

    assert all(link.url.startswith(("http://", "https://")) for link in announced.links)
    assert read(gzip.compress(body)).links == announced.links
