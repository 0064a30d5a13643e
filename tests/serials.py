"""Articles that go on from page to page, served on loopback, for tests that follow them.

Their text is the test's own; it holds no claims.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ledger import LedgerServer, Step, answer
from passes import rss

HTML = "Content-Type: text/html"
TITLE = "Lock keepers count the cost of a dry summer"
_SUBJECTS = ("The lock at Arnmouth", "A barge with gravel", "The canal office", "An old dredger")
_VERBS = (
    "has waited since the morning for water from the upper reach, its keeper told the council",
    "was tied up below the weir for nine days, which nobody on the river can remember before",
    "will publish its own figures in the autumn, when the reservoirs have been measured again",
)


def lines(page: int) -> list[str]:
    """Return the paragraphs that a page of the article has alone; no two pages share one."""
    return [
        f"{_SUBJECTS[number % 4]} of district {page * 10 + number} {verb}."
        for number, verb in enumerate(_VERBS)
    ]


def text_of(*pages: int) -> str:
    """Return the text file of an article of some pages."""
    return "\n\n".join([TITLE, *(line for page in pages for line in lines(page))])


def page_of(number: int, more: str = "", paragraphs: list[str] | None = None) -> bytes:
    """Return the response of a page; `more` is the markup that leads on."""
    told = "".join(f"<p>{line}</p>" for line in paragraphs or lines(number))
    return answer(
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{TITLE}</title></head>"
        f"<body><nav><a href=/>Home</a></nav><article><h1>{TITLE}</h1>{told}</article>{more}"
        "<footer>Canal Times</footer></body></html>".encode(),
        HTML,
    )


def by_query(url: str, number: int) -> tuple[str, str]:
    """Return the address of a page, and the markup that leads to it: a link in a pager."""
    target = f"{url}?page={number}"
    return target, f"<div class=pagination><a href='{target}'>{number}</a></div>"


def by_rel(url: str, number: int) -> tuple[str, str]:
    """The same, by rel=next."""
    target = f"{url}/{number}"
    return target, f"<a rel=next href='{target}'>Read on</a>"


def by_pager(url: str, number: int) -> tuple[str, str]:
    """The same, by a row of numbers."""
    target = f"{url}/seite-{number}"
    row = "".join(f"<li><a href='{url}/seite-{one}'>{one}</a></li>" for one in range(2, number + 1))
    return target, f"<ul class=pager>{row}</ul>"


MARKUPS = {"rel": by_rel, "pager": by_pager, "query": by_query}
Onward = Callable[[str, int], tuple[str, str]]
Steps = bytes | tuple[Step, ...]


def serial(
    url: str, pages: int, onward: Onward = by_query, *, ends: bool = True
) -> dict[str, bytes]:
    """Return the responses of an article's pages by their targets; one that does not end goes on
    behind its last page."""
    found: dict[str, bytes] = {}
    for number in range(1, pages + 1):
        here = url if number == 1 else onward(url, number)[0]
        is_last = ends and number == pages
        found[here] = page_of(number, "" if is_last else onward(url, number + 1)[1])
    return found


class Paper(LedgerServer):
    """A paper whose feed announces some stories; `pages` may be changed while it runs."""

    def __init__(self, pages: Mapping[str, Steps], *stories: str, robots: str = "") -> None:
        super().__init__(self.respond)
        self.pages: dict[str, Steps] = dict(pages)
        self.stories, self.robots = stories, robots

    def respond(self, _request: bytes, target: str) -> Steps:
        if target == "/feed":
            return rss(*(self.url(story) for story in self.stories))
        if target == "/robots.txt":
            return answer(self.robots.encode())
        return self.pages.get(target, answer(b"nothing here", HTML, status="404 Not Found"))


def texts_in(archive: Path) -> list[str]:
    """Return the texts of an archive, in the order of their names."""
    return [file.read_text() for file in sorted(archive.glob("text/*/*/*.txt"))]


@contextmanager
def paper_of(
    pages: int, onward: Onward = by_query, *, robots: str = "", ends: bool = True
) -> Iterator[Paper]:
    """Serve a paper with one announced story."""
    with Paper(serial("/story", pages, onward, ends=ends), "/story", robots=robots) as paper:
        yield paper
