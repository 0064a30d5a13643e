"""A small paper at a loopback server: stories in no language, a front page, feeds and sitemaps.

It holds no claims of its own.
"""

from random import Random

from ledger import LedgerServer, answer
from passes import targets

NAMES = ("tides", "lamps", "sheep", "bells", "ropes", "salt", "ferries", "moles")


SYLLABLES = ("ka", "ro", "min", "del", "sta", "vor", "lin", "ge", "pra", "tus", "hem", "bo", "ni")


def babble(random: Random) -> str:
    """Return two sentences in no language, of which no two stories share a run of words."""
    words = ["".join(random.choices(SYLLABLES, k=random.randint(1, 4))) for _ in range(44)]
    return f"{' '.join(words[:20]).capitalize()}. {' '.join(words[20:]).capitalize()}."


def story_of(name: str, *, note: str = "") -> str:
    """Return a page with an article of its own."""
    title, *told = (babble(Random(f"{name} {part}")) for part in range(6))
    paragraphs = [f"<p>{text}</p>" for text in told]
    paragraphs.insert(2, note)
    title = title[:60]
    return (
        f"<!doctype html><html lang=en-GB><head><meta charset=utf-8><title>{title} | The Ness Paper"
        '</title><meta property="og:site_name" content="The Ness Paper">'
        '<meta property="og:type" content="article"></head><body>'
        '<nav><a href="/">Home</a> <a href="/news/">News</a> <a href="/about">About</a></nav>'
        f'<main><article class="piece"><h1>{title}</h1><div class="words">{"".join(paragraphs)}'
        "</div></article></main><footer><p>The Ness Paper, Quay Street</p></footer></body></html>"
    )


def path_of(name: str) -> str:
    return f"/2026/03/{name}-counted-again"


class NessPaper:
    """A paper at a loopback server of its own; `pages` has the body of each target there is."""

    def __init__(self) -> None:
        self.server = LedgerServer(self.respond)
        self.pages: dict[str, str] = {
            f"/2026/03/{name}-counted-again": story_of(name) for name in NAMES
        }
        self.stories = list(self.pages)
        self.pages["/robots.txt"] = "User-agent: *\nDisallow: /about\n"
        self.pages["/"] = self.front("")

    def url(self, target: str) -> str:
        return self.server.url(target)

    def front(self, head: str, *stories: str) -> str:
        items = "".join(
            f'<h2><a href="{one}">The council of Grey Ness has counted the {one[9:]}</a></h2>'
            for one in stories
        )
        return (
            f"<!doctype html><html lang=en-GB><head>{head}<title>The Ness Paper</title></head>"
            '<body><nav><a href="/news/">News</a><a href="/sport/">Sport</a></nav>'
            f"<main>{items}</main></body></html>"
        )

    def feed(self, *stories: str) -> str:
        items = "".join(
            f"<item><title>T</title><link>{self.url(one)}</link>"
            f"<pubDate>Sun, 0{at + 1} Mar 2026 07:00:00 GMT</pubDate></item>"
            for at, one in enumerate(stories)
        )
        return f"<rss><channel><title>The Ness Paper</title>{items}</channel></rss>"

    def sitemap(self, *targets: str) -> str:
        locs = "".join(f"<url><loc>{self.url(one)}</loc></url>" for one in targets)
        return f"<urlset>{locs}</urlset>"

    def respond(self, _request: bytes, target: str) -> bytes:
        body = self.pages.get(target)
        if body is None:
            return answer(b"no", "Content-Type: text/plain", status="404 Not Found")
        kind = "text/html" if body.startswith("<!doctype") else "text/xml"
        return answer(body.encode(), f"Content-Type: {kind}; charset=utf-8")

    @property
    def asked(self) -> list[str]:
        return targets(self.server)
