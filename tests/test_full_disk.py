"""Disks that are full: a small tmpfs under the archive, or under the catalog, and a real daemon."""

import os
import signal
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event

import pytest
from archive_oracles import assert_valid
from ledger import LedgerServer, Step, answer, eventually
from line_runs import STORY, scraper, story_page, warcs_in
from passes import command
from test_daemon import HTML, daemon, log_of, targets, texts_in

from scraper.disk import free_bytes, require_room
from scraper.errors import DiskFullError

PAGES = 12
NOISE = 150_000  # bytes of each page that nothing compresses


def can_mount() -> bool:
    done = subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="mounting a tmpfs needs root")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Give a folder that is a disk of its own."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def page(number: int) -> bytes:
    noise = b64encode(Random(number).randbytes(NOISE))
    story = f"{STORY}<p>The harbour master wrote report number {number} about it.</p>"
    return story_page(f"Story {number}", story) + b"<!-- " + noise + b" -->"


def newsstand(gate: Event) -> "LedgerServer":
    """Return an outlet whose pages come once a gate is open."""

    def respond(request: bytes, target: str) -> Iterator[Step]:
        host = request.split(b"Host: ", 1)[1].split(b"\r\n", 1)[0].decode()
        if target == "/feed":
            links = (f"<item><link>http://{host}/{n}</link></item>" for n in range(PAGES))
            body = f"<rss><channel>{''.join(links)}</channel></rss>".encode()
            yield answer(body, "Content-Type: text/xml")
        elif target == "/robots.txt":
            yield answer(b"nothing", status="404 Not Found")
        else:
            gate.wait(50)
            yield answer(page(int(target[1:])), HTML)

    return LedgerServer(respond)


def configure(folder: Path, server: LedgerServer, catalog: Path, keep_free: str = "0B") -> None:
    (folder / "sources.toml").write_text(
        f'[defaults]\ncatalog = "{catalog}"\nkeep_free = "{keep_free}"\n'
        f'[[outlet]]\nid = "wall"\nname = "Wall"\nhome = "{server.url()}"\ndelay = "0s"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "{server.url("/feed")}"\n'
        '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
    )


