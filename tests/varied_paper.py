"""A paper whose pages vary as those of papers do: kinds of stories, weekdays, bunches of a kind.

It holds no claims of its own. Every page follows from the paper's name and the story's number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random

from ledger import LedgerServer, answer

FIRST = datetime.fromisoformat("2026-03-02T07:00:00+00:00")  # a Monday
DAY = timedelta(days=1)
BODY = ".story-text"  # what a maintainer of the paper would name
ANEW = "nova-"  # before each name of a class, after a redesign

_WHO = (
    "the harbour office", "the council of Grey Ness", "the ferry line", "the school board",
    "a farmer from Upper Wold", "the ropemakers' guild", "the island's only doctor", "the mayor",
    "the coast guard", "a witness", "the choir of Saint Ann", "the county court", "the firemen",
    "the museum of the lamp", "the fishermen's bank", "an engineer of the water works",
)  # fmt: skip
_DID = (
    "has asked for", "refuses to pay for", "expects", "has put off", "welcomes", "speaks against",
    "is looking for", "has lost", "will rebuild", "has sold", "doubts the need for", "has found",
    "argues over", "has promised", "keeps waiting for", "takes its leave of",
)  # fmt: skip
_WHAT = (
    "the northern quay", "a second lifeboat", "the old bell", "new lamps along the wall",
    "forty tons of salt", "a bridge to the mainland", "the winter timetable", "three hundred sheep",
    "the rates for moorings", "a map of the sandbanks", "the lost register", "a market on Sundays",
    "the weather mast", "the road over the moor", "a nurse for the outer farms", "the tide tables",
)  # fmt: skip
_WHEN = (
    "before the spring tides", "since the storm of last week", "as the letters show",
    "for the third time in ten years", "although nobody had asked", "with a narrow vote",
    "after a long night of talks", "in spite of the cost", "at the end of the season",
    "when the fog had lifted", "as long as the money lasts", "without giving a reason",
)  # fmt: skip
_TEAMS = ("Grey Ness", "Wold Rovers", "Saltby", "Ropewalk", "Lamp Street", "Moor End")


@dataclass(frozen=True, slots=True)
class Item:
    """One story: when it was published, and which kind of page it has."""

    number: int
    published: datetime
    kind: str

    @property
    def path(self) -> str:
        return f"/{self.published:%Y/%m/%d}/{self.kind}-{self.number}"


def items(name: str, count: int) -> tuple[Item, ...]:
    """Return a paper's stories in the order of their days: on weekends fewer, of other kinds."""
    random, found = Random(f"plan {name}"), list[Item]()
    day = FIRST
    while len(found) < count:
        for at, kind in enumerate(_day_of_kinds(day, random)):
            found.append(Item(len(found), day + at * timedelta(minutes=61), kind))
        day += DAY
    return tuple(found[:count])


_WEEKDAY = {"report": 52, "short": 24, "live": 6, "long": 6, "teaser": 6, "gallery": 3, "video": 3}
_WEEKEND = {
    "report": 16, "short": 12, "gallery": 20, "long": 20, "table": 12, "recipe": 8, "live": 8,
    "video": 4,
}  # fmt: skip


def _day_of_kinds(day: datetime, random: Random) -> list[str]:
    """A picture of the day, and what there is; on weekends kinds come in bunches."""
    shares = _WEEKEND if day.weekday() >= 5 else _WEEKDAY
    kinds = random.choices(list(shares), list(shares.values()), k=random.randint(5, 10))
    if day.weekday() >= 5:
        kinds.sort(key=random.sample(list(shares), len(shares)).index)
    kinds.insert(random.randrange(len(kinds)), "picture")
    return kinds


