"""Lines of sources.toml without the secrets in them: what is shown is pasted into reports.

It changes no file.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from scraper.model import Outlet
from scraper.notify import named

REDACTED = "[redacted]"  # as in the records
_LEAST_SECRET = 6  # characters; what is shorter may stand elsewhere, meaning something else
_PASSWORD = re.compile(r"""(://[^\s/:@"']*:)(?!\$\{)[^\s/@"']+@""")


def without_secrets(text: str, outlets: Iterable[Outlet]) -> str:
    """Return lines as they are written, but for the values of request headers, the addresses of
    `notify` and passwords in URLs."""
    for outlet in outlets:
        for name, value in outlet.fetch.headers:
            written = rf"""((["']?){re.escape(name)}\2[ \t]*=[ \t]*)(?:"[^"\n]*"|'[^'\n]*')"""
            text = re.sub(written, rf'\1"{REDACTED}"', text, flags=re.IGNORECASE)
            if len(value) >= _LEAST_SECRET:  # however it is quoted
                text = text.replace(value, REDACTED)
        for address in outlet.alarm.notify:
            text = text.replace(address, _told(address))
    return _PASSWORD.sub(rf"\1{REDACTED}@", text)


def redacted(outlet: Outlet) -> Outlet:
    """Return an outlet without its secrets."""
    headers = tuple((name, REDACTED) for name, _ in outlet.fetch.headers)
    notify = tuple(_told(address) for address in outlet.alarm.notify)
    return replace(
        outlet,
        fetch=replace(outlet.fetch, headers=headers),
        alarm=replace(outlet.alarm, notify=notify),
    )


def _told(address: str) -> str:
    return f"{named(address).removesuffix('...')}{REDACTED}"
