"""What can be wrong with a link: each has a clear outcome in the catalog, and what came is kept.

The command says it in one line on standard error and ends with 1; nothing raises a traceback.
"""

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from ledger import CLOSE, LedgerServer, Responder, Step, answer
from line_runs import blocks_of, capture, scraper, settings_for, story_page, warcs_in
from passes import command

from scraper.model import ExtractStatus, Outcome
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html"


def cut_short(_request: bytes, _target: str) -> Iterable[Step]:
    yield answer(story_page(), HTML)[:-200]
    yield CLOSE


def not_http(_request: bytes, _target: str) -> Iterable[Step]:
    yield b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    yield CLOSE


def always(response: bytes) -> Responder:
    return lambda _request, _target: response


def links_page() -> bytes:
    links = "".join(f"<li><a href=/{n}>Headline number {n} of today</a></li>" for n in range(80))
    return f"<html><body><h1>News</h1><ul>{links}</ul></body></html>".encode()


@dataclass(frozen=True)
class Case:
    """A server's answer, and how the link must end."""

    responder: Responder
    outcome: Outcome
    extraction: ExtractStatus
    words: str  # in the detail


CASES = {
    "404": Case(
        always(answer(b"<p>not here</p>", HTML, status="404 Not Found")),
        Outcome.HTTP_ERROR, ExtractStatus.SKIPPED, "404",
    ),
    "500": Case(
        always(answer(b"<p>broken</p>", HTML, status="500 Internal Server Error")),
        Outcome.HTTP_ERROR, ExtractStatus.SKIPPED, "500",
    ),
    "pdf": Case(
        always(answer(b"%PDF-1.7\n" + b"0" * 900, "Content-Type: application/pdf")),
        Outcome.OK, ExtractStatus.NOT_HTML, "pdf",
    ),
    "image that says it is html": Case(
        always(answer(b"\x89PNG\r\n\x1a\n" + bytes(900), HTML)),
        Outcome.OK, ExtractStatus.NOT_HTML, "png",
    ),
    "empty page": Case(always(answer(b"", HTML)), Outcome.OK, ExtractStatus.EMPTY, ""),
    "page without an article": Case(
        always(answer(b"<html><body><form><input name=q></form>Search</body></html>", HTML)),
        Outcome.OK, ExtractStatus.NO_ARTICLE, "",
    ),
    "page of links": Case(
        always(answer(links_page(), HTML)), Outcome.OK, ExtractStatus.NO_ARTICLE, ""
    ),
    "truncated body": Case(
        cut_short, Outcome.DISCONNECTED, ExtractStatus.PARTIAL, ""
    ),
    "a part that nobody asked for": Case(
        always(answer(story_page(), HTML, status="206 Partial Content")),
        Outcome.OK, ExtractStatus.PARTIAL, "206",
    ),
    "50 MB of one line": Case(
        always(answer(b"<html><body><p>" + b"a " * 25_000_000, HTML)),
        Outcome.TOO_LARGE, ExtractStatus.PARTIAL, "",
    ),
    "200,000 nested tags": Case(
        always(answer(b"<html><body>" + b"<div>" * 200_000 + b"deep", HTML)),
        Outcome.OK, ExtractStatus.TOO_COMPLEX, "",
    ),
    "not http": Case(
        not_http, Outcome.BAD_PROTOCOL, ExtractStatus.SKIPPED, ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_server_misbehaves(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    with LedgerServer(case.responder) as server:
        url = server.url("/story")
        [filed] = capture(settings_for(tmp_path), [url])
    steps = case.responder(b"", "/story")
    said = [steps] if isinstance(steps, bytes) else steps
    whole = b"".join(step for step in said if isinstance(step, bytes))

    assert (filed.capture.outcome, filed.extraction.status) == (case.outcome, case.extraction)
    assert case.words in filed.capture.detail + filed.extraction.detail
    assert filed.capture.detail or filed.extraction.detail
    assert filed.text is None
    [kept] = blocks_of(warcs_in(tmp_path), "response")
    assert kept
    assert whole.startswith(kept)
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        [row] = catalog.captures()
    assert (row.outcome, row.extract_status) == (case.outcome, case.extraction)
    assert row.url == url


def test_wrong_charset_is_read_as_what_it_is(tmp_path: Path) -> None:
    story = "".join(f"<p>Капитан сказал, что шторм номер {n} давно утих.</p>" for n in range(9))
    page = story_page("Паром на остров отменён", story)
    wrong = answer(page, "Content-Type: text/html; charset=iso-8859-1")
    with LedgerServer(always(wrong)) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/story")])

    assert filed.extraction.article is not None
    assert filed.extraction.article.title == "Паром на остров отменён"


@pytest.mark.parametrize(
    ("url", "outcome", "words"),
    [
        ("example.org/story", Outcome.BAD_URL, "http://"),
        ("ftp://example.org/story", Outcome.BAD_URL, "http://"),
        ("http://exa mple.org/", Outcome.BAD_URL, "white space"),
        ("http://127.0.0.1:0/story", Outcome.BAD_URL, "port 0"),
        ("http://127.0.0.1/\udcff", Outcome.BAD_URL, "not UTF-8"),
        ("http://a..b/", Outcome.UNRESOLVED, "no host name"),
        ("http://no-such-host.invalid/story", Outcome.UNRESOLVED, "no-such-host.invalid"),
        ("http://169.254.169.254/latest/meta-data/", Outcome.FORBIDDEN, "169.254.169.254"),
    ],
)
def test_link_leads_nowhere(url: str, outcome: Outcome, words: str, tmp_path: Path) -> None:
    [filed] = capture(settings_for(tmp_path), [url])

    assert filed.capture.outcome is outcome
    assert words in filed.capture.detail
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        [row] = catalog.captures()
    assert row.outcome == outcome


def test_refused_connection(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    [filed] = capture(settings_for(tmp_path), [f"http://127.0.0.1:{port}/story"])

    assert filed.capture.outcome is Outcome.REFUSED
    assert "127.0.0.1" in filed.capture.detail


def test_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with LedgerServer(always(answer(story_page(), HTML)), tls=context) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/story")])

    assert filed.capture.outcome is Outcome.TLS_FAILED
    assert "certificate" in filed.capture.detail
    assert server.requests == []


def test_command_says_each_in_one_line_and_goes_on(tmp_path: Path) -> None:
    def mixed(_request: bytes, target: str) -> bytes:
        if target == "/good":
            return answer(story_page(), HTML)
        return answer(b"<p>not here</p>", HTML, status="404 Not Found")

    with LedgerServer(mixed) as server:
        urls = [server.url("/gone"), "no url", server.url("/good")]
        done = scraper("fetch", "--allow-private", "127.0.0.0/8", *urls, cwd=tmp_path)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("text/")
    assert len(done.stdout.splitlines()) == 1
    gone = next(line for line in done.stderr.splitlines() if "/gone" in line)
    assert "404" in gone
    assert "is kept in warc/" in gone
    assert any(line.startswith("no url: ") for line in done.stderr.splitlines())


def test_password_in_what_is_no_url_is_not_kept(tmp_path: Path) -> None:
    [filed] = capture(settings_for(tmp_path), ["http://user:sesame@127.0.0.1:99999/"])

    assert filed.capture.url == "http://127.0.0.1:99999/"
    assert all(b"sesame" not in file.read_bytes() for file in tmp_path.glob("catalog.db*"))


def test_two_spellings_of_a_url_are_fetched_once(tmp_path: Path) -> None:
    with LedgerServer(always(answer(story_page(), HTML))) as server:
        url = server.url("/story")
        [filed] = capture(settings_for(tmp_path), [f"{url}#top", url, url.replace("http", "HTTP")])

    assert filed.text is not None
    assert len(server.requests) == 1


def test_archive_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for archive in ("file", "file/below"):
        done = command("fetch", "http://a.example/", cwd=tmp_path, env={"SCRAPER_ARCHIVE": archive})

        assert done.returncode == 1
        assert f"{archive}: Not a directory; nothing was fetched" in done.stderr
        assert "Traceback" not in done.stderr
