"""A canary of each secret, and everything that the program writes, says or shows searched for it.

That secrets go to no other host is promise 25's, in test_promises_fetch.
"""

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from ledger import LedgerServer, answer
from line_runs import scraper, story_page
from passes import command

from scraper.cli.outlets.changing import edit_outlet
from scraper.cli.outlets.secrets import without_secrets
from scraper.errors import ScraperError

HEADER, COOKIE, TOKEN, PROXY, CATALOG = (f"canary-{n}-9b1d" for n in "hcntp")
CANARIES = (HEADER, COOKIE, TOKEN, PROXY, CATALOG)
SOURCES = """
[defaults]
contact = "archive@paper.example"

[[outlet]]
id = "paper"
name = "The Paper"
home = "@HOME@"

[[outlet.source]]
type = "feed"
url = "@HOME@rss"

[outlet.fetch]
allow_private = ["127.0.0.0/8"]
cookie_env = "PAPER_COOKIE"
headers = { "X-Api-Key" = "@HEADER@", Authorization = 'Bearer @HEADER@' }

[outlet.alarm]
quiet_after = "1h"
notify = ["json://me:${PAPER_TOKEN}@127.0.0.1:1/", "jsons://${PAPER_TOKEN}@127.0.0.1:1/"]
"""
COMMANDS = (
    ["-vv", "fetch", "--all"],
    ["-vv", "fetch", "--all", "--json"],
    ["status"],
    ["status", "--json"],
    ["list", "--captures", "--json"],
    ["show", "1"],
    ["show", "1", "--json"],
    ["show", "c1", "--json"],
    ["outlets", "list", "--json"],
    ["outlets", "show", "paper"],
    ["outlets", "show", "paper", "--json"],
    ["outlets", "edit", "paper", "--dry-run", f"fetch.headers.Authorization=Bearer {HEADER}2"],
    ["outlets", "check", "paper", "--json"],
    ["outlets", "export", "{dest}/outlets.opml"],
    ["verify", "--json"],
    ["rebuild", "--into", "{dest}/again.db"],
    ["reextract", "--dry-run"],
    ["export", "jsonl", "{dest}/lines.jsonl"],
    ["export", "cdxj", "{dest}/index.cdxj"],
    ["export", "wacz", "{dest}/a.wacz"],
    ["export", "evidence", "1", "{dest}/e.wacz"],
    ["extract", "{home}story"],
)


def respond(request: bytes, target: str) -> bytes:
    if target == "/robots.txt":
        return answer(b"User-agent: *\nAllow: /\n")
    if target != "/rss":
        return answer(story_page(), "Content-Type: text/html")
    host = request.split(b"\r\nHost: ", 1)[1].split(b"\r\n", 1)[0].decode()
    item = f"<item><title>News</title><link>http://{host}/story</link></item>"
    return answer(f"<rss><channel>{item}</channel></rss>".encode(), "Content-Type: text/xml")


ENVIRONMENT = {
    "PAPER_COOKIE": f"session={COOKIE}",
    "PAPER_TOKEN": TOKEN,
    "HTTP_PROXY": f"http://me:{PROXY}@127.0.0.1:1",
    "HTTPS_PROXY": f"http://me:{PROXY}@127.0.0.1:1",
    "ALL_PROXY": f"http://me:{PROXY}@127.0.0.1:1",
    "AWS_SECRET_ACCESS_KEY": PROXY,
}


def filled(sources: str, home: str) -> str:
    return sources.replace("@HOME@", home).replace("@HEADER@", HEADER)


def with_secrets(folder: Path, *arguments: str) -> CompletedProcess[str]:
    return scraper(*arguments, cwd=folder, env=ENVIRONMENT)


