"""Kinds of pages: what is an article, and what stands where one was asked for."""

import json
import tomllib
from pathlib import Path

import pytest

from scraper.extract import extract_article
from scraper.extract.extraction import extraction_of
from scraper.model import Article, Extraction, ExtractStatus, Kind, Page

SAMPLES = Path(__file__).with_name("kinds_samples.toml")
WALLS = tomllib.loads(SAMPLES.read_text("utf-8"))["page"]
STORY = (
    "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.",
    "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way.",
    "Repairs will take at least three weeks, and a third of the grain has no other way out.",
    "The town's council meets on Thursday to decide who pays for a second crane, and when.",
)


def told(lines: tuple[str, ...] = STORY) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def ld(**thing: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def read(body: str, head: str = "", url: str = "https://www.example.org/news/quay") -> Extraction:
    html = f"<html><head>{head}</head><body>{body}</body></html>"
    headers = (("content-type", "text/html; charset=utf-8"),)
    page = Page(url=url, status=200, headers=headers, body=html.encode())
    return extraction_of(page, None, None)


def article(body: str, head: str = "", url: str = "https://www.example.org/news/quay") -> Article:
    found = read(body, head, url)
    assert found.article is not None, found.detail
    assert found.kind is found.article.kind
    return found.article


def card(number: int) -> str:
    text = f"What the {number}th story of the day has to say in a sentence or so, cut off."
    title = f'<h3><a href="/s{number}">Title of story {number}</a></h3>'
    return f'<div class="card">{title}<p>{text}</p></div>'


# --- articles ---


def test_a_plain_story_is_an_article_without_a_reason() -> None:
    found = article(f"<article><h1>Crane falls on quay</h1>{told()}</article>")

    assert (found.kind, found.kind_reason, found.paywalled) == (Kind.ARTICLE, "", None)


def test_a_live_blog_is_told_by_json_ld_and_keeps_its_entries() -> None:
    entries = "".join(
        f"<div class='entry'><time>1{n}:05</time><p>{STORY[n]}</p></div>" for n in range(4)
    )

    found = article(
        f"<article><h1>Quay: live</h1>{entries}</article>", ld(**{"@type": "LiveBlogPosting"})
    )

    assert found.kind is Kind.LIVE
    assert all(line in found.paragraphs for line in STORY)


def test_a_live_blog_is_told_by_its_times_where_the_page_is_named_so() -> None:
    entries = "".join(
        f"<div class='entry'><span class='clock'>1{n}:0{n}</span><p>{n}. {STORY[n % 4]}</p></div>"
        for n in range(7)
    )
    body = f"<article><h1>Crane falls on quay</h1>{entries}</article>"

    assert article(body, url="https://example.org/liveticker/quay").kind is Kind.LIVE
    assert article(body, url="https://example.org/departures/quay").kind is Kind.ARTICLE


def test_pictures_with_captions_and_little_else_are_a_gallery() -> None:
    pictures = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>The crane seen from pier {n}, on Monday. Photo: "
        "Ina Holm</figcaption></figure>"
        for n in range(8)
    )
    story = f"<h1>The fallen crane</h1>{told(STORY[:2])}<div class='gallery'>{pictures}</div>"

    assert article(f"<article>{story}</article>").kind is Kind.GALLERY


def test_a_story_with_a_gallery_below_it_stays_an_article() -> None:
    pictures = "".join(
        f"<figure><img src='{n}.jpg'><figcaption>Pier {n} on Monday</figcaption></figure>"
        for n in range(8)
    )
    story = f"<article><h1>Crane falls on quay</h1>{told(STORY * 3)}</article>"
    body = f"{story}<div class='gallery'>{pictures}</div>"

    assert article(body).kind is Kind.ARTICLE


def test_a_video_with_a_few_words_is_a_video_and_an_article_with_one_is_not() -> None:
    video = ld(**{"@type": "VideoObject", "name": "Crane falls"})
    story = ld(**{"@type": "NewsArticle", "headline": "Crane falls"})
    body = f"<main><h1>Crane falls</h1>{told(STORY[:2])}</main>"

    assert article(body, video).kind is Kind.VIDEO
    assert article(body, video + story).kind is Kind.ARTICLE


