"""What the daemon shows to Prometheus, over loopback and from a daemon that really runs."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from line_runs import settings_for, story_page
from test_backfill import Outlet, serving, source, sources_at

from scraper.clock import now
from scraper.config import Sources, load_sources
from scraper.daemon import run_daemon
from scraper.errors import ConfigError
from scraper.line import Line, Settings
from scraper.metrics import place_in, shown
from scraper.model import Link

pytest.importorskip("prometheus_client", reason="needs the extra `metrics`")

HOUR = timedelta(hours=1)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with serving() as running:
        for number in (1, 2):
            running.put(f"/2026/0{number}", story_page(f"Ferry report {number}"))
        running.put("/2026/03", "no such page", status=410)
        urls = "".join(f"<url><loc>{running.base}/2026/0{n}</loc></url>" for n in (1, 2, 3))
        running.put("/sitemap.xml", f"<urlset>{urls}</urlset>")
        running.put("/robots.txt", "User-agent: *\nAllow: /\n")
        yield running


def settings_at(folder: Path, outlet: Outlet, metrics: str | None) -> Settings:
    file = sources_at(folder, outlet, source(outlet, "sitemap", "/sitemap.xml"))
    sources = load_sources(file)
    shown_at = replace(sources, defaults=replace(sources.defaults, metrics=metrics))
    return replace(settings_for(folder / "archive"), sources=shown_at)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def scraped(port: int) -> dict[str, float]:
    """Return the samples that an address shows, as Prometheus would read them."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics", headers={"Connection": "close"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200
    return {
        name: float(value)
        for line in text.splitlines()
        if not line.startswith("#")
        for name, value in [line.rsplit(" ", 1)]
    }


async def counted(port: int, captures: int) -> dict[str, float]:
    """Ask, as Prometheus would, until so many captures are counted."""
    connected = False
    async with asyncio.timeout(60):
        while True:
            try:
                seen = await asyncio.to_thread(scraped, port)
                connected = True
            except OSError:
                assert not connected, "the daemon went away"
                seen = {}
            tried = (seen[name] for name in seen if name.startswith("scraper_captures_total"))
            if sum(tried) >= captures:
                return seen
            await asyncio.sleep(0.05)


def test_a_running_daemon_shows_what_it_did_and_what_waits(tmp_path: Path, outlet: Outlet) -> None:
    port = free_port()
    settings = settings_at(tmp_path, outlet, f"127.0.0.1:{port}")

    async def work() -> dict[str, float]:
        daemon = asyncio.create_task(run_daemon(settings, None, lambda: None))
        try:
            return await counted(port, 3)
        finally:
            daemon.cancel()
            with suppress(asyncio.CancelledError):
                await daemon

    seen = asyncio.run(work())

    assert seen['scraper_captures_total{outcome="ok",outlet="ferry"}'] == 2
    assert seen['scraper_captures_total{outcome="http-error",outlet="ferry"}'] == 1
    assert seen['scraper_failures_total{reason="http-error 410"}'] == 1
    assert seen['scraper_polls_total{outcome="ok",outlet="ferry"}'] == 1
    assert seen['scraper_links_total{outlet="ferry"}'] == 3
    bodies = sum(len(body) for path, (_, _, body) in outlet.pages.items())
    assert bodies < seen['scraper_wire_bytes_total{direction="received"}'] < bodies + 2_000
    assert seen['scraper_wire_bytes_total{direction="sent"}'] > 4 * 50
    assert seen["scraper_extraction_seconds_count"] >= 2
    assert seen["scraper_extraction_seconds_sum"] > 0
    assert seen["scraper_due_links"] == 0
    age = now().timestamp() - seen['scraper_last_answer_timestamp_seconds{outlet="ferry"}']
    assert 0 <= age < 60
    with pytest.raises(OSError, match="refused"):
        scraped(port)


def test_the_backlog_is_read_from_the_catalog_at_every_question(
    tmp_path: Path, outlet: Outlet
) -> None:
    port = free_port()
    settings = settings_at(tmp_path, outlet, f"127.0.0.1:{port}")

    async def work() -> tuple[dict[str, float], dict[str, float]]:
        async with Line(settings) as line:
            with shown(line):
                first = await asyncio.to_thread(scraped, port)
                schedule, (ferry,) = line.catalog.schedule, line.outlets()
                earlier = now() - HOUR
                schedule.sync(line.outlets(), earlier)
                links = [
                    Link(url=f"{outlet.base}/{number}", source=ferry.sources[0].url)
                    for number in range(5)
                ]
                schedule.announce(ferry, ferry.sources[0], links, earlier)
                schedule.pause_host("slow.example", now() + HOUR, "it answered 503")
                schedule.pause_host("back.example", now() - HOUR, "it answered 503")
                return first, await asyncio.to_thread(scraped, port)

    before, after = asyncio.run(work())

    assert before["scraper_due_links"] == before["scraper_queue_age_seconds"] == 0
    assert (after["scraper_due_links"], after["scraper_due_sources"]) == (5, 1)
    assert 3600 <= after["scraper_queue_age_seconds"] < 3660
    assert after["scraper_paused_hosts"] == 1
    assert after["scraper_catalog_up"] == 1


def test_a_taken_port_is_said_once_and_the_line_works_on(
    tmp_path: Path, outlet: Outlet, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = settings_at(tmp_path, outlet, f"127.0.0.1:{port}")

        async def work() -> bool:
            async with Line(settings) as line:
                with shown(line) as metrics:
                    return metrics is not None and line.catalog.schedule.next_due(now()) is None

        assert asyncio.run(work())

    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert f"127.0.0.1 port {port}" in warnings[0]
    assert "archiving goes on" in warnings[0]


def test_nothing_listens_and_nothing_is_counted_without_an_address(
    tmp_path: Path, outlet: Outlet
) -> None:
    async def work() -> bool:
        async with Line(settings_at(tmp_path, outlet, None)) as line:
            client = line.client
            with shown(line) as metrics:
                return metrics is None and line.client is client

    assert asyncio.run(work())


def sources_with(metrics: str) -> Sources:
    from scraper.config import empty_sources

    sources = empty_sources()
    return replace(sources, defaults=replace(sources.defaults, metrics=metrics))


@pytest.mark.parametrize("text", ["9187", "127.0.0.1", ":9187", "127.0.0.1:http", "host:70000"])
def test_what_is_no_address_with_a_port_is_the_maintainers_error(text: str) -> None:
    with pytest.raises(
        ConfigError, match=r"\[defaults\] key 'metrics': .* is no address"
    ) as caught:
        place_in(sources_with(text))

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [("127.0.0.1:9187", ("127.0.0.1", 9187)), ("[::1]:9187", ("::1", 9187))],
)
def test_an_address_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert place_in(sources_with(text)) == place


def test_without_the_library_the_error_names_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from dataclasses import replace\n"
        "from scraper.config import empty_sources\n"
        "from scraper.errors import ConfigError\n"
        "from scraper.metrics import place_in\n"
        "sources = empty_sources()\n"
        "assert place_in(sources) is None\n"
        "defaults = replace(sources.defaults, metrics='127.0.0.1:9187')\n"
        "try:\n"
        "    place_in(replace(sources, defaults=defaults))\n"
        "except ConfigError as exc:\n"
        "    print(exc)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert "pip install 'scraper[metrics]'" in done.stdout
