"""Promises 13, 15, 19 and 20 through the whole line: from socket to record, text and catalog."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, aclosing, closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hostile_inputs import zeros
from ledger import LedgerServer, Responder, Step, answer, eventually
from line_runs import (
    blocks_of,
    capture,
    settings_for,
    story_page,
    warcs_in,
    with_warm_workers,
)
from passes import ALL_ALLOWED, LOCAL, feed_at, outlet_of, pass_over, rss, settings_of, with_robots
from warm_workers import end_warm_workers, run_warm

from scraper.archive.reader import record_at
from scraper.archive.record import StoredRecord
from scraper.crawl import Filed, capture_article, jobs_for
from scraper.line import Line, Settings
from scraper.model import ExtractStatus, Outcome, Source
from scraper.reextract import reextract
from scraper.store.selections import Selection

T = TypeVar("T")

HTML = "Content-Type: text/html"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = answer(story_page(), HTML)


def rows_of(archive: Path, columns: str) -> list[Any]:
    """Return columns of all captures, in the order in which they were kept."""
    with closing(sqlite3.connect(archive / "catalog.db")) as catalog:
        return catalog.execute(f"SELECT {columns} FROM captures ORDER BY id").fetchall()


def record_of(archive: Path, filed: Filed) -> StoredRecord:
    response = filed.recorded[-1].response
    assert response is not None
    return record_at(archive, response.file, response.offset)


# --- promise 13: what never ends -----------------------------------------------------------------

DEADLINE_S = 3.0


def endless(*begin: Step, then: Sequence[Step]) -> Responder:
    def respond(*_: object) -> Iterable[Step]:
        yield from begin
        while True:
            yield from then

    return respond


ENDLESS: dict[str, tuple[Responder, Outcome, str | None]] = {
    "a drip": (endless(OK + b"\r\n", then=[b".", 0.05]), Outcome.TIMEOUT, "time"),
    "half a head": (endless(OK[:30], then=[0.1]), Outcome.TIMEOUT, "time"),
    "a body": (endless(OK + b"\r\n", then=[b"x" * 9_000]), Outcome.TOO_LARGE, "length"),
    "interim heads": (endless(then=[b"HTTP/1.1 103 X\r\n\r\n" * 500]), Outcome.TOO_LARGE, "length"),
}


def test_promise_13_what_never_ends_is_kept_as_far_as_it_came_and_other_hosts_do_not_wait(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                LedgerServer(with_robots(ALL_ALLOWED, respond), address=f"127.0.0.{number}")
            )
            for number, (respond, *_) in enumerate(ENDLESS.values(), 2)
        ]
        bad = [server.url("/story") for server in servers]
        good = LedgerServer(
            with_robots(
                ALL_ALLOWED,
                lambda _, target: {"/bad": rss(*bad), "/good": rss(*urls)}.get(target, PAGE),
            )
        )
        urls = [good.url(f"/{number}") for number in range(4)]
        stack.enter_context(good)
        policy = replace(LOCAL, timeout=timedelta(seconds=DEADLINE_S), max_bytes=400_000)
        outlets = [
            outlet_of(feed_at(good.url(f"/{name}")), name=name, fetch=policy)
            for name in ("bad", "good")
        ]
        _, filed = pass_over(settings_of(tmp_path, *outlets))

    by_url = {one.capture.url: one for one in filed}
    for url, server, (_, outcome, cut) in zip(bad, servers, ENDLESS.values(), strict=True):
        one = by_url[url]
        assert (one.capture.outcome, one.text) == (outcome, None)
        assert one.recorded[-1].exchange.seconds < 2 * DEADLINE_S  # a busy machine wakes us late
        stored = record_of(tmp_path, one)
        assert stored.header("WARC-Truncated") == cut
        assert stored.block
        assert server.responses[-1].startswith(stored.block)
    kept = [by_url[url] for url in urls]
    assert [one.text is None for one in kept] == [False, False, False, False]
    last = max(one.recorded[-1].exchange.started for one in kept)
    assert last < min(by_url[url].recorded[-1].exchange.started for url in bad) + timedelta(
        seconds=DEADLINE_S
    )
    states = {str(url): outcome for url, outcome in rows_of(tmp_path, "url, outcome")}
    assert [states[url] for url in bad] == [outcome.value for _, outcome, _ in ENDLESS.values()]


# --- promise 15: compression bombs ---------------------------------------------------------------

GIGABYTE = zeros(1000)
BOMBS = {
    "gzip": (GIGABYTE, "bomb"),
    "deflate": (zeros(1000, wbits=15), "bomb"),
    "gzip, gzip": (zeros(30), "bomb"),
    "gzip, gzip, gzip": (zeros(30), "unsupported"),
    "br": (b"\x5b" * 809, "unsupported"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(300), "unsupported"),
}


def bomb(codings: str) -> bytes:
    body, _ = BOMBS[codings]
    return answer(body, HTML, f"Content-Encoding: {codings}")


def peak_mb() -> float:
    """Return the most memory that this process has had since it was last told to forget it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def with_growth(work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work comes to, and by how many MB this process grew at most meanwhile."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak_mb()
    return work(), peak_mb() - before


def test_promise_15_bombs_are_stopped_within_bounds_kept_as_they_came_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    served = {f"/{number}": bomb(codings) for number, codings in enumerate(BOMBS)}
    settings = settings_for(tmp_path, workers=1)
    with LedgerServer(lambda _, target: served.get(target, PAGE)) as server:
        capture(settings, [server.url("/before")])  # pays for what is imported late
        seen = [with_growth(partial(capture, settings, [server.url(target)])) for target in served]
        [after] = capture(settings, [server.url("/after")])

    status = dict(rows_of(tmp_path, "url, decode_status"))
    for ([one], grown), (_, outcome), wire in zip(
        seen, BOMBS.values(), served.values(), strict=True
    ):
        assert grown < 100
        assert (one.text, one.extraction.status) == (None, ExtractStatus.PARTIAL)
        assert status[one.capture.url] == outcome
        assert record_of(tmp_path, one).block == wire
    assert after.text is not None


def test_promise_15_a_sitemap_that_is_a_bomb_is_stopped_and_the_next_source_is_asked(
    tmp_path: Path,
) -> None:
    def respond(_request: bytes, target: str) -> bytes:
        if target == "/sitemap.xml.gz":
            return answer(GIGABYTE, "Content-Type: application/gzip")
        return rss(server.url("/good")) if target == "/rss" else PAGE

    with LedgerServer(with_robots(ALL_ALLOWED, respond)) as server:
        bomb_at = Source(type="sitemap", url=server.url("/sitemap.xml.gz"))
        outlet = outlet_of(bomb_at, feed_at(server.url("/rss")))
        settings = settings_of(tmp_path, outlet)
        ((asked, _), filed), grown = with_growth(lambda: pass_over(settings))

    assert grown < 150  # all that a pass imports, too
    assert (asked.links, len(filed)) == ((), 1)
    assert "unpacks to more than 50,000,000 bytes" in asked.result.detail
    assert filed[0].text is not None


# --- promise 19: parsers that hang or crash ------------------------------------------------------

HANGS = {
    "attributes": b"<p " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">x</p>",
    "divs": b"<div>" * 200_000,
    "links": b'<a href="x">link</a> ' * 200_000,
}


def test_promise_19_what_hangs_parsers_costs_its_own_text_alone(tmp_path: Path) -> None:
    pages = {f"/{name}": answer(body, HTML) for name, body in HANGS.items()} | {"/good": PAGE}
    with LedgerServer(lambda _, target: pages[target]) as server:
        filed = capture(settings_for(tmp_path, workers=1), [server.url(path) for path in pages])

    *hung, good = filed
    assert {one.extraction.status for one in hung} == {ExtractStatus.TOO_COMPLEX}
    assert [record_of(tmp_path, one).block for one in filed] == list(pages.values())
    assert good.text is not None


def read_again(settings: Settings) -> list[object]:
    async def run() -> list[object]:
        async with (
            Line(with_warm_workers(settings)) as line,
            aclosing(reextract(line, Selection(), dry_run=False)) as events,
        ):
            return [event async for event in events]

    return run_warm(run())


def cpu_ticks_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11])


