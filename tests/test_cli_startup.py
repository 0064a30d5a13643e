"""What the command line loads before it is asked for anything: nothing that takes long."""

import subprocess
import sys

import pytest

from scraper.cli.main import COMMANDS

HEAVY = {
    "alembic", "h11", "htmldate", "httpcore", "httpx", "lxml", "pydantic", "rich", "selectolax",
    "sqlalchemy", "trafilatura", "warcio",
}  # fmt: skip


def said_and_loaded_by(code: str) -> tuple[str, set[str]]:
    """Return what a fresh interpreter says to some code, and which modules it then holds."""
    script = f"{code}\nimport sys; print('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    said, _, modules = done.stdout.rpartition("LOADED")
    return said, set(modules.split())


def loaded_by(code: str) -> set[str]:
    return said_and_loaded_by(code)[1]


def test_help_loads_none_of_the_heavy_libraries() -> None:
    loaded = loaded_by(
        "from scraper.cli.main import cli\ncli.main(['--help'], standalone_mode=False)"
    )

    assert "click" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_loads_none_either_and_shows_an_example(command: str) -> None:
    call = f"cli.main([{command!r}, '--help'], prog_name='scraper', standalone_mode=False)"

    said, loaded = said_and_loaded_by(f"from scraper.cli.main import cli\n{call}")

    assert "Example:" in said
    assert f"scraper {command}" in said
    assert loaded & HEAVY == set()


def test_importing_the_package_needs_no_extra_and_loads_nothing() -> None:
    loaded = loaded_by("import scraper; assert scraper.__version__")

    assert loaded & (HEAVY | {"click"}) == set()


def test_importing_the_public_api_needs_no_extra() -> None:
    loaded = loaded_by(
        "from scraper.extract import extract_article\nfrom scraper.config import load_sources"
    )

    assert "scraper" in loaded
    assert loaded & {"pytest", "hypothesis", "fastwarc", "resiliparse", "readability"} == set()
