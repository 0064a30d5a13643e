"""What the names of elements say: class and id words as families, such as `caption` or `lead`.

It knows no page: the same names always belong to the same families.
"""

from functools import lru_cache

from scraper.extract.elements import words_in

# Family: comma-separated sets of words; names belong to it that have all words of one set.
_NAMES = """
caption: caption, captions, figcaption, cutline, credit, credits, photocredit, fotocredit, legend,
    legende, bildunterschrift, imagecredit, copyright, bildnachweis, imagecaption, copyrights
media: image, images, img, photo, photos, picture, gallery, media, video, videos, player,
    slideshow, carousel, slider, audio, podcast, figure, lightbox, foto, bild, thumbnail, thumb
comment: comment, comments, disqus, livefyre, commentlist, kommentare, commentaires, respond,
    replies, reactions, discussion
prompt: newsletter, newsletters, subscribe, subscription, subscriber, signup, sign up, paywall,
    pledge, donate, donation, donations, login, register, registration, membership, cta, optin,
    cookie, cookies, consent, gdpr, abo, regwall, support us, offer, upsell, plus, appeal,
    contribute, alert, alerts, popup, modal, overlay, dialog, toast, premium
related: related, recirc, recirculation, readmore, read more, read also, see also, recommended,
    recommendation, recommendations, most read, most popular, mostread, trending, teaser, teasers,
    promo, promos, more stories, siehe auch, readnext, read next, popular, swiper, latest,
    similar, linked, outbrain, taboola, zergnet, also
card: card, cards, tile, tiles, grid, item, items, list, listing, feed, river, stream, cluster
author: bio, author, authors, authorbox, biography, writer, contributor, contributors, profile,
    vcard
byline: byline, bylines, signature, autor, autoren, by line
date: date, dates, dateline, timestamp, time, published, publish, pubdate, updated, datetime,
    datum, posted
meta: meta, info, details, infos, kicker, eyebrow, label, flag, overline, category, rubric,
    section
share: share, sharing, sharedaddy, addthis, social, socials, addtoany, shares, teilen, follow,
    bookmark, toolbar, tools, actions, utility
tags: tag, tags, taglist, keywords, topics, topic, tagcloud, categories, labels, hashtags
ad: ad, ads, advert, advertisement, advertising, sponsor, sponsored, adsbygoogle, dfp, banner,
    werbung, anzeige, publicidad, reklama, commercial, promotion, affiliate, adv
box: factbox, fact, infobox, sidebar, aside, expandable, inset, box, sidenote, pullout, accordion,
    collapsible, highlights, keypoints, summarybox, toc
side: sidebar, rail, right, left, aside, secondary, complementary, widget, widgets, module
navigation: nav, breadcrumb, breadcrumbs, pagination, pager, navigation, menu, navbar, skip, jump,
    links, hamburger, toc, tabs, tab
footer: footer, foot, disclaimer, legal, colophon, imprint, bottom, end
header: header, masthead, head, topbar, hero, top
title: title, headline, heading, titre, titel, titulo
subheading: subheadline, subhead, subheading, crosshead, crossheading, intertitle, zwischentitel,
    subtitle, ladillo
lead: standfirst, excerpt, dek, deck, lede, lead, summary, intro, introduction, chapo, bajada,
    entradilla, vorspann, perex, spot, abstract, ingress, manchet, sapo, catenaccio, sumario,
    subline, description, desc, sommario, leadtext
body: articlebody, content, body, text, entry, post, story, article, main, copy, paragraph,
    richtext, prose, storytext, bodytext, artikel, articulo, noticia
article: article body, entry content, article content, post content, story body, story content,
    article text, articlebody, post body, storybody, body copy, body text, articletext
embed: embed, embedded, twitter, tweet, instagram, facebook, youtube, tiktok, iframe, widget,
    social
quote: quote, blockquote, pullquote, quotation, zitat, citation, pull quote
live: live, liveblog, ticker, update, updates, timeline, key event
hidden: hidden, hide, invisible, visually hidden, screen reader, sr only, none, collapsed,
    noscript, print, mobile, tooltip
note: note, correction, corrections, disclaimer, editor, clarification, amendment, notice,
    footnote
product: price, product, buy, shop, store, rating, review, deal, button, btn
"""
FAMILIES: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (family, tuple(frozenset(words.split()) for words in sets.split(",")))
    for family, sets in (
        line.split(":") for line in _NAMES.strip().replace("\n    ", " ").splitlines()
    )
)
_SINGLE: dict[str, int] = {}
_SEVERAL: list[tuple[frozenset[str], int]] = []
for _bit, (_family, _sets) in enumerate(FAMILIES):
    for _words in _sets:
        if len(_words) == 1:
            (_word,) = _words
            _SINGLE[_word] = _SINGLE.get(_word, 0) | 1 << _bit
        else:
            _SEVERAL.append((_words, 1 << _bit))


@lru_cache(maxsize=8192)
def families_of(names: str) -> int:
    """Return the families of an element's names, as bits."""
    words = words_in(names)
    bits = 0
    for word in words:
        bits |= _SINGLE.get(word, 0)
    if len(words) > 1:
        for need, bit in _SEVERAL:
            if need <= words:
                bits |= bit
    return bits


@lru_cache(maxsize=4096)
def names_of(prefix: str, bits: int) -> tuple[str, ...]:
    """Return the names of families with a prefix, such as ``own caption``."""
    return tuple(
        f"{prefix} {family}" for bit, (family, _) in enumerate(FAMILIES) if bits >> bit & 1
    )
