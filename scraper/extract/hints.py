"""What the names of elements say of their content: class, id, role and tag as hints of a role.

A hint is heard only where the element is small: the name of what holds half of the prose is a
template's, not the block's.
"""

from functools import lru_cache

from scraper.extract.containers import Terrain
from scraper.extract.elements import Element, words_in
from scraper.extract.pieces import Piece

_LARGE = 0.7  # share that even a loud name may not hold
# Names that templates do not give to a story, however little story there is beside.
_LOUD = tuple(frozenset(words.split()) for words in (
    "factbox", "fact box", "infobox", "onetrust", "cookie", "cookies", "consent", "gdpr",
))  # fmt: skip
_SMALL_KIN = 0.5
_SMALL = 0.25  # share of the page's prose; more than that is no advertisement and no author box

# Role: comma-separated sets of words; an element hints at the role when it has all words of one.
_NAMES = """
caption: caption, captions, figcaption, photo credit, image credit, photocredit, media credit,
    wp caption, cutline, fotocredit, bildunterschrift, legende, caption text
comment: comment, comments, disqus, livefyre, commentlist, kommentare, commentaires
prompt: newsletter, newsletters, subscribe, subscription, signup, sign up, paywall, gate,
    pledge, donate, donation, donations, login, register, registration, membership, cta, optin,
    cookie, cookies, consent, onetrust, gdpr, abo, regwall, inline signup, support us
related: related, recirc, recirculation, readmore, read more, read also, see also, recommended,
    recommendations, most read, most popular, mostread, trending, teaser, teasers, promo, more
    stories, also read, siehe auch, related posts, readnext, read next, popular, swiper,
    carousel
author: author bio, author box, authorbox, author info, author description, about author, bio,
    biography, author card, author profile, writer bio, author details
byline: byline, bylines, author name, author, authors, contributors, dateline byline
dateline: dateline, timestamp, published date, publish date, pubdate, post date, entry date,
    article date, date published, datetime, updated, post meta, entry meta, article meta, meta
    info
share: share, sharing, sharedaddy, addthis, social, socials, social media links, share buttons,
    social share, addtoany
tags: tags, taglist, tag list, keywords, topics, post tags, entry tags, tagcloud
ad: ad, ads, advert, advertisement, advertising, sponsor, sponsored, outbrain, taboola,
    adsbygoogle, dfp, banner, werbung, anzeige, publicidad, reklama
box: factbox, fact box, infobox, info box, sidebar, expandable, inset
other: visually hidden, screen reader, sr only, visuallyhidden
navigation: breadcrumb, breadcrumbs, pagination, pager, navigation, menu, navbar, toc
footer: footer, copyright, disclaimer, legal
"""
_HINTS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (role, tuple(frozenset(words.split()) for words in sets.split(",")))
    for role, sets in (
        line.split(":") for line in _NAMES.strip().replace("\n    ", " ").splitlines()
    )
)
# Of several roles that names hint at, the first of the table counts.
_RANK_OF_WORD: dict[str, int] = {}
_RANK_OF_SEVERAL: list[tuple[frozenset[str], int]] = []
for _rank, (_role, _sets) in enumerate(_HINTS):
    for _words in _sets:
        if len(_words) == 1:
            (_word,) = _words
            _RANK_OF_WORD.setdefault(_word, _rank)
        else:
            _RANK_OF_SEVERAL.append((_words, _rank))
_TAG_ROLES = {
    "figure": "caption",
    "figcaption": "caption",
    "caption": "caption",
    "aside": "box",
    "nav": "navigation",
    "footer": "footer",
    "form": "prompt",
    "button": "prompt",
    "label": "prompt",
    "address": "byline",
}
# A paragraph's own name says little of these: "teaser" is as often the standfirst.
_OF_BOXES = frozenset({"related", "prompt", "author", "box", "navigation", "footer"})
_TEXT_TAGS = frozenset({"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "td"})
_ARIA_ROLES = {
    "navigation": "navigation",
    "complementary": "box",
    "contentinfo": "footer",
    "button": "prompt",
    "dialog": "prompt",
    "tablist": "navigation",
}
# Properties of schema.org's microdata whose text is for machines.
_FOR_MACHINES = frozenset({
    "contentUrl", "height", "inLanguage", "logo", "thumbnailUrl", "url", "width",
})  # fmt: skip
# Its types that say things to machines, or are no part of a story's text.
_ITEM_ROLES = {
    "Organization": "other",
    "NewsMediaOrganization": "other",
    "QuantitativeValue": "other",
    "BreadcrumbList": "navigation",
    "SiteNavigationElement": "navigation",
    "Comment": "comment",
    "WPAdBlock": "ad",
    "WPFooter": "footer",
    "WPSideBar": "box",
}


def role_hinted(element: Element) -> str | None:
    """Return the role at which an element's tag or names hint, or None."""
    if (role := _TAG_ROLES.get(element.tag) or _ARIA_ROLES.get(element.attr("role"))) is not None:
        return role
    return _role_of_names(element.names) if element.names else None


@lru_cache(maxsize=4096)
def _role_of_names(names: str) -> str | None:
    words = words_in(names)
    ranks = [_RANK_OF_WORD[word] for word in words if word in _RANK_OF_WORD]
    if len(words) > 1:
        ranks += [rank for need, rank in _RANK_OF_SEVERAL if need <= words]
    return _HINTS[min(ranks)][0] if ranks else None


def _role_of_item(element: Element) -> str | None:
    """Return the role of microdata, whose names no template gives to anything else."""
    if not element.attrs:
        return None
    if element.attr("itemprop") in _FOR_MACHINES:
        return "other"
    item = element.attr("itemtype")
    return _ITEM_ROLES.get(item.rsplit("/", 1)[-1]) if item else None


@lru_cache(maxsize=4096)
def _is_loud(names: str) -> bool:
    words = words_in(names)
    return any(need <= words for need in _LOUD)


def hint_on(piece: Piece, terrain: Terrain) -> tuple[str, Element] | None:
    """Return the nearest hint above a piece with the element that gives it, or None."""
    total = terrain.total
    for at in piece.place.lineage():
        mass = terrain.mass_of(at)
        if at.tag in {"body", "html"} or mass > total * _LARGE:
            return None
        if mass > total * _SMALL and not _is_loud(at.names):
            continue
        if (role := _role_of_item(at)) is not None:
            return role, at
        role = role_hinted(at)
        if role is None or (at is piece.owner and at.tag in _TEXT_TAGS and role in _OF_BOXES):
            continue
        if terrain.kin_of(at) <= total * max(_SMALL_KIN, mass / total if total else 0):
            return role, at
    return None
