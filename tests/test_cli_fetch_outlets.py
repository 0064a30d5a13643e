"""`scraper fetch --outlet ID` and `--all`, against outlets at loopback."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from ledger import LedgerServer, answer
from line_runs import story_page
from passes import ALL_ALLOWED, HOUR, START, at, command, targets
from schedules import open_catalog

from scraper.store.catalog import Catalog

DATES = {"new": "Sun, 01 Mar 2026 07:00:00 GMT", "old": "Tue, 10 Feb 2026 07:00:00 GMT"}
ROBOTS = "User-agent: *\nDisallow: /members/\n"


class Paper:
    """An outlet at a server of its own: what its feed and its sitemap announce, and its pages."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.robots = name, ROBOTS
        self.feed: list[tuple[str, str | None]] = []  # a path, and a key of DATES
        self.sitemap: list[str] = []
        self.has_stories = False  # to read; plain text is captured without reading it
        self.server = LedgerServer(self.respond, address=address)

    def url(self, path: str) -> str:
        return self.server.url(path)

    def respond(self, _request: bytes, target: str) -> bytes:
        if target == "/robots.txt":
            return answer(self.robots.encode())
        if target == "/rss":
            return answer(f"<rss><channel>{''.join(self._items())}</channel></rss>".encode())
        if target == "/map":
            locs = "".join(f"<url><loc>{self.url(path)}</loc></url>" for path in self.sitemap)
            return answer(f"<urlset>{locs}</urlset>".encode())
        if self.has_stories:
            return answer(story_page(f"News of {target}"), "Content-Type: text/html")
        return answer(b"news", "Content-Type: text/plain")

    def _items(self) -> Iterator[str]:
        for path, day in self.feed:
            date = f"<pubDate>{DATES[day]}</pubDate>" if day else ""
            yield f"<item><title>T</title><link>{self.url(path)}</link>{date}</item>"

    def toml(self, more: str = "") -> str:
        return (
            f'[[outlet]]\nid = "{self.name}"\nname = "{self.name}"\nhome = "{self.url("/")}"\n'
            f'[[outlet.source]]\ntype = "feed"\nurl = "{self.url("/rss")}"\n'
            f'deny = ["*/video/*"]\n{more}'
            f'[[outlet.source]]\ntype = "sitemap"\nurl = "{self.url("/map")}"\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
        )


@pytest.fixture
def morning() -> Iterator[Paper]:
    paper = Paper("morning", "127.0.0.1")
    with paper.server:
        yield paper


@pytest.fixture
def evening() -> Iterator[Paper]:
    paper = Paper("evening", "127.0.0.2")
    with paper.server:
        yield paper


def fetch(folder: Path, *arguments: str, hours: float = 0) -> CompletedProcess[str]:
    """Run the command some hours after the start of all; the catalog need not be built for that."""
    catalog = folder / "archive/catalog.db"
    if not ({"--dry-run"} & set(arguments) or catalog.exists()):
        catalog.parent.mkdir()
        open_catalog(catalog).close()
    with at(START + hours * HOUR):
        return command("fetch", *arguments, cwd=folder)


def reasons(done: CompletedProcess[str]) -> dict[str, str | None]:
    """Return why each link of a plan would not be fetched, by the end of its URL."""
    plans = [json.loads(line) for line in done.stdout.splitlines()]
    return {plan["url"].rpartition("/")[2]: plan["reason"] for plan in plans}


def files_in(folder: Path) -> dict[Path, str]:
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def articles(paper: Paper) -> list[str]:
    lists = {"/robots.txt", "/rss", "/map"}
    return [target for target in targets(paper.server) if target not in lists]


# --- dry runs ------------------------------------------------------------------------------------


def test_a_dry_run_says_of_every_link_why_it_would_not_be_fetched(
    tmp_path: Path, morning: Paper
) -> None:
    morning.feed = [("/known", "new")]
    (tmp_path / "sources.toml").write_text(morning.toml("max_new = 4\n"))
    fetch(tmp_path, "--outlet", "morning")
    assert articles(morning) == ["/known"]
    before, asked = files_in(tmp_path), len(articles(morning))
    morning.feed = [
        ("/known", "new"), ("/video/film", "new"), ("/members/secret", "new"), ("/aged", "old"),
        ("/fresh", "new"), ("/further", None),
    ]  # fmt: skip
    morning.sitemap = ["/fresh", "/mapped", "/last"]

    done = fetch(
        tmp_path, "--outlet", "morning", "--dry-run", "--since", "2026-03-01", "--max", "2",
        "--json",
    )  # fmt: skip

    feed = morning.url("/rss")
    assert reasons(done) == {
        "known": "known already",
        "film": "denied by the pattern '*/video/*' of its source",
        "secret": "disallowed by robots.txt line 2: Disallow: /members/",
        "aged": "published or first seen on 2026-02-10",
        "fresh": f"announced by {feed} as well",  # the second time; the first is below
        "further": "beyond the max_new of its source, which is 4",
        "mapped": None,
        "last": "more than 2 links",
    }
    fresh = [json.loads(line) for line in done.stdout.splitlines() if '/fresh"' in line]
    assert [plan["reason"] for plan in fresh] == [None, f"announced by {feed} as well"]
    assert done.returncode == 0
    assert len(articles(morning)) == asked
    assert files_in(tmp_path) == before


def test_a_dry_run_before_anything_was_captured_leaves_nothing_behind(
    tmp_path: Path, morning: Paper
) -> None:
    morning.feed = [("/one", None)]
    (tmp_path / "sources.toml").write_text(morning.toml())

    done = fetch(tmp_path, "--all", "--dry-run")

    assert done.stdout == f"morning: would fetch {morning.url('/one')}\n"
    assert done.returncode == 0
    assert list(files_in(tmp_path)) == [Path("sources.toml")]


