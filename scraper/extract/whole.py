"""An article out of its pages, taken in one by one until one of them brings nothing to it.

It fetches and reads no page: readings come in.
"""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from scraper.extract.extraction import MAX_TEXT
from scraper.extract.paging import joined
from scraper.extract.pieces import tokens_of
from scraper.model import Article, Extraction
from scraper.urls import canonical, host_of, normal_url, site_of

# Of a page's words: who shows so many of them shows that page again, be it above other comments. A
# standfirst that stands on all pages of a gallery has less.
_AGAIN = 0.8

Tokens = frozenset[tuple[str, ...]]


class Whole:
    """The pages of one article in their order; `first` is the reading of the first."""

    def __init__(self, first: Extraction) -> None:
        assert first.article is not None
        self._first = first
        self._pages = [first.article]
        self._urls = {_key(first.article.url)}
        self._tokens = [_tokens(first.article)]
        self._chars = len(first.article.text)
        self._detail, self._is_cut = "", False

    @property
    def number(self) -> int:
        """The number of the page that comes next."""
        return len(self._pages) + 1

    @property
    def next_url(self) -> str | None:
        """Where it goes on; None where it does not, or is not to."""
        return None if self.is_over else self._pages[-1].next_url

    @property
    def is_over(self) -> bool:
        """Say whether its text ends early."""
        return bool(self._detail)

    def objection_to(self, url: str) -> str:
        """Return why a URL can't be that of the next page; empty where it can."""
        if _key(url) in self._urls:
            return f"it leads to {url}, which was read before"
        return "" if _place(url) == _place(self._pages[0].url) else f"it leads elsewhere, to {url}"

    def take(self, url: str, read: Extraction) -> None:
        """Take in the next page, unless it brings nothing: then the text ends before it.

        `url` is where the page came from.
        """
        article, objection = read.article, self.objection_to(url)
        if objection:
            self.stop(objection)
            return
        if article is None:
            self.stop(f"no article was read from it ({read.status}: {read.detail})")
            return
        tokens = _tokens(article)
        if self._is_known(tokens):
            self.stop("it says what was said before")
        elif self._chars + len(article.text) > MAX_TEXT:
            self.stop(f"a text has {MAX_TEXT:,} characters at most")
        else:
            self._pages.append(article)
            self._tokens.append(tokens)
            self._urls.add(_key(url))
            self._chars += len(article.text)

    def stop(self, reason: str, *, is_cut: bool = False) -> None:
        """Let the text end here, and say why; `is_cut` where the page may be had later."""
        last = len(self._pages)
        said = f"page {last + 1} of the article: {reason}; the text ends with page {last}"
        self.end(said, is_cut=is_cut)

    def end(self, said: str, *, is_cut: bool = False) -> None:
        """Let the text end here for a reason that was said before."""
        self._detail, self._is_cut = said, is_cut

    def extraction(self) -> Extraction:
        """Return what came of the pages, as one."""
        article = joined(self._pages)
        return replace(self._first, article=article, detail=self._detail, is_cut=self._is_cut)

    def _is_known(self, tokens: Tokens) -> bool:
        """Say whether a page has nothing new, or shows an earlier one again and little else."""
        new = _words(tokens.difference(*self._tokens))
        return not new or any(
            (again := _words(tokens & page)) > new and again >= _AGAIN * _words(page)
            for page in self._tokens
        )


def _key(url: str) -> str:
    try:
        return canonical(url)
    except ValueError:
        return url


def _place(url: str) -> tuple[str, str]:
    """Return whose page a URL is: host, and port where it is no usual one."""
    try:
        parts = urlsplit(normal_url(url))
    except ValueError:
        return "", ""
    return site_of(host_of(url)), parts.netloc.rpartition(":")[2] if parts.port else ""


def _tokens(article: Article) -> Tokens:
    return frozenset(tokens_of(paragraph) for paragraph in article.paragraphs)


def _words(paragraphs: Iterable[tuple[str, ...]]) -> int:
    return sum(len(tokens) for tokens in paragraphs)
