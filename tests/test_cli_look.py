"""What `list`, `show`, `extract` and `outlets` print, as a user would read it."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_samples import NOW
from ledger import answer, serve
from line_runs import STORY, scraper, story_page
from passes import command

from scraper.drift.causes import Alarm, Cause
from scraper.drift.changes import alarm_over, changes_of
from scraper.model import Outlet
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html"
TITLE = "Ferry \x1b]0;pwn\x07\x1b[2J to Oldhaven is cancelled"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose archive holds one article and one failed capture."""
    folder = tmp_path_factory.mktemp("look")
    with serve({"/story": answer(story_page(TITLE), HTML)}) as server:
        urls = [server.url("/story"), server.url("/gone")]
        command("fetch", "--allow-private", "127.0.0.0/8", *urls, cwd=folder)
    (folder / "url.txt").write_text(urls[0])
    return folder


def test_list_shows_articles_and_captures(folder: Path) -> None:
    articles = scraper("list", cwd=folder).stdout.splitlines()
    captures = command("list", "--captures", cwd=folder).stdout.splitlines()
    failed = command("list", "--outcome", "http-error", cwd=folder).stdout.splitlines()

    assert len(articles) == 1
    assert "127-0-0-1" in articles[0]
    assert len(captures) == 2
    assert len(failed) == 1
    assert failed[0].endswith("/gone")


def test_list_as_json_is_one_object_a_line(folder: Path) -> None:
    [article] = command("list", "--json", cwd=folder).stdout.splitlines()

    assert json.loads(article)["outlet"] == "127-0-0-1"


def test_list_since_tomorrow_finds_nothing_and_says_so(folder: Path) -> None:
    done = command("list", "--since", "2999-01-01", cwd=folder)

    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing found" in done.stderr


@pytest.fixture
def alarmed(folder: Path) -> Iterator[Path]:
    """The archive while an alarm stands over its outlet's pages."""
    outlet = Outlet(id="127-0-0-1", name="Quay", home="http://127.0.0.1/")
    dead = Alarm(
        subject="pages", cause=Cause.RULE, said="body selector .story matched nothing",
        remedy="mend it", since=datetime(2026, 1, 1, tzinfo=UTC), capture=1,
    )  # fmt: skip
    with Catalog.open(folder / "archive/catalog.db") as catalog:
        catalog.drift.change(list(changes_of(outlet, (), [dead], dead.since or NOW)), NOW)
        yield folder
        catalog.drift.change(list(changes_of(outlet, catalog.drift.alarms(), [], NOW)), NOW)


def test_what_was_captured_under_an_alarm_is_marked_by_list_and_show(alarmed: Path) -> None:
    [listed] = command("list", cwd=alarmed).stdout.splitlines()
    [as_json] = map(json.loads, command("list", "--json", cwd=alarmed).stdout.splitlines())
    shown = command("show", "1", cwd=alarmed).stdout
    shown_as_json = json.loads(command("show", "1", "--json", cwd=alarmed).stdout)

    assert listed.endswith("[alarm: rule dead]")
    assert as_json["alarm"] == "rule dead"
    assert "under alarm: rule dead; read by evidence on each block" in shown
    assert "`scraper status --outlet 127-0-0-1` says what to do" in shown
    assert [one["alarm"] for one in shown_as_json["captures"]] == ["rule dead"]


def test_what_was_captured_before_an_alarm_or_elsewhere_is_not_marked(folder: Path) -> None:
    outlet = Outlet(id="quay", name="Quay", home="http://127.0.0.1/")
    alarm = Alarm(subject="pages", cause=Cause.RULE, said="", remedy="", since=NOW)
    rows = [change.row for change in changes_of(outlet, (), [alarm], NOW) if change.row]

    assert alarm_over(rows, "quay", NOW) is rows[0]
    assert alarm_over(rows, "quay", NOW - timedelta(seconds=1)) is None
    assert alarm_over(rows, "other", NOW) is None
    assert "alarm" not in command("list", cwd=folder).stdout


