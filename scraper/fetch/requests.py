"""What we say in a request, and what of it must not be kept: the headers, and their redaction.

It sends nothing. Secrets live in the policy and the environment; they leave this room on the wire
to their own origin, and in no other way.
"""

import logging
import os
import re
from dataclasses import replace

from scraper.errors import ConfigError
from scraper.fetch.redirects import origin_of
from scraper.model import FetchPolicy, Outlet
from scraper.urls import site_of

log = logging.getLogger(__name__)

REDACTED = b"[redacted]"

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

_SENSITIVE = frozenset({"authorization", "cookie", "proxy-authorization"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE = re.compile(rb"(?m)^([^:\r\n]+):([ \t]*)([^\r\n]*)")

Headers = tuple[tuple[str, str], ...]


def secret_headers(policy: FetchPolicy) -> Headers:
    """Return the headers of a policy, its cookie among them: for the outlet's own origin only.

    Raises:
        ConfigError: one of them cannot be sent. The message does not repeat its value.
    """
    headers = tuple((name, value.strip()) for name, value in policy.headers)
    cookie = os.environ.get(policy.cookie_env, "").strip() if policy.cookie_env else ""
    if cookie:
        headers = (*headers, ("Cookie", cookie))
    elif policy.cookie_env:
        log.warning("no cookie is sent: the environment variable %s is empty", policy.cookie_env)
    for name, value in headers:
        if not _NAME.fullmatch(name) or _CONTROL.search(value):
            raise ConfigError(f"the header {name!r} has characters that cannot be sent")
    return headers


def policy_at(url: str, outlet: Outlet) -> FetchPolicy:
    """Return how a URL that an outlet's pages or sources named is fetched.

    They may name any host, and no host but the outlet's own is told its secrets: those of its
    sources, that of its home, and those below it, by the same scheme and port.
    """
    policy = outlet.fetch
    if (not policy.headers and policy.cookie_env is None) or _is_own(url, outlet):
        return policy
    return replace(policy, headers=(), cookie_env=None)


def _is_own(url: str, outlet: Outlet) -> bool:
    scheme, host, port = origin_of(url)
    if any(origin_of(source.url) == (scheme, host, port) for source in outlet.sources):
        return True
    home_scheme, home_host, home_port = origin_of(outlet.home)
    site = site_of(home_host or "")
    is_below = host is not None and (host == site or host.endswith(f".{site}"))
    return bool(site) and is_below and (scheme, port) == (home_scheme, home_port)


def request_headers(
    host: str, user_agent: str, policy: FetchPolicy, extra: Headers
) -> list[tuple[bytes, bytes]]:
    """Return all headers of a request; `extra` ones replace ours of the same name.

    Host is written here: httpx fails on names that are older than IDNA 2008, like xn--i-7iq.ws.
    Only gzip is asked for: it is what we undo within limits, and what every reader of WARCs knows.
    """
    suffix = policy.user_agent_suffix
    ours = (
        ("Host", host),
        ("User-Agent", f"{user_agent} {suffix}" if suffix else user_agent),
        ("Accept", ACCEPT),
        ("Accept-Encoding", "gzip"),
    )
    named = {name.lower() for name, _ in extra}
    kept = (header for header in ours if header[0].lower() not in named)
    return [(name.encode("ascii"), _raw(value)) for name, value in (*kept, *extra)]


def _raw(value: str) -> bytes:
    """Return a value as it goes out: an ETag that came in as latin-1 text as the bytes it was."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def redacted(request: bytes, policy: FetchPolicy) -> tuple[bytes, tuple[str, ...]]:
    """Return a request without the values of its secret headers, and the names of these headers."""
    secret = _SENSITIVE | {name.lower() for name, _ in policy.headers}
    names: dict[str, None] = {}

    def without_value(line: re.Match[bytes]) -> bytes:
        name = line[1].decode("latin-1")
        if name.lower() not in secret:
            return line[0]
        names[name] = None
        return line[1] + b":" + line[2] + REDACTED

    return _LINE.sub(without_value, request), tuple(names)
