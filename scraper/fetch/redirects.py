"""Redirects (RFC 9110, section 15.4): where a response sends us, and what an origin is.

It follows nothing: every hop is the client's own decision and goes through the gate again.
"""

from urllib.parse import quote, urljoin, urlsplit

import httpx

from scraper.fetch.stopped import Stopped
from scraper.http1 import Message
from scraper.model import Outcome
from scraper.urls import normal_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_PORTS = {"http": 80, "https": 443}
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))

Origin = tuple[str, str | None, int | None]


def origin_of(url: str) -> Origin:
    """Return the scheme, host and port of a URL (RFC 6454): what may see a secret."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def fetchable_url(url: str) -> str:
    """Return a URL as it goes over the wire: absolute, without user information and fragment.

    Raises:
        ValueError: it is not an http or https URL.
    """
    try:
        return str(httpx.URL(normal_url(url)))
    except httpx.InvalidURL as exc:
        raise ValueError(str(exc)) from exc
    except UnicodeEncodeError as exc:
        raise ValueError("it has bytes that are not UTF-8") from exc


def redirect_target(url: str, message: Message) -> str:
    """Return the URL to which the response for a URL redirects.

    Raises:
        Stopped: there is no Location, or it is not an http(s) URL.
    """
    location = next((value for key, value in message.headers if key == "location"), None)
    if location is None:
        raise Stopped(Outcome.BAD_REDIRECT, f"a {message.status} redirect without a Location")
    try:
        return fetchable_url(urljoin(url, _readable(location)))
    except ValueError as exc:
        detail = f"a {message.status} redirect to {location[:200]!r}: {exc}"
        raise Stopped(Outcome.BAD_REDIRECT, detail) from exc


def redirected_method(status: int, method: str) -> str:
    """Return the method of the next request: only 307 and 308 keep all of them."""
    return method if status in {307, 308} or method == "HEAD" else "GET"


def _readable(location: str) -> str:
    """Return a Location as text: servers put raw UTF-8 into it, or any bytes, and blanks."""
    raw = location.encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = quote(raw, safe=_PRINTABLE)
    return text.replace(" ", "%20")
