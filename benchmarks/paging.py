"""What following articles from page to page costs: CPU seconds, by this process and its worker.

    python benchmarks/paging.py

As many pages are captured as articles of one page and as articles of three; and one of thirty. The
pages are those of tests/serials.py, served on loopback; wall time is not looked at.
"""

import asyncio
import resource
import sys
import time
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from line_runs import settings_for
from serials import Paper, Steps, page_of, serial

from scraper.crawl import Filed, capture_all, jobs_for
from scraper.following import Following, goes_on
from scraper.line import Line, outlet_of
from scraper.model import Extraction, ExtractStatus

PAGES = 60
_TIMES = 100_000


def cpu_s() -> tuple[float, float]:
    """Return the CPU seconds of this process, and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = (used.ru_utime + used.ru_stime for used in both)
    return own, children


def captured(what: str, pages: dict[str, Steps], targets: list[str]) -> None:
    """Capture some articles, and print what that cost."""

    async def run(folder: Path, paper: Paper) -> list[Filed]:
        async with (
            Line(settings_for(folder, workers=1)) as line,
            aclosing(capture_all(line, jobs_for(line, map(paper.url, targets)))) as results,
        ):
            return [filed async for filed in results]

    with Paper(pages) as paper, TemporaryDirectory() as folder:
        before = cpu_s()
        filed = asyncio.run(run(Path(folder), paper))
        own, worker = (after - was for after, was in zip(cpu_s(), before, strict=True))
    articles = [one.extraction.article for one in filed]
    read = sum(article.pages for article in articles if article)
    print(f"{what:<24} {read:>3} pages  {own:6.2f} s  {worker:6.2f} s of the worker")


def overhead_us() -> float:
    """Return the microseconds that a link costs whose article has no next page."""
    with TemporaryDirectory() as folder:
        settings = settings_for(Path(folder), workers=1)
        line, outlet = Line(settings), outlet_of(settings.sources, "http://paper.example/")
        nothing = Extraction(status=ExtractStatus.OK)
        began = time.process_time()
        for _ in range(_TIMES):
            Following(line, outlet, is_announced=True)
            goes_on(outlet, nothing)
        return (time.process_time() - began) / _TIMES * 1e6


def main() -> None:
    """Measure and print."""
    single: dict[str, Steps] = {f"/story{number}": page_of(number) for number in range(PAGES)}
    triple: dict[str, Steps] = {}
    for number in range(PAGES // 3):
        triple |= serial(f"/story{number}", 3)
    names = [f"/story{number}" for number in range(PAGES)]
    captured("warm-up", single, names[:3])
    for _ in range(2):
        captured("articles of one page", single, names)
        captured("articles of three pages", triple, names[: PAGES // 3])
    captured("an article of thirty", dict(serial("/story", 30)), ["/story"])
    print(f"a link whose article does not go on: {overhead_us():.1f} us more")


if __name__ == "__main__":
    main()
