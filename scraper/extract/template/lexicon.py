"""Words in the names of elements that say: this is not the story.

It says nothing of text.
"""

import re
from functools import lru_cache

_WORDS = re.compile(
    r"newsletter|promo|related|recirc|author-?_?(?:bio|box|info|data)|caption|share|social|subscri"
    r"|paywall|(?<![a-z])gated?(?![a-z])"
    r"|sign-?_?up|comment|sponsor|advert|(?<![a-z])ads?(?![a-z])|read-?_?more|most-?_?read"
    r"|(?<![a-z])tags?(?![a-z])|breadcrumb|credit|donat|pledge|cookie|outbrain|taboola|byline|timestamp"
    r"|toolbar|=(?:tablist|tab|button|navigation|complementary|dialog|search)\]",
    re.IGNORECASE,
)
_STRONG = re.compile(r"caption|newsletter|related|promo|author-?_?box", re.IGNORECASE)
_BODY = re.compile(r"article|story|body|content|entry|post", re.IGNORECASE)
_UTILITY = re.compile(
    r"\.(?:col|row|grid|flex|container|wrapper|w|p|m|px|py|mx|my|mt|mb|lg|md|sm)-"
)
_TAG = re.compile(r"[#.\[>]")
# Their text is the story's but seldom, whatever their names.
ASIDES = frozenset(
    {"aside", "nav", "figure", "figcaption", "footer", "form", "details", "address", "label"}
)


@lru_cache(maxsize=8192)
def penalty_of(signature: str) -> float:
    """Return by how much a signature's names lower the share that is believed to be story."""
    if not _WORDS.search(signature):
        return 0.0
    return 0.35 if _STRONG.search(signature) else 0.25


def is_aside(signature: str) -> bool:
    """Say whether an element that was never seen is taken for something beside the story."""
    return _TAG.split(signature, maxsplit=1)[0] in ASIDES or penalty_of(signature) > 0


@lru_cache(maxsize=8192)
def quality_of(signature: str) -> float:
    """Return how much a signature looks like that of a body's container."""
    if "[itemprop=articleBody]" in signature:
        return 2.0
    score = 1.0 if _BODY.search(signature) else 0.0
    score -= 1.0 if "*" in signature else 0.0
    return score - (0.5 if _UTILITY.search(signature) else 0.0)