def workers_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_promise_19_a_worker_killed_at_a_page_costs_its_text_until_it_is_read_again(
    tmp_path: Path,
) -> None:
    settings = settings_for(tmp_path, workers=1)
    end_warm_workers()  # the one that is killed is to be the only one

    async def run(urls: list[str]) -> list[Filed]:
        async with Line(settings) as line:
            first, killed, after = jobs_for(line, urls)
            filed = [await capture_article(line, first)]
            [worker] = workers_of(os.getpid())
            begun = cpu_ticks_of(worker) + 10
            task = asyncio.create_task(capture_article(line, killed))
            assert await asyncio.to_thread(eventually, lambda: cpu_ticks_of(worker) > begun)
            os.kill(worker, signal.SIGKILL)  # with the page in its hands
            return [*filed, await task, await capture_article(line, after)]

    pages = {f"/{name}": answer(story_page(f"Story {name}"), HTML) for name in "abc"}
    long = "".join(f"<p>Ship {at} came in on Monday. It left again.</p>" for at in range(4_000))
    pages["/b"] = answer(story_page("Story b", long), HTML)
    with LedgerServer(lambda _, target: pages[target]) as server:
        first, killed, after = asyncio.run(run([server.url(path) for path in pages]))

    assert (first.text is None, after.text is None) == (False, False)
    assert killed.extraction.status is ExtractStatus.CRASH
    assert killed.extraction.detail == "the worker was ended by SIGKILL"
    assert killed.text is None
    assert record_of(tmp_path, killed).block == pages["/b"]
    assert len(list(tmp_path.glob("text/*/*/*"))) == 2
    assert read_again(settings)
    assert len(list(tmp_path.glob("text/*/*/*"))) == 3
    assert ("ok",) in rows_of(tmp_path, "extract_status")


