"""Steps that let pieces stand in the text: what the rule, the witness and the page's shape say.

They strike nothing but what a rule strikes.
"""

from collections import defaultdict

from scraper.extract.containers import body_root, is_prose, parent_of
from scraper.extract.elements import Element
from scraper.extract.filters import closing_role, finding_on
from scraper.extract.pieces import Piece
from scraper.extract.reading import Reading
from scraper.extract.standfirst import standfirsts_of
from scraper.extract.verdict import Verdicts, place_of, role_of

_COVERED = 0.5
_ENOUGH = 0.5  # share of the body container's prose below which the witness is not believed
_ELSEWHERE = 0.3  # as much text as this share of it outside means that the story is there
_CLOSING_SPAN = 6  # pieces below the last kept one


def follow_rule(reading: Reading, verdicts: Verdicts) -> None:
    """Do what the maintainer's rule says; nothing overrules it."""
    rule = reading.rule
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
    """Begin with what the rule selects, or without a rule with what trafilatura keeps."""
    rule = reading.rule
    for piece, verdict, cover in zip(reading.pieces, verdicts, reading.cover, strict=True):
        if verdict.found:
            continue
        if rule.body:
            if rule.holds(piece.place):
                verdict.keep(role_of(piece), reading.body_by)
            else:
                verdict.reason = "outside the body container"
        elif cover >= _COVERED:
            verdict.keep(role_of(piece), f"{reading.body_by} keeps it")


def keep_standfirst(reading: Reading, verdicts: Verdicts) -> None:
    """Keep what stands between the headline and the story and sums it up."""
    headline = next((i for i, verdict in enumerate(verdicts) if verdict.role == "headline"), None)
    for index in standfirsts_of(reading, headline):
        if not verdicts[index].found:
            verdicts[index].keep("standfirst", "between headline and story")
            verdicts[index].found = True


def fall_back(reading: Reading, verdicts: Verdicts) -> None:
    """Keep the prose of the body container where the witness has little of it."""
    if reading.rule.body:
        return
    root = body_root(reading.terrain)
    inside = [
        (piece, verdict)
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if is_prose(piece) and piece.owner.is_within(root)
    ]
    whole = sum(piece.length for piece, verdict in inside if not verdict.found)
    kept = sum(piece.length for piece, verdict in inside if verdict.kept)
    elsewhere = sum(
        piece.length
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role != "headline" and not piece.owner.is_within(root)
    )
    if kept >= whole * _ENOUGH or elsewhere > whole * _ELSEWHERE:
        return
    for piece, verdict in inside:
        if not verdict.kept and not verdict.found:
            verdict.keep(role_of(piece), "prose of the body container")
    reading.body_by = f"container {root.step()}" if root else reading.body_by


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
    homes = {
        parent_of(piece).key
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and is_prose(piece)
    }
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
                if piece.link_share > 0.5 and role != "quote":
                    continue
                if role in {"list", "body"} and _list_home(piece).key not in homes:
                    continue
                if role != "body" or is_prose(piece):
                    other.keep(role, "between kept blocks of the body container")
        last_kept = index


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
        role = closing_role(piece)
        if role is None or verdict.found:
            continue
        if verdict.kept:
            verdict.role = role
        elif 0 < piece.index - last <= _CLOSING_SPAN and piece.owner.is_within(root):
            verdict.keep(role, "closes the story")


def mark_items(reading: Reading, verdicts: Verdicts) -> None:
    """Mark the first kept piece of each list item."""
    seen: set[int] = set()
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list":
            item = next(at.key for at in piece.owner.lineage() if at.tag == "li")
            verdict.starts_item = item not in seen
            seen.add(item)
