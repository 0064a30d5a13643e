"""Rules of security 4, 7 and 9 by what is left behind: files, workers, and how long it took."""

import asyncio
import os
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from fetching import LOCAL, fetch
from foreign_files import by_member, page, warcinfo
from ledger import LedgerServer, Step, answer
from line_runs import capture, settings_for, story_page
from passes import command
from warm_workers import end_warm_workers

from scraper.extract import Extractor
from scraper.model import FetchPolicy, Outcome, Page

# --- rule 4: deadline and caps -------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def test_security_rule_4_what_nobody_has_set_has_a_limit() -> None:
    usual = FetchPolicy()

    assert timedelta(0) < usual.timeout <= timedelta(minutes=1)
    assert 0 < usual.max_bytes <= 16_000_000


@pytest.mark.parametrize(
    ("begin", "again", "outcome"),
    [
        (b"", 0.1, Outcome.TIMEOUT),
        (OK, 0.1, Outcome.TIMEOUT),
        (OK + b"\r\n", b"x" * 9_000, Outcome.TOO_LARGE),
        (b"", b"HTTP/1.1 103 X\r\n\r\n" * 50, Outcome.TOO_LARGE),
        (OK, b"X-Y: z\r\n" * 900, Outcome.BAD_PROTOCOL),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 900, Outcome.TOO_LARGE),
        (OK + b"Content-Length: 10\r\n\r\n", 0.1, Outcome.TIMEOUT),
    ],
    ids=["silence", "half a head", "body", "interim heads", "headers", "chunks", "half a body"],
)
def test_security_rule_4_no_server_has_us_for_longer_than_it_may(
    begin: bytes, again: bytes | float, outcome: Outcome
) -> None:
    def respond(*_: object) -> Iterable[Step]:
        yield begin
        while True:
            yield again

    policy = replace(LOCAL, timeout=timedelta(seconds=2), max_bytes=300_000)
    with LedgerServer(respond) as server:
        began = time.thread_time()
        found = fetch(server.url(), policy)
        used = time.thread_time() - began

    [exchange] = found.exchanges
    assert found.outcome in {outcome, Outcome.TIMEOUT}  # whichever a busy machine comes to first
    assert used < 2 + 1  # of CPU: what a busy machine gives us per second is not the server's doing
    assert len(exchange.response) <= 300_000
    assert exchange.truncated


# --- rule 7: workers -----------------------------------------------------------------------------


def worker_seen() -> tuple[bytes, list[str], str]:
    """Return the environment, open files and limits of this process's one worker."""
    tasks = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    worker = Path(f"/proc/{tasks.read_text().split()[0]}")
    opened = [os.readlink(one) for one in (worker / "fd").iterdir()]  # noqa: PTH115  none is a path
    return (worker / "environ").read_bytes(), opened, (worker / "limits").read_text()


def test_security_rule_7_a_worker_has_no_secret_no_file_and_no_socket_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_COOKIE", "session=canary-4c1e")
    body = story_page()
    read = Page(url="https://paper.example/", status=200, headers=(), body=body)

    end_warm_workers()

    async def looked_at() -> tuple[bytes, list[str], str]:
        async with Extractor(1) as extractor:
            with (tmp_path / "catalog.db").open("wb"), LedgerServer(lambda *_: b""):
                await extractor.extract(read)
                return worker_seen()

    environment, opened, limits = asyncio.run(looked_at())

    assert b"canary" not in environment
    assert {re.sub(r"\d+", "N", one) for one in opened} <= {"pipe:[N]", "socket:[N]", "/dev/null"}
    assert len([one for one in opened if one.startswith("socket:")]) <= 1  # its own tasks
    assert re.search(r"Max address space +1500000000 +1500000000", limits)
    assert re.search(r"Max core file size +0 +0", limits)


# --- rule 9: paths -------------------------------------------------------------------------------

WAYS_OUT = ("../../../etc/passwd", "..%2f..%2fout", "%00", "a\\..\\b", "con", "-rf", "x" * 300)
HOSTS = ("paper.example", "..", "con.example", "a" * 60 + ".example", "xn--a-0ea.example", "[::1]")
NAMES = re.compile(
    r"catalog\.db(-wal|-shm)?|[a-z]+\.lock|reindexed|warc|text|"
    r"warc/[a-z0-9-]{1,64}(/[a-z0-9-]+-\d{14}-\d{5}-[A-Za-z0-9.-]+\.warc\.gz)?|"
    r"text/[a-z0-9-]{1,64}(/\d{4}-\d\d-\d\d(/\d{3,}_[0-9a-f]{16}\.txt)?)?"
)


def names_in(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*")]


def test_security_rule_9_no_word_of_a_page_is_part_of_a_path(tmp_path: Path) -> None:
    root = tmp_path / "somewhere" / "archive"
    titled = {
        f"/{quote(way, safe='%/.')}?{number}": answer(
            story_page(f"{way} {number}"),
            "Content-Type: text/html",
            f'Content-Disposition: attachment; filename="{way}"',
            f"Content-Location: /{quote(way)}",
        )
        for number, way in enumerate(WAYS_OUT)
    }
    before = os.umask(0)  # what is written is its owner's alone whatever the umask
    try:
        with LedgerServer(lambda _, target: titled.get(target, answer(story_page()))) as server:
            filed = capture(settings_for(root), [server.url(target) for target in titled])
    finally:
        os.umask(before)

    assert all(one.text is not None for one in filed)
    assert [one for one in names_in(root) if not NAMES.fullmatch(one)] == []
    assert names_in(tmp_path)[:2] == ["somewhere", "somewhere/archive"]
    assert {path.name for path in tmp_path.iterdir()} == {"somewhere"}
    modes = {path.stat().st_mode & 0o77 for path in [root, *root.rglob("*")]}
    assert modes == {0}


def test_security_rule_9_no_word_of_an_imported_file_is_part_of_a_path(tmp_path: Path) -> None:
    urls = [f"http://{host}/{way}" for host in HOSTS for way in WAYS_OUT[:3]]
    records = [warcinfo(), *(one for url in urls for one in page(url, story_page(url)))]
    file = tmp_path / "..-%2f-name.warc.gz"
    file.write_bytes(by_member([one.data for one in records]))

    done = command("import", str(file), cwd=tmp_path)

    assert "Traceback" not in done.stderr
    root = tmp_path / "archive"
    assert len(list(root.glob("text/*/*/*"))) > 10
    assert [one for one in names_in(root) if not NAMES.fullmatch(one)] == []
    assert {path.name for path in tmp_path.iterdir()} == {"archive", file.name}