class VariedPaper:
    """A paper at a loopback server of its own; its feed has what was published until a moment."""

    def __init__(self, name: str, count: int, *, redesigned_from: int) -> None:
        self.name, self.items = name, items(name, count)
        self.redesigned_from = redesigned_from  # the number of the first story that looks anew
        self.now = FIRST
        self.server = LedgerServer(self.respond)
        self._pages = {item.path: item for item in self.items}

    def respond(self, _request: bytes, target: str) -> bytes:
        if target == "/feed":
            return answer(self._feed().encode(), "Content-Type: application/rss+xml")
        item = self._pages.get(target)
        if item is None:
            return answer(b"no", "Content-Type: text/plain", status="404 Not Found")
        page = page_of(self.name, item, self.server.url(item.path))
        if item.number >= self.redesigned_from:
            page = page.replace("class='", f"class='{ANEW}")
        return answer(page.encode(), "Content-Type: text/html; charset=utf-8")

    def _feed(self) -> str:
        out = [item for item in self.items if item.published <= self.now][-30:]
        told = "".join(
            f"<item><title>{title_of(self.name, item)}</title>"
            f"<link>{self.server.url(item.path)}</link>"
            f"<pubDate>{format_datetime(item.published)}</pubDate></item>"
            for item in reversed(out)
        )
        return f"<rss version='2.0'><channel><title>{self.name}</title>{told}</channel></rss>"


def title_of(name: str, item: Item) -> str:
    random = Random(f"title {name} {item.number}")
    who, what = random.choice(_WHO), random.choice(_WHAT)
    return f"{who[:1].upper()}{who[1:]} {random.choice(_DID)} {what}"


def _sentence(random: Random) -> str:
    who, did, what, when = map(random.choice, (_WHO, _DID, _WHAT, _WHEN))
    number = random.randint(3, 970)
    ways = (
        f"{who} {did} {what} {when}, and {number} people signed the letter.",
        f"{when}, {who} {did} {what}, said number {number} of the report.",
        f"for {number} crowns {who} {did} {what} {when}.",
        f"{who} {did} {what}, which {random.choice(_WHO)} calls a matter of {number} days.",
    )
    told = random.choice(ways)
    return f"{told[:1].upper()}{told[1:]}"


def _paragraphs(random: Random, least: int, most: int, sentences: int = 3) -> list[str]:
    return [
        f"<p>{' '.join(_sentence(random) for _ in range(random.randint(2, sentences)))}</p>"
        for _ in range(random.randint(least, most))
    ]


