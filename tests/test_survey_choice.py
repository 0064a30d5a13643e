"""Which sources an entry needs, what an outlet is called, and its id."""

from datetime import UTC, datetime, timedelta

import pytest

from scraper.discover.pointers import Pointers
from scraper.model import Article, Extraction, ExtractStatus, Link
from scraper.survey.choice import MANY, PAST, choose
from scraper.survey.findings import Candidate, Sample, Yield
from scraper.survey.names import id_of, language_of, name_of

HOME = "https://www.times.example/"
TODAY = datetime(2026, 3, 1, tzinfo=UTC)


def yielded(kind: str, name: str, paths: list[str], *, age: int | None = None) -> Yield:
    """Return what a source yielded: links, each a day older than the one before."""
    links = tuple(
        Link(
            url=f"{HOME}{path}" if "://" not in path else path,
            source=name,
            published=None if age is None else TODAY - timedelta(days=age + at),
        )
        for at, path in enumerate(paths)
    )
    candidate = Candidate(type=kind, url=f"{HOME}{name}", found_by="named by a page")
    return Yield(candidate=candidate, type=kind, links=links, problem="" if links else "it is gone")


def paths(*numbers: int) -> list[str]:
    return [f"2026/03/01/story-number-{number}-of-the-day" for number in numbers]


def chosen_of(*found: Yield) -> tuple[list[str], dict[str, str]]:
    chosen, left_out = choose(found, HOME)
    return (
        [one.found.url.removeprefix(HOME) for one in chosen],
        {one.found.url.removeprefix(HOME): one.reason for one in left_out},
    )


def test_feeds_come_first_and_the_longest_of_them() -> None:
    chosen, left_out = chosen_of(
        yielded("sitemap", "map", paths(*range(9))),
        yielded("feed", "top", paths(1, 2)),
        yielded("feed", "all", paths(1, 2, 3)),
        yielded("news-sitemap", "news", paths(3, 4)),
    )

    assert chosen == ["all", "news", "map"]
    assert left_out == {"top": "it adds nothing to the sources above"}


def test_links_to_other_sites_and_to_no_articles_add_nothing() -> None:
    chosen, left_out = chosen_of(
        yielded("feed", "own", paths(1)),
        yielded("feed", "foreign", ["https://other.example/2026/03/01/a-story-of-theirs"]),
        yielded("sitemap", "pages", ["about", "tag/storms", "contact"]),
        yielded("feed", "gone", []),
    )

    assert chosen == ["own"]
    assert left_out == {
        "foreign": "its links lead to other sites",
        "pages": "it adds nothing to the sources above",
        "gone": "it is gone",
    }


@pytest.mark.parametrize(
    ("count", "age", "is_kept"), [(MANY + 1, 30, False), (MANY + 1, 1, True), (MANY, 30, True)]
)
def test_a_long_sitemap_of_the_past_is_for_backfill(count: int, age: int, is_kept: bool) -> None:
    feed = yielded("feed", "feed", paths(1, 2, 3), age=0)
    sitemap = yielded("sitemap", "map", paths(*range(10, 10 + count)), age=age)

    chosen, left_out = chosen_of(feed, sitemap)

    assert ("map" in chosen, left_out.get("map")) == (is_kept, None if is_kept else PAST)


@pytest.mark.parametrize(
    ("fronts", "feed_title", "name"),
    [
        ([Pointers(site_name="Said Outright", title_parts=("Times",))], None, "Said Outright"),
        ([Pointers(title_parts=("News", "The Times"))], "The Times: World", "The Times"),
        ([Pointers(title_parts=("Storm hits coast",))], None, "times.example"),
        ([], "Times", "Times"),
    ],
)
def test_the_name_is_what_pages_and_feeds_agree_on(
    fronts: list[Pointers], feed_title: str | None, name: str
) -> None:
    candidate = Candidate(type="feed", url=f"{HOME}rss", found_by="named by a page")
    feed = Yield(candidate=candidate, type="feed", title=feed_title)

    assert name_of(fronts, [feed], HOME) == name


@pytest.mark.parametrize(
    ("name", "taken", "outlet_id"),
    [
        ("The Moscow Times", (), "moscow-times"),
        ("L'Été & Cie.", (), "lete-cie"),
        ("Белорусская газета", (), "times"),
        ("The Times", ("times",), "times-example"),
        ("The Times", ("times", "times-example"), "times-2"),
        ("x" * 80, (), "x" * 63),
        ("!", (), "times"),
    ],
)
def test_an_id_is_made_of_the_name_or_the_host(
    name: str, taken: tuple[str, ...], outlet_id: str
) -> None:
    assert id_of(name, HOME, taken) == outlet_id


@pytest.mark.parametrize(
    ("languages", "said", "language"),
    [
        (["en", "en", "en", "tr"], None, "en"),
        (["en-GB", "en-US", "en"], None, "en"),
        (["en", "tr"], "en", None),
        ([None, None], "pt-BR", "pt-BR"),
        ([], None, None),
    ],
)
def test_the_language_is_that_of_most_articles(
    languages: list[str | None], said: str | None, language: str | None
) -> None:
    samples = [
        Sample(
            link=Link(url=f"{HOME}{at}", source="feed"),
            source="feed",
            extraction=Extraction(
                status=ExtractStatus.OK,
                article=Article(title="T", paragraphs=(), text="T", url=HOME, language=one),
            ),
        )
        for at, one in enumerate(languages)
    ]

    assert language_of(samples, said) == language
