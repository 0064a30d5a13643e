"""Words as they are searched for: one spelling for all that a reader takes for the same.

It knows no language: no stems, no endings. Scripts without spaces are cut into pairs of letters.
"""

import re
import unicodedata

from scraper.store.statements import clean

# Han, kana, hangul, Thai, Lao, Burmese, Khmer: SQLite would take a whole run for one word.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# Vowel signs of Arabic and Hebrew, which most texts leave out, and the stroke that stretches.
_VOWELS = re.compile("[\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
_PIECES = re.compile(r'"([^"]*)"|(\S+)')
_SEEN = re.compile(r"[^\W_]")


def folded(text: str) -> str:
    """Return a text in the spelling that is compared: compatible forms, no case, no vowel signs."""
    # Most who write Russian leave the two dots of \u0451 out; SQLite tells it from \u0435.
    spelled = unicodedata.normalize("NFKC", text).casefold().replace("\u0451", "\u0435")
    return _VOWELS.sub("", spelled)


def in_words(text: str) -> str:
    """Return a text folded and cut so that an index of words can hold it."""
    return _SPACELESS.sub(_pairs, folded(text))


def _pairs(found: re.Match[str]) -> str:
    run = found[0]
    # The last letter stands alone as well, so that each letter begins a word.
    return " " + " ".join([*(run[at : at + 2] for at in range(len(run) - 1)), run[-1]]) + " "


def query_of(words: str) -> str:
    """Return what was asked for as an expression of SQLite's FTS5; empty where it names no word.

    All words have to be there; those in quotation marks side by side; ``polit*`` is any word that
    begins so. Nothing else is syntax, whatever it looks like.
    """
    # An argument may be no text at all, and SQLite ends an expression at a NUL.
    found = (_piece(quoted or word) for quoted, word in _PIECES.findall(clean(words)))
    return " AND ".join(piece for piece in found if piece)


def pieces_of(words: str) -> tuple[str, ...]:
    """Return the words and phrases that were asked for, folded, as they may stand in a text."""
    found = (quoted or word.rstrip("*") for quoted, word in _PIECES.findall(words))
    return tuple(folded(piece).strip() for piece in found if _SEEN.search(piece))


def _piece(piece: str) -> str:
    text = folded(piece)
    if not _SEEN.search(text):
        return ""
    is_beginning = text.endswith("*")
    runs = list(_SPACELESS.finditer(text))
    if runs and runs[-1].end() == len(text.rstrip("*")):
        # The text may go on where the words end: the last letter alone would not be next.
        is_beginning = is_beginning or len(runs[-1][0]) == 1
    cut = _SPACELESS.sub(_asked, text).replace('"', " ").rstrip("*").strip()
    return f'"{cut}"' + ("*" if is_beginning else "")


def _asked(found: re.Match[str]) -> str:
    run = found[0]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return " " + " ".join(pairs or [run]) + " "
