"""What kind of article a page holds: plain, live, a gallery, a video, or the teaser of one.

It looks at what was kept and stripped; it changes no verdict.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from urllib.parse import urlsplit

from scraper.extract.elements import words_in
from scraper.extract.jsonld import strings, types_of
from scraper.extract.kinds.finding import Finding
from scraper.extract.kinds.words import has_phrase
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece
from scraper.extract.verdict import Verdict
from scraper.model import Kind

_LEAST_ENTRIES = 5
_MOST_TEASER = 1200  # characters of a body that a paywall cut
_MOST_VIDEO = 1500
_MOST_GALLERY = 600
_LEAST_PICTURES = 5
_CUT_SHARE = 0.6  # of the length that JSON-LD says the article has
_CHARS_A_WORD = 5
_CUT_ENDS = ("\u2026", "...", "[...]", "[\u2026]")
_TIME_OF_DAY = re.compile(r"(?<![\d:.])(?:[01]?\d|2[0-3])[:.h][0-5]\d(?![\d:.])")
_LIVE_WORDS = frozenset({"live", "liveblog", "ticker", "liveticker", "newsticker", "canli",
                         "endirect"})  # fmt: skip
_MOST_TIME = 40  # characters of a line that is a time
_GALLERY_WORDS = frozenset({"gallery", "slideshow", "galerie", "fotostrecke", "diaporama", "slider",
                            "bildergalerie", "galeria", "galleria", "carousel"})  # fmt: skip
_WALL_WORDS = (frozenset({"paywall"}), frozenset({"regwall"}), frozenset({"pay", "wall"}),
               frozenset({"piano", "offer"}), frozenset({"subscriber", "only"}),
               frozenset({"premium", "content"}), frozenset({"subscription", "wall"}),
               frozenset({"metered", "content"}), frozenset({"paid", "content"}))  # fmt: skip


def kind_of(
    said: Said,
    url: str,
    pieces: Sequence[Piece],
    verdicts: Sequence[Verdict],
    paywalled: bool | None,
) -> Finding:
    """Return the kind of a page that holds an article."""
    pairs = list(zip(pieces, verdicts, strict=True))
    body = [piece for piece, verdict in pairs if verdict.kept and verdict.role != "headline"]
    types = {name for thing in said.things for name in types_of(thing)}
    own = set(types_of(said.article))
    if "LiveBlogPosting" in types:
        return Finding(Kind.LIVE, "JSON-LD calls it a live blog")
    named = words_in(said.first(("og:title",))) | words_in(urlsplit(url).path)
    if entries := _live_entries(pieces, body, is_named=bool(named & _LIVE_WORDS)):
        return Finding(Kind.LIVE, f"{entries} entries, each with its time of day")
    length = sum(piece.length for piece in body)
    if (reason := _is_cut(said, pairs, length, paywalled)) is not None:
        return Finding(Kind.TEASER, reason)
    pictures = sum(_is_in_gallery(piece) for piece, verdict in pairs if verdict.role == "caption")
    is_gallery = bool(types & {"ImageGallery", "MediaGallery"}) and not own
    if is_gallery or (pictures >= _LEAST_PICTURES and length < _MOST_GALLERY):
        return Finding(Kind.GALLERY, f"{pictures} pictures with captions, and little else")
    shared = said.first(("og:type",)).lower()
    is_video = shared.startswith("video") or ("VideoObject" in types and not own)
    if is_video and length < _MOST_VIDEO:
        return Finding(Kind.VIDEO, "a video with a few words about it")
    return Finding(Kind.ARTICLE, "")


def _live_entries(pieces: Sequence[Piece], body: Sequence[Piece], *, is_named: bool) -> int:
    """Return how many times of day stand alone in the body, alike; 0 where it is no live blog.

    Wikis, forums and timetables have them too: the page's title, its address or an element around
    them has to speak of a live blog.
    """
    if len(body) < _LEAST_ENTRIES:
        return 0
    first, last = body[0], body[-1]
    inside = [piece for piece in pieces if first.index <= piece.index <= last.index]
    times = Counter(
        (piece.owner.tag, piece.place.attr("class"))
        for piece in inside
        if len(piece.text) <= _MOST_TIME
        and _TIME_OF_DAY.search(piece.text)
        and (is_named or any(at.words & _LIVE_WORDS for at in piece.place.lineage()))
    )
    count = max(times.values(), default=0)
    # Lists of other stories have times as well: of a live blog, each goes before some text.
    return count if _LEAST_ENTRIES <= count <= len(body) else 0


def _is_in_gallery(piece: Piece) -> bool:
    return any(at.words & _GALLERY_WORDS for at in islice(piece.place.lineage(), 8))


def _is_cut(
    said: Said,
    pairs: Sequence[tuple[Piece, Verdict]],
    length: int,
    paywalled: bool | None,
) -> str | None:
    """Return why a body is but the beginning of an article, or None where it is not."""
    if length > _MOST_TEASER:
        return None
    sold = next((p for p, v in pairs if not v.kept and has_phrase(p.text, "paywall")), None)
    walled = any(_is_walled(piece) for piece, verdict in pairs if not verdict.kept)
    if sold is None and not walled and not paywalled:
        return None
    if (whole := _whole_length(said)) and length < whole * _CUT_SHARE:
        return f"{length} of about {whole} characters, and to be paid for"
    if paywalled is False and not walled:
        return None
    if sold is not None:
        return "the page sells the rest"
    last = next((p.text for p, v in reversed(pairs) if v.kept), "")
    if paywalled and (walled or last.endswith(_CUT_ENDS)):
        return "a short text behind a paywall"
    return None


def _is_walled(piece: Piece) -> bool:
    near = list(piece.place.lineage())[:4]
    return any(need <= at.words for at in near for need in _WALL_WORDS)


def _whole_length(said: Said) -> int:
    """Return how long JSON-LD says the article is, in characters; 0 where it does not."""
    count = said.article.get("wordCount")
    words = int(count) if isinstance(count, int | str) and str(count).isdigit() else 0
    body = max((len(text) for text in strings(said.article.get("articleBody"))), default=0)
    return max(words * _CHARS_A_WORD, body)
