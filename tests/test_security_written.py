"""Rules of security 16 and 17: what is installed was locked; limits are written down."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from scraper import asking, coding, following, http1, politeness
from scraper.config import checks, load, messages
from scraper.discover import feeds, sitemaps
from scraper.discover import reading as reading_sources
from scraper.extract import complexity, extraction, jsonld, paging, pool
from scraper.extract.pool import Extractor
from scraper.fetch import backend, client, guard, known_robots, robots_rules
from scraper.importing import reading, records, unpacked
from scraper.line import Settings
from scraper.model import FetchPolicy

ROOT = Path(__file__).parent.parent
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
PACKAGES = {package["name"]: package for package in LOCK["package"]}
REQUIREMENTS = [ROOT / "deploy" / "requirements.txt", ROOT / ".ci" / "requirements.txt"]
_PIN = re.compile(
    r"^([a-z0-9][a-z0-9.-]*)==([^\s;\\]+)((?:.*\\\n)(?:\s+--hash=\S+(?: \\)?\n)+)?", re.MULTILINE
)


# --- rule 16 -------------------------------------------------------------------------------------


def hashes_of(package: dict[str, object]) -> set[str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]  # type: ignore[misc]
    return {file["hash"] for file in files}


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.parent.name)
def test_security_rule_16_what_is_installed_is_what_was_locked(file: Path) -> None:
    pins = _PIN.findall(file.read_text())

    assert len(pins) > 40
    for name, pinned, rest in pins:
        assert pinned == PACKAGES[name]["version"]
        given = set(re.findall(r"--hash=(\S+)", rest))
        assert given
        assert given <= hashes_of(PACKAGES[name])


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.parent.name)
def test_security_rule_16_the_lock_is_as_new_as_the_project(file: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    if file.parent.name == ".ci":  # which fuzzes as well, or would pass over it in silence
        extras = project["optional-dependencies"]
        wanted += [*extras["test"], *extras["fuzz"]]
    names = {re.split(r"[><=;\[ ]", line)[0].lower().replace("_", "-") for line in wanted}

    assert names <= {name for name, _, _ in _PIN.findall(file.read_text())}


def test_security_rule_16_all_that_is_locked_has_hashes() -> None:
    without = [
        name
        for name, package in PACKAGES.items()
        if "editable" not in package["source"] and not hashes_of(package)
    ]

    assert without == []


def test_security_rule_16_ci_and_container_take_nothing_that_was_not_locked() -> None:
    container = (ROOT / "deploy" / "Containerfile").read_text()
    ci = (ROOT / ".ci" / "run").read_text()

    assert "--require-hashes -r .ci/requirements.txt" in ci
    assert "--require-hashes -r /src/deploy/requirements.txt" in container
    assert "--no-deps --no-build-isolation /src" in container


@pytest.mark.parametrize(("name", "least"), [("lxml", (6, 1)), ("brotli", (1, 2))])
def test_security_rule_16_versions_with_known_holes_are_not_locked(
    name: str, least: tuple[int, int]
) -> None:
    locked = tuple(map(int, PACKAGES[name]["version"].split(".")[:2]))

    assert locked >= least
    assert version("lxml") >= "6.1"


# --- rule 17 -------------------------------------------------------------------------------------

POLICY = FetchPolicy()
POOL = Extractor.__init__.__defaults__ or ()
LIMITS = {
    "one exchange": (POLICY.timeout.total_seconds(),),
    "a response on the wire": (POLICY.max_bytes,),
    "looking a host up": (guard.DNS_TIMEOUT_S,),
    "what a fetch may have": (client.NARROW_BYTES, client.WIDE_BYTES),
    "pages and sources in hand": (Settings.__dataclass_fields__["most_in_hand"].default,),
    "a text": (extraction.MAX_TEXT,),
    "reading a source": (pool._ADDRESSES, reading_sources.MAX_CHARS),  # noqa: SLF001
    "a file of": (load.MAX_CHARS, load.MAX_KEY_PARTS, messages.MAX_TOLD),
    "connecting": (backend.CONNECT_TIMEOUT_S,),
    "one head": (http1.MAX_HEAD_BYTES,),
    "interim responses": (http1.MAX_INTERIM,),
    "redirects": (client.MAX_HOPS,),
    "further pages": (paging.MOST_PAGES, following.MOST_BYTES_IN_ALL),
    "content codings": (coding.MAX_CODINGS,),
    "a body, unpacked": (coding.MAX_BYTES, coding.MAX_RATIO, coding.FREE_BYTES),
    "gzip members": (coding.MAX_MEMBERS,),
    "reading one page": POOL,
    "a page that is read": (
        complexity.MAX_CHARS, complexity.MAX_DEPTH, complexity.MAX_ATTRIBUTES, complexity.MAX_LINKS,
    ),
    "JSON-LD": (jsonld._MAX_CHARS,),  # noqa: SLF001  a limit is written down, wherever it is kept
    "a feed": (feeds.MAX_BYTES, feeds.MAX_ITEMS),
    "a sitemap": (sitemaps.MAX_BYTES, sitemaps.MAX_URLS),
    "an index of sitemaps": (
        asking.MAX_CHILDREN, asking.MAX_DEPTH, asking.MAX_LINKS, asking.MAX_LINK_CHARS,
    ),
    "robots.txt": (
        robots_rules.PARSED_BYTES, politeness.ROBOTS_BYTES, known_robots.MAX_BYTES,
    ),
    "a record of somebody else's": (records.MAX_HEAD, records.MAX_BLOCK, unpacked.MAX_UNPACKED),
    "reading somebody else's": (reading.DEADLINE_S, reading.MEMORY_BYTES, reading._MOST_LOST),  # noqa: SLF001
    "an expression": (checks.MAX_EXPRESSION_CHARS, checks.MAX_PREDICATES_DEEP),
    "ports": tuple(sorted(guard.PORTS)),
}  # fmt: skip


def written_limits() -> dict[str, str]:
    text = (ROOT / "SECURITY.md").read_text()
    table = text.split("## Limits, with their defaults")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", table, re.MULTILINE)
    return {what: default for what, default in rows if what != "what"}


@pytest.mark.parametrize("what", LIMITS)
def test_security_rule_17_a_limit_is_the_one_that_is_written_down(what: str) -> None:
    [default] = [said for row, said in written_limits().items() if row.startswith(what)]

    numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", default)]
    assert numbers[: len(LIMITS[what])] == [float(limit) for limit in LIMITS[what]]


def test_security_rule_17_no_written_limit_is_without_its_test() -> None:
    rows = written_limits()

    assert len(rows) == len(LIMITS)
