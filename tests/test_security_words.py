"""Rules of security 6, 11 and 12: hostile words of a page through every command, and a browser.

The commands run in a pseudo-terminal, where colours, bars and escape sequences come through.
"""

import gzip
import os
import pty
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from ledger import LedgerServer, answer
from line_runs import blocks_of, capture, settings_for, story_page, warcs_in
from passes import command

from scraper.cli.serve import command as serve_command
from scraper.replay.reading import NoLinks, Reading
from scraper.replay.server import LOOPBACK, serving
from scraper.store.catalog import Catalog

ESCAPES = "\x1b]0;pwn\x07\x1b[2J\x9b31m\x1b]52;c;cm0gLXJm\x07"
HIDDEN = "\u202egnp.exe\u2066\u200b\u2028\u0085"
MARKUP = "<script>alert(1)</script>[bold red]x[/nothing]"
TITLE = f"Ferry {ESCAPES}{HIDDEN}{MARKUP} sinks"
COOKIE = "Set-Cookie: visitor=canary-of-a-visitor; Path=/"
# What a terminal may get: our own rich bars and colours write to standard error alone.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def hostile_page() -> bytes:
    title = TITLE.replace("<", "&lt;").replace("\x1b", "&#27;").replace("\x07", "&#7;")
    story = "".join(
        f"<p>The captain said in sentence {n} {title} that the storm had long passed, calmly.</p>"
        for n in range(6)
    )
    meta = f'<meta name=author content="{title}"><meta property=article:tag content="{title}">'
    page = story_page(title, story).replace(b"<head>", f"<head>{meta}".encode())
    return page.replace(b"\x1b", b"&#27;")


def respond(_request: bytes, target: str) -> bytes:
    if target.startswith("/moved"):
        return answer(b"", f"Location: javascript:{ESCAPES}", status="302 \x1b[2J")
    if target.startswith("/broken"):
        return b"\x1b[2J\x1b]0;pwn\x07 no HTTP at all\r\n\r\n"
    return answer(hostile_page(), "Content-Type: text/html", COOKIE)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an archive of what a hostile outlet said."""
    folder = tmp_path_factory.mktemp("hostile")
    with LedgerServer(respond) as server:
        urls = [server.url(target) for target in ("/story?%1b[2J",
                                                  "/moved", "/broken")]  # fmt: skip
        filed = capture(settings_for(folder / "archive"), urls)
    assert filed[0].text is not None
    return folder


def in_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command in a pseudo-terminal; return its status and all that it showed there."""
    ours, theirs = pty.openpty()
    environment = {
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "scraper.cli.main", *arguments],
        cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b"".join(_until_closed(ours))
    os.close(ours)
    return process.wait(timeout=60), shown.decode("utf-8", "replace")


