"""What importing costs, beside tools that only read: records and megabytes a second of one core,
and memory from a small file to a large one. Run: `python benchmarks/import.py [--memory]`.

The files are made here, of invented words, and deleted; nothing is fetched.
"""

import argparse
import base64
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

WORDS = [
    "harbour", "pilot", "bridge", "council", "island", "ferry", "winter", "market", "school",
    "river", "engine", "story",
]  # fmt: skip
CHANCE = random.Random(11)


def record(kind: str, url: str, block: bytes, *headers: str) -> bytes:
    name = hashlib.sha256(f"{kind} {url}".encode()).hexdigest()[:32]
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    lines = (
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{name}>",
        "WARC-Date: 2025-03-01T06:00:00Z",
        f"WARC-Target-URI: {url}",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(block)}",
        f"WARC-Block-Digest: sha1:{digest}",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def story(number: int) -> bytes:
    """Return a page of about 60 kB, a third of it an article."""
    sentences = [" ".join(CHANCE.choices(WORDS, k=18)).capitalize() + "." for _ in range(120)]
    article = "".join(f"<p>{' '.join(sentences[at : at + 4])}</p>" for at in range(0, 120, 4))
    links = "".join(
        f'<li class="more-{CHANCE.random()}"><a href="/{CHANCE.random()}">Read on</a></li>'
        for _ in range(450)
    )
    title = f"Story number {number}: {' '.join(CHANCE.choices(WORDS, k=5))}"
    return (
        f"<html lang=en><head><title>{title}</title></head><body><nav><ul>{links}</ul></nav>"
        f"<article><h1>{title}</h1>{article}</article></body></html>"
    ).encode()


def records(stories: int, pictures: int) -> Iterator[bytes]:
    """Yield request and response of stories, each followed by pictures of 400 kB."""
    for number in range(stories):
        url = f"https://paper{number % 20}.example/{number}"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        yield record("request", url, f"GET /{number} HTTP/1.1\r\n\r\n".encode())
        yield record("response", url, head + story(number))
        for other in range(pictures):
            picture = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n"
            yield record("response", f"{url}/{other}.jpg", picture + CHANCE.randbytes(400_000))


def write(path: Path, made: Iterator[bytes], at_most: int | None = None) -> int:
    count = 0
    with path.open("wb") as out:
        for one in made:
            packer = zlib.compressobj(6, zlib.DEFLATED, 31)
            out.write(packer.compress(one) + packer.flush())
            count += 1
            if at_most is not None and out.tell() >= at_most:
                break
    return count


def cpu_of(command: Sequence[str | Path]) -> float:
    """Return the seconds of CPU that a command and its children take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


FASTWARC = """
import sys
from fastwarc.warc import ArchiveIterator
for one in ArchiveIterator(open(sys.argv[1], "rb"), parse_http=True):
    one.reader.read()
"""


def speed(folder: Path, stories: int) -> None:
    path = folder / "news.warc.gz"
    count = write(path, records(stories, 0))
    size = path.stat().st_size
    unpacked = sum(len(one) for one in records(stories, 0))
    here = [sys.executable, "-m"]
    commands: dict[str, list[str | Path]] = {
        "FastWARC, reading alone": [sys.executable, "-c", FASTWARC, path],
        "warcio index": [*here, "warcio.cli", "index", path],
        "our reader (child), digests checked": [
            *here, "scraper.importing.child", path, "0", "1000000000",
        ],
        "scraper import --dry-run": [*here, "scraper.cli.main", "import", "--dry-run", path],
        "scraper import": [
            *here, "scraper.cli.main", "import", path, "--archive", folder / "archive",
        ],
        "scraper import, the same again": [
            *here, "scraper.cli.main", "import", "--again", path, "--archive", folder / "archive",
        ],
    }  # fmt: skip
    idle = cpu_of([*here, "scraper.cli.main", "import", "--help"])
    print(f"{count} records, {size / 1e6:.1f} MB packed, {unpacked / 1e6:.1f} MB unpacked")
    print(f"(starting the command takes {idle:.2f} s of CPU, and is part of each figure)\n")
    print(f"{'':38} {'CPU s':>7} {'records/s':>10} {'MB/s packed':>12} {'unpacked':>9}")
    for name, command in commands.items():
        cpu = cpu_of(command)
        print(
            f"{name:38} {cpu:7.2f} {count / cpu:10.0f} {size / cpu / 1e6:12.2f}"
            f" {unpacked / cpu / 1e6:9.1f}"
        )


def memory(folder: Path, sizes: Sequence[int]) -> None:
    print(f"{'file':>8} {'records':>8} {'articles':>9} {'importer':>9} {'reader':>8} {'worker':>8}")
    for megabytes in sizes:
        path = folder / f"{megabytes}.warc.gz"
        count = write(path, records(10**9, 10), at_most=megabytes * 1_000_000)
        archive = folder / f"archive-{megabytes}"
        command = [
            sys.executable, "-m", "scraper.cli.main", "import", str(path), "--json", "--jobs", "1",
            "--archive", str(archive),
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        peaks = Peaks(process.pid)
        out, _ = process.communicate()
        kept = sum(json.loads(line)["event"] == "kept" for line in out.splitlines())
        main, reader, worker = (
            peaks.of(name) for name in ("cli.main", "importing.child", "extract.child")
        )
        print(
            f"{megabytes:>5} MB {count:>8} {kept:>9} {main:>6.0f} MB {reader:>5.0f} MB"
            f" {worker:>5.0f} MB"
        )
        path.unlink()


class Peaks:
    """The most memory that each process of a tree ever had, asked of the kernel while they run."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peaks = pid, dict[str, float]()
        threading.Thread(target=self._watch, daemon=True).start()

    def of(self, name: str) -> float:
        return max((peak for what, peak in self._peaks.items() if name in what), default=0.0)

    def _watch(self) -> None:
        while Path(f"/proc/{self._pid}").exists():
            for pid in (self._pid, *_children(self._pid)):
                _note(pid, self._peaks.__setitem__)
            time.sleep(0.1)


def _note(pid: int, keep: Callable[[str, float], None]) -> None:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return
    peak = next((line.split()[1] for line in status.splitlines() if "VmHWM" in line), None)
    if peak is not None:
        keep(f"{pid} {words}", int(peak) / 1000)


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=500)
    parser.add_argument("--memory", action="store_true", help="files of 100 MB, 500 MB and 2 GB")
    arguments = parser.parse_args()
    os.environ.setdefault("PYTHONHASHSEED", "0")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            memory(Path(folder), (100, 500, 2_000))
        else:
            speed(Path(folder), arguments.stories)


if __name__ == "__main__":
    main()
