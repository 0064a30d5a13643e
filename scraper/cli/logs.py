"""The log on standard error: one line per decision, or one JSON object; safe whatever it quotes.

It decides nothing about what is logged, and keeps no file.
"""

import json
import logging
from datetime import UTC

from scraper.cli.terminal import safe, safe_block

_LEVELS = {0: logging.WARNING, 1: logging.INFO}
_NOISY = ("httpcore", "httpx", "trafilatura", "htmldate", "alembic", "apscheduler", "asyncio")


def configure(verbose: int, *, as_json: bool) -> None:
    """Let the log go to standard error: warnings, decisions (1), or the wire as well (2)."""
    level = _LEVELS.get(verbose, logging.DEBUG)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


class LineFormatter(logging.Formatter):
    """One line for a person; the lines of a traceback are set in, so that none looks like one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record without control characters, whoever wrote what it quotes."""
        line = f"{record.levelname} {safe(record.name)}: {safe(record.getMessage())}"
        traceback = _traceback_of(self, record).splitlines()
        return "\n".join([line, *(f"    {safe_block(part)}" for part in traceback)])


class JsonFormatter(logging.Formatter):
    """One JSON object a line, ASCII only: time (UTC), level, logger, message, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record without control characters, whoever wrote what it quotes."""
        from scraper.clock import now  # loads asyncio, which `--help` can do without

        fields = {
            "time": now().astimezone(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": safe(record.name),
            "message": safe(record.getMessage()),
        }
        if traceback := _traceback_of(self, record):
            fields["exception"] = safe_block(traceback)
        return json.dumps(fields, ensure_ascii=True)


def _traceback_of(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = (
        formatter.formatException(record.exc_info) if record.exc_info else "",
        formatter.formatStack(record.stack_info) if record.stack_info else "",
    )
    return "\n".join(part for part in parts if part)
