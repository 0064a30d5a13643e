"""`scraper outlets add`: an outlet that sources.toml does not know becomes an entry that serves."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import pytest
from line_runs import with_warm_workers
from ness_paper import NAMES, NessPaper, path_of, story_of
from passes import command
from warm_workers import run_warm

from scraper.cli.outlets.adding import Request, add_outlet
from scraper.config import load_sources
from scraper.crawl import Filed, run_pass
from scraper.demo.newsstand import Newsstand
from scraper.line import Line, Settings

NEWSSTAND = Path(__file__).parent / "newsstand"
LOOPBACK = ("127.0.0.0/8",)
MINE = '# The file of a person.\n\n[defaults]\ndelay = "0s"   # it is my own machine\n'

STARTS = {
    "veldhaven-courier": "http://www.veldhaven-courier.example/",
    "saltmarsh-notebook": "http://saltmarsh-notebook.weblogs.example",
    "karvela-world": "http://www.karvela-world.example/latest",
    "ustrov-wire": "http://ustrov-wire.example/census-finds-eleven-villages-with-no-inhabitants-but-one",
    "yalvara-english": "http://www.yalvara-english.example/tr/orhul-cayi-tasti-iki-mahalle-bosaltildi-haber-7219",
}  # fmt: skip


def settings_for(file: Path, newsstand: Newsstand) -> Settings:
    archive = file.parent / "archive"
    return Settings(
        archive=archive,
        catalog=archive / "catalog.db",
        sources=load_sources(file),
        allow_private=LOOPBACK,
        resolver=newsstand.addresses_of,
        workers=1,
    )


def captured(settings: Settings) -> list[Filed]:
    """Return what a pass over all outlets of sources.toml files."""

    async def run() -> list[Filed]:
        async with (
            Line(with_warm_workers(settings)) as line,
            aclosing(run_pass(line, line.outlets())) as results,
        ):
            return [result async for result in results if isinstance(result, Filed)]

    return run_warm(run())


@pytest.mark.parametrize(
    "outlet_id",
    [
        "veldhaven-courier",
        pytest.param("ustrov-wire", marks=pytest.mark.slow),
        pytest.param("saltmarsh-notebook", marks=pytest.mark.slow),
        pytest.param("karvela-world", marks=pytest.mark.slow),
        pytest.param("yalvara-english", marks=pytest.mark.slow),  # it asks for a second's pause
    ],
)
def test_an_unknown_outlet_is_added_by_one_command_and_all_its_articles_are_captured_exactly(
    tmp_path: Path, outlet_id: str
) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(MINE)

    with Newsstand() as newsstand:
        settings = settings_for(file, newsstand)
        request = Request(url=STARTS[outlet_id], file=file, into=file, agreed=True)
        code = add_outlet(settings, request)
        asked = len(newsstand.ledger)
        filed = captured(replace(settings, sources=load_sources(file)))

    expected = {text.read_bytes() for text in (NEWSSTAND / outlet_id).glob("*.txt")}
    expected.discard((NEWSSTAND / outlet_id / "robots.txt").read_bytes())
    texts = {path.read_bytes() for path in tmp_path.glob(f"archive/text/{outlet_id}/*/*.txt")}
    assert (code, file.read_text().startswith(MINE)) == (0, True)
    assert texts == expected
    assert all(one.is_done for one in filed)
    assert asked <= 30


# --- a paper of one's own ------------------------------------------------------------------------

NOTE = "This paper is printed at the old ropewalk on Tuesdays and Fridays, whatever the weather."


@pytest.fixture
def paper() -> Iterator[NessPaper]:
    made = NessPaper()
    with made.server:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(MINE)
    return tmp_path / "sources.toml"


def add(file: Path, url: str, *options: str) -> CompletedProcess[str]:
    local = ("--allow-private", LOOPBACK[0])
    return command("outlets", "add", url, *local, *options, cwd=file.parent)


def found_by(done: CompletedProcess[str]) -> tuple[list[str], dict[str, str]]:
    """Return the sources that were chosen, by type and path, and why others were left out."""
    record = json.loads(done.stdout)
    chosen = [f"{one['type']} {urlsplit(one['url']).path}" for one in record["sources"]]
    return chosen, {urlsplit(one["url"]).path: one["reason"] for one in record["left_out"]}


@pytest.mark.slow
def test_sources_are_found_and_each_has_to_add_something(file: Path, paper: NessPaper) -> None:
    one, two, three, four, *others = paper.stories
    paper.pages |= {
        "/": paper.front(
            '<link rel="alternate" type="application/rss+xml" href="/all.rss">'
            '<link rel="alternate" type="application/rss+xml" href="/top.rss">'
            '<link rel="alternate" type="application/rss+xml" hreflang="de" href="/de.rss">'
            '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
            '<link rel="alternate" type="application/rss+xml" href="/gone.rss">',
            one, four,
        ),
        "/all.rss": paper.feed(one, two, three),
        "/top.rss": paper.feed(two, one),
        "/de.rss": paper.feed(four),
        "/comments/feed/": paper.feed(four),
        "/robots.txt": f"User-agent: *\nDisallow: /about\nCrawl-delay: 0\n"
        f"Sitemap: {paper.url('/index.xml')}\n",
        "/index.xml": f"<sitemapindex><sitemap><loc>{paper.url('/map.xml')}</loc></sitemap>"
        "</sitemapindex>",
        "/map.xml": paper.sitemap(one, two, four, "/about", "/tag/lamps"),
        "/news/": paper.front("", one, *others[:2]),
        "/sport/": paper.front("", two),
    }  # fmt: skip

    done = add(file, paper.url("/"), "--dry-run", "--json")

    chosen, left_out = found_by(done)
    assert chosen == ["feed /all.rss", "sitemap /index.xml"]
    assert left_out == {
        "/top.rss": "it adds nothing to the sources above",
        "/de.rss": "it is in another language (de)",
        "/comments/feed/": "it is a feed of comments",
        "/gone.rss": "http-error: 404 Not Found",
        "/": "it adds nothing to the sources above",
    }
    assert not {"/about", "/de.rss", "/comments/feed/", "/news/"} & set(paper.asked)
    assert (done.returncode, file.read_text()) == (0, MINE)


@pytest.mark.slow
def test_sections_are_asked_where_feeds_leave_out_what_the_front_page_shows(
    file: Path, paper: NessPaper
) -> None:
    one, two, three, *others = paper.stories
    paper.pages |= {
        "/": paper.front("", one, two),
        "/feed": paper.feed(one),
        "/news/": paper.front("", one, two, three, *others),
        "/sport/": paper.front("", two),
    }

    done = add(file, paper.url("/"), "--dry-run", "--json")

    chosen, left_out = found_by(done)
    assert chosen == ["feed /feed", "section /news/"]
    assert set(left_out) == {"/", "/sport/"}


@pytest.mark.slow
def test_the_address_of_a_feed_is_taken_for_the_feed_that_it_is(
    file: Path, paper: NessPaper
) -> None:
    paper.pages["/somewhere/odd.php"] = paper.feed(*paper.stories[:2])

    done = add(file, paper.url("/somewhere/odd.php"), "--dry-run", "--json")

    record = json.loads(done.stdout)
    assert found_by(done)[0] == ["feed /somewhere/odd.php"]
    assert (record["home"], done.returncode) == (paper.url("/"), 0)


@pytest.mark.slow
def test_a_sitemap_of_anything_but_articles_is_left_out(file: Path, paper: NessPaper) -> None:
    names = [f"/shop/grey-ness-tea-towel-number-{number}" for number in range(10, 15)]
    paper.pages |= {
        "/feed": paper.feed(*paper.stories[:2]),
        "/sitemap.xml": paper.sitemap(*names),
        **dict.fromkeys(names, "<!doctype html><title>Towel</title><p>4.50. Add to basket</p>"),
    }

    done = add(file, paper.url("/"), "--dry-run", "--json")

    chosen, left_out = found_by(done)
    assert chosen == ["feed /feed"]
    assert left_out["/sitemap.xml"].startswith("what it adds are no articles")


def test_what_recurs_in_every_story_becomes_a_rule_with_its_evidence(
    file: Path, paper: NessPaper
) -> None:
    note = f'<div class="house-note"><p>{NOTE}</p></div>'
    paper.pages |= {path_of(name): story_of(name, note=note) for name in NAMES}
    paper.pages["/feed"] = paper.feed(*paper.stories)

    done = add(file, paper.url("/"), "--yes", "--into", "sources.d/a.toml", "--name", "Ness")

    (outlet,) = load_sources(file).outlets
    text = (file.parent / "sources.d/a.toml").read_text()
    assert (outlet.id, outlet.name, file.read_text()) == ("ness", "Ness", MINE)
    assert done.returncode == 0, done.stderr
    assert f"- {NOTE[:40]}" in done.stdout
    assert (outlet.rules[0].strip, outlet.rules[0].origin) == ((".house-note",), "learned")
    assert '# strip .house-note: on 8 of 8 articles, as "This paper is printed' in text


def test_without_anybody_to_agree_nothing_is_asked_of_any_host(
    file: Path, paper: NessPaper
) -> None:
    done = add(file, paper.url("/"))

    assert (done.returncode, "--yes" in done.stderr, paper.asked) == (2, True, [])


def test_nobody_adds_an_outlet_anonymously(file: Path) -> None:
    done = command("outlets", "add", "https://times.example/", "--yes", cwd=file.parent)

    assert (done.returncode, "must be able to tell who crawls them" in done.stderr) == (2, True)


def test_an_outlet_that_is_there_is_named_with_its_line(file: Path, paper: NessPaper) -> None:
    part = file.parent / "sources.d" / "a.toml"
    part.parent.mkdir()
    part.write_text(f'[[outlet]]\nid = "ness"\nname = "Ness"\nhome = "{paper.url("/")}"\n')

    again = add(file, paper.url("/2026/03/salt-counted-again"), "--yes")
    same_id = add(file, "https://other.example/", "--yes", "--id", "ness")

    assert again.stderr.startswith("sources.d/a.toml:1: outlet 'ness': ")
    assert "outlets edit ness" in again.stderr
    assert "choose another --id" in same_id.stderr
    assert (again.returncode, same_id.returncode, paper.asked) == (2, 2, [])


def test_a_host_without_anything_to_announce_is_said_to_have_nothing(
    file: Path, paper: NessPaper
) -> None:
    done = add(file, paper.url("/"), "--yes", "--json")

    assert (done.returncode, file.read_text()) == (1, MINE)
    assert json.loads(done.stdout)["written"] is None
    assert "no source was found that announces articles; nothing was written" in done.stderr


def test_a_host_that_is_not_there_is_an_error_of_the_site(file: Path) -> None:
    done = add(file, "http://127.0.0.1:1/", "--yes")

    assert (done.returncode, "connect-failed" in done.stderr) == (1, True)


@pytest.mark.slow
def test_a_robots_txt_that_forbids_all_is_obeyed_and_said(file: Path, paper: NessPaper) -> None:
    paper.pages["/robots.txt"] = "User-agent: *\nDisallow: /\n"

    done = add(file, paper.url("/"), "--dry-run")

    assert set(paper.asked) == {"/", "/robots.txt"}
    assert "it tells us to keep out of: Disallow: /" in done.stdout
    assert done.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(("reply", "is_written"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_at_a_terminal_is_asked_before_anything_is_written(
    file: Path, paper: NessPaper, reply: str, is_written: bool
) -> None:
    paper.pages["/feed"] = paper.feed(*paper.stories[:2])
    ours, theirs = pty.openpty()
    os.write(ours, reply.encode())

    done = subprocess.run(
        [
            *(sys.executable, "-m", "scraper.cli.main", "outlets", "add", paper.url("/")),
            *("--allow-private", LOOPBACK[0]),
        ],
        cwd=file.parent, stdin=theirs, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert "Add this to sources.toml?" in done.stderr
    assert (done.returncode == 0, file.read_text() != MINE) == (is_written, is_written)
    os.close(ours)
    os.close(theirs)