@pytest.mark.parametrize("key", ["1", "url"])
def test_show_has_text_metadata_captures_and_where_the_bytes_are(folder: Path, key: str) -> None:
    key = (folder / "url.txt").read_text() if key == "url" else key

    said = command("show", key, "--explain", cwd=folder).stdout

    assert "The ferry to Oldhaven was cancelled on Monday" in said
    assert "language:   en" in said
    assert "at byte" in said
    assert "stripped (" in said
    assert "Home" in said


def test_show_writes_the_exact_bytes_of_the_response(folder: Path) -> None:
    said = command("show", "1", "--response", cwd=folder).stdout

    assert said.encode() == answer(story_page(TITLE), HTML)


def test_show_of_a_failed_capture_says_why(folder: Path) -> None:
    [line] = command("list", "--outcome", "http-error", cwd=folder).stdout.splitlines()

    said = command("show", line.split()[0], cwd=folder).stdout

    assert "404 Not Found" in said


@pytest.mark.parametrize("key", ["99", "c99", "http://elsewhere.example/", "9" * 30])
def test_show_of_what_is_not_there_says_so(folder: Path, key: str) -> None:
    done = command("show", key, cwd=folder)

    assert done.returncode == 1
    assert "not in the archive" in done.stderr


@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["show", "1", "--explain"]])
def test_no_escape_sequence_of_a_page_reaches_the_terminal(folder: Path, words: list[str]) -> None:
    done = command(*words, cwd=folder)

    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_reading_commands_create_nothing(tmp_path: Path) -> None:
    for words in (["list"], ["show", "1"]):
        done = command(*words, cwd=tmp_path)

        assert done.returncode == 4
        assert "no catalog" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_extract_reads_files_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(story_page())

    from_file = command("extract", "page.html", "--explain", cwd=tmp_path)
    from_stdin = scraper("extract", "-", cwd=tmp_path, stdin=story_page().decode())

    assert from_file.stdout.startswith("Ferry to Oldhaven is cancelled\n\nThe ferry")
    assert from_file.stdout.splitlines()[-2].split()[0] == "navigation"
    assert from_file.stdout.startswith(from_stdin.stdout.rstrip())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


def test_extract_fetches_a_url_and_writes_nothing(tmp_path: Path) -> None:
    with serve({"/story": answer(story_page(), HTML)}) as server:
        url = server.url("/story")
        done = command("extract", "--allow-private", "127.0.0.0/8", url, "--json", cwd=tmp_path)

    assert json.loads(done.stdout)["title"] == "Ferry to Oldhaven is cancelled"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "code", "words"),
    [
        ("nowhere.html", 2, "No such file"),
        ("http://no-such-host.invalid/", 1, "no-such-host.invalid"),
        ("http://127.0.0.1:1/", 1, "127.0.0.1"),
        ("empty.html", 1, "nothing was written"),
    ],
)
def test_extract_of_what_cannot_be_read(tmp_path: Path, page: str, code: int, words: str) -> None:
    (tmp_path / "empty.html").touch()

    done = command("extract", page, cwd=tmp_path)

    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_outlets_check_and_list_read_the_shipped_file(tmp_path: Path) -> None:
    shipped = Path(__file__).parent.parent / "sources.toml"

    check = command("outlets", "check", "--offline", "--sources", shipped, cwd=tmp_path)
    listed = command("outlets", "list", "--sources", shipped, cwd=tmp_path)

    names = {line.split()[0] for line in listed.stdout.splitlines()}
    assert names >= {"moscow-times", "uawire"}
    assert check.returncode == 0, check.stderr
    assert check.stdout.splitlines()[-1].endswith(" outlets, nothing wrong")


