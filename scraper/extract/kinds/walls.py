"""Pages that stand where an article was asked for: challenges, errors, consent and login walls.

A page whose head or JSON-LD dates an article is none of them, whatever its words; else each needs
wording and shape.
"""

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.facts.published import is_dated
from scraper.extract.jsonld import types_of
from scraper.extract.kinds.finding import Finding
from scraper.extract.kinds.words import count_of, has_phrase, is_phrase, phrases, plain
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece, length_of
from scraper.extract.titles import without_site
from scraper.model import Kind

_CHALLENGE_MARKS = (
    "#challenge-form, #challenge-running, #cf-wrapper, .cf-browser-verification, #px-captcha, "
    '.g-recaptcha, .h-captcha, .cf-turnstile, #ddg-captcha, form[action*="captcha" i], '
    '[id*="captcha" i], script[src*="challenge-platform"], script[src*="captcha-delivery"]'
)
_CONSENT_MARKS = (
    'form[action*="consent" i], [id*="consent" i], [class*="consent" i], [id*="sp_message" i], '
    '[class*="cmp-" i], [id*="cmp" i], [class*="cookie-wall" i], [class*="cookiewall" i]'
)
_SMALL = 3000  # characters of all text: more is no challenge
_SHORT = 900  # characters of text outside links: an error or a login has next to nothing to say
_LONG_TITLE = 90
_CONSENT_TERMS = 2  # different ones, in a block that speaks of nothing else
_CONSENT_SHARE = 0.5  # of the text outside links
_PHRASE_SHARE = 0.4  # of a title: "Page not found" of "Oops! Page not found"


def wall_on(tree: LexborHTMLParser, said: Said, pieces: Sequence[Piece]) -> Finding | None:
    """Return what a page is that is a wall, or None where it may be an article."""
    if is_dated(said) or any(name.endswith("Article") for name in types_of(said.article)):
        return None
    titles = _titles(said, pieces)
    tests: tuple[Callable[[], Finding | None], ...] = (
        lambda: _challenge(tree, titles, pieces),
        lambda: _error(titles, pieces),
        lambda: _consent(tree, pieces),
        lambda: _login(tree, titles, pieces),
    )
    return next(filter(None, (test() for test in tests)), None)


def _titles(said: Said, pieces: Sequence[Piece]) -> list[str]:
    """Return the title element, its parts at the site's name, and the page's first headings."""
    heads = [piece.text for piece in pieces if piece.owner.tag in {"h1", "h2"}][:2]
    named = [said.title, without_site(said.title), said.first(("og:title",)), *heads]
    return [title for title in named if title and len(title) <= _LONG_TITLE]


def _said_in(titles: Sequence[str], table: str) -> str | None:
    """Return the title that is a phrase of a table, or mostly one."""
    for title in titles:
        text = plain(title)
        if is_phrase(text, table):
            return title
        found = max((p for p in phrases(table) if p in text), key=len, default="")
        if len(found) >= _PHRASE_SHARE * len(text) and has_phrase(text, table):
            return title
    return None


def _prose(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.link_share < 0.5 and not piece.in_button]


def _challenge(
    tree: LexborHTMLParser, titles: Sequence[str], pieces: Sequence[Piece]
) -> Finding | None:
    if sum(piece.length for piece in pieces) > _SMALL:
        return None
    title = _said_in(titles, "challenge")
    if title is not None:
        return Finding(Kind.CHALLENGE, f"a page that lets no program in: {title!r}")
    if tree.css_first(_CHALLENGE_MARKS) is not None and sum(map(_length, _prose(pieces))) < _SHORT:
        return Finding(Kind.CHALLENGE, "a page that asks for a proof of being human")
    return None


def _error(titles: Sequence[str], pieces: Sequence[Piece]) -> Finding | None:
    title = _said_in(titles, "error")
    long = sum(piece.length for piece in _prose(pieces) if piece.length > 80)
    if title is None or long > _SHORT:
        return None
    return Finding(Kind.ERROR, f"an error page, served as a good one: {title!r}")


def _consent(tree: LexborHTMLParser, pieces: Sequence[Piece]) -> Finding | None:
    if not any(length_of(p.text) <= 40 and is_phrase(p.text, "accept") for p in pieces):
        return None
    prose = _prose(pieces)
    spoken = sum(p.length for p in prose if count_of(p.text, "consent") >= _CONSENT_TERMS)
    is_marked = tree.css_first(_CONSENT_MARKS) is not None
    if not is_marked or spoken < _CONSENT_SHARE * max(1, sum(map(_length, prose))):
        return None
    return Finding(Kind.CONSENT, "a consent wall: most of its text speaks of cookies and partners")


def _login(
    tree: LexborHTMLParser, titles: Sequence[str], pieces: Sequence[Piece]
) -> Finding | None:
    if tree.css_first('input[type="password" i]') is None:
        return None
    title = _said_in(titles, "login")
    long = sum(piece.length for piece in _prose(pieces) if piece.length > 80)
    if title is None or long > _SHORT:
        return None
    return Finding(Kind.LOGIN, f"a login page: {title!r}")


def _length(piece: Piece) -> int:
    return piece.length
