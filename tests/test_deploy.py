"""The service files: systemd finds nothing wrong with the unit, and both start what there is."""

import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from test_backfill import serving, source, sources_at

from scraper.daemon import STOP_S
from scraper.errors import CatalogError, ConfigError, DiskFullError, LockedError

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "deploy" / "scraper.service"
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def unit() -> dict[str, str]:
    """Return the [Service] section; of a key that stands twice, the last value."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys have capitals
    parser.read(UNIT)
    return dict(parser["Service"])


def installed(folder: Path, text: str) -> Path:
    """Return the unit as if its program were there: systemd looks whether it is."""
    file = folder / "scraper.service"
    file.write_text(text.replace(shlex.split(unit()["ExecStart"])[0], "/bin/true"))
    return file


def verified(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=yes", str(file)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = verified(installed(tmp_path, UNIT.read_text()))

    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_would_have_found_a_wrong_key(tmp_path: Path) -> None:
    wrong = UNIT.read_text().replace("RestartSec=30", "RestartSecs=30")

    assert verified(installed(tmp_path, wrong)).returncode != 0


@needs_systemd
def test_the_unit_is_locked_in(tmp_path: Path) -> None:
    file = installed(tmp_path, UNIT.read_text())
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)],
        env=ENVIRONMENT | {"SYSTEMD_PAGER": "cat"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    score = re.search(r"exposure level for scraper.service: ([\d.]+)", done.stdout)
    assert score is not None
    assert done.returncode == 0, f"exposure {score[1]}, more than 2.0"


def test_what_a_restart_cannot_mend_is_not_restarted() -> None:
    service = unit()
    never = {int(code) for code in service["RestartPreventExitStatus"].split()}

    assert service["Restart"] == "on-failure"
    assert never == {ConfigError.exit_code, LockedError.exit_code}
    assert not never & {DiskFullError.exit_code, CatalogError.exit_code}
    assert service["SuccessExitStatus"] == str(128 + signal.SIGTERM)
    assert int(service["TimeoutStopSec"]) > STOP_S


def commands() -> dict[str, list[str]]:
    parts = dict(
        re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", CONTAINERFILE.read_text(), re.MULTILINE)
    )
    contained = [
        one for name in ("ENTRYPOINT", "CMD") for one in re.findall(r'"(.*?)"', parts[name])
    ]
    return {"unit": shlex.split(unit()["ExecStart"]), "container": contained}


@pytest.mark.parametrize("which", ["unit", "container"])
def test_the_command_of_a_service_file_is_one_that_there_is(which: str) -> None:
    program, *arguments = commands()[which]

    def tried(*arguments: str) -> int:
        command = [sys.executable, "-m", "scraper.cli.main", *arguments, "--help"]
        return subprocess.run(
            command, env=ENVIRONMENT, capture_output=True, check=False, timeout=60
        ).returncode

    assert Path(program).name == "scraper"
    assert tried(*arguments) == 0
    assert tried(*arguments, "--no-such-option") == 2


def test_what_the_container_copies_is_all_that_an_installation_needs(tmp_path: Path) -> None:
    for line in re.findall(r"^COPY (.+)$", CONTAINERFILE.read_text(), re.MULTILINE):
        *names, target = line.split()
        for name in names:
            there = tmp_path / target.lstrip("/")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                there.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, there)
    source_folder = tmp_path / "src"
    project = tomllib.loads((source_folder / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [
        project["project"]["readme"],
        *project["project"]["license-files"],
        project["tool"]["hatch"]["version"]["path"],
        *wheel["packages"],
        *wheel.get("force-include", {}),
    ]

    assert [name for name in needed if not (source_folder / name).exists()] == []
    done = subprocess.run(
        [sys.executable, "-m", "scraper.cli.main", "--version"],
        cwd=source_folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_the_container_runs_as_nobody_in_particular_and_keeps_the_archive_outside() -> None:
    text = CONTAINERFILE.read_text()

    assert re.search(r"^FROM python:3\.\d+-slim$", text, re.MULTILINE)
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert re.search(r"^VOLUME /archive$", text, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", text, re.MULTILINE)


def test_systemd_hears_when_the_daemon_works_and_sees_it_stop_cleanly(tmp_path: Path) -> None:
    with serving() as outlet, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        outlet.put("/robots.txt", "User-agent: *\nAllow: /\n")
        file = sources_at(tmp_path, outlet, source(outlet, "sitemap", "/sitemap.xml"))
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(60)
        arguments = ["--log-json", "run", "--sources", file, "--archive", tmp_path / "archive"]
        daemon = subprocess.Popen(
            [sys.executable, "-m", "scraper.cli.main", *map(str, arguments)],
            env=ENVIRONMENT | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
            stderr=subprocess.DEVNULL,
        )
        try:
            said = channel.recv(100)
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(timeout=STOP_S)
        finally:
            daemon.kill()

    assert said == b"READY=1"
    assert code == 128 + signal.SIGTERM
    assert list((tmp_path / "archive").rglob("*.open")) == []
