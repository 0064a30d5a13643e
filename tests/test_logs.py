"""The log: one line or one JSON object a decision, and nothing that outlets send can forge one."""

import json
import logging
import subprocess
import sys
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_runs import scraper
from test_backfill import serving

from scraper.cli.logs import JsonFormatter, LineFormatter

# A title that moves the cursor, sets the window's title, turns text around and forges a record.
HOSTILE = (
    "\x1b]0;pwn\x07\x1b[2J\u202egnp.exe\r\nINFO scraper.crawl: ok https://forged.example/\x9b31m"
)


def record_of(
    message: str, *arguments: object, error: BaseException | None = None
) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(
        "scraper.crawl", logging.INFO, __file__, 1, message, arguments, exc_info
    )


def failure(text: str) -> BaseException:
    try:
        raise ValueError(text)
    except ValueError as exc:
        return exc


def controls_in(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs"}}


def test_security_rule_11_a_hostile_title_stays_on_one_line_without_a_control_character() -> None:
    line = LineFormatter().format(record_of("captured %s", HOSTILE))

    assert line.startswith("INFO scraper.crawl: captured ]0;pwn")
    assert controls_in(line) == set()


def test_security_rule_11_a_hostile_title_is_one_json_object_and_harmless_once_it_is_read() -> None:
    line = JsonFormatter().format(record_of("captured %s", HOSTILE))
    fields = json.loads(line)

    assert controls_in(line) == set()
    assert controls_in(fields["message"]) == set()
    assert fields["message"].startswith("captured ]0;pwn")
    assert list(fields) == ["time", "level", "logger", "message"]
    assert (fields["level"], fields["logger"]) == ("info", "scraper.crawl")
    assert datetime.fromisoformat(fields["time"]).utcoffset() == timedelta(0)


@given(st.text())
def test_security_rule_11_no_text_gets_a_control_character_into_either_form(text: str) -> None:
    record = record_of("%s", text)

    assert controls_in(LineFormatter().format(record)) == set()
    line = JsonFormatter().format(record)
    assert controls_in(line) == set()
    assert controls_in(json.loads(line)["message"]) == set()


def test_security_rule_11_no_line_of_a_traceback_can_be_taken_for_a_record() -> None:
    lines = LineFormatter().format(record_of("broken", error=failure(HOSTILE))).split("\n")

    assert len(lines) > 3
    assert all(line.startswith("    ") for line in lines[1:])
    assert controls_in("".join(lines)) == set()


def test_a_traceback_is_a_field_of_the_json_object() -> None:
    line = JsonFormatter().format(record_of("broken", error=failure(HOSTILE)))

    assert controls_in(line) == set()
    said = json.loads(line)["exception"]
    assert said.startswith("Traceback")
    assert controls_in(said) == {"\n"}


@pytest.mark.parametrize("options", [("-v",), ("-v", "--log-json")])
def test_the_command_logs_a_line_for_each_decision(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with serving() as outlet:
        outlet.put("/a%1B[2Jb", "<title>x</title>", status=410)
        done = scraper(
            *options, "fetch", "--allow-private", "127.0.0.0/8", f"{outlet.base}/a%1B[2Jb",
            cwd=tmp_path,
        )  # fmt: skip

    decisions = [line for line in done.stderr.splitlines() if "scraper.crawl" in line]
    assert done.returncode == 1
    assert len(decisions) == 1
    if "--log-json" in options:
        fields = json.loads(decisions[0])
        assert fields["level"] == "info"
        assert "http-error" in fields["message"]
    else:
        assert decisions[0].startswith("INFO scraper.crawl: http-error ")


def test_the_clock_of_a_rehearsal_is_the_logs_clock(monkeypatch: pytest.MonkeyPatch) -> None:

    script = (
        "import logging; from scraper.cli.logs import configure\n"
        "configure(1, as_json=True); logging.getLogger('scraper').info('seen')"
    )
    monkeypatch.setenv("SCRAPER_CLOCK", "2001-02-03T04:05:06Z@4102444800x1")  # begins in 2100
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    moment = datetime.fromisoformat(json.loads(done.stderr)["time"])
    assert moment < datetime.fromisoformat("2001-02-03T04:05:06Z")
