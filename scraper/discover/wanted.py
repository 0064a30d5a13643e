"""Whether a maintainer wants a link: the `allow` and `deny` patterns of a source in sources.toml.

It knows nothing of robots.txt and of what was captured before.
"""

from scraper.model import Source
from scraper.urls import is_matching


def is_wanted(url: str, source: Source) -> bool:
    """Say whether a source's patterns let a link through."""
    return why_unwanted(url, source) is None


def why_unwanted(url: str, source: Source) -> str | None:
    """Return which pattern keeps a link out, as a sentence, or None where it is wanted.

    `deny` outweighs `allow`; without `allow` everything is allowed.
    """
    for pattern in source.deny:
        if is_matching(url, pattern):
            return f"denied by the pattern {pattern!r} of its source"
    if source.allow and not any(is_matching(url, pattern) for pattern in source.allow):
        return "none of the allow patterns of its source fits"
    return None
