"""Hostile pages and dead workers are outcomes, and the next page is served (promise 19)."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from ledger import eventually
from warm_workers import run_warm, warm_pids, warm_workers

from scraper.discover.announced import Announced, Child
from scraper.discover.pointers import Pointers, pointers_on
from scraper.discover.reading import bounded, links_on
from scraper.extract import Extractor, extract_article
from scraper.extract.frames import extraction_frame, extraction_in, task_frames, task_of
from scraper.model import (
    DecodeStatus,
    Extraction,
    ExtractStatus,
    Link,
    Outlet,
    Page,
    Rule,
    Source,
)

SHORT = "no two sentences that hang together ({} characters)"
STORY = b"""<html><head><title>Crane falls on quay</title></head><body><article>
<h1>Crane falls on quay</h1>
<p>The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.</p>
<p>Nobody was hurt, but eleven containers were crushed and a part of the wall gave way.</p>
<p>Repairs will take three weeks, and a third of the grain has no other way out.</p>
</article></body></html>"""


MANY = b" ".join(b"a%d=1" % number for number in range(200_000))


def page(body: bytes, *, status: int = 200, content_type: str = "text/html") -> Page:
    headers = (("content-type", content_type),)
    return Page(url="https://example.org/a", status=status, headers=headers, body=body)


T = TypeVar("T")


def run(main: Callable[[], Coroutine[None, None, T]]) -> T:
    return asyncio.run(main())


def outcomes(*pages: Page, **limits: float) -> list[Extraction]:
    """Return what a worker makes of pages; where limits are given, a worker that has them."""

    async def main(extractor: Extractor) -> list[Extraction]:
        return [await extractor.extract(one, with_blocks=True) for one in pages]

    async def limited() -> list[Extraction]:
        async with Extractor(1, **limits) as extractor:  # type: ignore[arg-type]  # by name
            return await main(extractor)

    return run(limited) if limits else run_warm(main(warm_workers(1)))


def test_a_worker_reads_as_this_process_does() -> None:
    (found,) = outcomes(page(STORY))

    assert found.status is ExtractStatus.OK
    assert found.article == extract_article(STORY, "https://example.org/a")
    assert found.article is not None
    assert found.article.blocks


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<p " + MANY + b">x</p>", "200,000 attributes"),
        (b'<a x=">" ' + MANY + b">x</a>", "attributes"),
        (b"<div>" * 200_000, "nested"),
        (b"<b><i><font>" * 20_000 + b"text", "nested"),
        (b'<a href="x">link</a> ' * 200_000, "200,000 links"),
        (b"<p>" + b"a " * 6_000_000, "12,000,003 characters"),
        (b"<p>" + b"a" * 50_000_000, "50,000,003 bytes"),
    ],
    ids=["attributes", "hidden attributes", "divs", "fonts", "links", "long", "longer"],
)  # fmt: skip
def test_promise_19_markup_that_hangs_parsers_is_refused_before_it_is_parsed(
    body: bytes, detail: str
) -> None:
    start = time.monotonic()

    refused, served = outcomes(page(body), page(STORY))

    assert refused.status is ExtractStatus.TOO_COMPLEX
    assert detail in refused.detail
    assert served.status is ExtractStatus.OK
    assert time.monotonic() - start < 30


@pytest.mark.slow
def test_promise_19_a_page_that_outlasts_its_deadline_costs_one_worker_and_no_other_page() -> None:
    paragraphs = b"<p>This is a paragraph of words. It is one of very many.</p>" * 90_000

    late, served = outcomes(page(paragraphs), page(STORY), deadline_s=3.0)

    assert late == Extraction(
        status=ExtractStatus.TIMEOUT, detail="the worker was killed after 3 s"
    )
    assert served.status is ExtractStatus.OK


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV"])
def test_promise_19_a_worker_that_dies_is_a_crash_and_the_next_page_is_served(name: str) -> None:
    async def main() -> tuple[Extraction, Extraction, Extraction]:
        async with Extractor(1) as extractor:
            before = await extractor.extract(page(STORY))
            task = asyncio.create_task(extractor.extract(page(STORY), ENDLESS))
            await at_work(worker_of())
            os.kill(worker_of(), signal.Signals[name])
            return before, await task, await extractor.extract(page(STORY))

    before, during, after = run(main)

    assert before.status is ExtractStatus.OK
    assert during == Extraction(
        status=ExtractStatus.CRASH, detail=f"the worker was ended by {name}"
    )
    assert after == before


def test_promise_19_a_worker_that_dies_idle_costs_no_page() -> None:
    async def main() -> tuple[Extraction, Extraction]:
        async with Extractor(1) as extractor:
            before = await extractor.extract(page(STORY))
            os.kill(worker_of(), signal.SIGKILL)  # unseen until it is asked
            return before, await extractor.extract(page(STORY))

    before, after = run(main)

    assert before.status is ExtractStatus.OK
    assert after == before


def test_promise_19_a_worker_that_dies_before_it_has_the_whole_page_costs_no_page() -> None:
    large = page(STORY + b"<!-- " + b"x" * 900_000 + b" -->")  # more than a pipe holds

    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            await extractor.extract(page(STORY))
            worker = worker_of()
            os.kill(worker, signal.SIGSTOP)
            task = asyncio.create_task(extractor.extract(large))
            await asyncio.sleep(0.1)
            os.kill(worker, signal.SIGKILL)
            return await task

    assert run(main).status is ExtractStatus.OK


def test_promise_19_a_worker_that_dies_as_it_starts_costs_no_page() -> None:
    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            task = asyncio.create_task(extractor.extract(page(STORY)))
            assert await asyncio.to_thread(eventually, lambda: bool(children_of(os.getpid())))
            os.kill(worker_of(), signal.SIGKILL)
            return await task

    assert run(main).status is ExtractStatus.OK


def test_promise_19_a_page_is_tried_no_more_than_twice() -> None:
    killed = set()

    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            task = asyncio.create_task(extractor.extract(page(STORY)))
            while not task.done():
                for pid in children_of(os.getpid()):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                await asyncio.sleep(0.01)
            return await task

    found = run(main)

    assert len(killed) == 2
    assert found.status is ExtractStatus.CRASH
    assert found.detail.startswith("no worker could be started: it ended with status -9")


@pytest.mark.slow
def test_promise_19_a_machine_that_does_not_let_a_worker_run_costs_no_page() -> None:
    async def main() -> Extraction:
        async with Extractor(1, deadline_s=5.0) as extractor:
            await extractor.extract(page(STORY))
            worker = worker_of()
            os.kill(worker, signal.SIGSTOP)
            task = asyncio.create_task(extractor.extract(page(STORY)))
            await asyncio.sleep(5.5)  # longer than its deadline, of which it has used nothing
            os.kill(worker, signal.SIGCONT)
            return await task

    assert run(main).status is ExtractStatus.OK


def test_promise_19_a_worker_beyond_its_memory_says_so() -> None:
    many = b"<p>Words in a paragraph, and a few more of them. </p>" * 150_000

    (lost,) = outcomes(page(many), memory_bytes=300_000_000, deadline_s=60)

    assert lost.status is ExtractStatus.CRASH
    assert "memory limit of 300,000,000 bytes" in lost.detail or "SIG" in lost.detail


@pytest.mark.parametrize(
    ("one", "status", "detail"),
    [
        (page(b"gone", status=404), ExtractStatus.SKIPPED, "the server answered with status 404"),
        (page(b"%PDF-1.4"), ExtractStatus.NOT_HTML, "application/pdf"),
        (page(b""), ExtractStatus.EMPTY, "the body is empty"),
        (page(b"\0" * 1000), ExtractStatus.EMPTY, "not a word on the page"),
        (page(b"<body><script>let a</script>"), ExtractStatus.EMPTY, "not a word on the page"),
        (page(b"<p>Log in</p>"), ExtractStatus.NO_ARTICLE, SHORT.format(0)),
        (
            page(b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>word"),
            ExtractStatus.NO_ARTICLE,
            SHORT.format(4),
        ),
    ],
)  # fmt: skip
def test_what_is_no_article_is_named(one: Page, status: ExtractStatus, detail: str) -> None:
    (found,) = outcomes(one)

    assert (found.status, found.detail, found.article) == (status, detail, None)


def test_a_body_that_is_not_whole_is_not_read() -> None:
    cut = Page(url="https://example.org/", status=200, headers=(), body=STORY, complete=False)
    damaged = Page(
        url="https://example.org/",
        status=200,
        headers=(("content-encoding", "gzip"),),
        body=STORY,
        decode_status=DecodeStatus.DAMAGED,
    )

    found = outcomes(cut, damaged)

    assert [one.status for one in found] == [ExtractStatus.PARTIAL] * 2
    assert found[1].detail == "the content coding (gzip) could not be undone: damaged"


def test_an_outlets_rule_reaches_the_worker() -> None:
    rule = Rule(
        valid_from=date(2020, 1, 1), title="h1", body=("article",), strip=("p:nth-of-type(2)",)
    )
    outlet = Outlet(id="port", name="Port", home="https://example.org/", rules=(rule,))

    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            return await extractor.extract(page(STORY), outlet, date(2024, 1, 1))

    found = run(main)

    assert found.article is not None
    assert found.article.body_by == "rule article"
    assert len(found.article.paragraphs) == 2


def test_many_pages_share_few_workers() -> None:
    async def main() -> list[Extraction]:
        async with Extractor(2) as extractor:
            found = await asyncio.gather(*(extractor.extract(page(STORY)) for _ in range(8)))
            assert len(children_of(os.getpid())) <= 2
            return found

    assert {one.status for one in run(main)} == {ExtractStatus.OK}


def test_a_cancelled_page_leaves_no_answer_for_the_next_one() -> None:
    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            task = asyncio.create_task(extractor.extract(page(b"<p>Other words. Many.</p>" * 5000)))
            await asyncio.sleep(0.8)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return await extractor.extract(page(STORY))

    found = run(main)

    assert found.article is not None
    assert found.article.title == "Crane falls on quay"


def test_workers_end_when_their_parents_pipe_closes() -> None:
    code = (
        "import asyncio, sys\n"
        "from scraper.extract import Extractor\n"
        "from scraper.model import Page\n"
        "async def main():\n"
        "    extractor = Extractor(1)\n"
        "    page = Page(url='https://e.org/', status=200, headers=(), body=b'<p>x')\n"
        "    await extractor.extract(page)\n"
        "    print(extractor._idle[0].pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert is_gone(worker, within_s=10)


def test_blocks_stay_with_the_worker_unless_asked_for() -> None:
    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            return await extractor.extract(page(STORY))

    article, whole = run(main).article, extract_article(STORY, "https://example.org/a")

    assert whole is not None
    assert whole.blocks
    assert article == replace(whole, blocks=())


def test_ctrl_c_is_not_for_workers() -> None:
    async def main() -> Extraction:
        async with Extractor(1) as extractor:
            await extractor.extract(page(STORY))
            (pid,) = children_of(os.getpid())
            assert os.getsid(pid) == pid
            os.kill(pid, signal.SIGINT)
            return await extractor.extract(page(STORY))

    assert run(main).status is ExtractStatus.OK


def test_what_travels_arrives_as_it_left() -> None:
    article = extract_article(STORY, "https://example.org/a")
    extraction = Extraction(status=ExtractStatus.OK, article=article)
    rule = Rule(valid_from=date(2020, 1, 1), body=("a", "b"), origin="learned")
    outlet = Outlet(id="x", name="X", home="https://example.org/", language="en", rules=(rule,))

    frames = b"".join(task_frames(page(STORY), outlet, date(2024, 2, 29)))
    length = int.from_bytes(frames[:4], "big")
    task = task_of(frames[4 : 4 + length], frames[8 + length :])

    assert extraction_in(extraction_frame(extraction)[4:]) == extraction
    assert task == (page(STORY), outlet, date(2024, 2, 29))


FEED = Page(
    url="https://example.org/feed",
    status=200,
    headers=(("content-type", "text/xml; charset=windows-1251"),),
    body=(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Пристань</title><ttl>60</ttl>"
        "<item><title>Кран упал</title><link>/a</link><guid isPermaLink='false'>7</guid>"
        "<pubDate>Sun, 01 Mar 2026 10:00:00 +0300</pubDate><description>Утром.</description></item>"
        "<item><link>javascript:alert(1)</link></item></channel></rss>"
    ).encode("cp1251"),
)
INDEX = replace(
    FEED,
    headers=(),
    body=b"<sitemapindex><sitemap><loc>https://example.org/1.xml</loc><lastmod>2026-03-01</lastmod>"
    b"</sitemap><sitemap><loc>https://example.org/2.xml</loc></sitemap></sitemapindex>",
)
FRONT = replace(
    FEED,
    headers=(),
    body=b"<html lang=en><title>Quay | The Ellery</title><link rel=alternate hreflang=fr href=/fr>"
    b"<link rel=alternate type=application/rss+xml href=/f title=News><nav><a href=/world>World</a>"
    b"</nav><img src=a.png><main><h2><a href=/2026/03/crane-falls-on-quay>Crane</a></h2></main>",
)
STYLE = replace(FEED, headers=(), body=b"@import 'b.css'; p { background: url(c.png) }")


@pytest.mark.parametrize(
    ("document", "source"),
    [
        (FEED, Source(type="feed", url=FEED.url)),
        (INDEX, Source(type="sitemap", url=FEED.url)),
        (FRONT, Source(type="section", url=FEED.url)),
        (FRONT, Source(type="section", url=FEED.url, links="h2 a")),
    ],
    ids=["feed", "index", "section", "section with a selector"],
)
def test_security_rule_7_a_worker_reads_sources_as_this_process_does(
    document: Page, source: Source
) -> None:
    async def main() -> Announced:
        async with Extractor(1) as extractor:
            return await extractor.links(document, source)

    found = run(main)

    assert found == links_on(document, source)
    assert found.links or found.children


def test_security_rule_7_a_worker_finds_pointers_and_requisites_as_this_process_does() -> None:
    async def main() -> tuple[Pointers, tuple[str, ...], tuple[str, ...]]:
        async with Extractor(1) as extractor:
            return (
                await extractor.pointers(FRONT),
                await extractor.needs(FRONT),
                await extractor.needs(STYLE, is_style=True),
            )

    pointers, needs, of_style = run(main)

    assert pointers == pointers_on(FRONT.body, FRONT.url)
    assert pointers.feeds
    assert needs == ("https://example.org/a.png",)
    assert of_style == ("https://example.org/b.css", "https://example.org/c.png")


def test_promise_24_a_feed_that_costs_its_worker_is_a_problem_of_its_source_alone() -> None:
    source = Source(type="feed", url=FEED.url)
    many = b"<url><loc>https://example.org/a</loc></url>" * 500_000
    long = replace(FEED, headers=(), body=b"<urlset>" + many + b"</urlset>")

    async def main() -> tuple[Announced, Announced]:
        async with Extractor(1) as extractor:
            await extractor.extract(page(STORY))
            task = asyncio.create_task(extractor.links(long, replace(source, type="sitemap")))
            await at_work(worker_of())
            os.kill(worker_of(), signal.SIGKILL)
            return await task, await extractor.links(FEED, source)

    lost, read = run(main)

    assert lost == Announced(problems=("the worker was ended by SIGKILL",))
    assert read == links_on(FEED, source)


@pytest.mark.slow
def test_a_feed_that_outlasts_its_deadline_is_a_problem_of_its_source() -> None:
    async def main() -> Announced:
        async with Extractor(1, deadline_s=1.0) as extractor:
            await extractor.extract(page(STORY))
            os.kill(worker_of(), signal.SIGSTOP)
            return await extractor.links(FEED, Source(type="feed", url=FEED.url))

    assert run(main).problems == ("the worker was killed after 3 s",)


def test_links_beyond_their_characters_are_left_out_and_said_so() -> None:
    links = tuple(Link(url=f"https://example.org/{number:080}", source="s") for number in range(9))
    announced = Announced(links=links, children=(Child(url="https://example.org/1.xml"),))

    assert bounded(announced, max_chars=900) == announced
    less = bounded(announced, max_chars=450)

    assert less.links == links[:4]
    assert less.children == announced.children
    assert less.problems


ENDLESS = Outlet(
    id="port",
    name="Port",
    home="https://example.org/",
    rules=(Rule(body=("//*" + "[count(//*" * 8 + ")=1]" * 8,)),),
)


def worker_of() -> int:
    (pid,) = children_of(os.getpid())
    return pid


async def at_work(pid: int) -> None:
    """Wait until a worker that was idle has taken a tenth of a second of CPU."""
    enough = cpu_ticks_of(pid) + os.sysconf("SC_CLK_TCK") / 10
    assert await asyncio.to_thread(eventually, lambda: cpu_ticks_of(pid) >= enough)


def cpu_ticks_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])


def children_of(pid: int) -> list[int]:
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [child for child in children if child not in warm_pids()]


def is_gone(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
