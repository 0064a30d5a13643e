"""A lost catalog comes back from the WARC files alone, row for row."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger import answer, serve
from line_runs import capture, settings_for, story_page, warcs_in
from passes import command
from real_pages import PAGES, archive_of, real_pages
from test_reindex import child, outlet_in, settings_in, work

from scraper.archive.open_file import OPEN_SUFFIX, OpenFile
from scraper.config import Sources, empty_sources
from scraper.demo.run import demo_sources, run_demo
from scraper.errors import ConfigError, LockedError
from scraper.rebuild import Rebuilt, rebuild
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html"

# A rebuild that is killed where the catalog has been given n transactions.
DYING = """
import asyncio, os, signal, sys
from pathlib import Path
from line_runs import settings_for
from scraper import rebuild
from scraper.store.catalog import Catalog
archive, left = Path(sys.argv[1]), int(sys.argv[2])
kept, rebuild._AT_ONCE = Catalog.replaying, 2
def dies(catalog):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(catalog)
Catalog.replaying = dies
asyncio.run(rebuild.rebuild(settings_for(archive)))
"""


def dumped(catalog: Path, *, with_numbers: bool = False) -> tuple[str, ...]:
    with Catalog.open(catalog, create=False) as opened:
        return opened.dump(with_numbers=with_numbers)


def assert_same(one: Path, other: Path, but: Sequence[str] = ()) -> None:
    there, here = dumped(one), dumped(other)
    if but:
        there, here = (tuple(without(line, but) for line in lines) for lines in (there, here))
    assert sorted(set(there) ^ set(here)) == []
    assert there == here


def without(line: str, names: Sequence[str]) -> str:
    return json.dumps({key: value for key, value in json.loads(line).items() if key not in names})


def rebuilt(archive: Path, sources: Sources | None = None, into: str = "again.db") -> Rebuilt:
    settings = settings_for(
        archive, catalog=archive / into, sources=sources or empty_sources(), workers=1
    )
    return asyncio.run(rebuild(settings))


def archive_with(folder: Path, pages: dict[str, bytes]) -> Path:
    """Return an archive of pages that a loopback server sent, each fetched once."""
    archive = folder / "archive"
    with serve(pages) as server:
        capture(settings_for(archive, workers=1), [server.url(path) for path in pages])
    return archive


@pytest.fixture(scope="module")
def three_pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return what copies an archive of a story, a page that is gone and one that says nothing."""
    made = archive_with(
        tmp_path_factory.mktemp("made"),
        {
            "/story": answer(story_page(), HTML),
            "/gone": answer(b"nothing here", status="404 Not Found"),
            "/empty": answer(b"<html><body></body></html>", HTML),
        },
    )

    def copied(folder: Path) -> Path:
        subprocess.run(["cp", "-a", made, folder / "archive"], check=True)
        return folder / "archive"

    return copied


