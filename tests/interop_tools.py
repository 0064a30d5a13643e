"""Other people's programs, found where `.ci/interop-tools` puts them or on the PATH."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

TOOLS = Path(os.environ.get("SCRAPER_TOOLS", Path(__file__).parents[1] / ".tools"))
FOLDERS = ("py/bin", "pywb/bin", "node/node_modules/.bin")


def tool(name: str) -> str:
    """Return the path of a program; the test is skipped, saying so, where it is not installed."""
    places = (str(TOOLS / folder / name) for folder in FOLDERS)
    found = next((place for place in places if Path(place).exists()), shutil.which(name))
    if found is None:
        pytest.skip(f"{name} is not installed; .ci/interop-tools puts it into {TOOLS.name}/")
    return found


def say(
    name: str, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it said, and how it ended."""
    return subprocess.run(
        [tool(name), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
