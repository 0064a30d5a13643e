"""How a short text speaks: of its publisher, to its reader, for what; in many languages.

It gives no verdicts, and looks at no markup.
"""

import re

from scraper.extract import wording
from scraper.extract.pieces import Piece, is_dense, tokens_of

_QUOTED = re.compile(
    '["\u201c\u201e\u00ab\u300c\u300e][^"\u201c\u201d\u00bb\u300d\u300f]*'
    '["\u201d\u201c\u00bb\u300d\u300f]'
    "|\u00bb[^\u00ab\u00bb]*\u00ab"
    # Between single marks, of which those within a word are apostrophes.
    "|(?<!\\w)[\u2018\u201a'](?=\\w)[^\u2018]*?[\\w.,!?\u2026][\u2019\u2018'](?!\\w)"
)
_SENTENCES = re.compile("(?<=[.!?:\u2026\u3002\uff01\uff1f\u061f])\\s*")
# "For live updates, follow ...": what stands before the comma is no sentence.
_LEADING = re.compile(
    r"(?:for|if|to|when|pour|si|para|per|se|f\u00fcr|wenn|um|\u0434\u043b\u044f|\u0435\u0441\u043b\u0438|"
    r"\u0447\u0442\u043e\u0431\u044b|\u0449\u043e\u0431|om|als|voor|aby|je\u015bli)\b[^,.!?]{3,60},\s*",
    re.IGNORECASE,
)
_SAID = re.compile(
    "\\s*(?:[\u2013\u2014\u2015-]\\s|[A-Z]{1,3}:\\s)"
)  # dialogue, and an interview's questions
# German's polite address, which only its capital tells from "she" and "they", within a sentence.
_POLITE = re.compile(r"(?<=[^\W_,;] )(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b")
# Turkish says "you" by endings, and tells to do something at the end of a sentence.
_TURKISH = re.compile("[\u011f\u0131\u015f\u0130]")
_SINIZ = re.compile(r"\w{3}s[i\u0131u\u00fc]n[i\u0131u\u00fc]z\b")
_SIN = re.compile(r"\w{3}s[i\u0131u\u00fc]n[i\u0131u\u00fc]z\b|\w{3}y[i\u0131u\u00fc]n(?=[.!]|\Z)")
_STATES = re.compile(r"\bUS\b")  # not us
_POLITE_VERB = re.compile(r"\b\w+[nt] Sie\b")
_QUESTION_MARKS = ("?", "\u061f", "\uff1f")
_LETTERS = 6  # of a word and the space behind it
_SURE = 3  # phrases of a table, where one or two may be chance
_REQUEST, _SHORT, _BRIEF, _TERSE = 40, 25, 14, 10  # words; the shorter, the fewer marks it needs


def spoken(text: str) -> str:
    """Return a text without what stands in quotation marks."""
    return _QUOTED.sub(" ", text)


def size_of(piece: Piece) -> int:
    """Return the length of a piece in words, as many as its letters would make in English."""
    if not is_dense(piece.text):
        return len(piece.tokens)
    return max(len(piece.tokens), piece.length // _LETTERS)


def speaks(table: str, text: str) -> bool:
    """Say whether a text has a word of a table; within words where nobody writes spaces."""
    if wording.has_word(table, tokens_of(_STATES.sub(" ", text))):
        return True
    return is_dense(text) and wording.has_part(table, text)


def addresses(text: str) -> bool:
    """Say whether a text surely speaks to its reader: "sie" may be somebody else, "Sie" is not."""
    words = set(tokens_of(text)).difference(wording.words("perhaps_you"))
    if wording.has_word("you", words) or _POLITE.search(text) is not None:
        return True
    if _TURKISH.search(text) is not None and _SINIZ.search(text) is not None:
        return True
    return is_dense(text) and wording.has_part("you", text)


def turns(text: str) -> bool:
    """Say whether a text turns to its reader, or begins with what may be a verb that does."""
    return is_turned(text) or urges(text) or urges(_LEADING.sub("", text, count=1))


def is_turned(text: str) -> bool:
    """Say whether a text has a form of a verb that does nothing but turn to its reader."""
    if wording.count_in("turning", text) or wording.has_hangul_of("turning", text):
        return True
    if _TURKISH.search(text) is not None and _SIN.search(text) is not None:
        return True
    return _POLITE_VERB.search(text) is not None


def is_said(text: str) -> bool:
    """Say whether a text is set as somebody's words: behind a dash, or a letter and a colon."""
    return _SAID.match(text) is not None


def is_question(text: str) -> bool:
    """Say whether a text ends in asking something."""
    return text.rstrip().endswith(_QUESTION_MARKS)


def urges(text: str) -> bool:
    """Say whether a sentence tells the reader to do something."""
    starts = (wording.opening("urging", sentence) for sentence in _SENTENCES.split(text))
    return any(rest is not None for rest in starts) or wording.is_ending("ending", text)


def solicits(text: str, size: int) -> bool:
    """Say whether a publisher offers its wares: it names what it makes and what it lives on, and
    turns to the reader; none of the three is enough. `size` is the length in words."""
    asking = wording.count_in("asking", text)
    offering = wording.count_in("offering", text)
    if size > _REQUEST or asking + offering < 2:
        return False
    ours, is_urging, brief = speaks("we", text), urges(text), size <= _BRIEF
    asks = asking > 0 and is_question(text)
    addressed = is_urging or asks or speaks("you", text)
    if addressed and asking and offering:
        is_pressed = is_urging or asking + offering >= _SURE
        return ours or size <= _TERSE or (size <= _SHORT and is_pressed)
    if addressed or ours:
        return (
            asking >= _SURE
            or (asking >= 2 and ours and addressed)
            or (offering >= 2 and brief and ours and (is_urging or asking > 0))
            or (offering >= _SURE and brief and addressed)
        )
    return is_dense(text) and brief and asking >= 2 and offering > 0
