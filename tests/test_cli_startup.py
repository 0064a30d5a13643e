"""What the command line loads before it is asked for anything: nothing that takes long."""

import subprocess
import sys

import pytest

from scraper.cli.main import COMMANDS

HEAVY = {
    "alembic", "h11", "htmldate", "httpcore", "httpx", "lxml", "pydantic", "rich", "selectolax",
    "sqlalchemy", "trafilatura", "warcio",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running some code."""
    script = f"{code}\nimport sys; print('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split())


def test_help_loads_none_of_the_heavy_libraries() -> None:
    loaded = loaded_by(
        "from scraper.cli.main import cli\ncli.main(['--help'], standalone_mode=False)"
    )

    assert "click" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_loads_none_either_and_shows_an_example(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scraper.cli.main", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert "Example:" in done.stdout
    assert f"scraper {command}" in done.stdout
    call = f"cli.main([{command!r}, '--help'], standalone_mode=False)"
    loaded = loaded_by(f"from scraper.cli.main import cli\n{call}")
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
