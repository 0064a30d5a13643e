"""What checking a WARC file costs: seconds of CPU and peak of memory, ours beside two others.

    python benchmarks/verify.py --captures 10000 --captures 30000    # three records each

Files are made of small pages, a third of them chunked: what is measured is the cost of a record.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scraper.archive.writer import WarcWriter
from scraper.model import Exchange

START = datetime(2026, 3, 1, tzinfo=UTC)
AT_ONCE = 500  # exchanges in one call of the writer, which syncs once a call
FASTWARC = """
import sys
from fastwarc.warc import ArchiveIterator
with open(sys.argv[1], "rb") as file:
    for record in ArchiveIterator(file, parse_http=False):
        assert record.verify_block_digest(consume=True), record.record_id
"""


def exchange(number: int) -> Exchange:
    """Return a page of some hundred bytes."""
    body = b"<html><body><p>Report %d of the harbour master.</p></body></html>" % number
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    if number % 3:
        wire = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
    else:
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        wire = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    return Exchange(
        url=f"https://paper.example/{number}", method="GET", status=200, peer="192.0.2.7",
        request=b"GET /%d HTTP/1.1\r\nHost: paper.example\r\n\r\n" % number, response=wire,
        started=START + timedelta(seconds=number), seconds=0.1,
    )  # fmt: skip


def made(folder: Path, captures: int) -> Path:
    """Write a file of some captures and return it."""
    with WarcWriter(folder, "paper", now=START, software="benchmark") as writer:
        for start in range(0, captures, AT_ONCE):
            some = range(start, min(start + AT_ONCE, captures))
            writer.write_exchanges([exchange(number) for number in some])
    [path] = folder.glob("warc/*/*.warc.gz")
    return path


def cost(*command: str | Path) -> dict[str, float | int]:
    """Run a program; return its CPU time, peak of memory and exit code."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": usage.ru_maxrss // 1024,
        "exit_code": os.waitstatus_to_exitcode(status),
    }


def main() -> None:
    """Print a line of JSON for each file and program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, action="append", help="how many; may be repeated")
    for captures in parser.parse_args().captures or [10_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = made(Path(folder), captures)
            facts = {"records": 3 * captures + 1, "mb": round(path.stat().st_size / 1e6, 1)}
            for name, command in (
                ("scraper verify", (sys.executable, "-m", "scraper.cli.main", "verify", path)),
                ("warcio check", (sys.executable, "-m", "warcio.cli", "check", path)),
                ("FastWARC block digests", (sys.executable, "-c", FASTWARC, path)),
            ):
                print(json.dumps({"tool": name, **facts, **cost(*command)}), flush=True)


if __name__ == "__main__":
    main()
