"""What pages say of themselves: which source is believed first, and what is no name or date."""

import json
from datetime import UTC, datetime

import pytest

from scraper.extract import extract_article
from scraper.extract.dates import moment
from scraper.extract.jsonld import things_in
from scraper.model import Article

OG = '<meta property="og:title" content="{}">'
STORY = "<p>" + "</p><p>".join(
    [
        "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.",
        "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way.",
        "Repairs will take at least three weeks, and a third of the grain has no other way out.",
    ]
) + "</p>"  # fmt: skip


def read(
    head: str = "",
    h1: str = "Crane falls on quay of Port Ellery",
    html: str = "<html>",
    body: str = "",
) -> Article:
    story = f"<article><h1>{h1}</h1>{STORY}{body}</article>"
    page = f"{html}<head>{head}</head><body>{story}</body></html>"
    article = extract_article(page.encode(), "https://www.example.org/a?b=1")
    assert article is not None
    return article


def ld(**thing: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def test_json_ld_names_the_authors_before_meta_does() -> None:
    head = '<meta name="author" content="The Desk">' + ld(
        **{"@type": "NewsArticle", "author": [{"@type": "Person", "name": "Lena Okafor"}]}
    )

    assert read(head).authors == ("Lena Okafor",)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("By Lena Okafor and Tom Brandt", ("Lena Okafor", "Tom Brandt")),
        ("Von Jana Wirth und Udo Klar", ("Jana Wirth", "Udo Klar")),
        ("Lena Okafor, lena@example.org", ("Lena Okafor",)),
        ("Lena Okafor (obe)", ("Lena Okafor",)),
        ("https://facebook.com/port", ()),
        ("12345", ()),
    ],
)
def test_names_are_split_and_cleaned(said: str, names: tuple[str, ...]) -> None:
    assert read(f'<meta name="author" content="{said}">').authors == names


def test_an_organisation_is_an_author_only_where_nobody_else_is() -> None:
    desk = {"@type": "Organization", "name": "Port News"}
    alone = ld(**{"@type": "NewsArticle", "author": desk})

    assert read(alone).authors == ("Port News",)
    assert read(alone + '<meta name="author" content="Lena Okafor">').authors == ("Lena Okafor",)


def test_dates_come_from_meta_before_json_ld_and_are_in_utc() -> None:
    thing = {"datePublished": "2023-01-01", "dateModified": "2024-05-07T10:00:00Z"}
    head = '<meta property="article:published_time" content="2024-05-06T09:30:00+02:00">' + ld(
        **{"@type": "NewsArticle"}, **thing
    )

    article = read(head)

    assert article.published == datetime(2024, 5, 6, 7, 30, tzinfo=UTC)
    assert article.modified == datetime(2024, 5, 7, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-06T07:30:00Z", datetime(2024, 5, 6, 7, 30, tzinfo=UTC)),
        ("2024-05-06T07:30:00+0200", datetime(2024, 5, 6, 5, 30, tzinfo=UTC)),
        ("2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
        ("2024-05-06 07:30", datetime(2024, 5, 6, 7, 30, tzinfo=UTC)),
        ("Mon, 06 May 2024 07:30:00 GMT", datetime(2024, 5, 6, 7, 30, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9" * 500, None),
        ("", None),
    ],
)
def test_a_moment_is_aware_and_in_utc_or_none(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        ("", None),
        (ld(**{"@type": "NewsArticle", "isAccessibleForFree": False}), True),
        (ld(**{"@type": "NewsArticle", "isAccessibleForFree": "False"}), True),
        (ld(**{"@type": "NewsArticle", "isAccessibleForFree": "http://schema.org/True"}), False),
        (ld(**{"@graph": [{"@type": "NewsArticle", "isAccessibleForFree": False}]}), True),
        ('<meta property="article:content_tier" content="metered">', True),
        ('<meta property="article:content_tier" content="free">', False),
    ],
)
def test_a_paywall_is_what_the_page_says_of_itself(head: str, paywalled: bool | None) -> None:
    assert read(head).paywalled is paywalled


def test_language_address_description_and_tags_are_read() -> None:
    head = (
        '<link rel="canonical" href="/a"><meta name="description" content="What&nbsp;happened.">'
        '<meta property="article:tag" content="Ports"><meta property="article:tag" content="Grain">'
    )

    article = read(head, html='<html lang="en_GB">')

    assert article.language == "en-GB"
    assert article.canonical_url == "https://www.example.org/a"
    assert article.description == "What happened."
    assert article.tags == ("Ports", "Grain")


def test_a_canonical_address_that_is_none_is_left_out() -> None:
    assert read('<link rel="canonical" href="javascript:alert(1)">').canonical_url is None


@pytest.mark.parametrize(
    ("head", "h1", "title"),
    [
        (OG.format("Crane falls on quay | Port"), "Crane falls on quay", "Crane falls on quay"),
        (OG.format("Crane falls on quay"), "Accident: Crane falls on quay", "Crane falls on quay"),
        (OG.format("What the fall of a crane means"), "Port", "What the fall of a crane means"),
        ("<title>Crane falls on quay - Port News</title>", "Port News", "Crane falls on quay"),
        ("", "Crane falls on quay", "Crane falls on quay"),
    ],
    ids=["site name", "kicker", "h1 is the site", "title element", "h1 alone"],
)  # fmt: skip
def test_the_headline_is_what_readers_saw_without_site_name_and_kicker(
    head: str, h1: str, title: str
) -> None:
    article = read(head, h1)

    assert article.title == title
    assert article.text.count(title) == 1


@pytest.mark.parametrize("script", ["[" * 100_000, "{" * 5_000, "not json", '{"a": 1', ""])
def test_json_ld_that_cannot_be_read_says_nothing(script: str) -> None:
    assert things_in([script]) == []


def test_json_ld_may_stand_in_a_comment_and_hold_line_breaks() -> None:
    script = '<!--\n{"@type": "NewsArticle", "headline": "Two\nlines"}\n-->'

    assert things_in([script])[0]["headline"] == "Two\nlines"


@pytest.mark.parametrize(
    ("mark", "published"),
    [
        ("<abbr class='published' title='2025-04-02T09:15:00Z'>9:15 AM</abbr>", (2025, 4, 2, 9)),
        ("<time itemprop='datePublished' datetime='2025-04-03T10:00Z'>x</time>", (2025, 4, 3, 10)),
        ("<meta itemprop='datePublished' content='2025-04-04T11:00Z'>", (2025, 4, 4, 11)),
    ],
)
def test_marks_in_the_body_date_an_article(mark: str, published: tuple[int, ...]) -> None:
    article = read(body=mark)

    assert article.published is not None
    assert article.published.timetuple()[:4] == published


def test_a_year_in_running_text_or_in_the_footer_dates_nothing() -> None:
    article = read(body="<p>In 2015 the census counted 214 people there.</p><div>2019-2025</div>")

    assert article.published is None


def test_a_byline_without_its_name_names_nobody() -> None:
    article = read(body="<span class='post-author'>. by [author_name]</span>")

    assert article.authors == ()
