"""Where a block stands, in words that hold from page to page: the signatures of its path.

It decides nothing.
"""

from collections.abc import Sequence

from scraper.extract.elements import Element
from scraper.extract.template.signatures import Name, name_of, spelled

_PLACED = frozenset({"div", "section", "article", "main", "td", "table", "tbody", "tr"})
INSIDE = "in"  # the zone of what stands in the body


class Places:
    """Signatures of elements under a vocabulary: names outside of it are not heard.

    `by_place` gives elements without a name that of their parent and their number among its
    children, for pages that name nothing.
    """

    def __init__(self, names: frozenset[str], *, by_place: bool = False) -> None:
        self._names = names
        self._by_place = by_place
        self._spelled: dict[Name, str] = {}

    def signature(self, element: Element) -> str:
        """Return an element's signature."""
        if not element.attrs and not self._by_place:
            return element.tag
        name = name_of(element)
        found = self._spelled.get(name)
        if found is None:
            found = spelled(name[0], (token for token in name[1] if token in self._names))
            self._spelled[name] = found
        if self._by_place and found == element.tag and found in _PLACED:
            above = "" if element.parent is None else self.signature(element.parent)
            return f"{above}>{found}:{element.nth}"
        return found

    def signatures(self, path: Sequence[Element]) -> tuple[str, ...]:
        """Return the signatures of a path."""
        return tuple(self.signature(element) for element in path)


def zone_of(signatures: Sequence[str], *, inside: bool) -> str:
    """Return the zone of a block: the body, or the last two steps of its path."""
    return INSIDE if inside else " ".join(signatures[-2:])


def kind_keys(signatures: Sequence[str], tag: str, shape: str) -> tuple[str, ...]:
    """Return what a block below the body is known by, from its tag to its whole path."""
    mark = f"/{shape}" if shape else ""
    last = " ".join(signatures[-1:])
    two = " ".join(signatures[-2:])
    return (
        f"tag {tag}{mark}",
        f"last {last}{mark}",
        f"two {two}{mark}",
        f"path {' '.join(signatures)}{mark}",
    )
