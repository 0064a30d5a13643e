"""An outlet's past: which lists are read, what is captured, and that a killed run loses nothing."""

import gzip
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from line_runs import blocks_of, settings_for, story_page, warcs_in, with_warm_workers
from passes import command
from warm_workers import run_warm

from scraper.backfill.listings import READ_BEFORE, Listing
from scraper.backfill.run import AT_ONCE, Halted, Queue, backfill
from scraper.backfill.window import ALWAYS, Window, span_of, spans_of
from scraper.config import load_sources
from scraper.crawl import Filed
from scraper.discover.announced import Child
from scraper.disk import held
from scraper.errors import LockedError
from scraper.line import Line
from scraper.model import Link
from scraper.store.catalog import Catalog

pytestmark = pytest.mark.slow

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(SINCE)
FEW = {"2026-01": 4, "2026-02": 3, "2026-03": 3}  # articles of each month
FORTY = {"2026-01": 14, "2026-02": 13, "2026-03": 13}


@dataclass
class Outlet:
    """A loopback server that answers with what `pages` holds, and notes what it was asked for."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    kill_at: int | None = None  # requests for articles after which `reached` is set
    kill_on: str | None = None  # or the path that sets it, and is not answered that time
    base: str = ""

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, named, body.encode() if isinstance(body, str) else body)

    def articles(self) -> list[str]:
        return [path for path in self.asked if path.startswith("/20")]


@contextmanager
def serving() -> Iterator[Outlet]:
    outlet = Outlet()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            outlet.asked.append(self.path)
            if outlet.kill_at is not None and len(outlet.articles()) >= outlet.kill_at:
                outlet.reached.set()
            if self.path == outlet.kill_on and not outlet.reached.is_set():
                outlet.reached.set()
                self.close_connection = True
                return
            status, headers, body = outlet.pages.get(self.path, (404, {}, b"not here"))
            if "ETag" in headers and self.headers["If-None-Match"] == headers["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as inherited
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    outlet.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield outlet
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with serving() as running:
        fill(running, FEW)
        yield running


@pytest.fixture
def large_outlet() -> Iterator[Outlet]:
    with serving() as running:
        fill(running, FORTY)
        yield running


def fill(outlet: Outlet, months: Mapping[str, int]) -> None:
    """Publish articles of three months in three sitemaps, one gzipped, and an old sitemap."""
    index = []
    for month, count in months.items():
        paths = [f"/{month.replace('-', '/')}/{day:02}/story" for day in range(1, count + 1)]
        for path in paths:
            outlet.put(path, page_of(path), Content_Type="text/html; charset=utf-8")
        name = f"/sitemap-{month}.xml" + (".gz" if month == "2026-02" else "")
        body = sitemap(f"{outlet.base}{path}" for path in paths).encode()
        outlet.put(name, gzip.compress(body) if name.endswith(".gz") else body, ETag=f'"{month}"')
        index.append((name, f"{month}-28T12:00:00Z"))
    outlet.put("/sitemap-2025-11.xml", sitemap([f"{outlet.base}/2025/11/01/story"]))
    index.append(("/sitemap-2025-11.xml", "2025-11-30T12:00:00Z"))
    children = "".join(
        f"<sitemap><loc>{outlet.base}{name}</loc><lastmod>{when}</lastmod></sitemap>"
        for name, when in index
    )
    outlet.put("/sitemap.xml", f"<sitemapindex>{children}</sitemapindex>")
    outlet.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {outlet.base}/sitemap.xml\n")


def page_of(path: str) -> bytes:
    return story_page(f"Ferry report of {path.strip('/').replace('/', ' ')}")


def sitemap(urls: Any) -> str:
    return f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>"


def sources_at(folder: Path, outlet: Outlet, sources: str = "") -> Path:
    file = folder / "sources.toml"
    file.write_text(
        f'[[outlet]]\nid = "ferry"\nname = "Ferry"\nhome = "{outlet.base}/"\n{sources}\n'
        '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
    )
    return file


def source(outlet: Outlet, kind: str, path: str) -> str:
    return f'[[outlet.source]]\ntype = "{kind}"\nurl = "{outlet.base}{path}"\n'


Result = Listing | Queue | Filed | Halted


def run(
    folder: Path,
    outlet: Outlet,
    window: Window = WINDOW,
    *,
    sources: str = "",
    most: int | None = None,
) -> list[Result]:
    """Backfill in this process; return all that it yielded."""
    file = sources_at(folder, outlet, sources)
    settings = replace(settings_for(folder / "archive"), sources=load_sources(file))

    async def work() -> list[Result]:
        async with (
            Line(with_warm_workers(settings)) as line,
            aclosing(backfill(line, line.outlets()[0], window, most=most)) as results,
        ):
            return [result async for result in results]

    return run_warm(work())


def captured(folder: Path) -> list[str]:
    with Catalog.open(folder / "archive" / "catalog.db", create=False) as catalog:
        return sorted(row.url for row in catalog.captures() if row.outcome == "ok")


def outcomes(results: list[Result]) -> dict[str, str]:
    return {
        result.url.rpartition("/")[2]: result.outcome
        for result in results
        if isinstance(result, Listing)
    }


def all_articles(outlet: Outlet) -> list[str]:
    return sorted(f"{outlet.base}{path}" for path in outlet.pages if path.startswith("/2026/"))


def test_a_run_killed_half_way_and_resumed_captures_everything_exactly_once(
    tmp_path: Path, large_outlet: Outlet
) -> None:
    outlet = large_outlet
    file, archive = sources_at(tmp_path, outlet), tmp_path / "archive"
    words = (
        "backfill",
        "ferry",
        "--since",
        "2026-01-01",
        "--sources",
        file,
        "--archive",
        archive,
    )
    outlet.kill_at = 18
    killed_when_reached(outlet, words, tmp_path)
    before, lists = len(captured(tmp_path)), Counter(outlet.asked)

    second = command(*words, cwd=tmp_path)

    assert second.returncode == 0, second.stderr
    assert 0 < before < 40, "the kill came too early or too late to show anything"
    assert captured(tmp_path) == all_articles(outlet)
    asked = Counter(outlet.articles())
    assert len(asked) == 40
    assert sum(asked.values()) <= 40 + AT_ONCE, "only what was under way is asked for again"
    assert len(list((archive / "text").rglob("*.txt"))) == 40
    for name in ("/sitemap-2026-01.xml", "/sitemap-2026-02.xml.gz", "/sitemap-2026-03.xml"):
        assert lists[name] == Counter(outlet.asked)[name] == 1, (
            f"{name} was read once, by the first"
        )
    assert "/sitemap-2025-11.xml" not in outlet.asked


def killed_when_reached(outlet: Outlet, words: Sequence[str | Path], folder: Path) -> None:
    """Run a command and kill it, without a word, when it has come so far."""
    running = subprocess.Popen(
        [sys.executable, "-m", "scraper.cli.main", *map(str, words)],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert outlet.reached.wait(timeout=60)
    running.send_signal(signal.SIGKILL)
    running.wait(timeout=10)


def test_a_run_killed_while_it_reads_the_lists_goes_on_with_the_next_list(
    tmp_path: Path, outlet: Outlet
) -> None:
    file, archive = sources_at(tmp_path, outlet), tmp_path / "archive"
    words = (
        "backfill",
        "ferry",
        "--since",
        "2026-01-01",
        "--sources",
        file,
        "--archive",
        archive,
    )
    outlet.kill_on = "/sitemap-2026-01.xml"  # the last of three: the newest are read first
    killed_when_reached(outlet, words, tmp_path)
    assert outlet.articles() == []

    second = command(*words, cwd=tmp_path)

    assert second.returncode == 0, second.stderr
    assert captured(tmp_path) == all_articles(outlet)
    asked = Counter(outlet.asked)
    assert asked["/sitemap-2026-03.xml"] == asked["/sitemap-2026-02.xml.gz"] == 1
    assert max(Counter(outlet.articles()).values()) == 1


def test_a_third_run_has_nothing_left_to_do(tmp_path: Path, outlet: Outlet) -> None:
    run(tmp_path, outlet)
    outlet.asked.clear()

    results = run(tmp_path, outlet)

    assert outlet.asked == ["/sitemap.xml"], "robots.txt is good for a day"
    assert Queue(0, 0) in results
    assert outcomes(results)["sitemap-2026-02.xml.gz"] == READ_BEFORE


def test_a_sitemap_that_changed_is_read_again_and_only_what_is_new_is_captured(
    tmp_path: Path, outlet: Outlet
) -> None:
    run(tmp_path, outlet)
    outlet.put("/2026/03/20/late", page_of("/2026/03/20/late"))
    urls = [*all_articles(outlet)[-4:]]
    outlet.put("/sitemap-2026-03.xml", sitemap(urls), ETag='"new"')
    status, headers, body = outlet.pages["/sitemap.xml"]
    # lastmod after the first run, whenever this test runs
    later = body.replace(b"2026-03-28T12:00:00Z", b"2990-03-28T12:00:00Z")
    outlet.pages["/sitemap.xml"] = (status, headers, later)
    outlet.asked.clear()

    run(tmp_path, outlet)

    assert outlet.asked == ["/sitemap.xml", "/sitemap-2026-03.xml", "/2026/03/20/late"]


def test_without_lastmod_an_unchanged_sitemap_answers_304_and_is_not_read_again(
    tmp_path: Path, outlet: Outlet
) -> None:
    status, headers, body = outlet.pages["/sitemap.xml"]
    bare = b"".join(part.partition(b"</lastmod>")[2] or part for part in body.split(b"<lastmod>"))
    outlet.pages["/sitemap.xml"] = (status, headers, bare)
    run(tmp_path, outlet)
    outlet.asked.clear()

    results = run(tmp_path, outlet)

    assert outcomes(results)["sitemap-2026-01.xml"] == "not-modified"
    assert outlet.articles() == []


def test_other_days_read_the_same_sitemaps_again(tmp_path: Path, outlet: Outlet) -> None:
    run(tmp_path, outlet, Window(datetime(2026, 3, 1, tzinfo=UTC)))
    march = captured(tmp_path)

    results = run(tmp_path, outlet)

    assert len(march) == 3
    assert outcomes(results)["sitemap-2026-03.xml"] == "ok"
    assert captured(tmp_path) == all_articles(outlet)


def test_the_newest_come_first_and_max_leaves_the_rest_for_the_next_run(
    tmp_path: Path, outlet: Outlet
) -> None:
    results = run(tmp_path, outlet, most=3)

    assert Queue(3, 7) in results
    assert [url[-16:] for url in captured(tmp_path)] == [
        f"2026/03/{day}/story" for day in ("01", "02", "03")
    ]
    assert Queue(7, 0) in run(tmp_path, outlet)
    assert captured(tmp_path) == all_articles(outlet)


def test_until_leaves_out_what_is_newer(tmp_path: Path, outlet: Outlet) -> None:
    run(tmp_path, outlet, Window(SINCE, datetime(2026, 1, 3, tzinfo=UTC)))

    assert [url[-8:-6] for url in captured(tmp_path)] == [f"{day:02}" for day in (1, 2)]


def test_links_are_announced_by_the_sitemap_that_names_them(tmp_path: Path, outlet: Outlet) -> None:
    run(tmp_path, outlet, most=1)

    with Catalog.open(tmp_path / "archive" / "catalog.db", create=False) as catalog:
        row = catalog.schedule.source("ferry", f"{outlet.base}/sitemap-2026-02.xml.gz")
    assert row is not None
    assert (row.new, row.active) == (3, False)


def test_what_robots_txt_disallows_is_not_asked_for(tmp_path: Path, outlet: Outlet) -> None:
    rules = f"User-agent: *\nDisallow: /2026/02/\nSitemap: {outlet.base}/sitemap.xml\n"
    outlet.put("/robots.txt", rules)

    results = run(tmp_path, outlet)

    assert len(outlet.articles()) == 7
    assert not [path for path in outlet.articles() if path.startswith("/2026/02/")]
    disallowed = [one for one in results if isinstance(one, Filed) and not one.is_done]
    assert {one.capture.outcome for one in disallowed} == {"disallowed"}


def test_older_pages_of_a_feed_are_read_while_they_are_of_the_wanted_days(
    tmp_path: Path, outlet: Outlet
) -> None:
    outlet.put("/robots.txt", "User-agent: *\nAllow: /\n")
    for page, month in enumerate(("2026-03", "2026-02", "2025-12", "2025-11"), 1):
        path = f"/{month.replace('-', '/')}/05/story"
        outlet.put(path, page_of(path))
        outlet.put(f"/feed?page={page}", atom(outlet.base, path, month, page))

    results = run(tmp_path, outlet, sources=source(outlet, "feed", "/feed?page=1"))

    lists = [one.url[-7:] for one in results if isinstance(one, Listing)]
    assert lists == ["?page=1"[-7:], "?page=2"[-7:], "?page=3"[-7:]], (
        "the third is too old: the last"
    )
    assert outlet.articles() == ["/2026/03/05/story", "/2026/02/05/story"]


def atom(base: str, path: str, month: str, page: int) -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        f'<link rel="next" href="{base}/feed?page={page + 1}"/>'
        f"<entry><title>Ferry</title><link href='{base}{path}'/><id>{path}</id>"
        f"<published>{month}-05T10:00:00Z</published></entry></feed>"
    )


def test_a_feed_whose_next_pages_repeat_themselves_ends(tmp_path: Path, outlet: Outlet) -> None:
    outlet.put("/robots.txt", "User-agent: *\nAllow: /\n")
    for page in range(1, 10):
        outlet.put(f"/feed?page={page}", atom(outlet.base, "/2026/03/05/story", "2026-03", page))

    run(tmp_path, outlet, sources=source(outlet, "feed", "/feed?page=1"))

    assert [path for path in outlet.asked if "feed" in path] == ["/feed?page=1", "/feed?page=2"]


def test_a_host_that_asks_for_a_long_pause_ends_the_run_and_nothing_is_lost(
    tmp_path: Path, outlet: Outlet
) -> None:
    outlet.put("/2026/02/02/story", "busy", status=503, Retry_After="7200")

    results = run(tmp_path, outlet)

    (halted,) = (one for one in results if isinstance(one, Halted))
    done = sum(isinstance(one, Filed) and one.is_done for one in results)
    assert halted.host == "127.0.0.1"
    waiting = sum(isinstance(one, Filed) and one.capture.outcome == "paused" for one in results)
    assert (done, waiting, halted.links) == (4, 3, 2)
    with Catalog.open(tmp_path / "archive" / "catalog.db", create=False) as catalog:
        assert len(catalog.schedule.links(outlet="ferry")) == 10


def test_a_second_run_on_the_same_outlet_is_refused(tmp_path: Path, outlet: Outlet) -> None:
    lock = tmp_path / "archive" / "backfill-ferry.lock"
    with held(lock), pytest.raises(LockedError, match="held by process"):
        run(tmp_path, outlet)

    assert outlet.articles() == []


def test_a_sitemap_that_fails_is_said_and_the_others_are_read(
    tmp_path: Path, outlet: Outlet
) -> None:
    outlet.put("/sitemap-2026-02.xml.gz", "gone", status=404)
    file = sources_at(tmp_path, outlet)

    done = command("backfill", "ferry", "--since", "2026-01-01", "--sources", file, cwd=tmp_path)

    assert done.returncode == 1
    assert f"{outlet.base}/sitemap-2026-02.xml.gz: http-error" in done.stderr
    assert len(captured(tmp_path)) == 7


def test_a_dry_run_says_what_it_would_fetch_and_writes_nothing(
    tmp_path: Path, outlet: Outlet
) -> None:
    file = sources_at(tmp_path, outlet)

    done = command(
        "backfill", "ferry", "--since", "2026-03-01", "--max", "2", "--dry-run", "--sources", file,
        cwd=tmp_path,
    )  # fmt: skip

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert len([line for line in lines if line.startswith("ferry: would fetch ")]) == 2
    assert len([line for line in lines if "more links than --max allows" in line]) == 1
    assert outlet.articles() == []
    assert not (tmp_path / "archive").exists()


def test_the_lists_are_in_the_archive_byte_for_byte(tmp_path: Path, outlet: Outlet) -> None:
    run(tmp_path, outlet, most=1)

    responses = blocks_of(warcs_in(tmp_path / "archive"), "response")
    for path in ("/sitemap.xml", "/sitemap-2026-02.xml.gz", "/robots.txt"):
        assert sum(block.endswith(outlet.pages[path][2]) for block in responses) == 1


def test_an_outlet_that_is_in_no_sources_toml_is_refused_with_the_nearest(
    tmp_path: Path, outlet: Outlet
) -> None:
    file = sources_at(tmp_path, outlet)

    done = command("backfill", "fery", "--since", "2026-01-01", "--sources", file, cwd=tmp_path)

    assert done.returncode == 2
    assert "ferry" in done.stderr


def of(url: str, **said: datetime) -> Link:
    return Link(url=f"http://paper.example/{url}", source="http://paper.example/s.xml", **said)  # type: ignore[arg-type]  # dates by name


DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "is_in"),
    [
        (of("a", published=DAY), True),
        (of("a", published=datetime(2026, 2, 28, 23, tzinfo=UTC)), False),
        (of("2026/03/01/a"), True),
        (of("2026/02/28/a"), False),
        (of("news-20260228-a"), False),
        (of("2026/02/31/a"), True),  # no such day: undated
        (of("a-2026022812345"), True),  # a number that begins like a date
        (of("a", updated=datetime(2026, 2, 1, tzinfo=UTC)), False),
        (of("a", updated=datetime(2026, 5, 1, tzinfo=UTC)), True),  # changed then, published when?
        (of("2026/02/28/a", updated=datetime(2026, 5, 1, tzinfo=UTC)), False),
        (of("2026/02/28/a", published=DAY), True),
        (of("a"), True),
    ],
)
def test_the_day_of_a_link_is_what_its_source_or_else_its_url_says(link: Link, is_in: bool) -> None:
    window = Window(DAY, datetime(2026, 4, 1, tzinfo=UTC))

    assert window.meets(span_of(link)) is is_in


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("2025-12.xml", "2026-01.xml", "2026-04.xml"), ("2026-01.xml", "2026-04.xml")),
        (("s?yyyy=2025&mm=11", "s?yyyy=2026&mm=04"), ("s?yyyy=2026&mm=04",)),
        (("2025.xml", "2026.xml"), ("2026.xml",)),
        (("1999.xml", "2000.xml", "2101.xml"), ("1999.xml", "2000.xml", "2101.xml")),  # numbered
        (("2019/s-1.xml", "2019/s-2.xml"), ("2019/s-1.xml", "2019/s-2.xml")),  # of all of them
        (("2025-1.xml", "2025-2.xml", "2026-1.xml"), ("2026-1.xml",)),  # pages of a year
    ],
)
def test_sitemaps_are_chosen_by_the_month_or_year_in_their_urls(
    names: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    children = [Child(url=f"http://paper.example:2026/{name}") for name in names]
    spans = spans_of(children)

    window = Window(datetime(2026, 1, 15, tzinfo=UTC))
    assert (
        tuple(url.rpartition(":2026/")[2] for url, span in spans.items() if window.meets(span))
        == chosen
    )


def test_a_sitemap_that_was_last_changed_before_the_wanted_days_is_left_out() -> None:
    old = Child(url="http://paper.example/a.xml", updated=datetime(2025, 12, 30, tzinfo=UTC))
    last_day = Child(
        url="http://paper.example/b.xml", updated=datetime(2025, 12, 31, 23, tzinfo=UTC)
    )
    new = Child(url="http://paper.example/c.xml", updated=SINCE)
    bare = Child(url="http://paper.example/d.xml")

    spans = spans_of([old, last_day, new, bare])

    assert [WINDOW.meets(span) for span in spans.values()] == [False, False, True, True]
    assert spans[bare.url] == ALWAYS