# --- teasers ---

LOCKED = ld(**{"@type": "NewsArticle", "isAccessibleForFree": False, "wordCount": 900})


def test_a_teaser_is_kept_as_what_it_is_and_never_padded_with_the_prompt() -> None:
    prompt = (
        "<div class='paywall'><h2>Subscribe to continue</h2><p>To continue reading, become "
        "a member today for 1 a month.</p><a href='/abo'>Subscribe</a></div>"
    )
    body = f"<article><h1>Crane falls on quay</h1>{told(STORY[:2])}{prompt}</article>"

    found = article(body, LOCKED)

    assert (found.kind, found.paywalled) == (Kind.TEASER, True)
    assert found.paragraphs == STORY[:2]
    assert found.kind_reason


def test_a_page_that_sells_the_rest_is_paywalled_though_its_head_says_nothing() -> None:
    prompt = (
        "<div class='offer'><p>Dieser Artikel ist für Abonnenten. Jetzt abonnieren und weiterlesen."
        "</p><a href='/abo'>Zum Abo</a></div>"
    )
    body = f"<article><h1>Kran stürzt auf Kai</h1>{told(STORY[:2])}</article>{prompt}"

    found = article(body)

    assert (found.kind, found.paywalled) == (Kind.TEASER, True)


def test_a_whole_story_behind_a_paywall_is_an_article_that_is_to_be_paid_for() -> None:
    whole = ld(**{"@type": "NewsArticle", "isAccessibleForFree": False})

    found = article(f"<article><h1>Crane falls</h1>{told(STORY * 5)}</article>", whole)

    assert (found.kind, found.paywalled) == (Kind.ARTICLE, True)


# --- what is no article ---


@pytest.mark.parametrize("page", WALLS, ids=lambda page: f"{page['kind']} {page['head'][7:30]}")
def test_what_is_no_article_is_said_with_its_kind_and_a_reason(page: dict[str, str]) -> None:
    found = read(page["body"].replace("CARDS", "".join(map(card, range(12)))), page["head"])

    assert (found.status, found.article) == (ExtractStatus.NO_ARTICLE, None)
    assert found.kind == page["kind"]
    assert len(found.detail) > 20


def test_a_front_page_is_a_list_whatever_stands_between_its_titles() -> None:
    body = f"<main><h1>The Daily Example</h1>{told(STORY[:2])}{''.join(map(card, range(6)))}</main>"

    found = read(body, url="https://www.example.org/")

    assert found.kind is Kind.LIST


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("Page not found: the town that maps forgot", "The page not found in any atlas is this."),
        ("Access denied: reporters kept from quay", "Access denied, said the guard at the gate."),
        ("Cookies and consent: what the ruling means", "Cookies need consent, the court ruled."),
        ("Why we sign in everywhere", "To sign in is to be known, the researchers write."),
    ],
)
def test_a_story_about_walls_is_no_wall(headline: str, line: str) -> None:
    body = (
        f"<article><h1>{headline}</h1>{told((line, *STORY))}</article>"
        "<div id='cookie-consent'><p>We use cookies with your consent.</p><button>Accept</button>"
        "</div><form><input type=password></form>"
    )

    assert article(body, f"<title>{headline} | The Daily Example</title>").kind is Kind.ARTICLE


def test_a_dated_article_is_none_of_the_walls_whatever_its_title() -> None:
    dated = '<title>404</title><meta property="article:published_time" content="2024-03-01">'

    assert article(f"<article><h1>404</h1>{told()}</article>", dated).kind is Kind.ARTICLE


def test_a_story_with_twenty_related_titles_is_no_list() -> None:
    related = "".join(
        f"<h4><a href='/{n}'>Another story of the week, number {n}</a></h4>" for n in range(25)
    )

    found = article(f"<article><h1>Crane falls</h1>{told()}</article><aside>{related}</aside>")

    assert found.kind is Kind.ARTICLE


def test_extract_article_returns_none_where_a_wall_stands() -> None:
    html = (
        b"<title>Page not found</title><h1>404</h1><p>Nothing was found here. Try the search.</p>"
    )

    assert extract_article(html, "https://www.example.org/gone") is None
