"""A signal ends a command with its documented exit code, and loses nothing that was captured."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from ledger import LedgerServer, Step, answer, eventually
from line_runs import story_page, warcs_in

from scraper.cli.stopping import run
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html"
LOOPBACK = ["--allow-private", "127.0.0.0/8", "--allow-private", "::1/128"]


def story_or_half_of_it(_request: bytes, target: str) -> Iterable[Step]:
    whole = answer(story_page(), HTML)
    if target == "/story":
        yield whole
    else:
        yield whole[:200]
        yield 60.0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_fetch_ends_cleanly_in_the_middle_of_a_response(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with LedgerServer(story_or_half_of_it) as server:
        story = server.url("/story")
        slow = server.url("/slow").replace("127.0.0.1", "localhost")  # hosts take turns
        process = subprocess.Popen(
            [sys.executable, "-m", "scraper.cli.main", "fetch", *LOOPBACK, story, slow],
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"text/")
            assert eventually(lambda: any(b"/slow" in one for one in server.requests))
            process.send_signal(number)
            _, said = process.communicate(timeout=120)

    assert process.returncode == code
    assert b"Traceback" not in said
    assert b"kept" in said
    [file] = warcs_in(tmp_path / "archive")
    assert file.name.endswith(".warc.gz")
    assert_valid(file)
    with Catalog.open(tmp_path / "archive" / "catalog.db") as catalog:
        [row] = catalog.captures()
    assert row.url.endswith("/story")


def test_what_sigterm_did_before_a_run_it_does_afterwards() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert run(asyncio.sleep(0, "done")) == "done"
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