def test_promise_27_a_lost_catalog_comes_back(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    archive = three_pages(tmp_path)

    came = rebuilt(archive)

    assert (came.captures, came.read_now, came.problems) == (3, 0, [])
    before = dumped(archive / "catalog.db")
    assert dumped(archive / "again.db") == before
    assert sum('"table": "captures"' in line for line in before) == 3
    assert not list(archive.glob("rebuild.steps*"))


def test_promise_27_missing_texts_are_written_again_and_changed_ones_left(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    archive = three_pages(tmp_path)
    [text] = archive.glob("text/*/*/*.txt")
    was = text.read_bytes()

    text.unlink()
    first = rebuilt(archive, into="first.db")
    written = text.read_bytes()
    text.write_bytes(b"forged")
    second = rebuilt(archive, into="second.db")

    assert (first.texts_written, first.problems, written) == (1, [], was)
    assert second.texts_written == 0
    assert [text.name in problem for problem in second.problems] == [True]
    assert text.read_bytes() == b"forged"
    assert dumped(archive / "second.db") == dumped(archive / "catalog.db")


def test_a_catalog_with_captures_is_never_touched(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    archive = three_pages(tmp_path)
    before = (archive / "catalog.db").read_bytes()

    with pytest.raises(ConfigError, match="captures in it"):
        rebuilt(archive, into="catalog.db")

    assert (archive / "catalog.db").read_bytes() == before


def test_an_archive_that_somebody_writes_into_is_left_alone(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    archive = three_pages(tmp_path)
    [warc] = warcs_in(archive)
    written = OpenFile(warc.with_name("other.warc.gz"))

    with pytest.raises(LockedError, match=OPEN_SUFFIX):
        rebuilt(archive)

    written.close()
    assert not (archive / "again.db").exists()


def test_what_damage_hides_is_said_and_the_rest_comes_back(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    archive = three_pages(tmp_path)
    [warc] = warcs_in(archive)
    data = bytearray(warc.read_bytes())
    data[-40] ^= 255  # in the last record: what was read of the last page
    warc.write_bytes(data)

    came = rebuilt(archive)

    assert (came.captures, came.read_now) == (2, 1)  # the last page was read anew
    assert ["a gzip member is damaged" in problem for problem in came.problems] == [True]


@pytest.mark.slow
@pytest.mark.parametrize("left", [0, 1])
def test_promise_27_killed_and_started_again_it_is_the_same(
    tmp_path: Path, three_pages: Callable[[Path], Path], left: int
) -> None:
    archive = three_pages(tmp_path)
    before = dumped(archive / "catalog.db")
    (archive / "catalog.db").unlink()

    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", DYING, archive, str(left)],
        env={"PYTHONPATH": f"{here}:{here.parent}", "PATH": os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not (archive / "catalog.db").exists()
    came = rebuilt(archive, into="catalog.db")

    assert came.captures == 3
    assert dumped(archive / "catalog.db") == before


@pytest.mark.slow
def test_promise_27_the_catalog_of_the_demo_comes_back(tmp_path: Path) -> None:
    archive = tmp_path / "archive"

    async def run() -> None:
        async with aclosing(run_demo(archive)) as results:
            async for _ in results:
                pass

    asyncio.run(run())
    came = rebuilt(archive, demo_sources())

    assert (came.captures, came.problems) == (21, [])
    assert_same(archive / "again.db", archive / "catalog.db")


@pytest.mark.slow
@pytest.mark.skipif(not PAGES.is_dir(), reason=f"no evaluation pages at {PAGES}")
def test_promise_27_the_catalog_of_200_real_pages_comes_back(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    pages = real_pages(200)
    archive_of(archive, pages)

    came = rebuilt(archive)

    assert (came.captures, came.problems) == (200, [])
    assert_same(archive / "again.db", archive / "catalog.db")


@pytest.mark.slow
def test_promise_27_what_links_came_to_comes_back_after_rechecks(tmp_path: Path) -> None:
    with outlet_in(tmp_path):
        for hour in (0, 2, 20):
            done = child(tmp_path, "crawl.store", call=0, hour=hour)
            assert done.returncode == 0, done.stderr
    settings = settings_in(tmp_path)
    archive = settings.archive

    came = asyncio.run(rebuild(replace(settings, catalog=archive / "again.db")))

    assert came.problems == []
    assert_same(archive / "again.db", archive / "catalog.db", but=("bytes",))
    assert work(replace(settings, catalog=archive / "again.db")) == 0


@pytest.mark.slow
def test_the_command_says_what_came_back(
    tmp_path: Path, three_pages: Callable[[Path], Path]
) -> None:
    three_pages(tmp_path)

    refused = command("rebuild", cwd=tmp_path)
    done = command("rebuild", "--into", "new.db", "--json", cwd=tmp_path)

    assert refused.returncode == 2
    assert "move it away" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["captures"] == 3
    assert dumped(tmp_path / "new.db") == dumped(tmp_path / "archive/catalog.db")