@pytest.mark.slow
def test_promise_19_a_page_that_takes_for_ever_costs_ten_seconds_and_its_own_text(
    tmp_path: Path,
) -> None:
    paragraphs = b"<p>This is a paragraph of words. It is one of very many.</p>" * 90_000
    pages = {"/long": answer(paragraphs, HTML), "/good": PAGE}
    settings = settings_for(tmp_path, workers=1)
    began = time.monotonic()
    with LedgerServer(lambda _, target: pages[target]) as server:
        late, good = capture(settings, [server.url(path) for path in pages])
    took = time.monotonic() - began

    assert late.extraction.status is ExtractStatus.TIMEOUT
    assert late.extraction.detail == "the worker was killed after 10 s"
    assert took < 60  # a busy machine starts its workers slowly
    assert good.text is not None
    assert set(blocks_of(warcs_in(tmp_path), "response")) == set(pages.values())


# --- promise 20: text of any charset -------------------------------------------------------------

FERRY = "The ferry to Oldhaven was cancelled on Monday after its crew found a crack in the hull."
EUROPEAN = f"{FERRY} Le café du port naïf était fermé à midi."
TONGUES = {  # in scripts whose letters look like others
    "ru": "Суда направили в другой порт, потому что причал закрыли до конца недели.",
    "ja": "港は月曜日に閉鎖されたため、船は別の港に向かったと当局が発表した。",
    "ko": "항구는 월요일에 폐쇄되었고 배는 다른 항구로 향했다고 당국이 밝혔다.",
    "zh": "港口于星期一关闭，船只被引导到另一个港口，当局在声明中表示。",  # noqa: RUF001
    "tw": "港口於星期一關閉，船隻被引導到另一個港口，當局在聲明中表示。",  # noqa: RUF001
    "tr": "Liman bugün kapatıldı ve gemiler başka bir limana yönlendirildi, dedi şehir.",  # noqa: RUF001
    "ar": "أغلق الميناء يوم الاثنين وتم توجيه السفن إلى ميناء آخر حسب السلطات.",
    "el": "Το λιμάνι έκλεισε τη Δευτέρα και τα πλοία κατευθύνθηκαν σε άλλο λιμάνι.",  # noqa: RUF001
    "he": "הנמל נסגר ביום שני והספינות הופנו לנמל אחר, אמרו הרשויות בעיר.",
    "th": "ท่าเรือถูกปิดในวันจันทร์และเรือถูกส่งไปยังท่าเรืออื่นตามที่เจ้าหน้าที่กล่าว",
    "pl": "Port zamknięto w poniedziałek, a statki skierowano do innego portu, ogłoszono.",
    "fr": EUROPEAN,
}
# name: (language, codec of the bytes, charset that HTTP names, charset that a meta names, found)
CHARSETS: dict[str, tuple[str, str, str, str, str]] = {
    "utf-8": ("ru", "utf-8", "utf-8", "", "utf-8"),
    "utf-8 unsaid": ("ru", "utf-8", "", "", "utf-8"),
    "utf-8 by meta": ("ja", "utf-8", "", "utf-8", "utf-8"),
    "utf-8 with a mark": ("ru", "utf-8-sig", "", "", "utf-8"),
    "utf-8 with a mark, called otherwise": ("ru", "utf-8-sig", "koi8-r", "", "utf-8"),
    "utf-8 called latin-1": ("ru", "utf-8", "iso-8859-1", "", "utf-8"),
    "utf-8 called windows-1251": ("ru", "utf-8", "windows-1251", "", "utf-8"),
    "utf-8 called gb2312": ("zh", "utf-8", "gb2312", "", "utf-8"),
    "utf-8 called bogus": ("zh", "utf-8", "bogus", "", "utf-8"),
    "utf-8 called utf-7": ("fr", "utf-8", "utf-7", "", "utf-8"),
    "utf-8 called unicode_escape": ("fr", "utf-8", "", "unicode_escape", "utf-8"),
    "utf-8 called punycode": ("fr", "utf-8", "punycode", "", "utf-8"),
    "utf-16le with a mark": ("ru", "utf-16", "", "", "utf-16le"),
    "utf-16le without": ("fr", "utf-16-le", "", "", "utf-16le"),
    "utf-16be without": ("fr", "utf-16-be", "", "", "utf-16be"),
    "windows-1251": ("ru", "cp1251", "windows-1251", "", "windows-1251"),
    "windows-1251 by meta": ("ru", "cp1251", "", "windows-1251", "windows-1251"),
    "koi8-r": ("ru", "koi8-r", "koi8-r", "", "koi8-r"),
    "iso-8859-5": ("ru", "iso-8859-5", "ISO-8859-5", "", "iso-8859-5"),
    "shift_jis": ("ja", "cp932", "Shift_JIS", "", "shift_jis"),
    "euc-jp by meta": ("ja", "euc-jp", "", "euc-jp", "euc-jp"),
    "iso-2022-jp": ("ja", "iso2022-jp", "iso-2022-jp", "", "iso-2022-jp"),
    "euc-kr": ("ko", "euc-kr", "euc-kr", "", "euc-kr"),
    "gbk": ("zh", "gbk", "gb2312", "", "gbk"),
    "gb18030": ("zh", "gb18030", "", "gb18030", "gb18030"),
    "big5": ("tw", "big5", "big5", "", "big5"),
    "windows-1254": ("tr", "cp1254", "iso-8859-9", "", "windows-1254"),
    "windows-1256": ("ar", "cp1256", "windows-1256", "", "windows-1256"),
    "windows-1253": ("el", "cp1253", "", "windows-1253", "windows-1253"),
    "windows-1255": ("he", "cp1255", "windows-1255", "", "windows-1255"),
    "windows-874": ("th", "cp874", "tis-620", "", "windows-874"),
    "iso-8859-2": ("pl", "iso-8859-2", "iso-8859-2", "", "iso-8859-2"),
    "latin-1": ("fr", "latin-1", "iso-8859-1", "", "windows-1252"),
    "latin-1 called utf-8": ("fr", "latin-1", "utf-8", "", "windows-1252"),
    "latin-1 unsaid": ("fr", "latin-1", "", "", "windows-1252"),
}
BROKEN = {  # a story with what no text may hold
    "NULs": FERRY.replace(" ", " \0", 5).encode(),
    "lone surrogates": FERRY.encode() + b"\xed\xa0\x80\xed\xb0\x80",
    "references to them": FERRY.encode() + b"&#xd800;&#0;&#x110000;",
    "overrides of direction": f"{FERRY}\u202e\u2066\u200b\u2028\ufeff".encode(),
    "controls": FERRY.encode() + b"\x1b[2J\x07\x9b\x85",
    "broken UTF-8": FERRY.encode() + b"\xff\xfe\xc0\x80\xf5",
}
FORBIDDEN = "\0\x1b\x07\x9b\x85\u202e\u2066\u200b\u2028\ufeff"


