"""The one exception that ends an exchange inside this room; the client turns it into a value.

It is raised where the reason is known, and never leaves the room.
"""

from scraper.model import Outcome


class Stopped(Exception):  # noqa: N818 - an outcome, not an error of the program
    """An exchange ended before its time: how, and one sentence that says why."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        self.outcome, self.detail = outcome, detail
        super().__init__(detail)


class StaleError(Exception):
    """A kept connection cannot be used again; nothing of the next request has been sent."""
