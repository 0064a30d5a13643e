"""Section pages: fronts of invented outlets in four languages, and pages made to hurt."""

import time
from pathlib import Path
from urllib.parse import quote

import pytest

from scraper.discover.announced import Announced
from scraper.discover.likeness import is_ruled_out
from scraper.discover.sections import LEAST_SCORE, is_same_site, links_in_section

FRONTS = Path(__file__).parent / "fronts"

# What each front holds: links that are stories, and all the rest that a front page has.
ENGLISH = (FRONTS / "english.html").read_text("utf-8")
ENGLISH_STORIES = {
    "https://www.harbourpost.example/politics/2025/03/14/mayor-resigns-after-the-audit",
    "https://www.harbourpost.example/business/shipyard-orders-fall-for-third-year-running-10482",
    "https://www.harbourpost.example/culture/the-last-lighthouse-keeper-speaks",
    "https://harbourpost.example/sport/rowing-club-wins-regatta-in-fog.html",
}

GERMAN = (FRONTS / "german.html").read_text("utf-8")
GERMAN_STORIES = {
    "https://hafenblatt.example/wirtschaft/werft-muss-drei-docks-schliessen-a-8f3c2a91.html",
    "https://hafenblatt.example/panorama/kutter-rettet-zwei-surfer-aus-der-nordsee,238114.html",
    "https://hafenblatt.example/artikel/1048213",
}

RUSSIAN = (FRONTS / "russian.html").read_text("utf-8")
RUSSIAN_STORIES = {
    "https://vestnik.example/news/2025/03/14/paromu-zapretili-vyhodit-v-more/",
    "https://vestnik.example/news/471203",
    "https://vestnik.example/" + quote("новости/мэр-ушёл-в-отставку"),
}

JAPANESE = (FRONTS / "japanese.html").read_text("utf-8")
JAPANESE_STORIES = {
    "https://shimbun.example/news/articles/ASX3F5G21A0314.html",
    "https://shimbun.example/news/20250314-88213/",
}


def read(html: str, url: str, **options: object) -> Announced:
    return links_in_section(html.encode(), url, **options)  # type: ignore[arg-type]  # each test's own


@pytest.mark.parametrize(
    ("html", "url", "stories"),
    [
        (ENGLISH, "https://www.harbourpost.example/", ENGLISH_STORIES),
        (GERMAN, "https://hafenblatt.example/wirtschaft/", GERMAN_STORIES),
        (RUSSIAN, "https://vestnik.example/news/", RUSSIAN_STORIES),
        (JAPANESE, "https://shimbun.example/", JAPANESE_STORIES),
    ],
    ids=["english", "german", "russian", "japanese"],
)
def test_the_stories_of_a_front_are_found_and_nothing_else(
    html: str, url: str, stories: set[str]
) -> None:
    announced = read(html, url)

    assert {link.url for link in announced.links} == stories
    assert all(LEAST_SCORE <= (link.score or 0) <= 1 for link in announced.links)
    assert all(link.source == url for link in announced.links)


def test_a_story_that_is_linked_three_times_is_one_with_its_headline() -> None:
    first = read(ENGLISH, "https://www.harbourpost.example/").links[0]

    assert first.title == "Mayor resigns after the audit of the port"


def test_the_headline_of_a_card_is_its_title() -> None:
    links = read(ENGLISH, "https://www.harbourpost.example/").links

    assert "The last lighthouse keeper speaks" in {link.title for link in links}


@pytest.mark.parametrize("selector", ["h3 a", "h3", "h3 a b, h3 a:not(:has(b))"])
def test_a_selector_finds_anchors_or_what_holds_them_or_stands_in_them(selector: str) -> None:
    html = """<h3><a href="/x">X</a></h3><a href="/z">Z</a>
        <h3><a href="https://b.example/y"><b>Y</b></a></h3>"""

    announced = read(f'<div class="card">{html}</div>', "https://a.example/", selector=selector)

    wanted = ["https://a.example/x", "https://b.example/y"]
    assert [link.url for link in announced.links] == wanted
    assert all(link.score is None for link in announced.links)


