"""A page read by its outlet's template alone: one selector, one walk over the body.

It gives up wherever the template has no clear opinion: the whole page decides there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.appeals import strike_requests
from scraper.extract.containers import Terrain
from scraper.extract.elements import Element
from scraper.extract.filters import closing_role, finding_on
from scraper.extract.hints import role_hinted
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece, pieces_in, tokens_of
from scraper.extract.template.joining import (
    BULK,
    LEAST_KEPT,
    PROSE,
    is_likely,
    is_settled,
    mark_items,
)
from scraper.extract.template.judge import Judge, Opinion, judges_of
from scraper.extract.template.lexicon import ASIDES
from scraper.extract.template.observed import norm_of, path_of
from scraper.extract.template.regions import ancestors, between, outermost
from scraper.extract.template.standfirsts import LEAST_CHARS, MOST, is_named, shared
from scraper.extract.template.values import Template
from scraper.extract.titles import headline_of, names_said, titles_said
from scraper.extract.verdict import Verdict, role_of

_LEAST_STORIES = 3  # of fewer, the page's own reading is asked for everything
_MOST_DOUBT = 0.2  # of the text that was looked at
_LEAST_SHARE = 0.6  # of the page's paragraphs that must stand in the body
_SURE_BODY = 1200  # characters; a shorter one may be the beginning of what is sold
_WALLS = ("paywall", "Paywall", "regwall", "subscriber-only", "premium-content", "piano")
_WALL_MARKS = ", ".join(f'[class*="{wall}"], [id*="{wall}"]' for wall in _WALLS)
_LEADS = frozenset({None, "related", "box", "other"})  # hints that a lead's own name may trip
_SUMS_UP = 0.6  # share of word triples with the head's description
_CERTAIN = 0.9
_PULLED = 6  # words of a quotation pulled out of the text
_CLOSING = 40  # words of a credit or a note
_SHORT, _BRIEF = 60, 25  # words; what is longer asks for nothing
_NOWHERE = Terrain({}, None, False, 0.0, {})
_NAMES_NOTHING = frozenset({"other", "dateline"})

Judged = tuple[Piece, Verdict | None]  # None: the template is in doubt


@dataclass(frozen=True, slots=True)
class Quick:
    """What a template alone makes of a page: verdicts on the blocks that it looked at."""

    headline: str
    pieces: Sequence[Piece]
    verdicts: Sequence[Verdict]
    body: str


def read_quickly(template: Template, tree: LexborHTMLParser, text: str, said: Said) -> Quick | None:
    """Return what the template alone makes of a page, or None where it is in doubt."""
    for judge in judges_of(template):
        nodes = outermost(tree, judge.layout.body)
        if nodes:
            is_known = judge.layout.stories >= _LEAST_STORIES and not judge.layout.by_place
            return _Page(judge, tree, said, nodes).read(text) if is_known else None
    return None


class _Page:
    """One page while it is read."""

    def __init__(
        self, judge: Judge, tree: LexborHTMLParser, said: Said, nodes: Sequence[LexborNode]
    ) -> None:
        self.judge, self.tree, self.said, self.nodes = judge, tree, said, nodes
        self.home = frozenset(node.mem_id for node in nodes)
        self.heads = tree.css("h1")
        pieces = [piece for node in self.heads for piece in pieces_in(node)[0]]
        self.headline = headline_of(said, pieces)
        titles = (self.headline, *titles_said(said))
        self.doubtful = 0  # characters of blocks that the single page might decide otherwise
        self.titles = {norm_of(tokens_of(title)) for title in titles}
        self.names = names_said(said)

    def read(self, text: str) -> Quick | None:
        """Return the verdicts, or None where one of them is in doubt."""
        pieces: list[Piece] = []
        verdicts: list[Verdict] = []
        for piece, verdict in (*self._before(), *self._inside()):
            if verdict is None:
                return None
            pieces.append(piece)
            verdicts.append(verdict)
        strike_requests(pieces, verdicts)
        if self.doubtful > _MOST_DOUBT * sum(piece.length for piece in pieces):
            return None
        kept = sum(p.length for p, v in zip(pieces, verdicts, strict=True) if v.kept)
        leads = sum(verdict.role == "standfirst" for verdict in verdicts)
        if not self.headline or leads > MOST or not self._fits(kept, text):
            return None
        mark_items(pieces, verdicts)
        return Quick(self.headline, pieces, verdicts, self.judge.layout.body)

    def _inside(self) -> Iterator[Judged]:
        walked = [piece for node in self.nodes for piece in pieces_in(node)[0]]
        pieces = [(piece, norm_of(piece.tokens)) for piece in walked]
        is_new = self.judge.is_new(norm for _, norm in pieces)
        for piece, norm in pieces:
            if norm in self.titles:
                yield piece, Verdict("headline", False, "repeats the headline")
                continue
            if piece.tokens in self.names:
                yield piece, Verdict("byline", False, "a name is the whole block")
                continue
            opinion = self.judge.of_text(piece, norm, is_new=is_new)
            opinion = opinion or self.judge.of_kind(piece, _below(piece.owner, self.home))
            verdict = self._verdict(piece, opinion)
            if verdict.kept and verdict.role == "quote" and _is_pulled(norm, pieces):
                verdict = Verdict("other", False, "repeats a part of another paragraph")
            yield piece, verdict

    def _verdict(self, piece: Piece, opinion: Opinion) -> Verdict:
        closing = closing_role(piece) if len(piece.tokens) <= _CLOSING else None
        if opinion.is_text:
            if closing == "credit":
                return Verdict("credit", True, "closes the story")
            return Verdict("other", False, opinion.reason)
        settled = is_settled(opinion, len(piece.text))
        if settled is None:
            self.doubtful += piece.length
            settled = is_likely(opinion, piece.owner.tag)
        if not settled:
            return Verdict("other", False, opinion.reason)
        found = _named(piece) if closing is None else None
        is_own_kind = opinion.is_rare and opinion.rate >= _CERTAIN
        if found is not None and found[0] not in _NAMES_NOTHING and not is_own_kind:
            return Verdict(found[0], False, found[1])
        return Verdict(closing or role_of(piece), True, opinion.reason)

    def _before(self) -> Iterator[Judged]:
        """Yield what stands between the headline and the body and is the standfirst, or may be."""
        head = next((node for node in self.heads if node.text(strip=True)), None)
        for node in between(head, self.nodes[0]) if head is not None else ():
            if (node.tag or "-").startswith("-") or len(node.text(strip=True)) <= LEAST_CHARS:
                continue  # a text, a comment, a picture
            for piece in pieces_in(node)[0]:
                if len(piece.text) <= LEAST_CHARS or norm_of(piece.tokens) in self.titles:
                    continue
                opinion = self.judge.outside(piece, _path_from(node, piece.owner))
                if opinion is None:
                    if self._may_lead(piece):
                        yield piece, self._lead(piece, node)
                elif opinion.standfirst:
                    settled = is_settled(opinion, len(piece.text))
                    yield piece, Verdict("standfirst", True, opinion.reason) if settled else None

    def _lead(self, piece: Piece, node: LexborNode) -> Verdict:
        """Judge what may be a standfirst, at a place where none was seen."""
        if shared(piece.tokens, tokens_of(self.said.description)) > _SUMS_UP:
            return Verdict(
                "standfirst", True, "between headline and story, as the head describes it"
            )
        if self.judge.has_standfirsts:
            return Verdict("other", False, "outside the body container")
        hinted = any(role_hinted(at) not in _LEADS for at in piece.place.lineage())
        if hinted or any(up.tag in ASIDES for up in ancestors(node)):
            return Verdict("other", False, "outside the body container")
        return Verdict("standfirst", True, "between headline and story")

    def _may_lead(self, piece: Piece) -> bool:
        if piece.link_share >= 0.3 or piece.in_button:
            return False
        if piece.owner.tag in {"h2", "h3"} or is_named(piece):
            return True
        return shared(piece.tokens, tokens_of(self.said.description)) > _SUMS_UP

    def _fits(self, kept: int, text: str) -> bool:
        """Say whether the body holds most of the page's paragraphs, and more than a beginning."""
        if kept < LEAST_KEPT or (kept < _SURE_BODY and self._has_wall(text)):
            return False
        whole = sum(len(node.text()) for node in self.tree.css("p"))
        inside = sum(len(node.text()) for home in self.nodes for node in home.css("p"))
        if kept >= _LEAST_SHARE * (kept + whole - inside):
            return True
        return kept >= _LEAST_SHARE * (kept + self._unexplained())

    def _unexplained(self) -> int:
        """Return the characters of paragraphs outside the body, at places where none were seen."""
        inside = {node.mem_id for home in self.nodes for node in home.css("p")}
        return sum(
            len(text)
            for node in self.tree.css("p")
            if node.mem_id not in inside
            and len(text := node.text(strip=True)) >= PROSE
            and not self.judge.explains(_last_steps(node), is_bulk=len(text) > BULK)
        )

    def _has_wall(self, text: str) -> bool:
        return any(wall in text for wall in _WALLS) and any(
            node.text(strip=True) for node in self.tree.css(_WALL_MARKS)
        )