def _report(random: Random, item: Item) -> str:
    told = _paragraphs(random, 4, 12)
    if random.random() < 0.4:
        told.insert(len(told) // 2, f"<h3>{title_of('part', item)}</h3>")
    told.insert(2, _PLEA)
    if random.random() < 0.5:
        told.insert(
            3, f'<p class="more"><a href="/r/{item.number}">Read also: {_more(random)}</a></p>'
        )
    return f"{_byline(random, item)}<div class='story-text'>{''.join(told)}</div>"


def _short(random: Random, item: Item) -> str:
    """Two or three sentences of an agency, with nobody's name."""
    told = " ".join(_sentence(random) for _ in range(random.randint(2, 3)))
    return f"{_dated(item)}<div class='story-text'><p>{told}</p></div>"


def _long(random: Random, item: Item) -> str:
    """A long read: chapters, a pulled quotation, a big picture."""
    told = [
        "<figure class='wide'><img src='/p.jpg'><figcaption>The quay at dawn</figcaption></figure>"
    ]
    for chapter in range(random.randint(4, 6)):
        told += [f"<h2>{chapter + 1}. {_more(random)}</h2>", *_paragraphs(random, 5, 8, 5)]
    told.insert(5, f"<blockquote class='pulled'>{_sentence(random)}</blockquote>")
    return f"{_byline(random, item)}<div class='story-text'>{''.join(told)}</div>"


def _live(random: Random, item: Item) -> str:
    """A live blog: posts with their times, in a box of its own name."""
    posts = "".join(
        f"<section class='live-post'><time class='live-time'>{22 - at:02}:{at * 7 % 60:02}</time>"
        f"<h3 class='live-head'>{_more(random)}</h3>{''.join(_paragraphs(random, 1, 2))}</section>"
        for at in range(random.randint(6, 14))
    )
    return f"{_dated(item)}<div class='live-posts'>{posts}</div>"


def _gallery(random: Random, item: Item) -> str:
    slides = "".join(
        f"<figure class='slide'><img src='/{at}.jpg'><figcaption>{_sentence(random)}</figcaption>"
        "</figure>"
        for at in range(random.randint(7, 16))
    )
    intro = " ".join(_sentence(random) for _ in range(2))
    return f"<p class='gallery-intro'>{intro}</p><div class='gallery'>{slides}</div>"


def _video(random: Random, item: Item) -> str:
    said = " ".join(_sentence(random) for _ in range(2))
    return f"{_dated(item)}<div class='player'><video></video></div><p class='clip-text'>{said}</p>"


def _picture(random: Random, item: Item) -> str:
    """The picture of the day: a sentence, and who took it."""
    return (
        f"<figure class='of-the-day'><img src='/day.jpg'><figcaption>{_sentence(random)}"
        "<span class='credit'>Photo: Ada Holm</span></figcaption></figure>"
    )


def _table(random: Random, item: Item) -> str:
    rows = "".join(
        f"<tr><td>{one}</td><td>{other}</td><td>{random.randint(0, 6)}:1</td></tr>"
        for one, other in zip(_TEAMS, reversed(_TEAMS), strict=True)
    )
    intro = " ".join(_sentence(random) for _ in range(2))
    return f"{_dated(item)}<div class='story-text'><p>{intro}</p><table>{rows}</table></div>"


def _recipe(random: Random, item: Item) -> str:
    needs = "".join(f"<li>{random.randint(1, 9)} spoons of {_more(random)}</li>" for _ in range(8))
    steps = "".join(f"<li>{_sentence(random)}</li>" for _ in range(6))
    intro = " ".join(_sentence(random) for _ in range(2))
    return (
        f"{_byline(random, item)}<div class='story-text'><p>{intro}</p><ul>{needs}</ul>"
        f"<ol>{steps}</ol></div>"
    )


def _teaser(random: Random, item: Item) -> str:
    return (
        f"{_byline(random, item)}<div class='story-text'>{''.join(_paragraphs(random, 1, 1))}</div>"
        "<div class='paywall'><p>This story is for subscribers only. Subscribe to continue reading."
        "</p><a href='/offers'>See our offers</a></div>"
    )


_KINDS: dict[str, Callable[[Random, Item], str]] = {
    "report": _report, "short": _short, "long": _long, "live": _live, "gallery": _gallery,
    "video": _video, "picture": _picture, "table": _table, "recipe": _recipe, "teaser": _teaser,
}  # fmt: skip
_TYPES = {"video": "video.other"}
_PLEA = (
    "<div class='plea'><p>Independent news needs friends. Support the paper from 2 crowns a month."
    "</p><a href='/support'>Support us</a></div>"
)


def page_of(name: str, item: Item, url: str) -> str:
    """Return a story's page: the story among what stands around all of them."""
    random = Random(f"page {name} {item.number}")
    title = title_of(name, item)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | {name}</title>"
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{title}">'
        f'<meta property="og:type" content="{_TYPES.get(item.kind, "article")}">'
        f'<meta property="og:site_name" content="{name}">{_stamp(item)}</head>'
        f"<body class='paper-page kind-{item.kind}'><header class='masthead'>"
        f"<a class='logo' href='/'>{name}</a><nav class='main-menu'>"
        "<a class='menu-link' href='/town'>Town</a><a class='menu-link' href='/sea'>Sea</a></nav>"
        "</header><main class='page-main'>"
        f"<article class='story-page'><h1 class='story-title'>{title}</h1>"
        f"{_KINDS[item.kind](random, item)}</article>{_rail(random, item.number)}</main>"
        f"<footer class='page-foot'><p class='imprint'>{name}, Quay Street 4. All rights reserved."
        "</p><ul class='foot-links'><li>Imprint</li><li>Privacy</li></ul></footer></body></html>"
    )


def _rail(random: Random, number: int) -> str:
    cards = "".join(
        "<div class='rail-card'>"
        f"<a class='rail-link' href='/old/{number - at}'>{_more(random)}</a></div>"
        for at in range(1, 5)
    )
    return f"<aside class='rail'><h4 class='rail-title'>Most read</h4>{cards}</aside>"


def _more(random: Random) -> str:
    return f"{random.choice(_WHO)} {random.choice(_DID)} {random.choice(_WHAT)}".capitalize()


def _stamp(item: Item) -> str:
    return f'<meta property="article:published_time" content="{item.published.isoformat()}">'


def _dated(item: Item) -> str:
    return f"<p class='story-meta'><time>{item.published:%d %B %Y, %H:%M}</time></p>"


def _byline(random: Random, item: Item) -> str:
    who = random.choice(("Ada Holm", "Jon Reyes", "Mira Falk", "Tom Ashe"))
    return f"{_dated(item)}<p class='byline'>By <a rel='author' href='/a'>{who}</a></p>"
