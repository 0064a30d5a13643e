"""Runs of the real line against loopback servers, for tests that look at what it left behind."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import IO

from warm_workers import run_warm, warm_workers

from scraper.archive.reader import records_in
from scraper.config import empty_sources
from scraper.crawl import Filed, capture_all, jobs_for
from scraper.line import Line, Settings

LOOPBACK = ("127.0.0.0/8",)

STORY = "\n".join(
    f"<p>{sentence}</p>"
    for sentence in (
        "The ferry to Oldhaven was cancelled on Monday after its crew found a crack in the hull.",
        "Passengers were taken to the island by two fishing boats, the harbour master said.",
        "The company expects the ship back in service within ten days, if the parts arrive.",
        "Islanders have asked for a second ship since the storms of last winter, without success.",
    )
)


def story_page(title: str = "Ferry to Oldhaven is cancelled", story: str = STORY) -> bytes:
    """Return a whole page with a short article in it."""
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head>"
        f"<body><nav><a href=/>Home</a></nav><article><h1>{title}</h1>\n{story}</article></body>"
    ).encode()


def settings_for(archive: Path, **values: object) -> Settings:
    """Return settings for an archive of a test's own, with loopback allowed and no sources.toml."""
    usual = Settings(
        archive=archive,
        catalog=archive / "catalog.db",
        sources=empty_sources(),
        allow_private=LOOPBACK,
    )
    return replace(usual, **values)  # type: ignore[arg-type]  # a test names what it changes


def with_warm_workers(settings: Settings) -> Settings:
    """Return settings whose workers stay; the run has to be one of `run_warm`."""
    return replace(settings, extractor=warm_workers(settings.workers))


def capture(settings: Settings, urls: Iterable[str]) -> list[Filed]:
    """Take URLs through the real line and return what became of each, in the order of the URLs."""
    wanted = list(urls)

    async def run() -> list[Filed]:
        async with (
            Line(with_warm_workers(settings)) as line,
            aclosing(capture_all(line, jobs_for(line, wanted))) as results,
        ):
            return [filed async for filed in results]

    order = {url: position for position, url in enumerate(wanted)}
    return sorted(run_warm(run()), key=lambda filed: order.get(filed.capture.url, 0))


def scraper(
    *arguments: str | Path,
    cwd: Path,
    stdin: str | None = "",
    stdout: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in a folder without sources.toml.

    Without `stdin` its standard input is closed; `stdout` is where its output goes instead of into
    the result.
    """
    done = subprocess.run(
        [sys.executable, "-m", "scraper.cli.main", *map(str, arguments)],
        cwd=cwd,
        input=None if stdin is None else stdin.encode(),
        env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": "/usr/bin:/bin"}
        | dict(env or {}),
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=(lambda: os.close(0)) if stdin is None else None,
        check=False,
        timeout=600,  # a busy machine may need it; only a failure reaches it
    )
    # Decoded here, because text mode would turn the CRLF of HTTP into LF.
    return subprocess.CompletedProcess(
        done.args, done.returncode, (done.stdout or b"").decode(), done.stderr.decode()
    )


def warcs_in(archive: Path) -> list[Path]:
    return sorted(archive.glob("warc/*/*"))


def blocks_of(files: Sequence[Path], kind: str) -> list[bytes]:
    """Return the blocks of all records of a type."""
    return [record.block for file in files for record in records_in(file) if record.type == kind]
