"""What kind of page it is, and why: a value.

It finds nothing.
"""

from dataclasses import dataclass

from scraper.model import Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of page with the reason, a sentence for the catalog."""

    kind: Kind
    reason: str
