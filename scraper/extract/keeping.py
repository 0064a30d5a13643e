"""Steps that let pieces stand in the text: what the rule, the witness and the page's shape say.

They strike nothing but what a rule strikes.
"""

from collections import defaultdict

from scraper.extract.containers import body_root, is_prose, parent_of
from scraper.extract.elements import Element
from scraper.extract.filters import closing_role, finding_on
from scraper.extract.pieces import Piece
from scraper.extract.reading import Reading
from scraper.extract.standfirst import LEAST_LENGTH, standfirsts_of
from scraper.extract.verdict import Verdicts, is_h1, place_of, role_of

_LIKELY = 0.5
_COVERED = 0.5
_LIKELY_WHOLE = 0.45  # mean over the blocks of a list or of a quotation
_LIKELY_GAP = 0.3  # of what stands between kept blocks
_DASHES = ("\u2014", "\u2013", "-", "\u2015")
_SIGNATURE = 25  # words
_LEAST_BODY = 250  # characters; a body that holds less was not found
_CLOSING_SPAN = 6  # pieces below the last kept one


def follow_rule(reading: Reading, verdicts: Verdicts) -> None:
    """Do what the maintainer's rule says; nothing overrules it."""
    rule = reading.rule
    if not (rule.strip or rule.keep or rule.strip_text):
        return
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        order = (False, f"rule strip {rule.strip[piece.place.key]}") if piece.cut else None
        order = order or rule.order_for(piece.place)
        if order is None and (pattern := rule.pattern_in(piece.text)) is not None:
            order = (False, f"rule strip_text {pattern}")
        if order is None:
            continue
        kept, reason = order
        if kept:
            verdict.keep(role_of(piece), reason)
        else:
            found = finding_on(piece, reading.terrain)
            verdict.strip(found[0] if found else "other", reason)
        verdict.found = True


def keep_body(reading: Reading, verdicts: Verdicts) -> None:
    """Begin with what the rule selects, or without a rule with what is likely the story."""
    rule = reading.rule
    for piece, verdict, likely in zip(
        reading.pieces, verdicts, reading.weighed.likely, strict=True
    ):
        if verdict.found:
            continue
        if rule.body:
            if rule.holds(piece.place):
                verdict.keep(role_of(piece), reading.body_by)
            else:
                verdict.reason = "outside the body container"
        elif likely >= _LIKELY:
            verdict.keep(role_of(piece), "")


def keep_standfirst(reading: Reading, verdicts: Verdicts) -> None:
    """Keep what stands between the headline and the story and sums it up."""
    headline = _headline_at(reading, verdicts)
    for index in standfirsts_of(reading, headline):
        if not verdicts[index].found:
            verdicts[index].keep("standfirst", "between headline and story")
            verdicts[index].found = True
    for index in _leading_headings(reading, verdicts, headline):
        verdicts[index].keep("standfirst", "between headline and story")


def _headline_at(reading: Reading, verdicts: Verdicts) -> int | None:
    """Return where the headline stands; where none is known by its words, the page's only h1."""
    heads = [index for index, verdict in enumerate(verdicts) if verdict.role == "headline"]
    if heads:
        return next((index for index in heads if verdicts[index].kept), heads[0])
    firsts = [piece.index for piece in reading.pieces if is_h1(piece)]
    return firsts[0] if len(firsts) == 1 else None


def _leading_headings(reading: Reading, verdicts: Verdicts, headline: int | None) -> list[int]:
    """Return the kept headings below the headline that stand above all paragraphs of the story."""
    found: list[int] = []
    for index in range(len(verdicts) if headline is None else headline + 1, len(verdicts)):
        piece, verdict = reading.pieces[index], verdicts[index]
        if not verdict.kept or verdict.found:
            continue
        if verdict.role != "subheading" or piece.length <= LEAST_LENGTH:
            break
        found.append(index)
    return found


def fall_back(reading: Reading, verdicts: Verdicts) -> None:
    """Ask trafilatura where next to nothing was found, and then the body container."""
    if reading.rule.body or _kept_length(reading, verdicts) >= _LEAST_BODY:
        return
    for piece, verdict, cover in zip(reading.pieces, verdicts, reading.witness(), strict=True):
        if cover >= _COVERED and not verdict.found and not verdict.kept:
            verdict.keep(role_of(piece), "trafilatura keeps it")
            reading.body_by = "trafilatura"
    if _kept_length(reading, verdicts) < _LEAST_BODY:
        _keep_container(reading, verdicts)


def _kept_length(reading: Reading, verdicts: Verdicts) -> int:
    return sum(
        piece.length
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role != "headline"
    )


def _keep_container(reading: Reading, verdicts: Verdicts) -> None:
    root = body_root(reading.terrain)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        is_open = not verdict.kept and not verdict.found
        if is_open and root is not None and is_prose(piece) and piece.owner.is_within(root):
            verdict.keep(role_of(piece), "prose of the body container")
            reading.body_by = f"container {root.step()}"