def _named(piece: Piece) -> tuple[str, str] | None:
    """Return what a block is by its words, where it could be anything but a paragraph."""
    is_marked = piece.links > 0 or piece.in_button
    if len(piece.tokens) > (_SHORT if is_marked else _BRIEF):
        return None
    return finding_on(piece, _NOWHERE)


def _is_pulled(norm: str, pieces: Sequence[tuple[Piece, str]]) -> bool:
    """Say whether a quotation stands in a paragraph as well."""
    if norm.count(" ") < _PULLED - 1:
        return False
    return any(norm in other and role_of(piece) == "body" for piece, other in pieces)


def _below(owner: Element, home: frozenset[int]) -> list[Element]:
    """Return the elements from below the body down to an element."""
    path: list[Element] = []
    at: Element | None = owner
    while at is not None and at.key not in home:
        path.append(at)
        at = at.parent
    return path[::-1]


def _last_steps(node: LexborNode) -> list[Element]:
    """Return a node and the two above it, as elements."""
    near = [node, *islice(ancestors(node), 2)]
    return [_bare(at) for at in reversed(near) if at.tag not in {None, "body", "html"}]


def _bare(node: LexborNode) -> Element:
    tag = node.tag or ""
    attrs = node.attributes
    return Element(node.mem_id, tag, attrs, parent=None, order=0)


def _path_from(node: LexborNode, owner: Element) -> tuple[Element, ...]:
    """Return the elements from a subtree's parent down to an element of it."""
    above = next(ancestors(node))
    tag = above.tag or ""
    if tag in {"", "body", "html"}:
        return path_of(owner)
    parent = Element(above.mem_id, tag, above.attributes, None, 0)
    return (parent, *path_of(owner))
