"""What `list`, `show`, `extract` and `outlets` print, as a user would read it."""

import json
from pathlib import Path

import pytest
from ledger import answer, serve
from line_runs import scraper, story_page

HTML = "Content-Type: text/html"
TITLE = "Ferry \x1b]0;pwn\x07\x1b[2J to Oldhaven is cancelled"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose archive holds one article and one failed capture."""
    folder = tmp_path_factory.mktemp("look")
    with serve({"/story": answer(story_page(TITLE), HTML)}) as server:
        urls = [server.url("/story"), server.url("/gone")]
        scraper("fetch", "--allow-private", "127.0.0.0/8", *urls, cwd=folder)
    (folder / "url.txt").write_text(urls[0])
    return folder


def test_list_shows_articles_and_captures(folder: Path) -> None:
    articles = scraper("list", cwd=folder).stdout.splitlines()
    captures = scraper("list", "--captures", cwd=folder).stdout.splitlines()
    failed = scraper("list", "--outcome", "http-error", cwd=folder).stdout.splitlines()

    assert len(articles) == 1
    assert "127-0-0-1" in articles[0]
    assert len(captures) == 2
    assert len(failed) == 1
    assert failed[0].endswith("/gone")


def test_list_as_json_is_one_object_a_line(folder: Path) -> None:
    [article] = scraper("list", "--json", cwd=folder).stdout.splitlines()

    assert json.loads(article)["outlet"] == "127-0-0-1"


def test_list_since_tomorrow_finds_nothing_and_says_so(folder: Path) -> None:
    done = scraper("list", "--since", "2999-01-01", cwd=folder)

    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing found" in done.stderr


@pytest.mark.parametrize("key", ["1", "url"])
def test_show_has_text_metadata_captures_and_where_the_bytes_are(folder: Path, key: str) -> None:
    key = (folder / "url.txt").read_text() if key == "url" else key

    said = scraper("show", key, "--explain", cwd=folder).stdout

    assert "The ferry to Oldhaven was cancelled on Monday" in said
    assert "language:   en" in said
    assert "at byte" in said
    assert "stripped (" in said
    assert "Home" in said


def test_show_writes_the_exact_bytes_of_the_response(folder: Path) -> None:
    said = scraper("show", "1", "--response", cwd=folder).stdout

    assert said.encode() == answer(story_page(TITLE), HTML)


def test_show_of_a_failed_capture_says_why(folder: Path) -> None:
    [line] = scraper("list", "--outcome", "http-error", cwd=folder).stdout.splitlines()

    said = scraper("show", line.split()[0], cwd=folder).stdout

    assert "404 Not Found" in said


@pytest.mark.parametrize("key", ["99", "c99", "http://elsewhere.example/", "9" * 30])
def test_show_of_what_is_not_there_says_so(folder: Path, key: str) -> None:
    done = scraper("show", key, cwd=folder)

    assert done.returncode == 1
    assert "not in the archive" in done.stderr


@pytest.mark.parametrize("command", [["list"], ["show", "1"], ["show", "1", "--explain"]])
def test_no_escape_sequence_of_a_page_reaches_the_terminal(
    folder: Path, command: list[str]
) -> None:
    done = scraper(*command, cwd=folder)

    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_reading_commands_create_nothing(tmp_path: Path) -> None:
    for command in (["list"], ["show", "1"]):
        done = scraper(*command, cwd=tmp_path)

        assert done.returncode == 4
        assert "no catalog" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_extract_reads_files_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(story_page())

    from_file = scraper("extract", "page.html", "--explain", cwd=tmp_path)
    from_stdin = scraper("extract", "-", cwd=tmp_path, stdin=story_page().decode())

    assert from_file.stdout.startswith("Ferry to Oldhaven is cancelled\n\nThe ferry")
    assert from_file.stdout.splitlines()[-2].split()[0] == "navigation"
    assert from_file.stdout.startswith(from_stdin.stdout.rstrip())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


def test_extract_fetches_a_url_and_writes_nothing(tmp_path: Path) -> None:
    with serve({"/story": answer(story_page(), HTML)}) as server:
        url = server.url("/story")
        done = scraper("extract", "--allow-private", "127.0.0.0/8", url, "--json", cwd=tmp_path)

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

    done = scraper("extract", page, cwd=tmp_path)

    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_outlets_check_and_list_read_the_shipped_file(tmp_path: Path) -> None:
    shipped = Path(__file__).parent.parent / "sources.toml"

    check = scraper("outlets", "check", "--sources", shipped, cwd=tmp_path)
    listed = scraper("outlets", "list", "--sources", shipped, cwd=tmp_path)

    assert (check.returncode, check.stdout) == (0, "5 outlets, nothing wrong\n")
    assert {line.split()[0] for line in listed.stdout.splitlines()} >= {"moscow-times", "uawire"}


def test_outlets_check_names_line_and_nearest_key(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text('[defaults]\ncontcat = "a@example.org"\n')

    done = scraper("outlets", "check", cwd=tmp_path)

    assert done.returncode == 2
    assert "sources.toml:2:" in done.stderr
    assert "contact" in done.stderr