def bytes_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what is in each file, packed ones unpacked."""
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.name == "sources.toml":
            continue
        data = file.read_bytes()
        yield file.name, gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        if file.suffix == ".wacz":
            with zipfile.ZipFile(file) as package:
                for name in package.namelist():
                    inside = package.read(name)
                    is_packed = inside.startswith(b"\x1f\x8b")
                    yield f"{file.name}/{name}", gzip.decompress(inside) if is_packed else inside


@pytest.mark.parametrize(
    "change",
    [
        "fetch.timeout=30s",  # beside the headers
        'fetch.headers={ "X-Api-Key" = "@HEADER@2", Accept = "c" }',
        "fetch.headers={ X-Api-Key = @HEADER@ }",
        "fetch.headers.X-Api-Key=@HEADER@2",
        "fetch.headers.X-Api-Key=c4n",
        "fetch.headers.X-Api-Key=",
        "alarm.notify+=slack://@HEADER@/BBBBBB/CCCC",
        "alarm.quiet_after=2h",
        "fetch.cookie=@HEADER@",
    ],
)
def test_security_rule_5_an_edit_shows_no_secret_old_or_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    file = tmp_path / "sources.toml"
    home = "https://paper.example/"
    address = f"slack://{HEADER}/AAAAAA/BBBB"
    file.write_text(filled(SOURCES, home).replace("json://me:", f'{address}", "json://me:'))

    try:
        assert edit_outlet(file, "paper", [filled(change, home)], dry_run=True) == 0
    except ScraperError as exc:
        said = str(exc)
    else:
        said = "".join(capsys.readouterr())
        assert "@@" in said  # a difference

    assert HEADER not in said
    assert "c4n" not in said


def test_a_shown_url_has_its_name_and_not_its_password() -> None:
    line = 'catalog = "postgresql://archive:s3cr3t@db.example/news"  # https://a.example/b:c@d'

    assert without_secrets(line, ()) == line.replace("s3cr3t", "[redacted]")
    assert without_secrets("json://me:${TOKEN}@h/", ()) == "json://me:${TOKEN}@h/"


@pytest.mark.slow
def test_security_rule_5_no_secret_is_in_any_record_log_error_export_or_answer(
    tmp_path: Path,
) -> None:
    dest = tmp_path / "dest"
    dest.mkdir()
    with LedgerServer(respond) as server:
        home = server.url("/")
        (tmp_path / "sources.toml").write_text(filled(SOURCES, home))
        ends = {
            " ".join(words): with_secrets(
                tmp_path, *(word.format(dest=dest, home=home) for word in words)
            )
            for words in COMMANDS
        }

    assert any(HEADER.encode() in request for request in server.requests), "they are sent at all"
    assert any(COOKIE.encode() in request for request in server.requests)
    assert {name: end.stderr for name, end in ends.items() if end.returncode not in {0, 1}} == {}
    files = dict(bytes_below(tmp_path))
    assert any(name.endswith(".warc.gz") for name in files)
    assert b"[redacted]" in b"".join(files.values())
    for canary in CANARIES:
        told = [name for name, end in ends.items() if canary in end.stdout + end.stderr]
        assert told == [], canary
        assert [name for name, data in files.items() if canary.encode() in data] == [], canary


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("headers = {", f'headers = "{HEADER}" #'),
        ("headers = {", f'headers = ["{HEADER}"] #'),
        ('"X-Api-Key" = "', '"X Api Key" = "'),
        ('"X-Api-Key" = "', '"X-Api-Key" = "\\u0000'),
        ('"X-Api-Key" = "', 'Cookie = "'),
        ("headers = {", "haeders = {"),
        ("me:${PAPER_TOKEN}", f"me:{TOKEN}"),
        ("json://me:", f"{TOKEN} json://me:"),
        ("@HOME@rss", f"http://me:{TOKEN}@127.0.0.1/rss"),
        ('contact = "', f'catalog = "postgresql://me:{CATALOG}@127.0.0.1:1/x"\ncontact = "'),
        ('contact = "', f'catalog = "postgres ql://me:{CATALOG}@127.0.0.1:1/x"\ncontact = "'),
    ],
)
def test_security_rule_5_no_error_about_sources_toml_tells_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    assert old in SOURCES
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    text = filled(SOURCES.replace(old, new, 1), "http://127.0.0.1:9/")
    (tmp_path / "sources.toml").write_text(text)

    end = command("-vv", "status", cwd=tmp_path)

    assert end.returncode in {2, 4}, end.stderr
    assert not [canary for canary in CANARIES if canary in end.stdout + end.stderr], end.stderr
