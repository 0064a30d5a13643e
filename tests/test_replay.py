"""A cassette gives what the recording gave: the same text, the same response bytes, no socket."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ledger import answer, serve
from line_runs import blocks_of, scraper, story_page, warcs_in
from passes import command

from scraper.store.catalog import Catalog

CASSETTES = Path(__file__).parent.parent / "cassettes"
STORY = "http://www.veldhaven-courier.example/s/20417"  # moved once


def test_replay_gives_the_recorded_bytes_and_text(tmp_path: Path) -> None:
    page = answer(story_page(), "Content-Type: text/html")
    with serve({"/story": page}) as server:
        url = server.url("/story")
        recorded = scraper(
            *("fetch", "--allow-private", "127.0.0.0/8", "--archive", "one"),
            *("--record", "a.warc.gz", url),
            cwd=tmp_path,
        )
    assert recorded.returncode == 0, recorded.stderr

    replayed = command("fetch", "--archive", "two", "--replay", "a.warc.gz", url, cwd=tmp_path)

    assert replayed.returncode == 0, replayed.stderr
    one, two = tmp_path / "one", tmp_path / "two"
    assert blocks_of(warcs_in(two), "response") == blocks_of(warcs_in(one), "response") == [page]
    [first], [second] = (list(archive.rglob("text/*/*/*.txt")) for archive in (one, two))
    assert first.read_bytes() == second.read_bytes()
    assert first.name == second.name
    assert dates_of(one) == dates_of(two)  # what is replayed was fetched when it was recorded


def dates_of(archive: Path) -> list[str]:
    with Catalog.open(archive / "catalog.db") as catalog:
        return [f"{row.started:%Y-%m-%dT%H:%M:%S.%f}" for row in catalog.captures()]


def test_replay_opens_no_socket(tmp_path: Path) -> None:
    cassette = CASSETTES / "veldhaven-courier.warc.gz"
    script = tmp_path / "watched.py"
    script.write_text(
        "import sys\n"
        "opened = []\n"
        "def watch(event, details):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.bind'):\n"
        "        opened.append(event)\n"
        "        sys.stderr.write(f'OPENED {event} {details}')\n"
        "sys.addaudithook(watch)\n"
        "from scraper.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), "fetch", "--json", "--replay", str(cassette), STORY],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CASSETTES.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert "OPENED" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["title"].startswith("Harbour Pilots")


def test_what_is_not_in_the_cassette_is_said_so(tmp_path: Path) -> None:
    cassette = CASSETTES / "veldhaven-courier.warc.gz"

    done = command("fetch", "--replay", cassette, "http://elsewhere.example/a", cwd=tmp_path)

    assert done.returncode == 1
    assert "not in the cassette" in done.stderr


def test_a_file_that_is_no_warc_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a cassette\n")

    done = command("fetch", "--replay", "notes.txt", "http://elsewhere.example/a", cwd=tmp_path)

    assert done.returncode == 5
    assert "notes.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_recording_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "mine.warc.gz").write_bytes(b"precious")

    done = command("fetch", "--record", "mine.warc.gz", "http://elsewhere.example/a", cwd=tmp_path)

    assert done.returncode == 1
    assert "mine.warc.gz" in done.stderr
    assert (tmp_path / "mine.warc.gz").read_bytes() == b"precious"


@pytest.mark.parametrize("outlet", ["saltmarsh-notebook", "karvela-world", "ustrov-wire"])
def test_shipped_cassettes_replay(outlet: str, tmp_path: Path) -> None:
    links = (CASSETTES / "links.txt").read_text().split()
    urls = [link for link in links if outlet in link]

    done = command(
        *("fetch", "--sources", str(CASSETTES / "sources.toml")),
        *("--replay", str(CASSETTES / f"{outlet}.warc.gz"), *urls),
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(urls) > 2
