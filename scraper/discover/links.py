"""The links of one source while they are gathered: each URL once, in the source's order.

It keeps the first of several, and counts what it was given without a usable URL.
"""

from scraper.model import Link
from scraper.urls import canonical


class LinkList:
    """Gathers the links of one source."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._unusable = 0

    def add(self, link: Link | None) -> None:
        """Take a link, or None for an item without an http(s) URL."""
        if link is None:
            self._unusable += 1
        else:
            self._links.setdefault(canonical(link.url), link)

    def all(self) -> tuple[Link, ...]:
        """Return the links."""
        return tuple(self._links.values())

    def problems(self) -> tuple[str, ...]:
        """Return a sentence about what could not be used."""
        if not self._unusable:
            return ()
        return (f"{self._unusable:,} of its items have no http or https URL",)
