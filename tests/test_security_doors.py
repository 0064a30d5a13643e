"""Rules of security 1, 7, 8, 10 and 13: what sources may call, and what becomes of hostile values.

The sources are read as syntax trees, so that a comment or a string is no finding.
"""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from archive_samples import saved
from schedules import open_catalog
from test_import_law import modules, name_of

from scraper.archive.record import Draft, member_of
from scraper.discover.feeds import links_in_feed
from scraper.discover.sitemaps import links_in_sitemap
from scraper.errors import ArchiveError
from scraper.extract.jsonld import things_in

# Whoever may open a connection or start a program, and what for.
DOORS = {
    "getaddrinfo": {"scraper.fetch.guard"},  # the gate
    "create_connection": {"scraper.fetch.sockets"},  # behind the gate
    "create_server": {"scraper.replay.pywb"},  # on loopback: which port is free
    "HTTPConnection": {"scraper.replay.pywb"},  # asks pywb on loopback whether it is up
    "Popen": {"scraper.replay.pywb"},  # pywb itself
    "run": {"scraper.replay.assets", "scraper.demo.run"},  # npm, when asked to install; sha256sum
    "create_subprocess_exec": {"scraper.extract.pool", "scraper.importing.reading"},  # the workers
}
# Calls that nobody needs: they fetch by themselves, run what they read, or ask a shell.
NEVER = {
    "urlopen", "urlretrieve", "fetch_url", "fetch_response", "open_connection",
    "create_datagram_endpoint", "create_unix_connection", "eval", "exec", "create_subprocess_shell",
    "system", "popen", "getoutput",
}  # fmt: skip
# Libraries that reach the network or build objects out of what they read.
NO_MODULES = {
    "requests", "aiohttp", "urllib3", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib",
    "xmlrpc", "pickle", "marshal", "shelve", "dill", "yaml", "feedparser", "urllib.request",
    "xml.etree", "xml.sax", "xml.dom", "pycurl", "paramiko",
}  # fmt: skip
HARMLESS = {"xml.sax.saxutils"}  # escapes text; parses nothing


def called(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a source calls: the thing before the last dot, and the name after it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield "", node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value), node.func.attr


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def other_doors(module: str, source: str) -> list[str]:
    """Return what a module does that only the door may do, or nobody."""
    found = []
    for owner, name in called(source):
        if name in NEVER and not (name in {"eval", "exec"} and owner):
            found.append(f"{module} calls {name}")
        if name in DOORS and (name != "run" or owner == "subprocess") and module not in DOORS[name]:
            found.append(f"{module} calls {name}")
    for name in imported(source):
        roots = {name, ".".join(name.split(".")[:2]), name.split(".")[0]}
        if roots & NO_MODULES and not any(name.startswith(good) for good in HARMLESS):
            found.append(f"{module} imports {name}")
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_security_rule_1_no_module_has_a_door_of_its_own(path: Path) -> None:
    assert other_doors(name_of(path), path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import trafilatura\ntrafilatura.fetch_url('http://x')",
        "from urllib.request import urlopen",
        "import socket\nsocket.create_connection(('x', 80))",
        "import feedparser",
        "import pickle",
        "eval('1')",
        "import os\nos.system('x')",
        "import asyncio\nasyncio.open_connection('x', 80)",
        "import subprocess\nsubprocess.run(['curl', 'x'])",
    ],
)
def test_another_door_would_be_seen(source: str) -> None:
    assert other_doors("scraper.crawl", source)


# --- rule 7: what strangers wrote ----------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "[" * 100_000, '{"a":' * 100_000, '{"@graph":' * 900 + "1" + "}" * 900,
        "[" + "9" * 5_000 + "]",
    ],
    ids=["lists", "objects", "graphs", "a number of 5,000 digits"],
)  # fmt: skip
def test_security_rule_7_json_ld_without_end_is_left_out(script: str) -> None:
    good = json.dumps({"@type": "NewsArticle", "headline": "Ferry"})

    things = things_in([script, good])

    assert things[-1]["headline"] == "Ferry"


# --- rule 8: XML ---------------------------------------------------------------------------------

SECRET = "the harbour master's own password"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


def doctype(path: Path, root: str) -> str:
    path.write_text(SECRET)
    return (
        f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY file SYSTEM "{path.as_uri()}">'
        f'<!ENTITY l0 "ha">{LAUGHS}<!ENTITY % dtd SYSTEM "http://127.0.0.1:9/x.dtd"> %dtd;]>'
    )


def test_security_rule_8_entities_of_a_feed_are_not_followed(tmp_path: Path) -> None:
    feed = (
        f"{doctype(tmp_path / 'secret', 'rss')}<rss><channel><item><title>&file;&l12;</title>"
        "<link>https://paper.example/a</link></item></channel></rss>"
    )

    announced = links_in_feed(feed.encode(), "https://paper.example/rss")

    assert SECRET not in repr(announced)
    assert len(repr(announced)) < 2_000
    assert any("entities" in problem for problem in announced.problems)


def test_security_rule_8_a_sitemap_with_entities_is_not_read(tmp_path: Path) -> None:
    sitemap = (
        f"{doctype(tmp_path / 'secret', 'urlset')}<urlset><url><loc>https://paper.example/&file;"
        "</loc></url></urlset>"
    )

    announced = links_in_sitemap(sitemap.encode(), "https://paper.example/sitemap.xml")

    assert announced.links == ()
    assert announced.problems == ("its DOCTYPE defines entities: such a sitemap is not read",)


def test_security_rule_8_lxml_is_new_enough_to_open_nothing_by_default() -> None:
    major, minor = map(int, version("lxml").split(".")[:2])

    assert (major, minor) >= (6, 1)


# --- rule 10: what is asked of the catalog -------------------------------------------------------

HOSTILE = [
    "'; DROP TABLE article; --",
    "\" OR 1=1 --",
    "%",
    "_",
    "https://news.example/%",
    "x' UNION SELECT sql FROM sqlite_master --",
    "\\",
    "\0",
    "\udc80",
    "*",
    '"NEAR(',
]  # fmt: skip


@pytest.mark.parametrize("asked", HOSTILE)
def test_security_rule_10_no_value_is_a_statement_or_a_pattern(asked: str, tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        catalog.save_capture(saved())
        found = catalog.articles(outlet=asked), catalog.captures(url=asked)
        one = catalog.article_by(asked)
        after = catalog.articles()

    assert found == ((), ())
    assert one is None
    assert len(after) == 1


def test_security_rule_10_no_statement_is_put_together_from_words() -> None:
    """`text()` takes SQL as words: it may have constants alone."""
    made_up = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "text" and not isinstance(node.args[0], ast.Constant):
                made_up.append(name_of(path))
        is_store = name_of(path).startswith("scraper.store.")
        assert is_store or "exec_driver_sql" not in path.read_text()

    assert made_up == []


# --- rule 13: headers of records -----------------------------------------------------------------


@pytest.mark.parametrize("value", ["a\r\nWARC-Type: request", "a\nb", "a\0", "a\x7f", "a\x1b[2J"])
@pytest.mark.parametrize("where", ["url", "header", "content type"])
def test_security_rule_13_a_control_character_in_a_header_is_refused(
    value: str, where: str
) -> None:
    draft = Draft(
        type="response",
        date=datetime(2026, 3, 1, tzinfo=UTC),
        content_type=value if where == "content type" else "text/plain",
        block=b"",
        url=value if where == "url" else "https://paper.example/",
        headers=(("WARC-IP-Address", value),) if where == "header" else (),
    )

    with pytest.raises(ArchiveError, match="control character"):
        member_of(draft)
