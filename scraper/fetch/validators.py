"""Validators (RFC 9110, section 8.8): what a server says of a version, and the question with it.

It sends nothing and decides nothing about what is asked again; that a server may lie is the
caller's to know.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from scraper.fetch.http_dates import http_date
from scraper.model import Page

Headers = tuple[tuple[str, str], ...]

# Section 8.8.3. All of it is on one line: what comes back from a catalog may have been edited.
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')  # bytes above ASCII, which it allows, no one sends
_MOST_CHARS = 1_000  # a request that is refused for the length of its head is worse than none

_AGE = re.compile(r'"?([0-9]{1,12})"?')
_LONGEST = 31_536_000  # seconds; a year, as RFC 2616 had it: longer is never meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What tells one version of a resource from another, as the server spelled it."""

    etag: str | None = None
    last_modified: str | None = None


def validators_in(page: Page) -> Validators:
    """Return the validators of a response; those that no request could carry are left out."""
    return _checked(page.header("etag"), page.header("last-modified"))


def conditional_headers(validators: Validators) -> Headers:
    """Return the headers that ask for a resource only if it is no longer that version.

    Both are sent where both are known: a server that knows entity tags ignores the date (RFC 9110,
    section 13.1.3). Values that could not stand in a header are left out.
    """
    known = _checked(validators.etag, validators.last_modified)
    pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
    return tuple((name, value) for name, value in pairs if value is not None)


def _is_plain(value: str) -> bool:
    # http_date forgives white space of any kind around a date; a header may not hold it.
    return value.isascii() and value.isprintable()


def _checked(etag: str | None, last_modified: str | None) -> Validators:
    tag = (etag or "").strip(" \t")
    date = (last_modified or "").strip(" \t")
    return Validators(
        etag=tag if len(tag) <= _MOST_CHARS and _ETAG.fullmatch(tag) else None,
        last_modified=date if _is_plain(date) and http_date(date) is not None else None,
    )


def freshness(headers: Headers) -> timedelta | None:
    """Return for how long a response calls itself fresh, or None if it doesn't say.

    A hint for when to ask again (RFC 9111, section 4.2.1): zero for what must not be kept, less the
    time it has already lain in caches. Names of headers are in lower case.
    """
    directives = _directives(headers)
    if directives.keys() & {"no-store", "no-cache"}:
        return timedelta(0)
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"])
        return None if lifetime is None else max(lifetime - _age(headers), timedelta(0))
    return _until_expiry(headers)


def _directives(headers: Headers) -> dict[str, str]:
    lines = ",".join(value for name, value in headers if name == "cache-control")
    pairs = (part.partition("=") for part in lines.split(","))
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip().lower(), value.strip())
    return found


def _age(headers: Headers) -> timedelta:
    return _seconds(_first(headers, "age") or "") or timedelta(0)


def _until_expiry(headers: Headers) -> timedelta | None:
    """Return the time between Date and Expires; an invalid one has expired (section 5.3)."""
    expires = _first(headers, "expires")
    if expires is None:
        return None
    end, start = http_date(expires), http_date(_first(headers, "date") or "")
    if end is None:
        return timedelta(0)
    return None if start is None else max(end - start, timedelta(0))


def _seconds(text: str) -> timedelta | None:
    digits = _AGE.fullmatch(text.strip())
    return None if digits is None else timedelta(seconds=min(int(digits[1]), _LONGEST))


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key == name), None)
