"""What pages show of their articles beside the text: writers, days, titles, languages, agencies."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scraper.extract import extract_article
from scraper.extract.facts.agencies import agency_in
from scraper.extract.facts.names import names_in
from scraper.extract.facts.printed import day_in_address, moment_in
from scraper.model import Article

SAMPLES = tomllib.loads(Path(__file__).with_name("facts_samples.toml").read_text("utf-8"))
H1 = "Crane falls on quay of Port Ellery"
SITE = '<meta property="og:site_name" content="Ellery Post">'
TITLE = "<title>Crane falls | Ellery Post</title>"
STORY = (
    "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.",
    "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way.",
    "Repairs will take at least three weeks, and a third of the grain has no other way out.",
)


def read(
    head: str = "",
    beside: str = "",
    *,
    h1: str = H1,
    url: str = "https://www.ellerypost.example/a",
    lines: tuple[str, ...] = STORY,
    lang: str = "",
) -> Article:
    told = "".join(f"<p>{line}</p>" for line in lines)
    body = (
        f"<article><header><h1>{h1}</h1>{beside}</header><div class='text'>{told}</div></article>"
    )
    html = f"<html lang='{lang}'><head>{head}</head><body>{body}</body></html>"
    article = extract_article(html.encode(), url)
    assert article is not None
    return article


def ld(**thing: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


# --- authors ---


@pytest.mark.parametrize("sample", SAMPLES["byline"], ids=lambda sample: sample["html"][:50])
def test_a_byline_beside_the_headline_names_the_writers(sample: dict[str, Any]) -> None:
    assert list(read(beside=sample["html"]).authors) == sample["names"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Von der Leyen", ["Von der Leyen"]),
        ("Lena Okafor/Tom Brandt", ["Lena Okafor", "Tom Brandt"]),
        ("srf/hosb;kesm", ["srf/hosb", "kesm"]),
        ("Mia Sand, professor of law at the university of Port Ellery, post.example", ["Mia Sand"]),
        ("post.example", ["post.example"]),
        ("Staff Reporter", ["Staff Reporter"]),
        ("Lena Okafor, Staff Reporter", ["Lena Okafor"]),
        ("Reported by: Lena Okafor", ["Lena Okafor"]),
        ("By", []),
    ],
)
def test_names_are_what_is_left_of_roles_marks_and_domains(said: str, names: list[str]) -> None:
    assert list(names_in([said])) == names


def test_a_person_in_json_ld_that_is_the_site_gives_way_to_the_one_in_meta() -> None:
    site = {"@type": "Person", "name": "Ellery Post"}
    head = ld(**{"@type": "NewsArticle", "author": site, "publisher": {"name": "Ellery Post"}})

    assert read(head).authors == ("Ellery Post",)
    assert read(head + '<meta name="author" content="Lena Okafor">').authors == ("Lena Okafor",)


def test_writers_that_json_ld_leaves_out_are_taken_from_the_linked_byline() -> None:
    head = ld(**{"@type": "NewsArticle", "author": {"@type": "Person", "name": "Tom Brandt"}})
    both = '<a rel="author">Lena Okafor</a> <a rel="author">Tom Brandt</a>'
    others = '<a rel="author">Lena Okafor</a> <a rel="author">Udo Klar</a>'

    assert read(head, both).authors == ("Lena Okafor", "Tom Brandt")
    assert read(head, others).authors == ("Tom Brandt",)


def test_a_reference_in_json_ld_is_followed_within_the_page() -> None:
    graph = [
        {"@type": "NewsArticle", "author": {"@id": "#lena"}},
        {"@type": "Person", "@id": "#lena", "name": "Lena Okafor"},
    ]

    assert read(ld(**{"@graph": graph})).authors == ("Lena Okafor",)


# --- dates ---


@pytest.mark.parametrize("sample", SAMPLES["date"], ids=lambda sample: sample["html"][:50])
def test_a_date_beside_the_headline_is_the_day_of_publishing(sample: dict[str, Any]) -> None:
    assert read(beside=sample["html"]).published == sample.get("moment")


def test_a_time_of_day_is_preferred_where_both_name_the_same_day() -> None:
    head = '<meta name="date" content="2024-03-12">' + ld(
        **{"@type": "NewsArticle"}, datePublished="2024-03-11T22:30:00Z"
    )
    older = '<meta name="date" content="2024-03-12">' + ld(
        **{"@type": "NewsArticle"}, datePublished="2019-01-01T08:00:00Z"
    )

    assert read(head).published == datetime(2024, 3, 11, 22, 30, tzinfo=UTC)
    assert read(older).published == datetime(2024, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://e.example/2024/03/12/crane", (2024, 3, 12)),
        ("https://e.example/news/2024-3-12-crane.html", (2024, 3, 12)),
        ("https://e.example/crane-20240312", (2024, 3, 12)),
        ("https://e.example/a/20249912/crane", None),
        ("https://e.example/a/120240312/crane", None),
        ("https://e.example/crane?on=/2024/03/12/", None),
    ],
)
def test_an_address_may_name_the_day(url: str, day: tuple[int, int, int] | None) -> None:
    found = day_in_address(url)

    assert found == (None if day is None else datetime(*day, tzinfo=UTC))


@pytest.mark.parametrize("text", ["30 February 2024", "99.99.2024", "May be 2024", "12 2024", ""])
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert moment_in(text) is None


# --- titles ---


@pytest.mark.parametrize(
    ("head", "h1", "title", "headline"),
    [
        (
            '<meta property="og:title" content="Crane falls, harbour closed">',
            "Crane falls on quay",
            "Crane falls, harbour closed",
            "Crane falls on quay",
        ),
        (
            SITE + '<meta property="og:title" content="Crane falls - and stands - Ellery Post">',
            "Crane falls - and stands",
            "Crane falls - and stands",
            "Crane falls - and stands",
        ),
        (
            TITLE + '<meta property="og:title" content="Ellery Post">',
            "Crane falls on quay",
            "Crane falls on quay",
            "Crane falls on quay",
        ),
        (
            '<meta property="og:title" content="Mayor says ">',
            'Mayor says "no" to cranes',
            'Mayor says "no" to cranes',
            'Mayor says "no" to cranes',
        ),
        (
            '<meta property="og:title" content="Seven things about us">',
            "Crane falls on quay",
            "Crane falls on quay",
            "Crane falls on quay",
        ),
    ],
    ids=["two titles", "dash of its own", "og is the site", "torn attribute", "og of another page"],
)
def test_the_title_is_the_heads_and_the_headline_the_readers(
    head: str, h1: str, title: str, headline: str
) -> None:
    article = read(head + ld(**{"@type": "NewsArticle", "headline": h1}), h1=h1)

    assert article.title == title
    assert article.headline == headline
    assert article.text.startswith(f"{headline}\n\n")


# --- language, agency and the rest ---


@pytest.mark.parametrize(
    ("lang", "line", "language"),
    [
        ("en", STORY[0], "en"),
        (
            "en",
            "エレリー港では月曜日に北岸でクレーンが倒れ、港が閉鎖された。けが人はいなかった。",
            "ja",
        ),
        (
            "ja",
            "日本政府北岸港口月曜日起重機倒塌事故調査委員会設置決定発表会見東京都千代田区",
            "ja",
        ),
        (
            "",
            "월요일 엘러리 항구 북쪽 부두에서 크레인이 쓰러져 항구가 폐쇄되었다. 다친 사람은 없다.",
            "ko",
        ),
        ("en-US", "Гавань Порт-Эллери закрыли в понедельник после падения крана на причал.", None),
        ("ru", "Гавань Порт-Эллери закрыли в понедельник после падения крана на причал.", "ru"),
        ("zu", STORY[0], "zu"),
    ],
)
def test_a_language_that_its_letters_contradict_is_left_over_from_a_theme(
    lang: str, line: str, language: str | None
) -> None:
    assert read(lang=lang, lines=(line,) * 3).language == language


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("AFP", "AFP"),
        ("Lena Okafor/dpa", "dpa"),
        ("(Reporting by Lena Okafor; Editing by Tom Brandt for Reuters)", "Reuters"),
        ("SDA/sep", "SDA"),
        ("Associated Press writer Mia Sand contributed to this report.", "AP"),
        ("\u0422\u0410\u0421\u0421", "TASS"),
        ("共同通信", "Kyodo"),
        ("Lena Okafor, PA to the mayor", None),
        ("Map: APA Street", None),
        ("Lena Okafor", None),
    ],
)
def test_a_credit_names_its_agency(line: str, agency: str | None) -> None:
    assert agency_in(line) == agency


def test_an_agency_is_none_on_its_own_site() -> None:
    author = '<meta name="author" content="Reuters">'

    assert read(author).agency == "Reuters"
    assert read(author + '<meta property="og:site_name" content="Reuters">').agency is None


def test_section_and_image_are_read_and_absolute() -> None:
    section = '<meta property="article:section" content="Local">'
    head = section + '<meta property="og:image" content="/c.jpg">'

    article = read(head)

    assert article.section == "Local"
    assert article.image == "https://www.ellerypost.example/c.jpg"
