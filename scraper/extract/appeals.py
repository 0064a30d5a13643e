"""Requests to readers, known by what the story itself never does: address them, speak of itself.

It strikes short pieces alone, and none that a rule keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scraper.extract import wording
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict, Verdicts
from scraper.extract.voice import (
    addresses,
    is_question,
    is_said,
    is_turned,
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
_PAGE = ("comments", "this_text", "this_page")  # parts of a page
_ALL = (*_OWN, "around", "comments", "cookie", "reuse", "this_page")
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
    of_comments: frozenset[int]
    of_this_page: frozenset[int]

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
        of_cookies=_having("cookie", texts),
        of_rights=_having("reuse", texts),
        of_comments=_having("comments", texts),
        of_this_page=_having("this_page", texts),
    )


def _having(table: str, texts: Mapping[int, str]) -> frozenset[int]:
    return frozenset(at for at, text in texts.items() if wording.count_in(table, text))


def is_request(piece: Piece, voice: Voice) -> bool:
    """Say whether a short piece turns to readers in a way that its story does not."""
    text = spoken(piece.text)
    if size_of(piece) > _LONG or is_said(text) or wording.has_word("telling", tokens_of(text)):
        return False
    speech = _speech(piece, text, voice)
    if (is_term := _is_term(speech, voice)) is not None:
        return is_term
    if speech.asks:
        return speech.cues > 0 and (speech.ours or speech.cues > 1 or speech.size <= _BRIEF)
    if speech.size > _SHORT:
        return speech.ours and (speech.yours or speech.turned) and speech.around >= _SURE
    return _is_addressed(speech) or _says_what_it_lives_on(speech, voice)


@dataclass(frozen=True, slots=True)
class _Speech:
    """What a short piece does that its story seldom does, and how many phrases it has."""

    me: int
    text: str
    size: int
    cues: int  # of what publishers say of themselves
    around: int  # the same, and of what they have besides stories
    ours: bool
    yours: bool
    turned: bool
    asks: bool  # and does nothing else


def _speech(piece: Piece, text: str, voice: Voice) -> _Speech:
    me = id(piece)
    is_odd = voice.is_rare(voice.to_readers - {me})
    turned = is_odd and turns(text)
    return _Speech(
        me=me,
        text=text,
        size=size_of(piece),
        cues=_cues_in(text),
        around=wording.count_of(_ALL, text),
        ours=speaks("we", text) and voice.is_rare(voice.of_itself - {me}),
        yours=is_odd and (addresses(text) or (turned and speaks("you", text))),
        turned=turned,
        asks=is_odd and not turned and is_question(text),
    )


def _is_term(speech: _Speech, voice: Voice) -> bool | None:
    """Say whether a text is a notice of what the story never speaks of; None where it is none.

    Notices of cookies, of rights, of readers' comments, and of other forms of this very page.
    """
    for tables, most, others in (
        (("cookie", "browsing"), _LONG, voice.of_cookies),
        (("reuse", "permitted", "owned"), _TERMS, voice.of_rights),
        (("comments", "moderation"), _TERMS, voice.of_comments),
        (("this_page", "other_form"), _SHORT, voice.of_this_page),
    ):
        if speech.size <= most and all(wording.count_in(table, speech.text) for table in tables):
            return voice.is_rare(others - {speech.me}) and not is_question(speech.text)
    return None


def _is_addressed(speech: _Speech) -> bool:
    """Say whether a text turns to its reader, or speaks as "we", of what publishers have."""
    is_terse = speech.size <= _TERSE
    if speech.yours and speech.around and (speech.ours or speech.turned or is_terse):
        return True
    if speech.around > 1:
        return speech.ours or speech.turned
    is_sure = speech.ours or is_terse or is_turned(speech.text)
    return speech.turned and speech.around > 0 and is_sure


def _says_what_it_lives_on(speech: _Speech, voice: Voice) -> bool:
    """Say whether a text says what a publisher lives on, or what it makes, as its own."""
    asking = wording.count_in("asking", speech.text)
    others = voice.for_support - {speech.me}
    if speech.ours and voice.is_rare(others):
        return asking > 0 or speech.cues >= _SURE or (speech.cues > 1 and speech.size <= _TERSE)
    if others or speech.size > _TERSE:
        return False
    names_page = asking > 0 and wording.count_of(_PAGE, speech.text) > 0
    return speech.cues > 1 and (names_page or urges(speech.text))