def told(sentence: bytes, meta: str, codec: str, name: str = "") -> bytes:
    """Return a page whose story has a sentence that is encoded already; `name` makes it unlike
    others, since what comes twice is kept once."""
    head = f'<meta charset="{meta}">' if meta else ""
    page = story_page().decode().replace("<meta charset=utf-8>", head)
    begin, end = page.split("</article>")
    mark, wide = (b"\xef\xbb\xbf", "utf-8") if codec == "utf-8-sig" else (b"", codec)
    if codec.startswith("utf-16"):
        wide = codec if codec.endswith("e") else "utf-16-le"
        mark = b"" if codec.endswith("e") else b"\xff\xfe"
    return (
        mark
        + f"{begin}<p>".encode(wide)
        + sentence
        + f"</p></article><!--{name}-->{end}".encode(wide)
    )


def charset_page(name: str) -> bytes:
    language, codec, http, meta, _ = CHARSETS[name]
    wide = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(codec, codec)
    body = told(TONGUES[language].encode(wide), meta, codec, name)
    return answer(body, f"Content-Type: text/html{f'; charset={http}' if http else ''}")


def test_promise_20_pages_of_any_charset_are_texts_in_utf8_and_the_bytes_stay_as_they_were(
    tmp_path: Path,
) -> None:
    names = list(CHARSETS)
    pages = {f"/{number}": charset_page(name) for number, name in enumerate(names)}
    with LedgerServer(lambda _, target: pages[target]) as server:
        filed = capture(settings_for(tmp_path), [server.url(path) for path in pages])

    found = {url: rest for url, *rest in rows_of(tmp_path, "url, charset, charset_source")}
    assert len(names) >= 30
    for name, one, page in zip(names, filed, pages.values(), strict=True):
        language, *_, charset = CHARSETS[name]
        assert one.text is not None, name
        text = (tmp_path / one.text.file).read_bytes().decode("utf-8")
        assert TONGUES[language] in text, name
        assert found[one.capture.url][0] == charset, name
        assert found[one.capture.url][1], name
        assert record_of(tmp_path, one).block == page


def test_promise_20_what_no_text_may_hold_is_in_the_record_and_nowhere_else(tmp_path: Path) -> None:
    pages = {
        f"/{number}": answer(told(sentence, "utf-8", "utf-8").replace(b"Ferry", b"F\0erry"), HTML)
        for number, sentence in enumerate(BROKEN.values())
    }
    with LedgerServer(lambda _, target: pages[target]) as server:
        filed = capture(settings_for(tmp_path), [server.url(path) for path in pages])

    for name, one, page in zip(BROKEN, filed, pages.values(), strict=True):
        assert one.text is not None, name
        text = (tmp_path / one.text.file).read_bytes().decode("utf-8")
        assert not set(text) & set(FORBIDDEN), name
        assert "found a crack in the hull." in text
        assert record_of(tmp_path, one).block == page
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as catalog:
        rows = catalog.execute("SELECT title, description, authors FROM articles").fetchall()
    cells = "".join(str(cell) for row in rows for cell in row)
    cells.encode("utf-8")
    assert not set(cells) & set(FORBIDDEN)