def test_a_dry_run_tells_of_links_that_wait_since_an_earlier_pass(
    tmp_path: Path, morning: Paper
) -> None:
    morning.feed = [("/one", None), ("/two", None)]
    (tmp_path / "sources.toml").write_text(morning.toml())
    fetch(tmp_path, "--all", "--max", "1")
    [taken] = articles(morning)
    left = {"/one", "/two"} - {taken}
    morning.feed = []

    planned = fetch(tmp_path, "--all", "--dry-run", hours=1)
    done = fetch(tmp_path, "--all", hours=1)

    assert planned.stdout == f"morning: would fetch {morning.url(left.pop())}\n"
    assert "0 new and 0 known links" in done.stderr
    assert sorted(articles(morning)) == ["/one", "/two"]


def test_a_dry_run_leaves_a_resting_host_alone_and_names_sources_that_do_not_answer(
    tmp_path: Path, morning: Paper, evening: Paper
) -> None:
    morning.feed = evening.feed = [("/one", None)]
    (tmp_path / "sources.toml").write_text(morning.toml() + evening.toml())
    usual, morning.server.responder = (
        morning.server.responder,
        lambda *_: answer(b"", "Retry-After: 7200", status="503 Service Unavailable"),
    )
    fetch(tmp_path, "--outlet", "morning")
    morning.server.responder = usual
    asked = len(targets(morning.server))

    done = fetch(tmp_path, "--all", "--dry-run", hours=1)

    assert len(targets(morning.server)) == asked
    assert "the feed did not answer: paused" in done.stdout
    assert f"evening: would fetch {evening.url('/one')}" in done.stdout
    assert done.returncode == 1


# --- passes --------------------------------------------------------------------------------------


def test_all_captures_what_is_new_of_every_outlet_once(
    tmp_path: Path, morning: Paper, evening: Paper
) -> None:
    morning.has_stories = evening.has_stories = True
    morning.feed, morning.sitemap = [("/a", None)], ["/a", "/b"]
    evening.feed = [("/c", None), ("/members/d", None)]
    (tmp_path / "sources.toml").write_text(morning.toml() + evening.toml())

    first = fetch(tmp_path, "--all")
    second = fetch(tmp_path, "--all", hours=1)

    assert sorted(articles(morning)) == ["/a", "/b"]
    assert articles(evening) == ["/c"]
    assert len(first.stdout.splitlines()) == 3
    assert "morning: feed " in first.stderr
    assert "1 new and 0 known links" in first.stderr
    assert "disallowed by robots.txt line 2: Disallow: /members/" in first.stderr
    assert second.stdout == ""
    assert len(list(tmp_path.glob("archive/text/*/*/*.txt"))) == 3


def test_one_outlet_is_asked_alone_and_no_more_links_than_max(
    tmp_path: Path, morning: Paper, evening: Paper
) -> None:
    morning.feed = [(f"/{n}", None) for n in range(5)]
    (tmp_path / "sources.toml").write_text(morning.toml() + evening.toml())

    fetch(tmp_path, "--outlet", "morning", "--max", "2")

    assert len(articles(morning)) == 2
    assert evening.server.log == []


def test_since_leaves_out_what_is_older_and_keeps_it_for_later(
    tmp_path: Path, morning: Paper
) -> None:
    morning.feed = [("/aged", "old"), ("/fresh", "new"), ("/undated", None)]
    (tmp_path / "sources.toml").write_text(morning.toml())

    fetch(tmp_path, "--all", "--since", "2026-03-01")

    assert sorted(articles(morning)) == ["/fresh", "/undated"]
    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        waiting = catalog.schedule.link(morning.url("/aged"))
        assert waiting is not None
        assert waiting.state == "new"


def test_as_json_every_line_is_an_object(tmp_path: Path, morning: Paper) -> None:
    morning.has_stories = True
    morning.robots, morning.feed = ALL_ALLOWED, [("/a", None)]
    (tmp_path / "sources.toml").write_text(morning.toml())

    done = fetch(tmp_path, "--all", "--json")

    asked, mapped, filed = [json.loads(line) for line in done.stdout.splitlines()]
    assert (asked["source"], asked["outcome"], asked["new"]) == (morning.url("/rss"), "ok", 1)
    assert (mapped["source"], mapped["new"]) == (morning.url("/map"), 0)
    assert (filed["url"], filed["outcome"]) == (morning.url("/a"), "ok")
    assert (tmp_path / "archive" / filed["text"]).exists()


def test_a_source_that_fails_is_said_and_the_others_are_read(
    tmp_path: Path, morning: Paper, evening: Paper
) -> None:
    evening.feed = [("/c", None)]
    morning.server.responder = lambda *_: answer(b"<!doctype html><title>Moved</title>")
    (tmp_path / "sources.toml").write_text(morning.toml() + evening.toml())

    done = fetch(tmp_path, "--all")

    assert f"feed {morning.url('/rss')}: unreadable; it is an HTML page" in done.stderr
    assert articles(evening) == ["/c"]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--outlet", "mornin"], "no outlet 'mornin' in sources.toml; did you mean 'morning'?"),
        (["--dry-run"], "name URLs, or outlets"),
        (["--dry-run", "http://127.0.0.1/"], "go with --outlet or --all"),
        (["--all", "--since", "yesterday"], "%Y-%m-%d"),
        (["--all", "--max", "0"], "x>=1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, morning: Paper, arguments: list[str], words: str
) -> None:
    (tmp_path / "sources.toml").write_text(morning.toml())

    done = fetch(tmp_path, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert morning.server.log == []
