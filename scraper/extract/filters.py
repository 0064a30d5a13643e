"""Which blocks are not the story although they stand in it: wording and shape together.

Wording alone strikes nothing: a story about newsletters speaks of newsletters. Each filter returns
the role and the reason, or None; what none names stays.
"""

import re
from collections.abc import Callable
from functools import cache

from scraper.extract import wording
from scraper.extract.containers import SENTENCE_MARK, Terrain
from scraper.extract.hints import hint_on
from scraper.extract.notices import notice_found
from scraper.extract.pieces import Piece
from scraper.extract.voice import size_of, solicits, speaks, spoken

Finding = tuple[str, str] | None

_ENDS = re.compile("[.!?\u2026\u3002\uff01\uff1f\u061f\u0964\u06d4][\"'\u201d\u2019\u00bb)\\]]*$")
_BRACKETED = re.compile(r"^[\[(\uff08\u3010].*[\])\uff09\u3011]$", re.DOTALL)
_TEMPLATE = re.compile(r"\[[a-z]+_[a-z_]+\]|\{\{\s*[\w.]+\s*\}\}|\$\{[\w.]+\}|<%.*?%>|%%\w+%%")
_ADDRESS = re.compile(r"https?://|www\.")
_SHORT, _SENTENCE, _LONG = 25, 40, 60  # words; what is longer is a paragraph
_LINE = 8  # words of a line that says one thing


def label_found(piece: Piece, terrain: Terrain) -> Finding:
    """An advertisement's label, a button, a share, comment or paging label: the whole block."""
    if len(piece.tokens) > 9:
        return None
    for table in wording.labels(piece.text):
        if table == "related" and not wording.is_heading_of_links(piece.text):
            continue  # "Analysis" may head a part of the story
        role = _ROLE_OF_LABEL[table]
        return role, f"{_WORDING_OF[role]} is the whole block"
    if wording.is_heading_of_links(piece.text):
        return "related", f"{_WORDING_OF['related']} is the whole block"
    return None


_ROLE_OF_LABEL = {
    "ad": "ad",
    "button": "prompt",
    "share": "share",
    "comment": "comment",
    "pagination": "navigation",
    "tags": "tags",
    "related": "related",
}
_WORDING_OF = {
    "ad": "an advertisement's label",
    "prompt": "a button's label",
    "share": "a share label",
    "comment": "a comment label",
    "navigation": "a paging label",
    "tags": "a label of tags",
    "related": "a label of related stories",
}


def template_found(piece: Piece, terrain: Terrain) -> Finding:
    """A placeholder that the site's template left unfilled."""
    if len(piece.tokens) <= 12 and _TEMPLATE.search(piece.text):
        return "other", "a placeholder that a template left unfilled"
    return None


def related_found(piece: Piece, terrain: Terrain) -> Finding:
    """A line that leads to another story: a label before a link, or a link from end to end."""
    rest = wording.opening("related", piece.text) if len(piece.tokens) <= _LONG else None
    if rest is not None:
        marked = re.match(r"[\s\W]*[:|\u00bb\u203a\uff1a\u2192>\u2013\u2014-]", rest) is not None
        if marked and (piece.link_share > 0.4 or not _ENDS.search(piece.text)):
            return "related", "a label of related stories before a title"
        if piece.link_share > 0.6 and len(rest) > 3:
            return "related", "a label of related stories before a link"
    bare = piece.text.strip("[](){}| \u25ba\u25b6\u2022\u00bb>")
    if bare != piece.text and piece.link_share > 0.6 and not _ENDS.search(bare):
        return "related", "a bracketed link to another story"
    if _is_lone_link(piece):
        return "related", "one link from end to end"
    return None


def _is_lone_link(piece: Piece) -> bool:
    return (
        piece.link_share > 0.93
        and 1 <= piece.links <= 2
        and len(piece.tokens) >= 4
        and piece.owner.tag in {"p", "div", "h2", "h3", "h4", "h5", "h6"}
        and not _ENDS.search(piece.text)
        and not _ADDRESS.match(piece.text)  # of a source
    )


