"""Who decides about each piece of a page, and why: steps in order, later ones overruling.

It changes no text.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scraper.extract.containers import body_root, is_prose, parent_of
from scraper.extract.elements import Element, words_in
from scraper.extract.filters import closing_role, finding_on, is_appeal, is_own_voice, opens_letter
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.standfirst import standfirsts_of
from scraper.extract.wording import is_heading_of_links

_COVERED = 0.5
_ENOUGH = 0.5  # share of the body container's prose below which the witness is not believed
_ELSEWHERE = 0.3  # as much text as this share of it outside means that the story is there
_CLOSING_SPAN = 6  # pieces below the last kept one
_COPY_TOKENS = 8  # fewer words may well be said twice


@dataclass(slots=True)
class Verdict:
    """The verdict on one piece; later steps may overrule earlier ones."""

    role: str = "other"
    kept: bool = False
    reason: str = "trafilatura leaves it out"
    starts_item: bool = False
    found: bool = False  # a filter said what it is

    def keep(self, role: str, reason: str) -> None:
        """Let it stand in the text."""
        self.role, self.kept, self.reason = role, True, reason

    def strip(self, role: str, reason: str) -> None:
        """Take it out of the text."""
        self.role, self.kept, self.reason = role, False, reason


Verdicts = Sequence[Verdict]

_HEADING_WORDS = frozenset(
    {"subheadline", "subhead", "subheading", "crosshead", "crossheading", "intertitle",
     "intertitre", "zwischentitel", "zwischenueberschrift", "subtitle", "ladillo"}
)  # fmt: skip


def verdicts_on(reading: Reading) -> Verdicts:
    """Return a verdict for each piece, in order."""
    verdicts = [Verdict() for _ in reading.pieces]
    for step in STEPS:
        step(reading, verdicts)
    return verdicts


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


def name_headlines(reading: Reading, verdicts: Verdicts) -> None:
    """Name the headline, and take out what says it again."""
    titles = [frozenset(tokens_of(title)) for title in reading.titles]
    alike = [
        piece.index
        for piece in reading.pieces
        if frozenset(piece.tokens) in titles or _holds_headline(piece, reading.title)
    ]
    first = next((i for i in alike if _is_h1(reading.pieces[i])), alike[0] if alike else None)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if piece.index == first:
            verdict.keep("headline", "says what the page's title says")
        elif piece.index in alike:
            verdict.strip("headline", "repeats the headline")
        elif verdict.kept and not verdict.found and _is_h1(piece):
            verdict.strip("headline", "another h1")
        else:
            continue
        verdict.found = True


def _is_h1(piece: Piece) -> bool:
    return any(at.tag == "h1" for at in piece.place.lineage())


def _holds_headline(piece: Piece, title: str) -> bool:
    """A heading that ends in the headline, behind a kicker."""
    return (
        piece.owner.tag in {"h1", "h2"}
        and len(title) >= 20
        and len(piece.text) <= 2.5 * len(title)
        and piece.text.casefold().endswith(title.casefold())
    )


def keep_standfirst(reading: Reading, verdicts: Verdicts) -> None:
    """Keep what stands between the headline and the story and sums it up."""
    headline = next((i for i, verdict in enumerate(verdicts) if verdict.role == "headline"), None)
    for index in standfirsts_of(reading, headline):
        if not verdicts[index].found:
            verdicts[index].keep("standfirst", "between headline and story")
            verdicts[index].found = True


def strike_furniture(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what the filters know."""
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if not verdict.found and (found := finding_on(piece, reading.terrain)) is not None:
            verdict.strip(*found)
            verdict.found = True


def add_siblings(reading: Reading, verdicts: Verdicts) -> None:
    """Keep prose in places where prose is kept: the witness lost it among its like."""
    if reading.rule.body:
        return
    kept: dict[object, int] = defaultdict(int)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and is_prose(piece):
            kept[_place(piece)] += 1
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if not verdict.kept and not verdict.found and is_prose(piece) and kept[_place(piece)] >= 2:
            verdict.keep(role_of(piece), "prose among kept paragraphs")


def _place(piece: Piece) -> object:
    parent = parent_of(piece)
    above = parent.parent.signature if parent.parent else None
    return piece.owner.tag, parent.signature, above


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