def assert_proven(folder: Path) -> None:
    done = command("verify", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in warcs_in(folder / "archive"):
        assert_valid(path)


@pytest.mark.slow
@needs_mount
def test_promise_4_the_daemon_rests_while_the_archives_disk_is_full_and_goes_on(
    tmp_path: Path,
) -> None:
    gate = Event()
    gate.set()
    with small_disk(tmp_path / "archive", "1m") as disk, newsstand(gate) as server:
        (tmp_path / "catalog").mkdir()
        configure(tmp_path, server, tmp_path / "catalog" / "catalog.db")
        with daemon(tmp_path) as process:
            assert eventually(lambda: "paused: " in log_of(tmp_path)), log_of(tmp_path)
            assert "no room left" in log_of(tmp_path)
            assert process.poll() is None
            assert eventually(lambda: all_have_final_names(disk))
            for path in warcs_in(disk):
                assert_valid(path)
            assert command("verify", cwd=tmp_path).returncode == 0

            subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)

            assert eventually(lambda: texts_in(tmp_path) == PAGES), log_of(tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143
        # Each rest is said once, and once more when it is over; a slow test sees it tried again.
        said = log_of(tmp_path)
        assert said.count("paused: ") == said.count("there is room again") == 1
        assert_proven(tmp_path)


@pytest.mark.slow
@needs_mount
def test_promise_5_what_the_catalog_had_no_room_for_is_catalogued_once_it_has(
    tmp_path: Path,
) -> None:
    gate = Event()
    # Room for a write-ahead log of 4 MB beside it: on a slow machine each page is its own commit.
    with small_disk(tmp_path / "catalog", "9m") as disk, newsstand(gate) as server:
        configure(tmp_path, server, disk / "catalog.db")
        with daemon(tmp_path) as process:
            assert eventually(lambda: "/0" in targets(server)), log_of(tmp_path)
            fill(disk / "filler")
            gate.set()
            assert eventually(lambda: "paused: " in log_of(tmp_path)), log_of(tmp_path)
            assert f"{disk}/catalog.db: no room for the catalog" in log_of(tmp_path)

            (disk / "filler").unlink()

            assert eventually(lambda: texts_in(tmp_path) == PAGES), log_of(tmp_path)
            assert eventually(lambda: "there is room again" in log_of(tmp_path)), log_of(tmp_path)
            assert eventually(lambda: catalogued(tmp_path) == PAGES), log_of(tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143
        pages = [target for target in targets(server) if target[1:].isdigit()]
        assert len(pages) == len(set(pages)), "what was archived is not fetched again"
        assert_proven(tmp_path)


def fill(file: Path) -> None:
    """Take what room is left on a disk."""
    with file.open("wb", buffering=0) as stream:
        for size in (65_536, 4_096, 1):
            try:
                while stream.write(bytes(size)):
                    pass
            except OSError:
                continue


def catalogued(folder: Path) -> int:
    done = command("list", "--captures", "--json", cwd=folder)
    return len(done.stdout.splitlines())


@pytest.mark.slow
@needs_mount
def test_promise_4_a_single_pass_ends_with_3_and_names_the_file(tmp_path: Path) -> None:
    gate = Event()
    gate.set()
    with small_disk(tmp_path / "archive", "1m"), newsstand(gate) as server:
        (tmp_path / "catalog").mkdir()
        configure(tmp_path, server, tmp_path / "catalog" / "catalog.db")

        done = scraper("fetch", "--all", cwd=tmp_path)

        assert done.returncode == 3, done.stderr
        assert "no room left" in done.stderr
        assert ".warc.gz" in done.stderr
        assert_proven(tmp_path)


@pytest.mark.slow
def test_promise_5_work_stops_while_there_is_room_still(tmp_path: Path) -> None:
    gate = Event()
    gate.set()
    with newsstand(gate) as server:
        configure(tmp_path, server, tmp_path / "catalog.db", keep_free="999999TB")

        done = scraper("fetch", server.url("/1"), cwd=tmp_path)

        assert done.returncode == 3, done.stderr
        assert "keep_free" in done.stderr
        assert targets(server) == []
        with daemon(tmp_path) as process:
            assert eventually(lambda: "paused: " in log_of(tmp_path)), log_of(tmp_path)
            configure(tmp_path, server, tmp_path / "catalog.db", keep_free="1MB")
            assert eventually(lambda: texts_in(tmp_path) == PAGES), log_of(tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143


@pytest.mark.slow
def test_promise_4_a_daemon_that_rests_leaves_no_file_unfinished(tmp_path: Path) -> None:
    gate = Event()
    gate.set()
    with newsstand(gate) as server:
        configure(tmp_path, server, tmp_path / "catalog.db")
        with daemon(tmp_path) as process:
            assert eventually(lambda: texts_in(tmp_path) == PAGES), log_of(tmp_path)
            assert not all_have_final_names(tmp_path / "archive"), "one is written on for a day"

            configure(tmp_path, server, tmp_path / "catalog.db", keep_free="999999TB")

            assert eventually(lambda: "paused: " in log_of(tmp_path)), log_of(tmp_path)
            assert eventually(lambda: all_have_final_names(tmp_path / "archive"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143
        assert_proven(tmp_path)


@pytest.mark.slow
@needs_mount
def test_an_archive_that_cannot_be_written_is_read_all_the_same(tmp_path: Path) -> None:
    gate = Event()
    gate.set()
    with small_disk(tmp_path / "archive", "20m") as disk, newsstand(gate) as server:
        configure(tmp_path, server, disk / "catalog.db")
        assert scraper("fetch", server.url("/1"), cwd=tmp_path).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

        listed = command("list", cwd=tmp_path)
        shown = command("show", "1", cwd=tmp_path)
        proven = command("verify", cwd=tmp_path)
        packed = command("export", "wacz", "all.wacz", cwd=tmp_path)
        fetched = scraper("fetch", server.url("/2"), cwd=tmp_path)

    for done in (listed, shown, proven, packed):
        assert done.returncode == 0, done.stdout + done.stderr
    assert "Story 1" in listed.stdout
    assert "The ferry to Oldhaven was cancelled" in shown.stdout
    assert fetched.returncode != 0
    assert "Traceback" not in fetched.stderr


def all_have_final_names(archive: Path) -> bool:
    return all(path.suffix == ".gz" for path in warcs_in(archive))


def test_room_is_that_which_is_left_for_us(tmp_path: Path) -> None:
    free = free_bytes(tmp_path)
    disk = os.statvfs(tmp_path)

    assert abs(free - disk.f_bavail * disk.f_frsize) < 100_000_000
    require_room([tmp_path], free // 2)
    with pytest.raises(DiskFullError, match="MB are left on its disk"):
        require_room([tmp_path], free * 2)
