"""The replay by pywb: its own program, in its own environment, with our index and our WARC files.

It is GPL-3 and started as a process, never imported. It listens on loopback and records nothing.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from scraper.archive.cdxj import timestamp
from scraper.errors import ConfigError
from scraper.replay.server import LOOPBACK
from scraper.store.rows import ExchangeRow

COLLECTION = "archive"
_READY_S = 60.0


@dataclass(frozen=True, slots=True)
class PywbLinks:
    """Links to pywb at its port."""

    port: int

    def link(self, _article_id: int, exchange: ExchangeRow) -> str | None:
        """Return where a capture is replayed; a 304 has no page of its own."""
        if exchange.status in {None, 304}:
            return None
        place = f"{timestamp(exchange.started)}/{exchange.url}"
        return f"http://{LOOPBACK}:{self.port}/{COLLECTION}/{place}"


def program(place: Path | None) -> Path:
    """Return pywb's program: on the PATH, or at a place: the program itself, or a venv with it.

    Raises:
        ConfigError: it isn't there.
    """
    if place is None:
        found = shutil.which("wayback")
        candidates = [Path(found)] if found else []
    else:
        candidates = [place, place / "wayback", place / "bin/wayback"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.absolute()
    problem = (
        "pywb is not there; python -m venv pywb && pywb/bin/pip install pywb, then --pywb pywb"
    )
    raise ConfigError(f"{problem}{'' if place is None else f' (looked in {place})'}")


def configure(scratch: Path, root: Path, index: Path) -> None:
    """Write pywb's configuration into a folder: one collection, nothing copied, nothing live."""
    collection = {"index_paths": str(index), "archive_paths": f"{(root / 'warc').absolute()}/"}
    settings = {
        "collections": {COLLECTION: collection},
        "framed_replay": True,  # only then does pywb send a Content-Security-Policy
        "enable_auto_fetch": False,
    }
    (scratch / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML


def free_port() -> int:
    """Return a port that nobody has now; pywb cannot be asked which one it took."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(wayback: Path, scratch: Path, port: int) -> Iterator[None]:
    """Run pywb while the block runs.

    Raises:
        ConfigError: it does not come up; the message quotes what it said last.
    """
    log = scratch / "pywb.log"
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - the program that the user named
            [wayback, "--bind", LOOPBACK, "--port", str(port), "--directory", scratch],
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + _READY_S
    while process.poll() is None and time.monotonic() < end:
        connection = HTTPConnection(LOOPBACK, port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    said = log.read_text(errors="replace").strip().splitlines()
    raise ConfigError(f"pywb did not come up on port {port}: {said[-1] if said else 'silence'}")