def add_siblings(reading: Reading, verdicts: Verdicts) -> None:
    """Keep prose in places where prose is kept: the witness lost it among its like."""
    if reading.rule.body:
        return
    kept: dict[object, int] = defaultdict(int)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and is_prose(piece):
            kept[place_of(piece)] += 1
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if (
            not verdict.kept
            and not verdict.found
            and is_prose(piece)
            and kept[place_of(piece)] >= 2
        ):
            verdict.keep(role_of(piece), "prose among kept paragraphs")


def fill_gaps(reading: Reading, verdicts: Verdicts) -> None:
    """Keep headings, list items, quotations and rows between kept blocks of the same container."""
    best = reading.terrain.best
    homes = _homes(reading, verdicts)
    last_kept: int | None = None
    for index, verdict in enumerate(verdicts):
        if not verdict.kept:
            continue
        if last_kept is not None:
            for between in range(last_kept + 1, index):
                piece, other = reading.pieces[between], verdicts[between]
                role = role_of(piece)
                if other.found or not piece.owner.is_within(best):
                    continue
                if not reading.rule.body and reading.weighed.likely[between] < _LIKELY_GAP:
                    continue
                if piece.link_share > 0.5 and role != "quote":
                    continue
                if role in {"list", "body"} and _list_home(piece).key not in homes:
                    continue
                if role != "body" or is_prose(piece):
                    other.keep(role, "between kept blocks of the body container")
        last_kept = index


def even_out(reading: Reading, verdicts: Verdicts) -> None:
    """Keep all of a list or of a quoted post, or nothing, by what is likely of the whole."""
    if reading.rule.body:
        return
    groups: dict[int, list[int]] = defaultdict(list)
    for piece, far in zip(reading.pieces, reading.ground.far, strict=True):
        home = None if far else _whole_around(piece)
        if home is not None and not verdicts[piece.index].found:
            groups[home.key].append(piece.index)
    for indices in groups.values():
        mean = sum(reading.weighed.likely[index] for index in indices) / len(indices)
        for index in indices if len(indices) > 1 else ():
            piece, verdict = reading.pieces[index], verdicts[index]
            if mean >= _LIKELY_WHOLE and not verdict.kept and piece.link_share <= 0.5:
                verdict.keep(role_of(piece), "most of what it is a part of is the story")


def sign_quotations(reading: Reading, verdicts: Verdicts) -> None:
    """Keep the line that says whose a post or a quotation is where that is kept."""
    last: int | None = None  # the kept piece before, where it is quoted
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        home = piece.owner if piece.owner.tag == "blockquote" else None
        if home is not None and last is not None and not (verdict.kept or verdict.found):
            is_signed = piece.text.startswith(_DASHES) and len(piece.tokens) <= _SIGNATURE
            if is_signed and reading.pieces[last].owner.is_within(home):
                verdict.keep("quote", "says whose the quotation is")
        last = piece.index if verdict.kept and verdict.role == "quote" else None


def _whole_around(piece: Piece) -> Element | None:
    """Return the innermost list or quotation around a piece."""
    for at in piece.owner.lineage():
        if at.tag in {"ul", "ol", "blockquote"}:
            return at
        if at.tag not in {"li", "p", "div", "span"}:
            return None
    return None


def keep_tables(reading: Reading, verdicts: Verdicts) -> None:
    """Keep the rows of tables that stand beside kept paragraphs."""
    homes = _homes(reading, verdicts)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept or verdict.found or piece.owner.tag != "tr" or piece.link_share > 0.5:
            continue
        table = next((at for at in piece.owner.lineage() if at.tag == "table"), None)
        if table is not None and table.parent is not None and table.parent.key in homes:
            verdict.keep("table", "a table beside kept paragraphs")


def _homes(reading: Reading, verdicts: Verdicts) -> set[int]:
    """Return the containers of kept prose."""
    return {
        parent_of(piece).key
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and is_prose(piece)
    }


def _list_home(piece: Piece) -> Element:
    """Return the container of the outermost list around a piece, or the piece's own."""
    home = parent_of(piece)
    for at in piece.owner.lineage():
        if at.tag in {"ul", "ol"} and at.parent is not None:
            home = at.parent
    return home


def keep_closings(reading: Reading, verdicts: Verdicts) -> None:
    """Name and keep the credits and notes that close a story."""
    last = max((i for i, verdict in enumerate(verdicts) if verdict.kept), default=-1)
    root = body_root(reading.terrain)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        is_near = 0 < piece.index - last <= _CLOSING_SPAN
        if verdict.found or not (verdict.kept or is_near):
            continue
        role = closing_role(piece)
        if role is not None and verdict.kept:
            verdict.role = role
        elif role is not None and piece.owner.is_within(root):
            verdict.keep(role, "closes the story")


def mark_items(reading: Reading, verdicts: Verdicts) -> None:
    """Mark the first kept piece of each list item."""
    seen: set[int] = set()
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list":
            item = next(at.key for at in piece.owner.lineage() if at.tag == "li")
            verdict.starts_item = item not in seen
            seen.add(item)
