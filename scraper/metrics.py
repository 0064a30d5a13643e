"""What a daemon did and what waits for it, shown to Prometheus over HTTP.

It binds the one address that sources.toml names, and decides nothing by what it counts.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scraper.asking import Asked
from scraper.clock import now
from scraper.config import Sources
from scraper.crawl import Filed
from scraper.errors import ConfigError, ScraperError
from scraper.line import Line
from scraper.model import Capture, Outcome
from scraper.store.catalog import Catalog

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

# A page takes 5 ms with rules, 50 to 300 without; at 10 s its worker is killed.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_GOOD = {Outcome.OK, Outcome.NOT_MODIFIED}


@contextmanager
def shown(line: Line) -> Iterator["Metrics | None"]:
    """Count what goes through a line, and show it while the block runs, if sources.toml says where.

    A port that is taken is no reason not to archive: it is said once, and nothing is shown.

    Raises:
        ConfigError: the address is none, or the library is not installed.
    """
    place = place_in(line.settings.sources)
    if place is None:
        yield None
        return
    from prometheus_client import start_http_server

    metrics = Metrics(line)
    host, port = place
    try:
        server, thread = start_http_server(port, addr=host, registry=metrics.registry)
    except OSError as exc:
        log.warning("no metrics are shown at %s port %d: %s; archiving goes on", host, port, exc)
        yield metrics
        return
    log.info("metrics at http://%s:%d/metrics", host, server.server_port)
    try:
        yield metrics
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def place_in(sources: Sources) -> tuple[str, int] | None:
    """Return where sources.toml wants the metrics, or None for nowhere.

    Raises:
        ConfigError: the address is none, or the library that shows them is not installed.
    """
    text = sources.defaults.metrics
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise _wrong(sources, f'{text!r} is no address with a port, such as "127.0.0.1:9187"')
    try:
        import prometheus_client  # noqa: F401  whether it is there
    except ImportError as exc:
        problem = "needs a library that is not installed; pip install 'scraper[metrics]'"
        raise _wrong(sources, problem) from exc
    return host, int(port)


def _wrong(sources: Sources, problem: str) -> ConfigError:
    return ConfigError(problem, file=sources.file, table="[defaults]", key="metrics")


class Metrics:
    """The counts of one run; what waits is read from the catalog whenever somebody asks."""

    def __init__(self, line: Line) -> None:
        from prometheus_client import CollectorRegistry, Histogram
        from prometheus_client import Counter as Count

        registry = self.registry = CollectorRegistry()

        def counter(name: str, help_text: str, *labels: str) -> Count:
            return Count(f"scraper_{name}", help_text, labels, registry=registry)

        self._captures = counter("captures", "Links tried, by what came.", "outlet", "outcome")
        self._failures = counter("failures", "Links that left no text, by reason.", "reason")
        self._polls = counter("polls", "Sources asked, by answer.", "outlet", "outcome")
        self._links = counter("links", "New links that sources announced.", "outlet")
        self._bytes = counter("wire_bytes", "Bytes of HTTP on the wire.", "direction")
        self._seconds = Histogram(
            "scraper_extraction_seconds",
            "From a page to its text, waiting for a worker included.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.registry.register(_Waiting(line.catalog))
        line.politely.hears = self.fetched
        line.extractor.hears = self._seconds.observe

    def fetched(self, capture: Capture) -> None:
        """Count the bytes of whatever was fetched: articles, sources, robots.txt."""
        for exchange in capture.exchanges:
            received = len(exchange.response) + len(exchange.leftover)
            self._bytes.labels("sent").inc(len(exchange.request))
            self._bytes.labels("received").inc(received)

    def captured(self, filed: Filed) -> None:
        """Count what became of a link."""
        self._captures.labels(filed.outlet.id, filed.capture.outcome).inc()
        if not filed.is_done:
            self._failures.labels(reason_of(filed)).inc()

    def asked(self, asked: Asked) -> None:
        """Count what came of asking a source."""
        self._polls.labels(asked.outlet.id, asked.result.outcome).inc()
        self._links.labels(asked.outlet.id).inc(asked.result.new)


def reason_of(filed: Filed) -> str:
    """Return why a link left no text, in one of a few words: a label must not be a sentence."""
    capture = filed.capture
    if capture.outcome is Outcome.HTTP_ERROR and capture.page is not None:
        return f"{capture.outcome} {capture.page.status}"
    return filed.extraction.status if capture.outcome in _GOOD else capture.outcome


class _Waiting:
    """What waits, as the catalog has it at the moment of a question."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterator["Metric"]:
        from prometheus_client.core import GaugeMetricFamily

        def gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
            return GaugeMetricFamily(f"scraper_{name}", help_text, value=value)

        moment = now()
        try:
            backlog = self._catalog.schedule.backlog(moment)
            alarms = self._catalog.drift.alarms()
        except ScraperError as exc:
            log.warning("the catalog has no answer for the metrics: %s", exc)
            yield gauge("catalog_up", "Whether the catalog could be read.", 0)
            return
        oldest = backlog.oldest_due_link
        age = 0.0 if oldest is None else (moment - oldest).total_seconds()
        yield gauge("catalog_up", "Whether the catalog could be read.", 1)
        yield gauge("due_sources", "Sources that are to be asked now.", backlog.due_sources)
        yield gauge("due_links", "Links that are to be fetched now.", backlog.due_links)
        yield gauge("queue_age_seconds", "For how long the oldest due link has been due.", age)
        yield gauge("paused_hosts", "Hosts that asked to be left alone.", backlog.paused_hosts)
        answered = GaugeMetricFamily(
            "scraper_last_answer_timestamp_seconds",
            "When a source of an outlet last answered.",
            labels=["outlet"],
        )
        for outlet, last in backlog.answered.items():
            answered.add_metric([outlet], last.timestamp())
        yield answered
        standing = GaugeMetricFamily(
            "scraper_alarms", "Alarms that stand.", labels=["outlet", "cause"]
        )
        for (outlet, cause), count in Counter((one.outlet, one.cause) for one in alarms).items():
            standing.add_metric([outlet, cause], count)
        yield standing
