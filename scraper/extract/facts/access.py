"""Whether a page's article is to be paid for, as the page says itself.

It looks at heads and JSON-LD; what prompts and cut bodies tell is `kinds`' affair.
"""

from scraper.extract.metadata import Said

_TIERS = ("article:content_tier", "og:article:content_tier", "content_tier",
          "cxenseparse:pageclass", "article:opinion:tier", "access", "paywall", "is_paywalled",
          "article:access", "paid_content", "lp:paywall", "cxenseparse:qdn-paywall",
          "content-tier", "ispremium", "is_premium", "premium", "accesslevel")  # fmt: skip
_LOCKED = frozenset({"locked", "metered", "premium", "paid", "subscription", "hard", "plus",
                     "subscriber", "subscribers", "abo", "closed", "restricted", "true", "yes",
                     "registered", "paywall", "payed", "1"})  # fmt: skip
_FREE = frozenset({"free", "open", "public", "false", "no", "none", "0"})
_TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def paywalled_of(said: Said) -> bool | None:
    """Return whether the page says that it is to be paid for; None where it says nothing."""
    for thing in (said.article, *said.things):
        free = _truth(thing.get("isAccessibleForFree"))
        if free is not None:
            return not free
    for name in _TIERS:
        tier = said.first((name,)).lower()
        if tier in _LOCKED:
            return True
        if tier in _FREE:
            return False
    return None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _TRUTH.get(str(value).rsplit("/", 1)[-1].strip().lower())
