"""What the README says is so: its map names every room, and its commands exist and run."""

import re
import shlex
from pathlib import Path

import pytest
from passes import command

from scraper.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_map_names_every_room_and_no_other() -> None:
    table = README.split("| room |")[1].split("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    named = {name.rstrip("/") for row in rows for name in re.findall("`([^`]+)`", row)}
    rooms = {
        path.name
        for path in (ROOT / "scraper").iterdir()
        if path.name not in {"__init__.py", "__pycache__", "py.typed"}
    }

    assert named == rooms


def test_every_command_it_shows_exists_and_takes_these_options() -> None:
    lines = [line for line in README.splitlines() if line.startswith("    scraper ")]

    assert len(lines) >= 8
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[1] in COMMANDS
        done = command(words[1], "--help", cwd=ROOT)
        for option in (word for word in words if word.startswith("--")):
            assert option in done.stdout, f"{line}: {option}"


def test_its_sources_are_valid(tmp_path: Path) -> None:
    example = README.split("```toml\n")[1].split("```")[0]
    (tmp_path / "sources.toml").write_text(example)

    done = command("outlets", "check", "--offline", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n1 outlets, nothing wrong\n")


@pytest.mark.parametrize("marker", ["demo", "test"])
def test_set_up_commands_stand_where_ci_finds_them(marker: str) -> None:
    line = README.split(f"<!-- {marker} -->\n```sh\n")[1].split("\n```")[0]

    assert "\n" not in line
    assert line.startswith("python3 -m venv .venv && ")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
