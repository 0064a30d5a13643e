"""URL identity: what a URL is, which host it names, which outlet it belongs to by host.

It opens nothing and resolves nothing.
"""

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x20\x7f]")


def normal_url(url: str) -> str:
    """Return an http(s) URL with its host in lower case, without default port and fragment.

    User information is dropped: an archive is no place for a password. The path and query stay as
    they are, since servers may tell them apart (RFC 3986, section 6.2.2).

    Raises:
        ValueError: it is not an absolute http or https URL; the message says what is wrong.
    """
    text = url.strip()
    if _CONTROL.search(text):
        raise ValueError("it has white space or control characters inside")
    parts = urlsplit(text)
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("it does not start with http:// or https://")
    if not parts.hostname:
        raise ValueError("it names no host")
    authority = _authority(parts.hostname, parts.port, _DEFAULT_PORTS[scheme])
    return urlunsplit((scheme, authority, parts.path or "/", parts.query, ""))


def _authority(hostname: str, port: int | None, default_port: int) -> str:
    host = hostname.lower().rstrip(".")
    if ":" in host:  # IPv6, RFC 3986, section 3.2.2
        host = f"[{host}]"
    elif not host.isascii():
        host = _ascii_host(host)
    return host if port in {None, default_port} else f"{host}:{port}"


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as exc:
        raise ValueError("its host name is not a valid international name") from exc


def host_of(url: str) -> str:
    """Return the host that a URL names, in lower case, without port; empty if there is none."""
    return (urlsplit(url).hostname or "").lower().rstrip(".")


def site_of(host: str) -> str:
    """Return a host without the prefix that outlets use for twins of one site (www., m., amp.)."""
    for prefix in ("www.", "m.", "amp."):
        if host.startswith(prefix) and host.count(".") > 1:
            return host[len(prefix) :]
    return host


def is_matching(url: str, pattern: str) -> bool:
    """Say whether a URL fits a pattern: ``*`` is any run of characters, ``?`` any one."""
    return fnmatchcase(url, pattern.replace("[", "[[]"))