def credit_found(piece: Piece, terrain: Terrain) -> Finding:
    """A picture's credit or caption that stands as a paragraph."""
    if len(piece.tokens) > _LONG:
        return None
    inside = piece.text.strip("[]()\uff08\uff09\u3010\u3011 ")
    rest = wording.opening("credit", inside)
    is_short = len(piece.tokens) <= 14
    if _BRACKETED.match(piece.text) and ((rest is not None and is_short) or _has_credit(inside)):
        return "caption", "a bracketed picture credit"
    if rest is not None and is_short and re.match(r"\s*(?:[:/|\u00a9\u2014\u2013-]|by\b|$)", rest):
        return "caption", "wording of a picture credit"
    if piece.text.startswith("\u00a9") and is_short:
        return "caption", "a copyright mark opens it"
    if _agency_tail().search(piece.text) and not wording.count_in("closing", piece.text):
        return "caption", "it ends in a picture agency's name"
    return None


@cache
def _agency_tail() -> re.Pattern[str]:
    names = "(?:" + "|".join(map(re.escape, wording.phrases("agency"))) + ")"
    return re.compile(
        rf"(?:/\s*|\|\s*|\bvia\s+|\u00a9\s*|\()\W*{names}(?:\s*[/|,]\s*{names})*[)\]\s]*$"
    )


def _has_credit(text: str) -> bool:
    tail = text[-80:]
    return bool(re.search(r"(?i)\b(?:credit|photo|image|foto|courtesy)\b[^.]{0,3}[:/]", tail))


def byline_found(piece: Piece, terrain: Terrain) -> Finding:
    """A short line that begins as bylines do and is no sentence."""
    if len(piece.tokens) > 14 or _ENDS.search(piece.text):
        return None
    rest = wording.opening("byline", piece.text.lstrip(". |"))
    if rest is None:
        return None
    if rest.lstrip().startswith(":") or _is_names(piece.text):
        return "byline", "wording of a byline"
    return None


def _is_names(text: str) -> bool:
    """Nearly all words behind the first begin with a capital, as names do."""
    words = [word for word in re.findall(r"[^\W\d_]+", text)[1:] if len(word) > 3]
    return bool(words) and sum(word[0].isupper() for word in words) >= 0.8 * len(words)


def dateline_found(piece: Piece, terrain: Terrain) -> Finding:
    """A short line that holds a date and begins as datelines do."""
    if not _holds_date(piece):
        return None
    if wording.opening("dateline", piece.text) is not None and not _is_sentence(piece.text):
        return "dateline", "wording of a dateline"
    return None


def _holds_date(piece: Piece) -> bool:
    if piece.owner.tag == "tr" or len(piece.tokens) > 16 or not wording.is_date(piece.text):
        return False  # a row of a table may well be dates
    # an embedded post ends in one
    return not any(at.tag == "blockquote" for at in piece.owner.lineage())


def date_found(piece: Piece, terrain: Terrain) -> Finding:
    """A short line that holds a date and next to nothing else."""
    if not _holds_date(piece):
        return None
    letters = [
        token
        for token in piece.tokens
        if not token[0].isdigit() and len(token) > 3 and not wording.has_word("month", (token,))
    ]
    if len(letters) <= 2 and not _ENDS.search(piece.text):
        return "dateline", "a date is the whole block"
    return None


def _is_sentence(text: str) -> bool:
    return bool(_ENDS.search(text)) and len(text) > 80


def tags_found(piece: Piece, terrain: Terrain) -> Finding:
    """A label of tags before a list of them."""
    if piece.link_share <= 0.2 or _ENDS.search(piece.text):
        return None
    rest = wording.opening("tags", piece.text)
    if rest is None:
        return None
    if rest.lstrip().startswith(":") or piece.link_share > 0.6:
        return "tags", "a label of tags before links"
    return None


def prompt_found(piece: Piece, terrain: Terrain) -> Finding:
    """The publisher asks the reader for something, in words and in shape."""
    size = size_of(piece)
    if size > 2 * _LONG:
        return None
    text = spoken(piece.text)
    opens = wording.opening("opening", text) is not None or wording.is_ending("ending", text)
    appeals = wording.count_in("appeal", text)
    if solicits(text, size):
        return "prompt", "asks the reader for something"
    if not opens and not appeals:
        return None
    ours = speaks("we", text)
    person = ours or speaks("you", text)
    short = size <= _SHORT
    marked = piece.links > 0 or piece.in_button or _stands_apart(piece)
    here = wording.count_in("here", text) > 0
    if opens and short and (ours or appeals or marked or here or size <= 4):
        return "prompt", "prompt wording opens it" + (" beside a link" if piece.links else "")
    if opens and size <= _LONG and ours and (appeals or marked):
        return "prompt", "prompt wording opens it, in the publisher's own person"
    if appeals >= 2 and ours:
        return "prompt", f"{appeals} phrases by which publishers appeal to readers"
    if appeals and (person or here) and marked and short:
        return "prompt", "prompt wording beside a link"
    return None


