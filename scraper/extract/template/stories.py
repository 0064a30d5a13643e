"""Which pages tell one story: captures of it, and its versions.

What recurs is counted over stories, or three captures of one story would make boilerplate of it.
"""

from collections.abc import Sequence

from scraper.extract.template.grams import grams_of
from scraper.extract.template.observed import Observed

_LEAST_TOKENS = 12
# Share of the smaller story's grams. Versions of one story share .97; the most alike of 137 pairs
# of different articles .28, by boilerplate alone (EXTRACTION 2.4).
_SAME = 0.5
_HEADLINES = 3
_ALIKE = 0.5  # word Jaccard of two headlines


def stories_of(pages: Sequence[Observed]) -> list[int]:
    """Return for each page the number of its story, from 0 in the order of the pages."""
    texts = [_text_of(page) for page in pages]
    common = _common(pages, texts)
    story = list(range(len(pages)))
    for at, text in enumerate(texts):
        for before in range(at):
            is_known = pages[at].url == pages[before].url
            if is_known or _is_same(text - common, texts[before] - common):
                _join(story, story[before], story[at])
    numbers = {old: new for new, old in enumerate(dict.fromkeys(story))}
    return [numbers[old] for old in story]


def _text_of(page: Observed) -> set[str]:
    return {
        gram
        for seen in page.seen
        if seen.vote >= 0.5 and not seen.is_title and len(seen.norm.split()) >= _LEAST_TOKENS
        for gram in grams_of(seen.norm)
    }


def _common(pages: Sequence[Observed], texts: Sequence[set[str]]) -> set[str]:
    """Return what stands below three unlike headlines: boilerplate, that says nothing of a story.

    Captures of one story have one headline; where a version has a new one, two are not enough.
    """
    below: dict[str, list[frozenset[str]]] = {}
    for page, text in zip(pages, texts, strict=True):
        for gram in text:
            heads = below.setdefault(gram, [])
            if len(heads) < _HEADLINES and all(_is_unlike(page.headline, head) for head in heads):
                heads.append(page.headline)
    return {gram for gram, heads in below.items() if len(heads) >= _HEADLINES}


def _is_unlike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) < _ALIKE * max(1, len(one | other))


def _is_same(one: set[str], other: set[str]) -> bool:
    least = min(len(one), len(other))
    return least > 0 and len(one & other) >= _SAME * least


def _join(story: list[int], kept: int, gone: int) -> None:
    story[:] = [kept if number == gone else number for number in story]
