"""Pages taken in one by one as one article, until one of them brings nothing to it."""

from collections.abc import Sequence

import pytest
from serials import TITLE, lines, text_of

from scraper.extract import whole as module
from scraper.extract.layout import text_of as laid_out
from scraper.extract.whole import Whole
from scraper.model import Article, Extraction, ExtractStatus

URL = "https://www.example.org/story"
COMMENTS = ["Well said, and about time too, I should think.", "I beg to differ with the last one."]


def read(number: int, *, url: str = "", told: Sequence[str] = (), more: bool = True) -> Extraction:
    paragraphs = tuple(told or lines(number))
    article = Article(
        title=TITLE,
        headline=TITLE,
        paragraphs=paragraphs,
        text=laid_out(TITLE, paragraphs),
        url=url or at(number),
        next_url=at(number + 1) if more else None,
    )
    return Extraction(status=ExtractStatus.OK, article=article)


def at(number: int) -> str:
    return URL if number == 1 else f"{URL}?page={number}"


def text_in(whole: Whole) -> str:
    article = whole.extraction().article
    assert article is not None
    return article.text


def test_pages_are_taken_until_the_article_ends() -> None:
    whole = Whole(read(1))
    for number in (2, 3):
        assert whole.next_url == at(number)
        whole.take(at(number), read(number, more=number < 3))

    came = whole.extraction()

    assert whole.next_url is None
    assert text_in(whole) == text_of(1, 2, 3)
    assert (came.detail, came.is_cut, came.article and came.article.pages) == ("", False, 3)


def test_one_page_is_what_was_read_of_it() -> None:
    first = read(1)

    assert Whole(first).extraction() == first


def test_a_page_that_says_nothing_new_is_not_taken() -> None:
    whole = Whole(read(1))

    whole.take(at(2), read(2, told=lines(1)[:2]))

    assert whole.next_url is None
    assert text_in(whole) == text_of(1)
    assert whole.extraction().detail == (
        "page 2 of the article: it says what was said before; the text ends with page 1"
    )


def test_a_page_that_shows_an_earlier_one_above_other_comments_is_not_taken() -> None:
    whole = Whole(read(1))

    whole.take(at(2), read(2, told=[*lines(1), *COMMENTS]))

    assert text_in(whole) == text_of(1)


def test_a_standfirst_on_every_page_of_a_gallery_is_no_repetition() -> None:
    lead = lines(9)[0]
    whole = Whole(read(1, told=[lead, lines(1)[0]]))

    whole.take(at(2), read(2, told=[lead, lines(2)[0]]))

    assert text_in(whole) == "\n\n".join([TITLE, lead, lines(1)[0], lines(2)[0]])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (URL, "was read before"),
        (f"{URL}?utm_source=feed", "was read before"),
        ("https://elsewhere.example/story?page=2", "leads elsewhere"),
        ("https://www.example.org:8443/story?page=2", "leads elsewhere"),
        ("ftp://www.example.org/story", "leads elsewhere"),
    ],
)
def test_a_page_that_came_from_elsewhere_or_from_before_is_not_taken(url: str, said: str) -> None:
    whole = Whole(read(1))

    whole.take(url, read(2))

    assert text_in(whole) == text_of(1)
    assert said in whole.extraction().detail


@pytest.mark.parametrize("url", ["http://example.org/story?page=2", at(2)])
def test_twins_of_a_host_and_http_are_the_same_place(url: str) -> None:
    whole = Whole(read(1))

    whole.take(url, read(2))

    assert text_in(whole) == text_of(1, 2)


def test_what_is_no_article_ends_the_text() -> None:
    whole = Whole(read(1))

    whole.take(at(2), Extraction(status=ExtractStatus.NO_ARTICLE, detail="a list of links"))

    assert text_in(whole) == text_of(1)
    assert "(no-article: a list of links)" in whole.extraction().detail


def test_a_text_has_so_many_characters_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TEXT", len(text_of(1)) + 10)
    whole = Whole(read(1))

    whole.take(at(2), read(2))

    assert text_in(whole) == text_of(1)
    assert "characters at most" in whole.extraction().detail
