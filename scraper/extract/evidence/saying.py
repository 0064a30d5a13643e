"""Evidence of what a piece says: wording of furniture, the words of the page's head, repetition.

Whether it may stay is not asked here; wording alone proves nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scraper.extract import wording
from scraper.extract.evidence.ground import Ground
from scraper.extract.evidence.scales import Scale
from scraper.extract.jsonld import strings
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece, tokens_of

_TITLE = Scale("title", (0.05, 0.2, 0.4, 0.6, 0.8, 0.999))
_SAME = Scale("description", (0.05, 0.2, 0.5, 0.8))
_CAPTION = Scale("alt text", (0.05, 0.3, 0.6, 0.9))
_WORDY = 60  # tokens of a block that is looked through for wording of its opening
_COPIED = 8  # tokens; fewer may well be said twice
_LONG = 150


@dataclass(slots=True)
class Words:
    """What the words of a page's pieces are compared with."""

    titles: Sequence[frozenset[str]]
    description: frozenset[tuple[str, ...]]
    captions: frozenset[tuple[str, ...]]
    names: frozenset[tuple[str, ...]]
    first: dict[tuple[str, ...], int] = field(default_factory=dict)
    twice: frozenset[tuple[str, ...]] = frozenset()  # runs of words that the page has twice


def words_of(ground: Ground, said: Said, titles: Iterable[str], alts: Iterable[str]) -> Words:
    """Return what the words of a page's pieces are compared with."""
    authors = [*said.meta.get("author", ()), *strings(said.article.get("author"))]
    captions: set[tuple[str, ...]] = set()
    for alt in alts:
        captions.update(_grams(tokens_of(alt), 3))
    words = Words(
        titles=[frozenset(tokens_of(title)) for title in dict.fromkeys(titles)],
        description=frozenset(_grams(tokens_of(said.description), 3)),
        captions=frozenset(captions),
        names=frozenset(tokens_of(name) for name in authors) - {()},
    )
    runs: list[tuple[str, ...]] = []
    for piece, far in zip(ground.pieces, ground.far, strict=True):
        words.first.setdefault(piece.tokens, piece.index)
        if not far and len(piece.tokens) >= _COPIED:
            runs += _grams(piece.tokens, 6)
    if len(set(runs)) < len(runs):
        words.twice = frozenset(run for run, times in Counter(runs).items() if times > 1)
    return words


def saying_evidence(words: Words, piece: Piece) -> list[str]:
    """Return what the words of a piece say of it."""
    tokens = piece.tokens
    found = _head_evidence(words, piece)
    if words.first[tokens] != piece.index:
        found.append("said before")
    if words.twice and len(tokens) >= _COPIED:
        shared = sum(map(words.twice.__contains__, _grams(tokens, 6)))
        if shared > 0.5 * (len(tokens) - 5):
            found.append("said elsewhere")
    if len(tokens) <= _LONG:
        found += _wording_evidence(piece)
    return found


def _head_evidence(words: Words, piece: Piece) -> list[str]:
    tokens = piece.tokens
    own = frozenset(tokens)
    found = []
    if len(tokens) < 40 and words.titles:
        found.append(_TITLE(max(len(own & t) / (len(own | t) or 1) for t in words.titles)))
    threes = _grams(tokens, 3) if words.description or words.captions else []
    if words.description and threes:
        same = sum(map(words.description.__contains__, threes))
        if same:
            found.append(_SAME(same / min(len(threes), len(words.description))))
    if words.captions and threes and len(tokens) < 80:
        same = sum(map(words.captions.__contains__, threes))
        if same:
            found.append(_CAPTION(same / len(threes)))
    if len(tokens) < 30 and any(_holds(tokens, name) for name in words.names):
        found.append("names an author")
    return found


def _wording_evidence(piece: Piece) -> list[str]:
    text, count = piece.text, len(piece.tokens)
    found = []
    if count <= _WORDY:
        short = "" if count > 14 else " shortly"
        found += [f"opens like {table}{short}" for table in wording.openings(text)]
    if count <= 9:
        found += [f"is a {table} label" for table in wording.labels(text)]
    appeals = wording.count_in("appeal", text)
    if appeals:
        found.append("appeals" if appeals > 1 else "appeal")
    if count <= 40:
        if wording.count_in("closing", text):
            found.append("closing credit")
        if wording.count_in("rights", text):
            found.append("rights")
        if wording.is_date(text):
            found.append("has a date shortly" if count <= 12 else "has a date")
    ours = wording.has_word("we", piece.tokens)
    yours = wording.has_word("you", piece.tokens)
    if ours or yours:
        person = "we and you" if ours and yours else ("we" if ours else "you")
        found.append(f"{person}, appealing" if appeals else f"says {person}")
        if piece.links:
            found.append("person and a link")
    return found


def _grams(tokens: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(tokens[at:] for at in range(size)), strict=False))


def _holds(tokens: tuple[str, ...], name: tuple[str, ...]) -> bool:
    if name[0] not in tokens:
        return False
    return any(tokens[at : at + len(name)] == name for at in range(len(tokens)))
