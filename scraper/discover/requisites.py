"""What a page needs to look like itself: pictures, styles, fonts, icons; and what a style needs.

It asks for none of them, runs no script, and leaves films and sounds alone.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.discover.announced import MAX_URL, web_url
from scraper.discover.charset import Headers, decoded_text
from scraper.discover.nesting import complaint_about

MAX_BYTES = 5_000_000
MAX_FOUND = 1_000  # URLs of one page or style; what is beyond is not read
_MAX_READ = 10_000  # references, most of which repeat each other

_URL = re.compile(
    rf"url\(\s*(?:\"([^\"]{{0,{MAX_URL}}})\"|'([^']{{0,{MAX_URL}}})'|([^\s\"'()]{{1,{MAX_URL}}}))\s*\)",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"@import\s+(?:\"([^\"]{1,2000})\"|'([^']{1,2000})')", re.IGNORECASE)
_NAMESPACE = re.compile(r"@namespace[^;]{0,500};", re.IGNORECASE)  # names a URL, needs nothing
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?|\\(.)")
_FIRST = (  # what the whole page hangs on; the rest may fall to a cap
    ("link[rel~=stylesheet i][href]", "href"),
    ("link[rel~=icon i][href]", "href"),
    ("img[src]", "src"),
    ("video[poster]", "poster"),
    ("input[type=image i][src]", "src"),
    ("svg image[href]", "href"),
    ("link[rel~=preload i][as=font i][href]", "href"),
)
_SETS = ("img[srcset]", "picture source[srcset]")
_OLDER_FONTS = {".woff", ".ttf", ".otf", ".svg"}


def requisites_on(body: bytes, url: str, *, headers: Headers = None) -> tuple[str, ...]:
    """Return the absolute URLs that an HTML page needs, each once, the weightiest first.

    Styles and icons, pictures, what styles within the page name, and last the other sizes of
    pictures. Nothing where the page is too complex to be parsed.
    """
    text, _ = decoded_text(body[:MAX_BYTES], headers)
    if complaint_about(text) is not None:
        return ()
    tree = LexborHTMLParser(text)
    node = tree.css_first("base[href]")
    base = (node and web_url(url, node.attributes.get("href"))) or url
    references = (*_first(tree), *_in_styles(tree), *_in_sets(tree))
    return _resolved(base, references, but=url)


def requisites_of_css(body: bytes, url: str, *, headers: Headers = None) -> tuple[str, ...]:
    """Return the absolute URLs that a style sheet needs, each once: imports first."""
    text, _ = decoded_text(body[:MAX_BYTES], headers)
    return _resolved(url, _in_css(text), but=url)


def is_css(url: str, content_type: str | None) -> bool:
    """Say whether a response is a style sheet, by its type or else by its name."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind == "text/css" or (not kind and urlsplit(url).path.lower().endswith(".css"))


def _first(tree: LexborHTMLParser) -> Iterator[str]:
    for selector, name in _FIRST:
        for node in tree.css(selector):
            if not _is_pixel(node):
                yield node.attributes.get(name) or ""


def _is_pixel(node: LexborNode) -> bool:
    """Say whether a picture is there to count readers, not to be seen."""
    sizes = (node.attributes.get("width"), node.attributes.get("height"))
    return any((size or "").strip() in {"0", "1", "1px", "0px"} for size in sizes)


def _in_styles(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("style"):
        yield from _in_css(node.text())
    for node in tree.css("[style*='url(' i]"):
        yield from _in_css(node.attributes.get("style") or "")


def _in_sets(tree: LexborHTMLParser) -> Iterator[str]:
    for selector in _SETS:
        for node in tree.css(selector):
            yield from _in_set(node.attributes.get("srcset") or "")


def _in_set(srcset: str) -> Iterator[str]:
    """Yield the URLs of a `srcset`: one runs to white space and may have commas inside (HTML,
    4.8.4.2.2)."""
    rest = srcset
    while rest := rest.lstrip(" \t\r\n,"):
        word = rest.split(maxsplit=1)[0]
        rest = rest[len(word) :]
        if not word.endswith(","):
            rest = rest.partition(",")[2]  # its descriptors
        yield word.rstrip(",")


def _in_css(text: str) -> Iterator[str]:
    css = _NAMESPACE.sub("", _without_comments(text))
    for found in _IMPORT.finditer(css):
        yield _unescaped(found[1] or found[2])
    named = [_unescaped(found[1] or found[2] or found[3] or "") for found in _URL.finditer(css)]
    stems = {_stem(one) for one in named if _suffix(one) == ".woff2"}
    for one in named:
        is_older = _suffix(one) in _OLDER_FONTS and _stem(one) in stems
        if not is_older and _suffix(one) != ".eot":
            yield one


def _without_comments(css: str) -> str:
    first, *others = css.split("/*")
    return first + "".join(f" {piece.partition('*/')[2]}" for piece in others)


def _unescaped(text: str) -> str:
    """Undo the escapes of CSS (Syntax level 3, section 4.3.7)."""
    return _ESCAPE.sub(_escape, text) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    if found[2] is not None:
        return found[2]
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _suffix(reference: str) -> str:
    return PurePosixPath(_path(reference)).suffix.lower()


def _stem(reference: str) -> str:
    return _path(reference).rpartition(".")[0]


def _path(reference: str) -> str:
    return reference.partition("#")[0].partition("?")[0]


def _resolved(base: str, references: Iterable[str], *, but: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for reference in dict.fromkeys(islice(references, _MAX_READ)):
        if not reference.strip() or reference.lstrip().startswith("#"):
            continue
        url = web_url(base, reference)
        if url is not None and url != but:
            found[url] = None
        if len(found) >= MAX_FOUND:
            break
    return tuple(found)
