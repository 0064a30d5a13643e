"""Evidence of where a piece stands: its container, what is around it, how they are named.

It does not look at the words.
"""

from functools import lru_cache

from scraper.extract.elements import Element
from scraper.extract.evidence.families import families_of, names_of
from scraper.extract.evidence.ground import Ground, families_at
from scraper.extract.evidence.scales import Scale
from scraper.extract.pieces import Piece

_SHARES = (0.001, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)
_MASS, _MASS_ABOVE = Scale("mass", _SHARES), Scale("mass above", _SHARES)
_LINKS, _LINKS_ABOVE = (
    Scale("container links", (0.02, 0.08, 0.2, 0.4, 0.6, 0.8)),
    Scale("above links", (0.02, 0.08, 0.2, 0.4, 0.6, 0.8)),
)
_DIRECT = Scale("prose beside", (1, 2, 3, 5, 9))
_ALIKE = Scale("alike", (0.001, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9))
_KIN = Scale("kin", (0.001, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9))
_UP = Scale("up", (1, 2, 3, 4, 6))
_DOWN = Scale("down", (1, 2, 3, 4, 6))
_TELLING = frozenset(
    {
        "figure", "figcaption", "aside", "footer", "header", "nav", "table", "li", "form",
        "blockquote", "button", "details", "label", "address", "section", "article", "main",
        "h1", "h2", "h3", "h4", "a", "picture", "dl", "pre", "center",
    }
)  # fmt: skip


def container_evidence(ground: Ground, at: Element) -> tuple[str, ...]:
    """Return what a container says of the pieces in it."""
    terrain, total = ground.terrain, ground.terrain.total or 1.0
    above = at.parent or at
    up, meeting = 0, at
    while meeting.order not in ground.spine and meeting.parent is not None:
        up, meeting = up + 1, meeting.parent
    found = [
        _MASS(terrain.mass_of(at) / total),
        _MASS_ABOVE(terrain.mass_of(above) / total),
        _LINKS(ground.link_chars[at.order] / max(1, ground.chars[at.order])),
        _LINKS_ABOVE(ground.link_chars[above.order] / max(1, ground.chars[above.order])),
        _DIRECT(ground.direct[at.order]),
        _UP(up),
        _DOWN(ground.spine.get(meeting.order, 9)),
        *names_of("in", families_at(ground, at)),
    ]
    if at is terrain.best:
        found.append("best container")
    elif at.is_within(terrain.best):
        found.append("in best container")
    if at.is_within(ground.root):
        found.append("in body root")
    if at.hidden and terrain.hidden_counts:
        found.append("hidden")
    found += _tags_around(ground, at)
    return tuple(found)


def _tags_around(ground: Ground, at: Element) -> list[str]:
    below: set[str] = set()
    around: set[str] = set()
    articles = 0
    for each in at.lineage():
        tag = each.tag
        is_spine = each.order in ground.spine
        if tag in _TELLING:
            (around if is_spine else below).add(tag)
            articles += tag == "article" and not is_spine
    found = [f"under {tag}" for tag in sorted(below)] + [f"inside {tag}" for tag in sorted(around)]
    if articles and "article" in around:
        found.append("article in article")
    return found


def role_afar(ground: Ground, piece: Piece) -> str:
    """Return the role of a link away from the story, by the names around it."""
    return _role_of_families(families_at(ground, piece.place))


@lru_cache(maxsize=4096)
def _role_of_families(bits: int) -> str:
    named = names_of("", bits)
    return next((role for role in _ROLES_AFAR if f" {role}" in named), "navigation")


def owner_evidence(ground: Ground, piece: Piece, parent: Element) -> list[str]:
    """Return what the element around a piece says of it."""
    owner = piece.owner
    own = families_of(owner.names) if owner is not parent and owner.attrs else 0
    if piece.inner is not None and piece.inner.attrs:
        own |= families_of(piece.inner.names)
    found = [
        f"tag {owner.tag}" if owner.tag in _KNOWN else "tag other",
        _ALIKE(ground.alike.get(ground.likes[piece.index], 0.0)),
        _KIN(ground.kin.get(owner.signature, 0.0)),
        *names_of("own", own),
    ]
    if parent.attrs and parent.order not in ground.spine:
        found += names_of("container", families_of(parent.names))
    if owner is not parent:
        found += [f"below {at.tag}" for at in _between(owner, parent)]
    if piece.inner is not None:
        found.append(f"all {piece.inner.tag}" if piece.inner.tag in _KNOWN else "all other")
    return found


def _between(owner: Element, parent: Element) -> list[Element]:
    found: list[Element] = []
    at = owner.parent
    while at is not None and at is not parent and len(found) < 4:
        if at.tag in _TELLING:
            found.append(at)
        at = at.parent
    return found


_ROLES_AFAR = ("ad", "share", "comment", "tags", "author", "related", "prompt", "footer", "caption")
_KNOWN = _TELLING | {
    "p", "div", "h5", "h6", "tr", "td", "th", "dd", "dt", "span", "b", "strong", "em", "i", "time",
    "ul", "ol", "summary", "caption", "small", "font", "u", "body",
}  # fmt: skip
