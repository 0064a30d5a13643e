"""The kinds of value that keys of sources.toml take: durations, URLs, address ranges, header names.

It knows no key. The fence of pydantic is the room that it is in.
"""

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from scraper.config.schedule import CRON, DURATION, duration_of, every_of
from scraper.config.sizes import SIZE, size_of
from scraper.urls import normal_url

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OURS = frozenset({"connection", "content-length", "host", "transfer-encoding", "user-agent"})


def _no_bare_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'a duration needs its unit: write "{value:g}s" where seconds are meant')
    return value


def _duration(text: str) -> str:
    duration_of(text)
    return text


def _pause(text: str) -> str:
    if not duration_of(text):
        raise ValueError("it must be longer than nothing")
    return text


def _size(text: str) -> str:
    size_of(text)
    return text


def _every(text: str) -> str:
    every_of(text)
    return text


def _url(text: str) -> str:
    normal_url(text)
    if "@" in urlsplit(text).netloc:
        raise ValueError(
            "it holds a user name or password, which has no place in this file; "
            "name an environment variable in [outlet.fetch] cookie_env"
        )
    return text


def _home(text: str) -> str:
    return normal_url(_url(text))


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as exc:
        raise ValueError(f'{exc}; write an address range like "10.0.0.0/8"') from exc
    return text


def _one_line(text: str) -> str:
    if _CONTROL.search(text) or text != text.strip():
        raise ValueError("it must be one line without control characters or outer spaces")
    return text


def _url_pattern(text: str) -> str:
    if not text.startswith(("*", "?", "http")) or re.search(r"\s", text):
        raise ValueError(
            f"{text!r} fits no URL, since it is held against the whole of it; "
            f'begin it with * or http, like "*{text.strip("*").strip() or "/video/"}*"'
        )
    return text


def _contact(text: str) -> str:
    if not re.fullmatch(r"[^\s@()]+@[^\s@()]+|https?://[^\s()]+", _one_line(text)):
        raise ValueError("it must be an e-mail address or a web address that reaches a person")
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is no header name (RFC 9110, section 5.6.2)")
    if text.lower() in _OURS:
        raise ValueError(f"{text!r} is set by scraper itself")
    return text


Word = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
UrlPattern = Annotated[Word, AfterValidator(_url_pattern)]
Expression = Annotated[str, Field(min_length=1, max_length=1_000_000)]
Duration = Annotated[
    str,
    BeforeValidator(_no_bare_number),
    AfterValidator(_duration),
    Field(json_schema_extra={"pattern": DURATION}),
]
Pause = Annotated[Duration, AfterValidator(_pause)]
Size = Annotated[str, AfterValidator(_size), Field(json_schema_extra={"pattern": SIZE})]
Every = Annotated[
    str,
    BeforeValidator(_no_bare_number),
    AfterValidator(_every),
    Field(json_schema_extra={"pattern": f"(?:{DURATION})|(?:{CRON})"}),
]
Url = Annotated[str, AfterValidator(_url), Field(json_schema_extra={"pattern": "^https?://"})]
Home = Annotated[Url, AfterValidator(_home)]
Contact = Annotated[Word, AfterValidator(_contact)]
Network = Annotated[str, AfterValidator(_network)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_one_line)]