def _until_closed(fd: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(fd, 65_536)
        except OSError:  # EIO: the last writer closed its side
            return
        if not data:
            return
        yield data


LOOKING = [
    ["list"],
    ["list", "--captures"],
    ["list", "--json"],
    ["list", "--captures", "--json"],
    ["show", "1"],
    ["show", "1", "--explain"],
    ["show", "1", "--json"],
    ["show", "1", "--response"],
    ["show", "c2"],
    ["show", "c3"],
    ["history", "1"],
    ["diff", "1"],
    ["status"],
    ["verify"],
    ["-vv", "verify"],
    ["rebuild", "--into", "{dest}/again.db"],
    ["export", "jsonl", "{dest}/lines.jsonl"],
    ["reextract", "--dry-run"],
    ["export", "text", "{dest}/texts"],
    ["export", "evidence", "1", "{dest}/e.wacz"],
    ["export", "cdxj", "{dest}/index.cdxj"],
    ["export", "wacz", "{dest}/a.wacz"],
    ["import", "--dry-run", "{warc}"],
    ["-v", "import", "{warc}"],
    ["extract", "{page}"],
    ["extract", "--explain", "{page}"],
    ["extract", "--json", "{page}"],
    ["fetch", "\x1b[2Jhttp://x"],
    ["fetch", "--\x1b[2J"],
    ["show", "\x1b[2J\x1b]0;pwn\x07"],
    ["list", "--outlet", "\x1b[2J"],
    ["\x1b[2J\x1b]0;pwn\x07"],
    ["outlets", "show", "\x1b[2J"],
    ["outlets", "check", "\x1b[2J"],
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", LOOKING, ids=lambda words: ascii(" ".join(words)))
def test_security_rule_11_no_command_lets_a_page_write_to_the_terminal(
    arguments: list[str], root: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page[bold].html"
    page.write_bytes(hostile_page())
    [warc] = (root / "archive").glob("warc/*/*.warc.gz")
    copy = tmp_path / "[bold].warc.gz"
    copy.write_bytes(warc.read_bytes())
    names = {"dest": str(tmp_path), "warc": str(copy), "page": str(page)}
    words = [re.sub(r"\{(\w+)\}", lambda found: names[found[1]], word) for word in arguments]

    status, shown = in_terminal(root, *words)

    plain = without_our_own(shown)
    assert status in {0, 1, 2, 5}
    assert "Traceback" not in shown
    assert FORBIDDEN.search(plain) is None, ascii(plain)


def without_our_own(shown: str) -> str:
    """Take out what rich writes of its own: colours, lines cleared, the cursor hidden."""
    return re.sub(r"\x1b\[(?:\d{0,3}(?:;\d{1,3})*m|\d?A|2?K|\?25[lh])|\r", "", shown)


# --- rule 6: cookies of others -------------------------------------------------------------------


def test_security_rule_6_cookies_stand_in_records_and_in_no_export_but_those(
    root: Path, tmp_path: Path
) -> None:
    archive = root / "archive"
    kept = b"".join(blocks_of(warcs_in(archive), "response"))
    for what, name in (("jsonl", "a.jsonl"), ("parquet", "a.parquet"), ("cdxj", "a.cdxj"),
                       ("wet", "a.wet.gz"), ("text", "texts")):  # fmt: skip
        done = command("export", what, str(tmp_path / name), cwd=root)
        assert done.returncode == 0, done.stderr
    shown = command("show", "1", "--json", cwd=root).stdout

    assert b"canary-of-a-visitor" in kept
    for file in tmp_path.rglob("*"):
        data = file.read_bytes() if file.is_file() else b""
        assert b"canary-of" not in (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    assert "canary-of" not in shown
    assert b"canary-of" not in (archive / "catalog.db").read_bytes()


# --- rule 12: the archive in a browser -----------------------------------------------------------


def fetched(port: int, target: str, method: str = "GET", **headers: str) -> tuple[int, str, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response.status, str(response.headers).lower(), response.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def port(root: Path) -> Iterator[int]:
    with (
        Catalog.open(root / "archive" / "catalog.db") as catalog,
        serving(Reading(root / "archive", catalog, NoLinks(), "hint"), 0) as number,
    ):
        yield number


@pytest.mark.parametrize("target", ["/", "/article/1", "/style.css", "/nothing"])
def test_security_rule_12_nothing_of_a_page_runs(target: str, port: int) -> None:
    _, head, body = fetched(port, target)

    assert b"<script" not in body
    assert not FORBIDDEN.search(body.decode())
    assert "content-security-policy: default-src 'none'" in head
    assert "nosniff" in head


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "[::1]", ""])
def test_security_rule_12_another_name_of_this_machine_is_refused(host: str, port: int) -> None:
    status, _, body = fetched(port, "/article/1", Host=host)

    assert status == 421
    assert b"Ferry" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_security_rule_12_it_only_reads(method: str, port: int) -> None:
    assert fetched(port, "/article/1", method)[0] in {405, 501}


@pytest.mark.parametrize(
    "target",
    [
        "/article/../../../../etc/passwd", "/article/%2e%2e/%2e%2e/etc/passwd", "/article/-1",
        "/article/1%00", "/article/1'", "/article/99999999999999999999", "/warc/", "/catalog.db",
        "//evil.example/", "/?page=-1", "/?page=1e9", "/?page=%27", "http://evil.example/",
        "/article/\u0661".encode("utf-8").decode("latin-1"), "*",
    ],
)  # fmt: skip
def test_security_rule_12_no_path_leads_out_or_breaks_it(target: str, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        link.sendall(head.encode("latin-1"))
        said = b"".join(iter(lambda: link.recv(65_536), b""))

    assert said.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404", b"HTTP/1.1 400", b"HTTP/1.1 421"))
    assert b"root:" not in said
    assert b"SQLite" not in said
    assert fetched(port, "/")[0] == 200


def test_security_rule_12_it_listens_on_this_machine_alone() -> None:
    options = {word for one in serve_command.params for word in one.opts}

    assert options == {"--port", "--replay-port", "--install-replay", "--pywb", "--sources",
                       "--archive"}  # fmt: skip
    assert LOOPBACK == "127.0.0.1"
