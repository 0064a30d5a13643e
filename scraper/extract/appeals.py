"""Requests to readers, known by what the story itself never does: address them, speak of itself.

It strikes short pieces alone, and none that a rule keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scraper.extract import wording
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict, Verdicts
from scraper.extract.voice import (
    addresses,
    is_question,
    is_said,
    size_of,
    speaks,
    spoken,
    turns,
    urges,
)

_STORY = 12  # words of a piece that is surely the story's, at least
_LEAST_STORY = 3  # such pieces, so that their silence says something
_LONG, _TERMS, _SHORT, _BRIEF, _TERSE = 45, 35, 25, 14, 10  # words of a request
_ROLES = frozenset({"body", "list", "other"})
_MEDIA = ("asking", "appeal")
_OWN = ("asking", "offering", "appeal", "here")
_RIGHTS = ("reuse", "permitted", "owned")
_ALL = (*_OWN, "around", "cookie", "reuse")
_RARE = 0.25  # of the longer pieces
_SURE = 3  # phrases, where one or two may be chance


@dataclass(frozen=True, slots=True)
class Voice:
    """How many of a story's longer pieces, and which (their ids), do what requests do; quotations
    are left out.
    """

    long: int
    to_readers: frozenset[int]
    of_itself: frozenset[int]
    for_support: frozenset[int]
    of_cookies: frozenset[int]
    of_rights: frozenset[int]

    def is_rare(self, some: frozenset[int]) -> bool:
        """Say whether so few of the longer pieces do something that they may be requests too."""
        return len(some) <= self.long * _RARE


def strike_appeals(reading: Reading, verdicts: Verdicts) -> None:
    """Take out short pieces that turn to readers where the story turns to nobody."""
    strike_requests(reading.pieces, verdicts)


def strike_requests(pieces: Sequence[Piece], verdicts: Sequence[Verdict]) -> None:
    """Do so for any pieces of a page with their verdicts, in order."""
    kept = [
        piece
        for piece, verdict in zip(pieces, verdicts, strict=True)
        if verdict.kept and verdict.role in _ROLES
    ]
    short = [
        (piece, verdict)
        for piece, verdict in zip(pieces, verdicts, strict=True)
        if verdict.kept
        and verdict.role in _ROLES
        and not _is_settled(verdict)
        and size_of(piece) <= _LONG
        and _is_cued(spoken(piece.text))
    ]
    voice = voice_of(kept) if short else None
    if voice is None or voice.long < _LEAST_STORY:
        return
    for piece, verdict in short:
        if is_request(piece, voice):
            verdict.strip("prompt", "turns to readers, where the story turns to nobody")


def _is_settled(verdict: Verdict) -> bool:
    return verdict.found or verdict.reason.startswith("rule ")


def _is_cued(text: str) -> bool:
    return wording.count_of(_ALL, text) > 0


def _cues_in(text: str) -> int:
    """Return how many phrases a text has of those that publishers use of themselves."""
    return wording.count_of(_OWN, text)


def voice_of(pieces: Sequence[Piece]) -> Voice:
    """Return the voice of a story."""
    texts = {id(piece): spoken(piece.text) for piece in pieces if size_of(piece) >= _STORY}
    return Voice(
        long=len(texts),
        to_readers=frozenset(at for at, text in texts.items() if addresses(text)),
        of_itself=frozenset(at for at, text in texts.items() if speaks("we", text)),
        for_support=frozenset(
            at
            for at, text in texts.items()
            if any(wording.count_in(table, text) for table in _MEDIA)
        ),
        of_cookies=frozenset(at for at, text in texts.items() if wording.count_in("cookie", text)),
        of_rights=frozenset(at for at, text in texts.items() if wording.count_in("reuse", text)),
    )


def is_request(piece: Piece, voice: Voice) -> bool:
    """Say whether a short piece turns to readers in a way that its story does not."""
    size, text = size_of(piece), spoken(piece.text)
    if size > _LONG or is_said(text) or wording.has_word("telling", tokens_of(text)):
        return False
    cues = _cues_in(text)
    around = wording.count_of(_ALL, text)
    ours = speaks("we", text) and voice.is_rare(voice.of_itself - {id(piece)})
    is_odd = voice.is_rare(voice.to_readers - {id(piece)})
    turned = is_odd and turns(text)
    if is_odd and not turned and is_question(text):
        return cues > 0 and (ours or cues > 1 or size <= _BRIEF)
    yours = is_odd and (addresses(text) or (turned and speaks("you", text)))
    if wording.count_in("cookie", text) and wording.count_in("browsing", text):
        return voice.is_rare(voice.of_cookies - {id(piece)})
    if size <= _TERMS and all(wording.count_in(table, text) for table in _RIGHTS):
        return voice.is_rare(voice.of_rights - {id(piece)}) and not is_question(text)
    if size > _SHORT:
        return ours and (yours or turned) and around >= _SURE
    if yours and around and (ours or turned or size <= _TERSE):
        return True
    if ours and around > 1:
        return True
    if turned and (around > 1 or (around and (ours or size <= _TERSE))):
        return True
    is_odd = voice.is_rare(voice.for_support - {id(piece)})
    return is_odd and _speaks_of_itself(text, size, ours=ours)


def _speaks_of_itself(text: str, size: int, *, ours: bool) -> bool:
    """Say whether a text says what a publisher lives on, or what it makes, as its own."""
    asking, cues = wording.count_in("asking", text), _cues_in(text)
    if ours and (asking > 0 or cues >= _SURE or (cues > 1 and size <= _TERSE)):
        return True
    if size > _TERSE:
        return False
    around = wording.count_of(_ALL, text)
    return (asking > 0 and around > 1) or ((asking > 0 or cues > 1) and urges(text))
