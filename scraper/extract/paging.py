"""Where an article goes on: the address of its next page, and several pages as one article.

It fetches nothing. A link to the *next story* is none: the next page has the same address but for
a number that is one higher.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.layout import text_of
from scraper.extract.pieces import tokens_of
from scraper.model import Article

# Of one article: more are a calendar or a trap. That there is one more is told.
MOST_PAGES = 30
_PARAMETERS = frozenset({"page", "p", "pg", "paged", "seite", "pagina", "página", "sayfa", "str",
                         "strona", "pagenum", "page_no", "pageno", "sida", "side"})  # fmt: skip
_PAGE_WORD = r"(?:page|seite|pagina|p|pg|sayfa|strona|sida|side|teil|part)"
# What numbers a page at the end of a path: /2, /page/2, /seite-2, -page2.html, _2.html, ,2.html
_SUFFIX = re.compile(
    rf"(?P<cut>/(?P<a>\d\d?)/?|[/_,-]{_PAGE_WORD}[/_=-]?(?P<b>\d\d?)/?|[_,](?P<c>\d\d?))"
    r"(?P<end>\.s?html?|\.php|\.aspx?)?\Z",
    re.IGNORECASE,
)
_END = re.compile(r"(?P<end>\.s?html?|\.php|\.aspx?)\Z", re.IGNORECASE)
_LINKS = (
    'link[rel~="next" i][href], a[rel~="next" i][href], [class*="pagin" i] a[href], '
    '[class*="pager" i] a[href], [class*="page-nav" i] a[href], [id*="pagin" i] a[href], '
    '[class*="multipage" i] a[href], [class*="page-link" i] a[href], a[class*="next" i][href]'
)
_MANY = 50  # times that a name stands in a page: beyond, a pattern made for it is the cheaper way
_LEAST_TOKENS = 4  # of a paragraph that a later page repeats: shorter ones may be said twice


def next_page_of(tree: LexborHTMLParser, url: str) -> str | None:
    """Return the absolute URL of an article's next page, or None where it ends here."""
    here = _numbered(url)
    for link in tree.css(_LINKS):
        address = (link.attributes.get("href") or "").strip()
        target = _absolute(url, address)
        if target is None:
            continue
        stem, number = _numbered(target)
        if stem == here[0] and number == here[1] + 1 <= MOST_PAGES + 1:
            return target
    return None


def may_go_on(text: str, url: str) -> bool:
    """Say whether a page's markup names its own address with a higher number behind it.

    A look into the text that costs a tenth of asking the tree for its links.
    """
    stem, number = _numbered(url)
    name = next((part for part in reversed(stem[1].split("/")) if part), "")
    behind, alone = _patterns(number + 1)
    return (bool(name) and _is_followed(text, name, behind)) or alone.search(text) is not None


def _is_followed(text: str, name: str, behind: re.Pattern[str]) -> bool:
    """Say whether a pattern stands right behind a name somewhere in a text."""
    at = -1
    for _ in range(_MANY):
        at = text.find(name, at + 1)
        if at < 0:
            return False
        if behind.match(text, at + len(name)):
            return True
    return re.compile(re.escape(name) + behind.pattern).search(text, at + 1) is not None


@lru_cache(maxsize=MOST_PAGES + 1)
def _patterns(number: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what stands behind an address's name, and in a link alone, where it is so numbered."""
    query = r"\?(?:[^\"'\s<>]{0,40}[&;])?\w{1,12}="
    end = rf"{number}(?!\w)"
    behind = rf"(?:\.\w{{2,5}})?(?:/?{query}|[/_,-](?:\w{{1,8}}[/_=-]?)?){end}"
    return re.compile(behind), re.compile(rf"href=[\"']?(?:{query}|\./)?{end}")


def joined(pages: Sequence[Article]) -> Article:
    """Return one article out of its pages, in order; the first says what the article is.

    What a later page repeats of an earlier one (the standfirst, a lead) stands once.
    """
    first, *rest = pages
    if not rest:
        return first
    paragraphs = tuple(_once(pages))
    changes = [page.modified for page in pages if page.modified is not None]
    return replace(
        first,
        paragraphs=paragraphs,
        text=text_of(first.headline, paragraphs),
        modified=max(changes, default=None),
        blocks=tuple(block for page in pages for block in page.blocks),
        next_url=pages[-1].next_url,
        pages=sum(page.pages for page in pages),
    )


def _once(pages: Sequence[Article]) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    for page in pages:
        own = {tokens_of(paragraph) for paragraph in page.paragraphs}
        for paragraph in page.paragraphs:
            tokens = tokens_of(paragraph)
            if tokens not in seen or len(tokens) < _LEAST_TOKENS:
                yield paragraph
        seen |= own


def _absolute(url: str, address: str) -> str | None:
    try:
        parts = urlsplit(urljoin(url, address))
    except ValueError:
        return None
    return parts._replace(fragment="").geturl() if parts.scheme in {"http", "https"} else None


def _numbered(url: str) -> tuple[tuple[str, str, str], int]:
    """Return what a URL is but for its page's number, and that number; 1 where it has none."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    numbers = [value for name, value in query if _is_number(name, value)]
    rest = sorted(pair for pair in query if not _is_number(*pair))
    path, in_path = _path_and_number(parts)
    host = (parts.hostname or "").removeprefix("www.")
    number = int(numbers[-1]) if numbers else in_path or 1
    return (host, path, urlencode(rest)), number


def _is_number(name: str, value: str) -> bool:
    return name.lower() in _PARAMETERS and value.isascii() and value.isdigit() and len(value) < 4


def _path_and_number(parts: SplitResult) -> tuple[str, int | None]:
    found = _SUFFIX.search(parts.path)
    if found is None:
        return _END.sub("", parts.path).rstrip("/"), None
    number = next(found[name] for name in ("a", "b", "c") if found[name])
    return parts.path[: found.start()].rstrip("/"), int(number)
