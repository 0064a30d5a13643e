"""Rules of security 2 and 11 from outside: a hostile outlet names hosts inside wherever a page,
feed, sitemap or robots.txt can name one, and puts escape sequences into all of them.

Inside is an address of loopback that no `allow_private` has; its server must never hear of us.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from ledger import LedgerServer, answer, eventually
from line_runs import story_page
from passes import LOCAL, command, feed_at, outlet_of, pass_over, settings_of, targets
from test_security_words import FORBIDDEN, TITLE, in_terminal, without_our_own

from scraper.fetch.guard import SystemResolver
from scraper.model import Outcome, Source

HTML = "Content-Type: text/html"
OURS = ("127.0.0.1/32",)
INSIDE = "127.0.0.3"
SPELLINGS = (
    "http://127.0.0.3:{port}/",
    "http://127.3:{port}/",
    "http://2130706435:{port}/",
    "http://0x7f.0.0.3:{port}/",
    "http://0x7f000003:{port}/",
    "http://0177.0.0.3:{port}/",
    "http://127.0.0.3.:{port}/",
    "http://me:password@127.0.0.3:{port}/",
    "http://[::ffff:127.0.0.3]:{port}/",
    "http://[::ffff:7f00:3]:{port}/",
    "http://[::127.0.0.3]:{port}/",
    "http://[64:ff9b::7f00:3]:{port}/",
    "http://\uff11\uff12\uff17.0.0.3:{port}/",
    "http://127\u30020\u30020\u30023:{port}/",
    "http://inside.example:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://0:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.3:{port}/",
)


def everywhere(inside: Sequence[str]) -> bytes:
    """Return an article that names hosts inside wherever a page can name one."""
    url = inside[0]
    head = (
        f'<link rel=canonical href="{url}c"><link rel=amphtml href="{url}amp">'
        f'<link rel=next href="{url}2"><link rel=stylesheet href="{url}s.css">'
        f'<link rel=alternate type=application/rss+xml href="{url}rss">'
        f'<link rel=icon href="{url}i">'
        f'<link rel=preload as=font href="{url}f"><meta property=og:image content="{url}o.png">'
        f'<meta property=og:url content="{url}og"><meta http-equiv=refresh content="0;url={url}r">'
        f"<base href=/><style>@import '{url}a.css'; p {{ background: url({url}b.png) }}</style>"
        f'<script type=application/ld+json>{{"@type":"NewsArticle","image":"{url}k"}}'
        "</script>"
    )
    pictures = "".join(f'<img src="{one}p.png" srcset="{one}q.png 2x">' for one in inside)
    frames = f'<iframe src="{url}fr"></iframe><video poster="{url}v" src="{url}w"></video>'
    page = story_page().replace(b"<head>", f"<head>{head}".encode())
    return page.replace(b"</article>", f"{pictures}{frames}</article>".encode())


async def resolved(host: str, port: int) -> Sequence[tuple[str, int]]:
    if host == "inside.example":
        return [("93.184.215.14", 80), (INSIDE, port)]  # one public answer among them
    resolver = SystemResolver(threads=1)
    try:
        return await resolver(host, port)
    finally:
        resolver.close()


@pytest.fixture
def inside() -> Iterator[LedgerServer]:
    with LedgerServer(lambda *_: answer(b"a secret", HTML), address=INSIDE) as server:
        yield server


def test_security_rule_2_no_word_of_a_stranger_leads_inside(
    tmp_path: Path, inside: LedgerServer
) -> None:
    named = [spelling.format(port=inside.port) for spelling in SPELLINGS]

    def respond(_request: bytes, target: str) -> bytes:
        if target == "/rss":
            links = [*named, *(outside.url(f"/moved/{n}") for n in range(len(named)))]
            items = "".join(f"<item><link>{one}</link></item>" for one in links)
            story = f"<item><link>{outside.url('/story')}</link></item>"
            return answer(f"<rss><channel>{story}{items}</channel></rss>".encode())
        if target == "/index.xml":
            children = "".join(f"<sitemap><loc>{one}s.xml</loc></sitemap>" for one in named)
            return answer(f"<sitemapindex>{children}</sitemapindex>".encode())
        if target == "/section":
            return answer("".join(f'<a href="{one}x">A story</a>' for one in named).encode(), HTML)
        if target.startswith("/moved/"):
            where = named[int(target.rpartition("/")[2])].encode()
            return answer(status="302 Found").replace(
                b"\r\n\r\n", b"\r\nLocation: %b\r\n\r\n" % where
            )
        if target == "/feed-moved":
            return answer(b"", f"Location: {named[0]}rss", status="301 Moved")
        if target == "/robots.txt":
            return answer(f"User-agent: *\nDisallow:\nSitemap: {named[0]}map.xml\n".encode())
        return answer(everywhere(named), HTML)

    outside = LedgerServer(respond)
    with outside:
        sources = (
            feed_at(outside.url("/rss")),
            Source(type="sitemap", url=outside.url("/index.xml")),
            Source(type="section", url=outside.url("/section")),
            feed_at(outside.url("/feed-moved")),
            *(feed_at(one) for one in named[:15]),
        )
        policy = replace(LOCAL, allow_private=OURS, requisites=True)
        outlet = outlet_of(*sources, fetch=policy)
        asked, filed = pass_over(settings_of(tmp_path, outlet, allow_private=(), resolver=resolved))

    assert inside.log == []
    by_url = {one.capture.url: one for one in filed}
    assert by_url.pop(outside.url("/story")).text is not None
    moved = [one for url, one in by_url.items() if "/moved/" in url]
    assert len(moved) == len(named)
    assert all(one.text is None for one in by_url.values())
    refused = {Outcome.FORBIDDEN, Outcome.DISALLOWED, Outcome.BAD_REDIRECT, Outcome.UNRESOLVED}
    assert {one.capture.outcome for one in by_url.values()} <= refused
    assert not any(one.links for one in asked[3:])
    assert len(asked) == len(sources)


def test_security_rule_2_a_survey_of_an_outlet_is_not_led_inside(
    tmp_path: Path, inside: LedgerServer
) -> None:
    url = inside.url()
    pages = {"/robots.txt": answer(f"User-agent: *\nAllow: /\nSitemap: {url}map.xml\n".encode())}
    front = everywhere([url]).replace(b"</body>", f'<a href="{url}rss.xml">RSS</a>'.encode())
    with LedgerServer(lambda _, target: pages.get(target, answer(front, HTML))) as paper:
        done = command(
            "outlets", "add", paper.url(), "--dry-run", "--allow-private", OURS[0], cwd=tmp_path
        )

    assert "Traceback" not in done.stderr
    assert "/" in targets(paper)
    assert inside.log == []


# --- rule 11: what else a hostile outlet is printed by -------------------------------------------


def hostile_outlet(target: str, url: str) -> bytes:
    """Return what an outlet answers that has escape sequences wherever words may stand."""
    title = TITLE.replace("&", "&amp;").replace("<", "&lt;")
    inert = re.sub("[\x00-\x08\x0b-\x1f]", lambda c: f"&#{ord(c[0])};", title)
    if target == "/robots.txt":
        return answer(f"User-agent: *\nDisallow: /x{TITLE}\nSitemap: {url}{TITLE}\n".encode())
    if target == "/rss":
        items = "".join(
            f"<item><title><![CDATA[{TITLE}]]></title><link>{url}story/{n}-{TITLE}</link>"
            f"<link>{url}story/{n}</link><guid>{url}story/{n}</guid></item>"
            for n in range(3)
        )
        return answer(
            f"<rss><channel><title>{inert}</title>{items}</channel></rss>".encode(),
            "Content-Type: text/xml",
        )
    if target.startswith("/story"):
        return answer(story_page(inert), HTML, f'ETag: "{TITLE.encode("unicode_escape").decode()}"')
    links = "".join(f'<h2><a href="/story/{n}">{inert} {n}</a></h2>' for n in range(5))
    head = (
        f'<html><head><title>{inert}</title><meta property=og:site_name content="{inert}">'
        f'<link rel=alternate type=application/rss+xml title="{inert}" href=/rss></head>'
    )
    return answer(f"{head}<body>{links}</body></html>".encode(), HTML)


OUTLET = """[[outlet]]
id = "paper"
name = "Paper"
home = "{url}"
[[outlet.source]]
type = "feed"
url = "{url}rss"
[outlet.fetch]
allow_private = ["127.0.0.1/32"]
"""
OPML = (
    '<opml version="2.0"><body><outline text="&#x1b;]0;pwn&#7;{hidden}" type="rss" '
    'xmlUrl="http://paper.example/rss" htmlUrl="http://paper.example/{hidden}"/></body></opml>'
)
ASKING = [
    ["outlets", "add", "{url}", "--id", "other", "--dry-run", "--allow-private", "127.0.0.1/32"],
    [
        "outlets",
        "add",
        "{url}",
        "--id",
        "other",
        "--dry-run",
        "--json",
        "--allow-private",
        "127.0.0.1/32",
    ],
    ["outlets", "check"],
    ["outlets", "list"],
    ["outlets", "import", "{opml}", "--dry-run"],
    ["-vv", "fetch", "--all"],
    ["fetch", "--all", "--json"],
    ["rules", "suggest", "paper"],
    ["search", "ferry"],
    ["search", "ferry", "--json"],
    ["extract", "{url}story/1", "--explain", "--allow-private", "127.0.0.1/32"],
    ["backfill", "paper", "--since", "2020-01-01", "--dry-run"],
    ["list", "--captures"],
    ["status"],
]


@pytest.fixture(scope="module")
def paper() -> Iterator[LedgerServer]:
    server = LedgerServer(lambda _, target: hostile_outlet(target, server.url()))
    with server:
        yield server


@pytest.fixture(scope="module")
def archive(paper: LedgerServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asking")
    (folder / "sources.toml").write_text(OUTLET.format(url=paper.url()))
    hidden = "\u202egnp\u2066\u200b"
    (folder / "feeds.opml").write_text(OPML.format(hidden=hidden))
    done = command("fetch", "--all", cwd=folder)
    assert "3 " in done.stdout + done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ASKING, ids=lambda words: " ".join(words))
def test_security_rule_11_no_outlet_that_is_asked_writes_to_the_terminal(
    arguments: list[str], paper: LedgerServer, archive: Path
) -> None:
    names = {"url": paper.url(), "opml": str(archive / "feeds.opml")}
    words = [re.sub(r"\{(\w+)\}", lambda found: names[found[1]], word) for word in arguments]

    status, shown = in_terminal(archive, *words)

    plain = without_our_own(shown)
    assert status in {0, 1}, shown
    assert "Traceback" not in shown
    assert FORBIDDEN.search(plain) is None, ascii(plain)


def _tells_of_a_story(log: Path) -> bool:
    said = log.read_bytes()
    return b"pwn" in said or b"story" in said


@pytest.mark.slow
def test_security_rule_11_a_daemons_log_has_a_line_for_each_event_and_no_control(
    paper: LedgerServer, tmp_path: Path
) -> None:
    for form in ((), ("--log-json",)):
        folder = tmp_path / f"run{len(form)}"
        folder.mkdir()
        (folder / "sources.toml").write_text(OUTLET.format(url=paper.url()))
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "scraper.cli.main", "-vv", *form, "run"],
                cwd=folder,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        told = partial(_tells_of_a_story, log)
        assert eventually(told, seconds=90), log.read_text("utf-8")
        time.sleep(2)
        process.terminate()
        process.wait(60)
        said = log.read_text("utf-8")
        assert FORBIDDEN.search(said) is None, ascii(said)
        if form:
            lines = [line for line in said.splitlines() if line.startswith("{")]
            assert all(isinstance(json.loads(line), dict) for line in lines)
            assert len(lines) > 3
