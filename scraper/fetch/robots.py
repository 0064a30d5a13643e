"""robots.txt (RFC 9309): what the answer to it means, for how long, and what it says of a URL.

It sends nothing and reads no clock: a capture of the file and the time come in, and what is known
comes out, to be kept where a restart finds it.
"""

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urljoin, urlsplit, urlunsplit

from scraper.fetch.robots_rules import PARSED_BYTES, Rules, rules_in
from scraper.fetch.validators import (
    Headers,
    Validators,
    conditional_headers,
    freshness,
    validators_in,
)
from scraper.model import Capture, DecodeStatus, Outcome, Page
from scraper.urls import normal_url

PRODUCT = "scraper"  # the token that a robots.txt may name us by

MAX_FRESH = timedelta(hours=24)  # section 2.4: no copy is used for longer
MIN_FRESH = timedelta(hours=1)  # many servers call everything stale at once
RETRY = timedelta(hours=1)
MAX_HELD = timedelta(days=30)  # section 2.3.1.4: a copy, while the file cannot be had
MAX_REDIRECTS = 5  # section 2.3.1.2


class Answer(StrEnum):
    """What came of asking for a robots.txt."""

    FILE = "file"
    NONE = "none"  # there is none: all is allowed
    UNREACHABLE = "unreachable"  # nobody could say: all is disallowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a URL may be asked for, and the line of robots.txt that says so, if one does."""

    allowed: bool
    line: str | None = None
    number: int | None = None
    reason: str = ""  # a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What is known of one robots.txt.

    `detail` is empty unless the last attempt to get the file failed; then it says how. With a file,
    `fetched` is when it last came, or was last confirmed.
    """

    url: str
    answer: Answer
    fetched: datetime
    expires: datetime  # when to ask again
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    validators: Validators = field(default_factory=Validators)
    detail: str = ""
    rules: Rules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", rules_in(self.body))

    def verdict(self, url: str, user_agent: str = PRODUCT) -> Verdict:
        """Say whether a URL of this host may be asked for.

        Of the user agent only its product token counts: what stands before the first character that
        is no letter, hyphen or underscore.
        """
        if self.answer is Answer.UNREACHABLE:
            is_file = urlsplit(url).path == "/robots.txt"
            return Verdict(allowed=is_file, reason=f"no robots.txt could be had: {self.detail}")
        if self.answer is Answer.NONE:
            return Verdict(allowed=True, reason="there is no robots.txt")
        line = self.rules.line_for(url, user_agent)
        if line is None:
            return Verdict(allowed=True, reason="no line of robots.txt is about it")
        word = "allowed" if line.allows else "disallowed"
        reason = f"{word} by robots.txt line {line.number}: {line.text}"
        return Verdict(allowed=line.allows, line=line.text, number=line.number, reason=reason)

    def crawl_delay(
        self, user_agent: str = PRODUCT, cap: timedelta = timedelta(seconds=120)
    ) -> timedelta | None:
        """Return the pause between two requests that the file asks of an agent, if it does."""
        delay = self.rules.crawl_delay(user_agent)
        return None if delay is None else min(delay, cap)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that the file names, as absolute URLs in its order."""
        urls = (_absolute(self.url, value) for value in self.rules.sitemaps)
        return tuple(dict.fromkeys(url for url in urls if url is not None))

    def is_due(self, now: datetime) -> bool:
        """Say whether it is time to ask for the file again."""
        return now >= self.expires

    def conditional_headers(self) -> Headers:
        """Return the headers that ask for the file only if it has changed."""
        return conditional_headers(self.validators) if self.answer is Answer.FILE else ()

    def stored(self) -> str:
        """Return all of it as one line of ASCII, for the catalog."""
        fields = {
            "url": self.url,
            "answer": self.answer,
            "fetched": self.fetched.isoformat(),
            "expires": self.expires.isoformat(),
            "status": self.status,
            "body": base64.b64encode(self.body).decode("ascii"),
            "etag": self.validators.etag,
            "last_modified": self.validators.last_modified,
            "detail": self.detail,
        }
        return json.dumps(fields)

    @classmethod
    def from_stored(cls, text: str) -> "Robots | None":
        """Return what `stored` made a text of, or None where it is something else."""
        try:
            fields = json.loads(text)
            return cls(
                url=str(fields["url"]),
                answer=Answer(fields["answer"]),
                fetched=_moment(fields["fetched"]),
                expires=_moment(fields["expires"]),
                status=None if fields["status"] is None else int(fields["status"]),
                body=base64.b64decode(fields["body"], validate=True),
                validators=Validators(etag=fields["etag"], last_modified=fields["last_modified"]),
                detail=str(fields["detail"]),
            )
        except (ValueError, KeyError, TypeError):
            return None


