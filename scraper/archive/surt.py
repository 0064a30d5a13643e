"""Sort keys of URLs as the Wayback family of tools makes them: `org,example)/path?query`.

It is the index's idea of when two URLs are one, not the catalog's (`scraper.urls`): `www.`, case,
order of parameters and session IDs do not count. The letter is that of the package surt 0.3.1.
"""

import re
import socket
from contextlib import suppress
from urllib.parse import SplitResultBytes, quote_from_bytes, unquote_to_bytes

_PARTS = re.compile(  # RFC 2396, appendix B
    rb"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?)?(?:#.*)?"
)
_SCHEME = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SCHEMES = re.compile(rb"^(https?://)+")  # http://https://...: the last one counts
_WWW = re.compile(rb"www\d*\.")
_NUMBERS = re.compile(rb"(?:[1-9][0-9]*(?:\.[0-9]+){0,3}|0[0-7]*(?:\.[0-7]+){0,3})\Z")
_SAFE = rb"""!"$&'()*+,-./:;<=>?@[\]^_`{|}~"""  # all that is printable but `#` and `%`
_PORTS = {b"http": 80, b"https": 443}
_SESSIONS_IN_PATH = (
    re.compile(rb"^(.*/)(?:\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(rb"^(.*/)(?:\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
)
_SESSIONS_IN_QUERY = tuple(
    re.compile(rb"^(.*)(?:" + session + rb")(?:&(.*))?$", re.IGNORECASE)
    for session in (
        rb"jsessionid=[0-9a-zA-Z]{32}",
        rb"phpsessid=[0-9a-zA-Z]{32}",
        rb"sid=[0-9a-zA-Z]{32}",
        rb"ASPSESSIONID[a-zA-Z]{8}=[a-zA-Z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def surt(url: str) -> str:
    """Return the sort key of a URL; of what is none, the string as it is."""
    try:
        return _key(url.encode("utf-8")).decode("utf-8")
    except ValueError:  # a port that is no number, a host that no name can be
        return url


def _key(url: bytes) -> bytes:
    if not url or url.startswith(b"filedesc"):
        return url or b"-"
    url = re.sub(rb"[\n\r\t]", b"", url.strip())
    if not url:
        raise ValueError("white space alone")
    url = url if _SCHEME.match(url) else b"http://" + url
    scheme, host, port, path, query = _split(_SCHEMES.sub(lambda found: found[1], url))
    host = _host(host)
    if host and scheme != b"dns":
        host = _WWW.sub(b"", host, count=1) if _WWW.match(host) else host
    path = _unescaped(path)
    path = _path(_escaped(_normal_path(path) if host else path))
    port = None if port == _PORTS.get(scheme.lower(), 0) else port
    start = _reversed(host, port) if host else scheme + b":"
    return start + (path or (b"/" if query else b"")) + (b"?" + query if query else b"")


def _split(url: bytes) -> tuple[bytes, bytes, int | None, bytes, bytes]:
    found = _PARTS.fullmatch(url)
    if found is None:
        raise ValueError("not a URL")
    scheme, netloc, path, query = (part or b"" for part in found.groups())
    parts = SplitResultBytes(scheme, netloc.rstrip(b":"), path, query, b"")
    host = parts.hostname or b""
    if scheme.startswith(b"http") and not host and path:  # http:////host/path
        host, _, rest = path.lstrip(b"/").partition(b"/")
        path = b"/" + rest
    return scheme, host, parts.port or None, path, _query(_escaped(_unescaped(query)))


def _host(host: bytes) -> bytes:
    if not host:
        return host
    host = _unescaped(host)
    if not host.isascii():
        with suppress(ValueError):  # labels that IDNA refuses stay as they are, escaped
            host = host.decode("utf-8", "ignore").encode("idna")
    host = host.replace(b"..", b".").strip(b".")
    return _address(host) or _escaped(host.lower()).lower()


def _address(host: bytes) -> bytes | None:
    """Return the four numbers of an IPv4 address, however it is spelled."""
    if host.isdigit():
        number = int(host) & 0xFFFFFFFF
        return socket.inet_ntoa(number.to_bytes(4, "big")).encode("ascii")
    if not _NUMBERS.match(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host.decode("ascii"))).encode("ascii")
    except OSError:
        return None


def _normal_path(path: bytes) -> bytes:
    """Resolve `.` and `..`, and leave out empty segments but the last."""
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b".." and kept:
            kept.pop()
        elif segment != b".":
            kept.append(segment)
    return b"/" + b"/".join([*filter(None, kept[:-1]), *kept[-1:]])


def _path(path: bytes) -> bytes:
    path = path.lower()
    for pattern in _SESSIONS_IN_PATH:
        path = pattern.sub(rb"\1\2", path)
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _query(query: bytes) -> bytes:
    for pattern in _SESSIONS_IN_QUERY:
        query = pattern.sub(lambda found: found[1] + (found[2] or b""), query)
    query = query.lower()
    if len(query) <= 1:
        return query
    return b"&".join(b"=".join(pair) for pair in sorted(_pairs(query)))


def _pairs(query: bytes) -> list[tuple[bytes, ...]]:
    return [tuple(pair.split(b"=", 1)) for pair in query.split(b"&")]


def _reversed(host: bytes, port: int | None) -> bytes:
    start = b",".join(reversed(host.split(b".")))
    return start + (b"" if port is None else b":%d" % port) + b")"


def _escaped(part: bytes) -> bytes:
    return quote_from_bytes(part, safe=_SAFE).encode("ascii")


def _unescaped(part: bytes) -> bytes:
    while (plain := unquote_to_bytes(part)) != part:
        part = plain
    return part
