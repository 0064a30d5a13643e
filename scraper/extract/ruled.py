"""The part of a page that need be looked at where a rule says which element the story stands in.

It reads no text but that of headings, and gives no verdicts.
"""

from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.metadata import Said
from scraper.extract.pieces import pieces_in, tokens_of
from scraper.extract.rules import Selection
from scraper.extract.template.regions import ancestors
from scraper.extract.titles import headline_of
from scraper.model import Rule

_WHOLE = frozenset({"body", "html"})


def ground_for(
    tree: LexborHTMLParser, said: Said, rule: Rule | None, selection: Selection
) -> LexborNode | None:
    """Return the least node that holds the rule's body, what it keeps, and the headline.

    None where that is the page's body itself, or where it cannot be told: XPath chooses nodes of a
    copy, and a page that prints its headline in no h1 has it anywhere.
    """
    if rule is None or not selection.body:
        return None
    selectors = (selection.body_selector, *rule.keep)
    if any(selector.startswith(("/", "(")) for selector in selectors):
        return None
    named = [node for selector in selectors for node in tree.css(selector)]
    head = _headline(tree, said)
    if head is None:
        return None
    ground = _holding([head, *named])
    if ground is None or ground.tag in _WHOLE or _is_ordered_about(ground, selection):
        return None
    return ground


def _headline(tree: LexborHTMLParser, said: Said) -> LexborNode | None:
    """Return the h1 that is the headline, where the page has one and no more."""
    pieces = [(node, pieces_in(node)[0]) for node in tree.css("h1")]
    headline = tokens_of(headline_of(said, [piece for _, some in pieces for piece in some]))
    found = [node for node, some in pieces if any(piece.tokens == headline for piece in some)]
    return found[0] if len(found) == 1 else None


def _holding(nodes: Sequence[LexborNode]) -> LexborNode | None:
    """Return the least node that holds all of some."""
    lines = [[at.mem_id for at in ancestors(node)] for node in nodes[1:]]
    for at in (nodes[0], *ancestors(nodes[0])):
        if all(
            at.mem_id == node.mem_id or at.mem_id in line
            for node, line in zip(nodes[1:], lines, strict=True)
        ):
            return at
    return None


def _is_ordered_about(ground: LexborNode, selection: Selection) -> bool:
    """Say whether the rule strips or keeps something that the ground itself stands in."""
    return any(
        at.mem_id in selection.strip or at.mem_id in selection.keep for at in ancestors(ground)
    )