def robots_url(url: str) -> str:
    """Return where the rules for a URL stand: one file for each scheme, host and port.

    Raises:
        ValueError: it is not an absolute http or https URL.
    """
    parts = urlsplit(normal_url(url))
    return urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))


def robots_from(
    capture: Capture, *, now: datetime, last: Robots | None = None, strict: bool = False
) -> Robots:
    """Return what a capture of a robots.txt means (RFC 9309, section 2.3.1).

    `last` is what was known before: its file stands in for one that cannot be had, for 30 days.
    `strict` takes 401 and 403 for a ban, where the RFC takes them for no file.
    """
    page = capture.page
    if _leads_nowhere(capture):
        return _absent(capture, now, MAX_FRESH)
    if page is None:
        return _unreachable(capture, now, last)
    if page.status == 304 and last is not None and last.answer is Answer.FILE:
        return replace(last, fetched=now, expires=now + _lifetime(page), detail="")
    if _is_absent(page.status, strict=strict):
        return _absent(capture, now, _lifetime(page))
    if not 200 <= page.status < 300 or not _is_readable(page):
        return _unreachable(capture, now, last)
    return Robots(
        url=capture.url,
        answer=Answer.FILE,
        fetched=now,
        expires=now + _lifetime(page),
        status=page.status,
        body=page.body[: PARSED_BYTES + 1],  # one more says that there was more
        validators=validators_in(page),
    )


def _leads_nowhere(capture: Capture) -> bool:
    """Say whether redirects came to nothing, or were more than the RFC asks us to follow."""
    return (
        capture.outcome in {Outcome.REDIRECT_LIMIT, Outcome.BAD_REDIRECT}
        or len(capture.exchanges) > MAX_REDIRECTS + 1
    )


def _is_absent(status: int, *, strict: bool) -> bool:
    # 429 is about our asking, not about the file; Google's crawler takes it for a server error too.
    return 400 <= status < 500 and status != 429 and not (strict and status in {401, 403})


def _is_readable(page: Page) -> bool:
    """Say whether the body is whole, or as much of it as is read: a cut file may lack its ban."""
    is_whole = page.complete and page.decode_status is DecodeStatus.OK
    return is_whole or len(page.body) > PARSED_BYTES


def _lifetime(page: Page) -> timedelta:
    said = freshness(page.headers)
    return MAX_FRESH if said is None else min(max(said, MIN_FRESH), MAX_FRESH)


def _absent(capture: Capture, now: datetime, lifetime: timedelta) -> Robots:
    status = None if capture.page is None else capture.page.status
    return Robots(
        url=capture.url, answer=Answer.NONE, fetched=now, expires=now + lifetime, status=status
    )


def _unreachable(capture: Capture, now: datetime, last: Robots | None) -> Robots:
    status = None if capture.page is None else capture.page.status
    expires, detail = now + RETRY, capture.detail or "what came cannot be read"
    if last is not None and last.answer is Answer.FILE and now - last.fetched <= MAX_HELD:
        return replace(last, expires=expires, status=status, detail=detail)
    return Robots(
        url=capture.url,
        answer=Answer.UNREACHABLE,
        fetched=now,
        expires=expires,
        status=status,
        detail=detail,
    )


def _absolute(base: str, value: str) -> str | None:
    try:
        return normal_url(urljoin(base, value))
    except ValueError:
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
