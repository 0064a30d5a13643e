"""Requests to readers, known by what the story itself never does: address them, speak of itself.

It strikes short pieces alone, and none that a rule keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scraper.extract import wording
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict, Verdicts
from scraper.extract.voice import size_of, speaks, spoken, urges

_STORY = 12  # words of a piece that is surely the story's, at least
_LEAST_STORY = 3  # such pieces, so that their silence says something
_SHORT, _TERSE = 25, 10  # words of a request
_MEDIA = ("asking", "appeal")
_CUES = ("asking", "offering", "appeal", "here")


@dataclass(frozen=True, slots=True)
class Voice:
    """How many of a story's longer pieces, and which, do what requests do, quotations left out."""

    long: int
    to_readers: frozenset[int]
    of_itself: frozenset[int]
    for_support: frozenset[int]


def strike_appeals(reading: Reading, verdicts: Verdicts) -> None:
    """Take out short pieces that turn to readers where the story turns to nobody."""
    kept = [
        piece
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role in {"body", "list", "other"}
    ]
    short = [
        piece
        for piece in kept
        if size_of(piece) <= _SHORT
        and _cues_in(spoken(piece.text))
        and not _is_settled(verdicts[piece.index])
    ]
    voice = voice_of(kept) if short else None
    if voice is None or voice.long < _LEAST_STORY:
        return
    for piece in short:
        if is_request(piece, voice):
            reason = "turns to readers, where the story turns to nobody"
            verdicts[piece.index].strip("prompt", reason)


def _is_settled(verdict: Verdict) -> bool:
    return verdict.found or verdict.reason.startswith("rule ")


def _cues_in(text: str) -> int:
    """Return how many phrases a text has of those that publishers use of themselves."""
    return sum(wording.count_in(table, text) for table in _CUES)


def voice_of(pieces: Sequence[Piece]) -> Voice:
    """Return the voice of a story."""
    texts = {piece.index: spoken(piece.text) for piece in pieces if size_of(piece) >= _STORY}
    return Voice(
        long=len(texts),
        to_readers=frozenset(at for at, text in texts.items() if speaks("you", text)),
        of_itself=frozenset(at for at, text in texts.items() if speaks("we", text)),
        for_support=frozenset(
            at
            for at, text in texts.items()
            if any(wording.count_in(table, text) for table in _MEDIA)
        ),
    )


def is_request(piece: Piece, voice: Voice) -> bool:
    """Say whether a short piece turns to readers in a way that its story does not."""
    size, text = size_of(piece), spoken(piece.text)
    if size > _SHORT or wording.has_word("telling", tokens_of(text)):
        return False
    asking, cues = wording.count_in("asking", text), _cues_in(text)
    ours = speaks("we", text) and not voice.of_itself - {piece.index}
    yours = speaks("you", text) and not voice.to_readers - {piece.index}
    if yours and cues and (ours or asking or size <= _TERSE or urges(text)):
        return True
    if voice.for_support - {piece.index}:
        return False
    if ours and (asking > 0 or (cues > 1 and size <= _TERSE)):
        return True
    if size > _TERSE:
        return False
    return (asking > 0 and cues > 1) or ((asking > 0 or cues > 1) and urges(text))