def test_outlets_check_names_line_and_nearest_key(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('[defaults]\ncontcat = "a@example.org"\n')

    done = command("outlets", "check", "--offline", cwd=tmp_path)

    assert done.returncode == 2
    assert "sources.toml:2:" in done.stderr
    assert "contact" in done.stderr


def test_list_refuses_what_no_capture_can_have(folder: Path) -> None:
    for wrong in (["--outcome", "http-eror"], ["--limit", "9" * 30]):
        done = command("list", *wrong, cwd=folder)

        assert (done.returncode, done.stdout) == (2, "")
        assert wrong[0] in done.stderr
    assert command("list", "--outlet", "\udcff", cwd=folder).returncode == 0


@pytest.mark.parametrize(("harm", "code"), [("lost", 1), ("changed", 5)])
def test_show_goes_on_without_its_text_file(tmp_path: Path, harm: str, code: int) -> None:
    with serve({"/story": answer(story_page(), HTML)}) as server:
        command("fetch", "--allow-private", "127.0.0.0/8", server.url("/story"), cwd=tmp_path)
    [text] = tmp_path.glob("archive/text/*/*/*.txt")
    text.unlink() if harm == "lost" else text.write_text("Another story")

    done = command("show", "1", "--explain", cwd=tmp_path)

    assert done.returncode == code
    assert text.name in done.stderr
    assert "Another story" not in done.stdout
    assert "stripped (" in done.stdout


def test_texts_are_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    page = story_page("Паром на остров отменён", "<p>Капитан сказал, что шторм утих.</p>" * 9)
    (tmp_path / "page.html").write_bytes(page)
    with serve({"/story": answer(page, HTML)}) as server:
        command("fetch", "--allow-private", "127.0.0.0/8", server.url("/story"), cwd=tmp_path)

    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    shown = scraper("show", "1", cwd=tmp_path, env=ascii_only)
    latin = scraper("extract", "page.html", cwd=tmp_path, env={"PYTHONIOENCODING": "latin-1"})

    assert (shown.returncode, latin.returncode) == (0, 0)
    assert "Паром на остров отменён" in shown.stdout
    assert latin.stdout.startswith(r"\u041f\u0430\u0440\u043e\u043c")


def test_what_extract_prints_is_the_text_joiners_and_all(tmp_path: Path) -> None:
    said = "<p>The captain said in Persian that the ship goes tomorrow: کشتی فردا می\u200cرود.</p>"

    done = command("extract", "-", cwd=tmp_path, stdin=story_page(story=STORY + said).decode())

    assert "می\u200cرود" in done.stdout


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["show", "1", "--response"]])
def test_full_disk_behind_standard_output_is_said(folder: Path, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = scraper(*words, cwd=folder, stdout=full)

    assert done.returncode == 3
    assert done.stderr.startswith("standard output: no room left")
    assert "Traceback" not in done.stderr


def test_pipe_that_closes_early_ends_the_program_in_silence(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        done = scraper("show", "1", cwd=folder, stdout=nobody)

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("word", ["extract", "fetch"])
def test_standard_input_that_is_closed_is_said(tmp_path: Path, word: str) -> None:
    done = scraper(word, "-", cwd=tmp_path, stdin=None)

    assert done.returncode == 2
    assert "standard input, which is closed" in done.stderr


def test_urls_on_standard_input_are_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    done = command(
        "fetch", "-", cwd=tmp_path, stdin="\ufeffftp://a.example/\r\n\n ftp://ж.example/\n"
    )

    said = {line.split(": ")[0] for line in done.stderr.splitlines() if "bad-url" in line}
    assert said == {"ftp://a.example/", "ftp://ж.example/"}, "in the order in which they end"


def test_show_explains_the_text_that_it_shows_though_the_page_is_gone_since(tmp_path: Path) -> None:
    pages = {"/story": answer(story_page(), HTML)}
    with serve(pages) as server:
        fetch = ["fetch", "--allow-private", "127.0.0.0/8", server.url("/story")]
        command(*fetch, cwd=tmp_path)
        pages.clear()
        command(*fetch, cwd=tmp_path)
        done = command("show", server.url("/story"), "--explain", cwd=tmp_path)

    assert "404 Not Found" in done.stdout
    assert "stripped (" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
