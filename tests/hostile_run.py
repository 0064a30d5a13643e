"""A pass over hostile inputs in a process of its own, whose memory can be told: outcomes as JSON.

python tests/hostile_run.py pages|sources|warcs ARCHIVE < JOB.json
"""

import asyncio
import json
import sys
from contextlib import aclosing
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from scraper import clock
from scraper.asking import Asked
from scraper.config import empty_sources
from scraper.crawl import capture_all, jobs_for, run_pass
from scraper.importing.run import Report, import_file
from scraper.line import Line, Settings
from scraper.model import FetchPolicy, Outlet, Source

LOOPBACK = ("127.0.0.0/8",)


def outlet(said: dict[str, Any]) -> Outlet:
    policy = FetchPolicy(allow_private=LOOPBACK, timeout=timedelta(seconds=said["timeout"]))
    sources = tuple(Source(**source) for source in said["sources"])
    return Outlet(id=said["id"], name=said["id"], home=said["home"], sources=sources, fetch=policy)


def tell(**said: object) -> None:
    sys.stdout.write(json.dumps(said, default=str) + "\n")


async def pages(line: Line, urls: list[str]) -> None:
    async with aclosing(capture_all(line, jobs_for(line, urls))) as results:
        async for filed in results:
            read = filed.extraction
            tell(
                url=filed.capture.url, outcome=filed.capture.outcome, detail=filed.capture.detail,
                read=read.status, read_detail=read.detail, text=filed.text and asdict(filed.text),
            )  # fmt: skip


async def sources(line: Line, _: list[str]) -> None:
    line.catalog.schedule.sync(line.outlets(), clock.now())
    async with aclosing(run_pass(line, line.outlets())) as results:
        async for result in results:
            if isinstance(result, Asked):
                tell(
                    outlet=result.outlet.id, outcome=result.result.outcome,
                    detail=result.result.detail, links=len(result.announced),
                )  # fmt: skip


async def warcs(line: Line, files: list[str]) -> None:
    for file in files:
        async with aclosing(import_file(line, Path(file))) as events:
            async for event in events:
                said = {name: getattr(event, name, None) for name in ("url", "problem", "is_end")}
                said |= {"file": Path(file).name, "kind": type(event).__name__}
                if isinstance(event, Report):
                    told = event.kept + event.known + event.broken
                    told += event.unread.total() + event.skipped.total()
                    said |= {"bytes": event.bytes, "told": told}
                tell(**said)


def peak_mb() -> int:
    """Return the most memory that this process had; ru_maxrss counts what its parent had as well,
    which is where this one came from."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


async def main(what: str, archive: Path) -> None:
    job = json.load(sys.stdin)
    outlets = tuple(map(outlet, job["outlets"]))
    settings = Settings(
        archive=archive,
        catalog=archive / "catalog.db",
        sources=replace(empty_sources(), outlets=outlets),
        allow_private=LOOPBACK,
    )
    async with Line(settings) as line:
        await {"pages": pages, "sources": sources, "warcs": warcs}[what](line, job["inputs"])
    tell(peak_mb=peak_mb())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
