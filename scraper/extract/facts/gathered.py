"""All that a page says of its article besides the text, gathered for `article`.

It decides nothing about blocks, and asks for a walk around the headline only where heads are mute.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import TypedDict

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import metadata
from scraper.extract.facts.access import paywalled_of
from scraper.extract.facts.agencies import agency_of
from scraper.extract.facts.authors import authors_of
from scraper.extract.facts.languages import language_of
from scraper.extract.facts.names import is_person, names_in
from scraper.extract.facts.published import modified_of, published_of
from scraper.extract.facts.surroundings import Near, near_headline
from scraper.extract.generic import Guess
from scraper.extract.layout import line_of
from scraper.extract.metadata import Said

_MOST_LINES = 4000  # of a page, that are looked at for labels
_MOST_CHARS = 200


class Facts(TypedDict):
    """Fields of `model.Article`, as it names them."""

    canonical_url: str | None
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str | None
    description: str | None
    tags: tuple[str, ...]
    section: str | None
    image: str | None
    agency: str | None
    paywalled: bool | None


def facts_of(
    tree: LexborHTMLParser,
    said: Said,
    url: str,
    *,
    headline: str,
    credit_lines: Sequence[str] = (),
    sample: str = "",
    content_language: str | None = None,
    captured: date | None = None,
    guess: Callable[[], Guess] | None = None,
) -> Facts:
    """Return what a page says of its article.

    `credit_lines` are its closing credits, `sample` is some of its text (for its script). `guess`
    is asked only where neither an author nor a date is anywhere, and None says never.
    """

    @cache
    def near() -> Sequence[Near]:
        return near_headline(tree, headline)

    @cache
    def lines() -> Sequence[str]:
        text = tree.body.text(separator="\n") if tree.body else ""
        parts = (part.split() for part in text.split("\n") if len(part) <= _MOST_CHARS)
        return [" ".join(part) for part in islice(filter(None, parts), _MOST_LINES)]

    authors = authors_of(said, near, lines)
    published = published_of(said, url, near, lines, captured)
    if not authors and published is None and guess is not None:
        guessed = guess()
        authors, published = tuple(filter(is_person, names_in(guessed.authors))), guessed.published
    return Facts(
        canonical_url=metadata.canonical_url_of(said, url),
        authors=authors,
        published=published,
        modified=modified_of(said),
        language=language_of(said, content_language, sample),
        description=line_of(said.description) or None,
        tags=metadata.tags_of(said),
        section=metadata.section_of(said),
        image=metadata.image_of(said, url),
        agency=agency_of(said, [*authors, *credit_lines]),
        paywalled=paywalled_of(said),
    )
