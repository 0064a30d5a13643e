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


def stories_of(pages: Sequence[Observed]) -> list[int]:
    """Return for each page the number of its story, from 0 in the order of the pages."""
    texts = [_text_of(page) for page in pages]
    common = _common(texts)
    story = list(range(len(pages)))
    for at, text in enumerate(texts):
        for before in range(at):
            if _is_same(text - common, texts[before] - common):
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


def _common(texts: Sequence[set[str]]) -> set[str]:
    """Return what most pages of many have: boilerplate that says nothing of the story."""
    if len(texts) < 5:
        return set()
    counts: dict[str, int] = {}
    for text in texts:
        for gram in text:
            counts[gram] = counts.get(gram, 0) + 1
    return {gram for gram, count in counts.items() if count > 0.8 * len(texts)}


def _is_same(one: set[str], other: set[str]) -> bool:
    least = min(len(one), len(other))
    return least > 0 and len(one & other) >= _SAME * least


def _join(story: list[int], kept: int, gone: int) -> None:
    story[:] = [kept if number == gone else number for number in story]
