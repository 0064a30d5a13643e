"""The rules of a robots.txt (RFC 9309): its groups, and which line decides about a URL.

It asks for no file and keeps none; what a missing file means is not its matter either.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

PARSED_BYTES = 512 * 1024  # RFC 9309, section 2.5, asks for 500 KiB at least

# Spellings that other crawlers bear with (Google's, protego); the RFC invites it (section 2.2.4).
_KINDS = {
    "user-agent": "agent", "useragent": "agent", "user agent": "agent",
    "disallow": "disallow", "dissallow": "disallow", "dissalow": "disallow",
    "disalow": "disallow", "diasllow": "disallow", "disallaw": "disallow",
    "allow": "allow",
    "crawl-delay": "delay", "crawl delay": "delay", "crawldelay": "delay",
    "sitemap": "sitemap", "sitemaps": "sitemap", "site-map": "sitemap",
}  # fmt: skip
_SPELLINGS = "|".join(re.escape(name) for name in sorted(_KINDS, key=len, reverse=True))
_RECORD = re.compile(rf"({_SPELLINGS})[ \t]*(?::|[ \t])[ \t]*(.*)", re.IGNORECASE)
_EOL = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"[A-Za-z_-]+")  # section 2.2.1
_HTML = re.compile(rb"\s*<(?:!doctype|html|head|body|\?xml|!--)", re.IGNORECASE)
_DELAY = re.compile(r"[0-9]{1,9}(?:\.[0-9]*)?|\.[0-9]+")

_ESCAPE_OR_OTHER = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9_.~/%=-]")
_PLAIN = re.compile(r"[A-Za-z0-9_.~=-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An allow or disallow line: where it stands, how it reads, what it matches."""

    number: int  # from 1
    text: str
    allows: bool
    pattern: str = field(repr=False)  # escapes in their one spelling; * and a last $ are special

    def matches(self, path: str) -> bool:
        """Say whether a path with its query, in its one spelling, is one that the line means.

        Each run between asterisks is looked for once, from left to right: no pattern, however many
        asterisks it has, takes longer than the path is long times their number.
        """
        pattern, is_anchored = self.pattern.removesuffix("$"), self.pattern.endswith("$")
        first, *rest = pattern.split("*")
        if not path.startswith(first):
            return False
        if not rest:
            return not is_anchored or path == first
        position, last = len(first), rest.pop() if is_anchored else ""
        for part in rest:
            found = path.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return not is_anchored or (path.endswith(last) and len(path) - len(last) >= position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The lines that follow one or more user-agent lines."""

    agents: frozenset[str]  # product tokens in lower case, or *
    lines: tuple[Line, ...] = ()
    delay: float | None = None  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a robots.txt says; all groups of one agent are one."""

    groups: tuple[Group, ...] = ()
    sitemaps: tuple[str, ...] = ()

    def line_for(self, url: str, user_agent: str) -> Line | None:
        """Return the line that decides about a URL, or None where there is none.

        The longest pattern that matches wins, and allow wins among equals (section 2.2.2).
        """
        path = path_of(url)
        if path == "/robots.txt":
            return None  # the file itself is always allowed
        lines = (line for group in self._groups_of(user_agent) for line in group.lines)
        fitting = (line for line in lines if line.matches(path))
        return max(fitting, key=lambda line: (len(line.pattern), line.allows), default=None)

    def lines_of(self, user_agent: str) -> tuple[Line, ...]:
        """Return the lines that are about an agent, in the order of the file."""
        return tuple(line for group in self._groups_of(user_agent) for line in group.lines)

    def crawl_delay(self, user_agent: str) -> timedelta | None:
        """Return the pause that is asked of an agent; no standard knows it, many files have it."""
        delays = [group.delay for group in self._groups_of(user_agent) if group.delay is not None]
        return timedelta(seconds=max(delays)) if delays else None

    def _groups_of(self, user_agent: str) -> list[Group]:
        """Return the agent's own groups, or else those of all (section 2.2.1)."""
        token = _token_in(user_agent)
        own = [group for group in self.groups if token in group.agents]
        return own or [group for group in self.groups if "*" in group.agents]


class _Record(NamedTuple):
    number: int
    text: str
    kind: str  # agent, allow, disallow, delay or sitemap
    value: str


def rules_in(body: bytes) -> Rules:
    """Return the rules of a robots.txt; of what is none (a page of HTML, noise) there are none.

    Of the file its first 512 KiB are read, to the last whole line among them.
    """
    if _HTML.match(body.removeprefix(b"\xef\xbb\xbf")):
        return Rules()
    records = list(_records_in(_text_of(body)))
    sitemaps = (record.value for record in records if record.kind == "sitemap" and record.value)
    return Rules(
        groups=tuple(map(_group_of, _sections_in(records))), sitemaps=tuple(dict.fromkeys(sitemaps))
    )


def _records_in(text: str) -> Iterator[_Record]:
    """Yield the lines that we know of; any other is as if it weren't there (section 2.2.4)."""
    for number, line in enumerate(_EOL.split(text), start=1):
        known = _RECORD.fullmatch(line.partition("#")[0].strip())
        if known is not None:
            yield _Record(number, line, _KINDS[known[1].lower()], known[2].strip())


def _sections_in(records: Iterable[_Record]) -> list[list[_Record]]:
    """Cut at each user-agent line that doesn't follow another one; sitemaps stand outside."""
    sections: list[list[_Record]] = []
    previous = ""
    for record in records:
        if record.kind == "sitemap":
            continue
        if record.kind == "agent" != previous:
            sections.append([])
        if sections:
            sections[-1].append(record)
        previous = record.kind
    return sections


def _group_of(section: Sequence[_Record]) -> Group:
    agents = (_agent_in(record.value) for record in section if record.kind == "agent")
    delays = [record.value for record in section if record.kind == "delay"]
    return Group(
        agents=frozenset(agents) - {""},
        lines=tuple(
            Line(
                number=record.number,
                text=_shown(record.text),
                allows=record.kind == "allow",
                pattern=_pattern_of(record.value),
            )
            for record in section
            if record.kind in {"allow", "disallow"} and record.value  # "Disallow:" forbids nothing
        ),
        delay=max((float(delay) for delay in delays if _DELAY.fullmatch(delay)), default=None),
    )


def _agent_in(value: str) -> str:
    """Return whom a user-agent line is for; versions and the like are not part of a name."""
    if value.startswith("*"):
        return "*" if len(value) == 1 or value[1].isspace() else ""
    return _token_in(value)


def _token_in(value: str) -> str:
    token = _TOKEN.match(value)
    return "" if token is None else token[0].lower()


def _text_of(body: bytes) -> str:
    """Return the part that is read, byte for byte: what is not UTF-8 comes through as surrogates.

    NULs are dropped, which also makes ASCII in UTF-16 readable.
    """
    part = body[:PARSED_BYTES]
    if len(body) > PARSED_BYTES:  # half a "Disallow: /private/" may be a "Disallow: /"
        part = part[: max(part.rfind(b"\n"), part.rfind(b"\r")) + 1]
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        part = part.removeprefix(mark)
    return part.replace(b"\0", b"").decode("utf-8", "surrogateescape")


def _shown(text: str) -> str:
    return text.strip().encode("utf-8", "replace").decode("utf-8")[:200]


def path_of(url: str) -> str:
    """Return what rules are held against: path and query of a URL, each octet in one spelling."""
    parts = urlsplit(url.partition("#")[0])
    query = f"?{parts.query}" if "?" in url.partition("#")[0] else ""
    return _one_spelling(f"{parts.path or '/'}{query}")


def _pattern_of(value: str) -> str:
    anchor = "$" if value.endswith("$") else ""
    return "*".join(map(_one_spelling, value.removesuffix("$").split("*"))) + anchor


def _one_spelling(text: str) -> str:
    """Return text with each octet either plain or as an upper-case escape (section 2.2.2).

    Only %2F is told from the character it stands for, since it is no step of a path.
    """
    return _ESCAPE_OR_OTHER.sub(_octets, text)


def _octets(match: re.Match[str]) -> str:
    text = match[0]
    if len(text) == 3:
        character = chr(int(text[1:], 16))
        return character if _PLAIN.fullmatch(character) else text.upper()
    return "".join(f"%{octet:02X}" for octet in text.encode("utf-8", "surrogateescape"))