def strike_before_headline(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what stands above the headline, where the story is below."""
    headline = next((i for i, verdict in enumerate(verdicts) if verdict.role == "headline"), None)
    if headline is None or not verdicts[headline].kept:
        return
    kept = [
        (piece, verdict)
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role not in {"headline", "standfirst"}
    ]
    above = [(piece, verdict) for piece, verdict in kept if piece.index < headline]
    if 2 * sum(piece.length for piece, _ in above) > sum(piece.length for piece, _ in kept):
        return
    for _, verdict in above:
        if not verdict.reason.startswith("rule "):
            verdict.strip("other", "above the headline")


def strike_related_runs(reading: Reading, verdicts: Verdicts) -> None:
    """Take out the cards below a label of related stories, until the story goes on."""
    box: Element | None = None
    story: set[object] = set()
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.role == "related" and not verdict.kept and is_heading_of_links(piece.text):
            box = piece.owner.parent if story else None
        elif box is None or not piece.owner.is_within(box) or _place(piece) in story:
            box = None
            if verdict.kept and is_prose(piece):
                story.add(_place(piece))
        elif verdict.kept and not verdict.found:
            verdict.strip("related", "below a label of related stories")


def strike_letters(reading: Reading, verdicts: Verdicts) -> None:
    """Take out what the publisher writes to its readers, until the story goes on.

    Without a story above it, the letter is the story.
    """
    box: Element | None = None
    above = 0
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        above += verdict.kept and is_prose(piece)
        if above >= 2 and not verdict.reason.startswith("rule ") and opens_letter(piece):
            box = piece.owner.parent
            verdict.strip("prompt", "opens a letter to the readers")
            continue
        if box is None:
            continue
        if not piece.owner.is_within(box) or (is_prose(piece) and not is_own_voice(piece)):
            box = None
        elif verdict.kept and not verdict.reason.startswith("rule "):
            verdict.strip("prompt", "belongs to a letter to the readers")


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


def strike_tail(reading: Reading, verdicts: Verdicts) -> None:
    """Take out appeals at the end, where a word and a link say enough."""
    for piece, verdict in zip(reversed(reading.pieces), reversed(verdicts), strict=True):
        if not verdict.kept or verdict.role in {"headline", "credit", "note"}:
            continue
        if verdict.reason.startswith("rule ") or not is_appeal(piece):
            return
        verdict.strip("prompt", "prompt wording beside a link, below the story")


def strike_link_lists(reading: Reading, verdicts: Verdicts) -> None:
    """Take out lists whose items are links from end to end."""
    lists: dict[int, list[int]] = defaultdict(list)
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list" and not verdict.found:
            home = next(at for at in piece.owner.lineage() if at.tag == "li")
            lists[0 if home.parent is None else home.parent.key].append(piece.index)
    for indices in lists.values():
        links = [i for i in indices if reading.pieces[i].link_share > 0.9]
        if len(links) >= 2 and len(links) >= 0.8 * len(indices):
            for index in indices:
                verdicts[index].strip("related", "a list of links")


def strike_copies(reading: Reading, verdicts: Verdicts) -> None:
    """Take out second copies, and quotations pulled out of a paragraph."""
    first: dict[tuple[str, ...], int] = {}
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if not verdict.kept or len(piece.tokens) < _COPY_TOKENS or verdict.role == "headline":
            continue
        earlier = first.setdefault(piece.tokens, piece.index)
        if earlier == piece.index:
            continue
        is_pulled = verdicts[earlier].role == "quote" and verdict.role == "body"
        copy = verdicts[earlier] if is_pulled else verdict
        copy.strip("other", "a second copy")
    grams: dict[tuple[str, ...], int] = {}
    kept = [piece for piece in reading.pieces if verdicts[piece.index].kept]
    for piece in kept:
        if verdicts[piece.index].role == "body":
            for at in range(len(piece.tokens) - 5):
                grams.setdefault(piece.tokens[at : at + 6], piece.index)
    for piece in kept:
        if verdicts[piece.index].role == "quote" and len(piece.tokens) >= 6:
            homes = {grams.get(piece.tokens[at : at + 6]) for at in range(len(piece.tokens) - 5)}
            if len(homes) == 1 and None not in homes:
                verdicts[piece.index].strip("other", "repeats a part of another paragraph")


def mark_items(reading: Reading, verdicts: Verdicts) -> None:
    """Mark the first kept piece of each list item."""
    seen: set[int] = set()
    for piece, verdict in zip(reading.pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list":
            item = next(at.key for at in piece.owner.lineage() if at.tag == "li")
            verdict.starts_item = item not in seen
            seen.add(item)


def strike_bare_headings(reading: Reading, verdicts: Verdicts) -> None:
    """Take out headings that have nothing below them."""
    below = False
    for verdict in reversed(verdicts):
        if verdict.kept and verdict.role == "subheading":
            if not below:
                verdict.strip("subheading", "nothing is kept below it")
        elif verdict.kept:
            below = True


STEPS: tuple[Callable[[Reading, Verdicts], None], ...] = (
    follow_rule,
    keep_body,
    name_headlines,
    keep_standfirst,
    strike_furniture,
    fall_back,
    add_siblings,
    fill_gaps,
    strike_before_headline,
    strike_related_runs,
    strike_letters,
    strike_tail,
    keep_closings,
    strike_link_lists,
    strike_copies,
    strike_bare_headings,
    mark_items,
)


def role_of(piece: Piece) -> str:
    """Return the role that a piece has in a text by its markup."""
    tags = [at.tag for at in piece.owner.lineage()]
    if tags[0] in {"h1", "h2", "h3", "h4", "h5", "h6"} or _is_named_heading(piece):
        return "subheading"
    if tags[0] == "tr":
        return "table"
    if "li" in tags[:3]:
        return "list"
    return "quote" if "blockquote" in tags[:4] else "body"


def _is_named_heading(piece: Piece) -> bool:
    words = words_in(piece.place.attr("class")) | words_in(piece.owner.attr("class"))
    return len(piece.text) <= 120 and not words.isdisjoint(_HEADING_WORDS)
