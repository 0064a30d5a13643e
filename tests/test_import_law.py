"""The law of the house: imports go downwards, rooms meet in values, each library stays in its room.

DESIGN in short: a room may import rooms of a lower level and its own insides, nothing else; every
third-party library is named here with the rooms that may import it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "scraper"

# From the ground up; a room may import from the rows below its own. The values of the first row may
# know each other as well.
HOUSE = (
    {"model", "errors", "urls", "http1", "coding"},
    {"disk"},
    {"cadence", "clock", "config", "discover", "in_hand", "notify", "side_by_side", "together"},
    {"fetch", "archive", "extract", "store"},
    {"claims", "drift", "export", "politeness", "search", "templates"},
    {"line", "replay"},
    {"asking", "repeats", "requisites", "written"},
    {"following"},
    {"crawl", "plan", "read"},
    {"rules"},
    {"metrics", "reindex", "survey", "verify", "watch"},
    {"full_disk"},
    {"backfill", "daemon", "demo", "importing", "rebuild", "reextract"},
    {"cli"},
)
LEVELS = {room: level for level, row in enumerate(HOUSE) for room in row}

FENCES = {
    "alembic": {"scraper.store"},
    "apprise": {"scraper.notify"},
    "apscheduler": {"scraper.daemon"},
    "click": {"scraper.cli"},
    "h11": {"scraper.http1"},
    "httpcore": {"scraper.fetch"},
    "httpx": {"scraper.fetch"},
    "lxml": {"scraper.config", "scraper.discover", "scraper.extract"},
    "prometheus_client": {"scraper.metrics"},
    "pyarrow": {"scraper.export"},
    "pydantic": {"scraper.config"},
    "pydantic_core": {"scraper.config"},
    "cryptography": {"scraper.archive.timestamp"},
    "rfc3161_client": {"scraper.archive.timestamp"},
    "rich": {"scraper.cli"},
    "selectolax": {"scraper.config", "scraper.discover", "scraper.extract"},
    "sqlalchemy": {"scraper.store"},
    "tomlkit": {"scraper.config"},
    "trafilatura": {"scraper.extract"},
    "warcio": {"scraper.archive"},
    "zlib_ng": {"scraper.archive"},
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "cassettes" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_in(source: str) -> Iterator[tuple[str, int]]:
    """Yield each absolute name that a module imports, wherever the import stands, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def offences(module: str, source: str) -> list[str]:
    """Return a sentence for each import of a module that the law forbids."""
    return [
        f"{module}:{line}: {reason}"
        for name, line in imports_in(source)
        if (reason := offence(module, name)) is not None
    ]


def offence(module: str, name: str) -> str | None:
    top, *rest = name.split(".")
    if top == "":
        return f"relative import of {name}: each name has one address, write it out"
    if top in sys.stdlib_module_names:
        return None
    if top != "scraper":
        return None if is_inside(module, FENCES.get(top, set())) else f"{top} is fenced out of here"
    here, there = room_of(module), rest[0] if rest else ""
    if there in {here, "", "__version__"}:
        return None
    if there not in LEVELS:
        return f"{there} is in no level of the house"
    if here and not is_below(LEVELS[there], LEVELS[here]):
        return f"{here} (level {LEVELS[here]}) imports {there} (level {LEVELS[there]})"
    return None


def is_below(there: int, here: int) -> bool:
    # The values of level 0 may know each other; from level 1 up, equals do not.
    return there < here or there == here == 0


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def is_inside(module: str, fence: set[str]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in fence)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_security_rule_1_module_keeps_the_law(path: Path) -> None:
    assert offences(name_of(path), path.read_text()) == []


def test_every_room_stands_in_a_level() -> None:
    rooms = {room_of(name_of(path)) for path in modules()} - {""}

    assert rooms <= set(LEVELS)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("scraper.extract.rules", "from scraper.fetch.client import Client"),
        ("scraper.model", "from scraper.config import load_sources"),
        ("scraper.crawl", "import httpx"),
        ("scraper.archive.writer", "def f() -> None:\n    from scraper.cli import main"),
        ("scraper.store.catalog", "from . import schema"),
        ("scraper.urls", "import requests"),
    ],
)
def test_a_wrong_import_is_caught(module: str, source: str) -> None:
    assert offences(module, source) != []


def test_room_packages_hold_no_code() -> None:
    with_code = {
        name_of(path)
        for path in PACKAGE.rglob("__init__.py")
        if path.read_text().strip() and path.parent != PACKAGE
    }

    public = {"scraper.extract", "scraper.config"}
    assert with_code <= public, "only the addresses of the public API may re-export"
