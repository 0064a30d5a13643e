"""The robots.txt of the hosts that were met last: as many as fit into some memory.

It asks for none; what it lets go stands in the catalog.
"""

from scraper.fetch.robots import Robots

# Of all bodies together. Parsed, one takes up to twenty times its bytes: a feed that links to a
# thousand hosts of its own, each with a robots.txt of 512 kB, would else take ten gigabytes.
MAX_BYTES = 4_000_000
_LEAST = 500  # bytes that one counts for: a host without rules takes some memory as well


class KnownRobots:
    """Robots by their URL; those that were used longest ago are let go."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max, self._bytes = max_bytes, 0
        self._known: dict[str, Robots] = {}  # last used last

    def get(self, where: str) -> Robots | None:
        """Return what is at hand of a robots.txt."""
        known = self._known.pop(where, None)
        if known is not None:
            self._known[where] = known
        return known

    def keep(self, where: str, robots: Robots) -> None:
        """Have a robots.txt at hand, and let others go for it."""
        before = self._known.pop(where, None)
        self._bytes += _size(robots) - (0 if before is None else _size(before))
        self._known[where] = robots
        while self._bytes > self._max and len(self._known) > 1:
            longest_unused = next(iter(self._known))
            self._bytes -= _size(self._known.pop(longest_unused))


def _size(robots: Robots) -> int:
    return len(robots.body) + _LEAST
