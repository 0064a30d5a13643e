"""Promise 24 over a whole pass: hostile feeds and sitemaps beside a good one, at one outlet."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ledger import LedgerServer, answer
from passes import ALL_ALLOWED, feed_at, outlet_of, pass_over, rss, settings_of, with_robots

from scraper.asking import Asked
from scraper.model import Source
from scraper.store.catalog import Catalog

ITEM = "<item><title>{0}</title><link>http://127.0.0.1/{1}</link></item>"
SECRET = "root-canary-51c7"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A source that means harm, and the words that name what stopped it."""

    body: bytes
    problem: str
    type: str = "feed"
    links: int = 0  # that are read all the same


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    prolog = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]>'
    return f"{prolog}<rss>{ITEM.format('&l11;', 'laughs')}</rss>".encode()


def reads_a_file(file: Path, root: str) -> bytes:
    item = ITEM.format("&x;", "xxe") if root == "rss" else "<url><loc>http://x/&x;</loc></url>"
    return (
        f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "{file.as_uri()}">]><{root}>{item}</{root}>'.encode()
    )


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b"<urlset><url><loc>http://127.0.0.1/bomb</loc></url>")
    return packed + b"".join(packer.compress(b" " * 1_000_000) for _ in range(80)) + packer.flush()


def many_items(number: int) -> bytes:
    items = "".join(f"<item><link>http://127.0.0.1/n{n}</link></item>" for n in range(number))
    return f"<rss>{items}</rss>".encode()


SCRIPTS = (
    "<rss><item><link>javascript:alert(1)</link></item><item><link>file:///etc/passwd</link></item>"
    + ITEM.format("honest", "honest")
    + "</rss>"
)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hostile]:
    secret = tmp_path_factory.mktemp("secret") / "passwd"
    secret.write_text(SECRET)
    deep = b"<rss><channel>" + b"<a>" * 200_000
    return {
        "laughs": Hostile(laughs(), "entities, which are not followed", links=1),
        "xxe": Hostile(reads_a_file(secret, "rss"), "entities, which are not followed", links=1),
        "xxe-map": Hostile(reads_a_file(secret, "urlset"), "defines entities", "sitemap"),
        "200k": Hostile(many_items(200_000), "5,000 items", links=5_000),
        "10mb": Hostile(
            b"<rss><!--" + b"x" * 10_000_000 + b"--></rss>", "longer than 5,000,000 bytes"
        ),
        "deep": Hostile(deep, "nested more than 200 deep"),
        "bomb": Hostile(bomb(), "unpacks to more than 50,000,000 bytes", "sitemap", links=1),
        "html": Hostile(b"<!doctype html><title>Hello</title>", "it is an HTML page"),
        "pdf": Hostile(b"%PDF-1.7", "it is a PDF", "sitemap"),
        "scripts": Hostile(SCRIPTS.encode(), "2 of its items have no http or https URL", links=1),
    }


@dataclass(frozen=True, slots=True)
class Passed:
    """What came of one pass over all of them: each source by its name, and every link's URL."""

    asked: dict[str, Asked]
    links: list[str]
    catalog: bytes


@pytest.fixture(scope="module")
def passed(kinds: dict[str, Hostile], tmp_path_factory: pytest.TempPathFactory) -> Passed:
    def respond(_request: bytes, target: str) -> bytes:
        name = target[1:]
        return answer(kinds[name].body) if name in kinds else rss("http://127.0.0.1:9/good")

    folder = tmp_path_factory.mktemp("pass")
    with LedgerServer(with_robots(ALL_ALLOWED, respond), address="127.0.0.2") as server:
        sources = [Source(type=one.type, url=server.url(f"/{name}")) for name, one in kinds.items()]
        settings = settings_of(folder, outlet_of(*sources, feed_at(server.url("/last"))))
        asked, _ = pass_over(settings, most=1)
    with Catalog.open(folder / "catalog.db") as catalog:
        links = [link.url for link in catalog.schedule.links()]
    named = {one.source.url.rpartition("/")[2]: one for one in asked}
    return Passed(named, links, (folder / "catalog.db").read_bytes())


@pytest.mark.parametrize(
    "name",
    ["laughs", "xxe", "xxe-map", "200k", "10mb", "deep", "bomb", "html", "pdf", "scripts"],
)
def test_promise_24_what_stops_a_hostile_source_is_named_and_what_is_good_in_it_is_read(
    kinds: dict[str, Hostile], passed: Passed, name: str
) -> None:
    asked = passed.asked[name]

    assert kinds[name].problem in asked.result.detail
    assert len(asked.announced) == kinds[name].links
    assert asked.is_answered == (kinds[name].links > 0)


def test_promise_24_the_sources_after_hostile_ones_are_asked_as_ever(passed: Passed) -> None:
    assert passed.asked["last"].result.outcome == "ok"
    assert passed.asked["last"].result.new == 1
    assert "http://127.0.0.1:9/good" in passed.links


def test_promise_24_nothing_but_web_addresses_is_queued(passed: Passed) -> None:
    assert {urlsplit(url).scheme for url in passed.links} == {"http"}
    assert len(passed.links) == 5_000 + 5


def test_promise_24_no_file_of_this_machine_was_read(passed: Passed) -> None:
    assert SECRET.encode() not in passed.catalog