def _stands_apart(piece: Piece) -> bool:
    """Set in bold or italics from end to end, as notices are."""
    return max(piece.bold_chars, piece.italic_chars) > 0.9 * len(piece.text)


def social_found(piece: Piece, terrain: Terrain) -> Finding:
    """A share or comment line with more than its label."""
    if len(piece.tokens) > 12 or SENTENCE_MARK.search(piece.text):
        return None
    for table, role in (("share", "share"), ("comment", "comment")):
        if wording.opening(table, piece.text) is not None and piece.link_share > 0.5:
            return role, f"wording of a {role} bar"
    return None


def rights_found(piece: Piece, terrain: Terrain) -> Finding:
    """A short line about rights."""
    if len(piece.tokens) <= 30 and wording.opening("rights", piece.text) is not None:
        return "footer", "wording of rights opens it"
    if len(piece.tokens) <= 14 and wording.count_in("rights", piece.text):
        return "footer", "wording of rights in a short line"
    return None


def hint_found(piece: Piece, terrain: Terrain) -> Finding:
    """The name of a small element around it says what it is."""
    found = hint_on(piece, terrain)
    if found is None:
        return None
    role, element = found
    is_long = len(piece.tokens) > 2 * _LONG
    if role == "caption" and (is_long or piece.owner.tag in {"tr", "li", "blockquote"}):
        return None
    if role in {"share", "related"} and any(at.tag == "blockquote" for at in piece.owner.lineage()):
        return None  # an embedded post
    return role, f"inside {element.step()}"


FILTERS: tuple[Callable[[Piece, Terrain], Finding], ...] = (
    label_found,
    template_found,
    hint_found,
    notice_found,
    related_found,
    rights_found,
    credit_found,
    byline_found,
    dateline_found,
    date_found,
    tags_found,
    prompt_found,
    social_found,
)


def closing_role(piece: Piece) -> str | None:
    """Return credit or note for what agencies and editors add to a story, else None."""
    if len(piece.tokens) <= 40 and wording.count_in("closing", piece.text):
        return "credit"
    if len(piece.tokens) <= 2 * _LONG and wording.opening("note", piece.text) is not None:
        return "note"
    return None


def opens_letter(piece: Piece) -> bool:
    """Say whether the publisher begins to speak to its readers here."""
    return len(piece.tokens) <= _SHORT and wording.opening("letter", piece.text) is not None


def is_appeal(piece: Piece) -> bool:
    """Say whether a piece that leads elsewhere addresses readers; enough only at a story's edge."""
    text = spoken(piece.text)
    if len(piece.tokens) > _LONG or not (piece.links or _ADDRESS.search(text)):
        return False
    if wording.opening("opening", text) is not None:
        return True
    if len(piece.tokens) <= _SENTENCE and wording.opening("urging", text) is not None:
        return True
    appeals = wording.count_in("appeal", text)
    if appeals != 1 or len(piece.tokens) <= _LINE or not SENTENCE_MARK.search(text):
        return appeals > 0
    # One such word in a sentence that addresses nobody is the story's.
    is_addressed = speaks("we", text) or speaks("you", text)
    return is_addressed or wording.count_in("here", text) > 0


def is_title_like(piece: Piece) -> bool:
    """Say whether a piece begins with a capital and has no mark within, as headlines do."""
    if len(piece.tokens) < 8 or SENTENCE_MARK.search(piece.text):
        return False
    return piece.text[0].isupper() and piece.text[-1].isalnum()


def is_own_voice(piece: Piece) -> bool:
    """Say whether the publisher speaks of itself."""
    text = spoken(piece.text)
    return speaks("we", text) or wording.count_in("appeal", text) > 0


def finding_on(piece: Piece, terrain: Terrain, *, may_date: bool = False) -> Finding:
    """Return the first filter's finding on a piece, or None where it may be the story.

    A bare date says nothing where the piece may be the story's own: `may_date`.
    """
    if closing_role(piece) is not None:
        return None
    judges = (judge for judge in FILTERS if not (may_date and judge is date_found))
    return next((found for judge in judges if (found := judge(piece, terrain))), None)