def test_a_selector_that_finds_nothing_is_a_problem() -> None:
    announced = read(GERMAN, "https://hafenblatt.example/", selector=".teaser-2024 a")

    assert announced == Announced(problems=("nothing matches '.teaser-2024 a'",))


def test_a_selector_that_is_none_is_a_problem() -> None:
    announced = read(GERMAN, "https://hafenblatt.example/", selector="a[[")

    assert announced == Announced(problems=("'a[[' is not a CSS selector",))


def test_a_page_without_stories_says_so() -> None:
    announced = read("<p>Nothing <a href='/about'>here</a></p>", "https://a.example/")

    assert announced == Announced(problems=("no link on it looks like an article",))


def test_a_known_title_makes_a_link_certain() -> None:
    html = '<p><a href="/x/ab">Fog   LIFTS</a> <a href="/y/ab">Fog stays</a></p>'

    announced = read(html, "https://a.example/", known_titles=("Fog lifts",))

    assert [(link.url, link.score) for link in announced.links] == [("https://a.example/x/ab", 1.0)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.a.example/", "https://a.example/", True),
        ("https://m.a.example/", "https://www.a.example/", True),
        ("https://news.a.example/", "https://www.a.example/", True),
        ("https://a.example/", "https://b.example/", False),
        ("https://nota.example/", "https://a.example/", False),
    ],
)
def test_subdomains_are_of_the_site_and_look_alikes_are_not(
    one: str, other: str, same: bool
) -> None:
    assert is_same_site(one, other) is same


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tag/harbour-pilots-strike-of-the-year",
        "/etiket/liman",
        "/author/jane-m-doe-and-john-p-roe",
        "/login",
        "/page/2",
        "/news/page-12",
        "/news?page=2",
        "/a/b.jpg",
        "/rss/news.xml",
        "/datenschutz",
        "/abo/vier-wochen-fuer-null-euro",
    ],
)
def test_lists_services_and_files_are_ruled_out(path: str) -> None:
    assert is_ruled_out("https://a.example" + path)


@pytest.mark.parametrize(
    "path",
    [
        "/archive/2025/03/14/mayor-resigns",
        "/jobs/why-nobody-wants-to-be-a-pilot",
        "/politics/archive/2025/03/mayor-resigns/12345/",
        "/?p=4711",
        "/news/4711",
        "/p1234",
    ],
)
def test_stories_in_odd_places_are_not(path: str) -> None:
    assert not is_ruled_out("https://a.example" + path)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<div>" * 200_000 + "</div>" * 200_000,
        "<a " + " ".join(f"a{n}=1" for n in range(60_000)) + ">",
    ],
    ids=["open", "closed", "attributes"],
)
def test_promise_24_markup_that_hangs_parsers_is_refused(html: str) -> None:
    began = time.process_time()

    announced = read(html, "https://a.example/")

    assert announced.problems[0].startswith("too complex to be read: ")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "html",
    [
        "<a href='/2025/03/14/the-story-of-the-day'>The story of the day, again</a>" * 50_000,
        "<a href='" * 200_000,
        "<script>" * 200_000,
        "<!--" * 200_000,
        "<" * 1_000_000,
        "\0" * 100_000,
        "",
    ],
    ids=["links", "quotes", "scripts", "comments", "brackets", "nuls", "empty"],
)
def test_promise_24_other_hostile_pages_end(html: str) -> None:
    assert len(read(html, "https://a.example/").links) <= 1


def test_data_urls_are_no_attributes() -> None:
    picture = f"<img src='data:image/png;base64,{'ab/cd ' * 20_000}'>"
    html = picture + "<a href='/2025/03/14/the-story-of-the-day'>The story of the day</a>"

    assert len(read(html, "https://a.example/").links) == 1
