"""Requests to readers, known by what the story itself never does: address them, speak of itself.

It strikes short pieces alone, and none that a rule keeps.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

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
_LONG, _SHORT, _BRIEF, _TERSE = 45, 25, 14, 10  # words of a request
_ROLES = frozenset({"body", "list", "other"})
_MEDIA = ("asking", "appeal")
_OWN = ("asking", "offering", "appeal", "here")
_PAGE = ("comments", "this_text", "this_page")  # parts of a page
_ALL = (*_OWN, "around", "comments", "cookie", "reuse", "this_page")
_CUED = (*_ALL, "embed", "machine")
_RARE = 0.25  # of the longer pieces
# Notices, each by three words or two of which the first is what the story never speaks of, and the
# most words that they have.
_TERMS = (
    (("cookie", "browsing"), _LONG),
    (("reuse", "permitted", "owned"), 35),
    (("comments", "moderation"), 35),
    (("this_page", "other_form"), _SHORT),
    (("embed", "showing"), 35),
    (("machine", "machine_made"), 35),
)
_SURE = 3  # phrases, where one or two may be chance


class Voice:
    """What the longer pieces of a story do outside of quotation marks; asked when a short does."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.texts = {id(piece): spoken(piece.text) for piece in pieces if size_of(piece) >= _STORY}
        self._doing: dict[str, frozenset[int]] = {}

    def others(self, what: str, me: Piece) -> int:
        """Return how many of the longer pieces do something, besides one."""
        if what not in self._doing:
            does = _DOES.get(what) or partial(_has, what)
            self._doing[what] = frozenset(at for at, text in self.texts.items() if does(text))
        return len(self._doing[what] - {id(me)})

    def is_odd(self, what: str, me: Piece) -> bool:
        """Say whether so few of them do it that those may be requests too."""
        return self.others(what, me) <= len(self.texts) * _RARE


def _has(table: str, text: str) -> bool:
    return wording.count_in(table, text) > 0


def _asks_for_support(text: str) -> bool:
    return any(wording.count_in(table, text) for table in _MEDIA)


_DOES: Mapping[str, Callable[[str], bool]] = {
    "to readers": addresses,
    "of itself": partial(speaks, "we"),
    "for support": _asks_for_support,
}  # anything else is a table of which a text has a phrase


def strike_appeals(reading: Reading, verdicts: Verdicts) -> None:
    """Take out short pieces that turn to readers where the story turns to nobody."""
    strike_requests(reading.pieces, verdicts)


def strike_requests(pieces: Sequence[Piece], verdicts: Sequence[Verdict]) -> None:
    """Do so for any pieces of a page with their verdicts, in order."""
    kept = [
        (piece, verdict)
        for piece, verdict in zip(pieces, verdicts, strict=True)
        if verdict.kept and verdict.role in _ROLES
    ]
    short = [
        (piece, verdict)
        for piece, verdict in kept
        if size_of(piece) <= _LONG and not _is_settled(verdict) and _may_request(spoken(piece.text))
    ]
    voice = Voice([piece for piece, _ in kept]) if short else None
    if voice is None or len(voice.texts) < _LEAST_STORY:
        return
    for piece, verdict in short:
        if (reason := request_in(piece, voice)) is not None:
            verdict.strip("prompt", reason)


def _is_settled(verdict: Verdict) -> bool:
    return verdict.found or verdict.reason.startswith("rule ")


def _may_request(text: str) -> bool:
    return wording.count_of(_CUED, text) > 0 or is_turned(text)


def _cues_in(text: str) -> int:
    """Return how many phrases a text has of those that publishers use of themselves."""
    return wording.count_of(_OWN, text)


def request_in(piece: Piece, voice: Voice) -> str | None:
    """Return why a short piece is a request or a notice, by what its story seldom does, or None."""
    text = spoken(piece.text)
    if is_said(text) or wording.has_word("telling", tokens_of(text)):
        return None
    speech = _Speech(piece, text, voice)
    if (is_term := _is_term(speech, voice)) is not None:
        return "a notice of what the story does not speak of" if is_term else None
    if _is_request(speech, voice):
        return "turns to readers, where the story turns to nobody"
    return None


def _is_request(speech: "_Speech", voice: Voice) -> bool:
    if speech.asks:
        return speech.cues > 0 and (speech.ours or speech.yours or speech.cues > 1)
    if speech.size > _SHORT:
        return speech.ours and (speech.yours or speech.turned) and speech.around >= _SURE
    return (
        _is_plain_call(speech, voice)
        or _is_addressed(speech)
        or _says_what_it_lives_on(speech, voice)
    )


class _Speech:
    """What a short piece does that its story seldom does, and how many phrases it has."""

    def __init__(self, piece: Piece, text: str, voice: Voice) -> None:
        self.piece, self.text, self.size = piece, text, size_of(piece)
        self.cues = _cues_in(text)  # of what publishers say of themselves
        self.around = wording.count_of(_ALL, text)  # and of what they have besides stories
        self.ours = speaks("we", text) and voice.is_odd("of itself", piece)
        turned, addressed, asks = turns(text), addresses(text), is_question(text)
        is_odd = (turned or addressed or asks) and voice.is_odd("to readers", piece)
        self.turned = is_odd and turned
        self.yours = is_odd and (addressed or (turned and speaks("you", text)))
        self.asks = is_odd and asks and not turned  # and does nothing else


def _is_term(speech: _Speech, voice: Voice) -> bool | None:
    """Say whether a text is a notice of what the story never speaks of; None where it is none.

    Notices of cookies, of rights, of readers' comments, and of other forms of this very page.
    """
    for tables, most in _TERMS:
        if speech.size <= most and all(wording.count_in(table, speech.text) for table in tables):
            return voice.is_odd(tables[0], speech.piece) and not is_question(speech.text)
    return None


def _is_plain_call(speech: _Speech, voice: Voice) -> bool:
    """Say whether a text calls on its reader, whatever for, where no other piece does."""
    if not speech.turned or speech.size > _BRIEF or is_question(speech.text):
        return False
    return is_turned(speech.text) and not voice.others("to readers", speech.piece)


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
    asking, is_terse = wording.count_in("asking", speech.text), speech.size <= _TERSE
    if speech.ours and voice.is_odd("for support", speech.piece):
        return asking > 0 or speech.cues >= _SURE or (speech.cues > 1 and is_terse)
    if not is_terse or speech.cues < 2 or voice.others("for support", speech.piece):
        return False
    names_page = asking > 0 and wording.count_of(_PAGE, speech.text) > 0
    return names_page or urges(speech.text)
