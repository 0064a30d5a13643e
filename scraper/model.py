"""The values that travel between rooms: frozen, keyword-only, without behaviour of their own.

Nothing here does I/O or reads a clock. All datetimes are aware and in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

# --- outlets: what a maintainer wrote in sources.toml -------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an outlet announces articles."""

    type: str  # feed | sitemap | news-sitemap | section
    url: str
    links: str | None = None  # CSS selector, sections only
    allow: tuple[str, ...] = ()  # URL patterns
    deny: tuple[str, ...] = ()
    every: timedelta | str | None = None  # a pause, or a cron expression of five fields
    max_new: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How an outlet's pages are fetched."""

    timeout: timedelta = timedelta(seconds=60)  # whole exchange, first byte out to last byte in
    max_bytes: int = 16_000_000  # on the wire, of one response
    headers: tuple[tuple[str, str], ...] = ()  # to the first origin only; values are secrets
    cookie_env: str | None = None  # name of the environment variable that holds the Cookie value
    robots: str = "obey"  # obey | report
    user_agent_suffix: str | None = None
    requisites: bool = False
    pages: bool = True  # an article that goes on is followed
    ignore_cache: bool = False
    verify_tls: bool = True
    allow_private: tuple[str, ...] = ()  # CIDR ranges, any port
    recheck: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a maintainer wrote about an outlet's pages, and when it holds."""

    valid_from: date | None = None
    valid_until: date | None = None
    match: str | None = None  # URL pattern: * is any run of characters, ? is any one
    title: str | None = None
    body: tuple[str, ...] = ()  # CSS, or XPath where it starts with "/" or "("; first that matches
    strip: tuple[str, ...] = ()
    strip_text: tuple[str, ...] = ()  # regular expressions, searched in whole blocks
    keep: tuple[str, ...] = ()  # selectors of what no filter may strip
    origin: str = "hand"  # hand | learned | ftr:<file>


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPolicy:
    """When a maintainer wants to hear from us about an outlet."""

    quiet_after: timedelta | None = None
    length_drop: float | None = None
    rule_misses: int | None = None
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher that we archive; `delay` and `every` are resolved against the defaults."""

    id: str
    name: str
    home: str
    language: str | None = None
    tags: tuple[str, ...] = ()
    delay: timedelta = timedelta(seconds=2)
    delay_is_own: bool = False  # written in the outlet's own table
    every: timedelta | str = timedelta(minutes=15)
    dedup: str = "outlet"  # outlet | url | off: where a body that comes again is kept once
    sources: tuple[Source, ...] = ()
    fetch: FetchPolicy = FetchPolicy()
    rules: tuple[Rule, ...] = ()
    alarm: AlarmPolicy = AlarmPolicy()


# --- discovery: what a source announced ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL that a source announced, with what the source said of it; all text is plain."""

    url: str  # absolute http(s), as it is to be fetched
    source: str  # URL of the feed, sitemap or page that announced it
    title: str | None = None  # of a section page: the text of the anchor
    published: datetime | None = None
    updated: datetime | None = None
    guid: str | None = None
    teaser: str | None = None
    score: float | None = None  # 0..1, how article-like a ranked link of a section page looks


# --- fetching: what went over the wire ----------------------------------------------------------


class Outcome(StrEnum):
    """How the fetch of one article ended; all but `OK` have a sentence in `Capture.detail`."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"  # a real 304
    HTTP_ERROR = "http-error"  # the final status is 4xx or 5xx
    BAD_URL = "bad-url"
    UNRESOLVED = "unresolved"  # the host name has no address
    DISALLOWED = "disallowed"  # by robots.txt; nothing was asked for, or a redirect led there
    PAUSED = "paused"  # the host asked to be left alone; as before
    FORBIDDEN = "forbidden-address"  # the address gate refused it
    REFUSED = "connect-failed"
    TLS_FAILED = "tls-failed"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"  # the connection ended before the message did
    TOO_LARGE = "too-large"  # the wire cap ended it
    BAD_PROTOCOL = "bad-protocol"  # what came is not HTTP/1.x
    REDIRECT_LIMIT = "redirect-limit"
    BAD_REDIRECT = "bad-redirect"  # to no URL, or to one that is not http(s)


class Truncation(StrEnum):
    """Why a recorded response is not whole (WARC 1.1, section 5.13)."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"
    UNSPECIFIED = "unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request and its response, byte for byte as they went over the wire.

    `response` holds the bytes of the message alone, interim (1xx) responses included; `leftover` is
    what the server sent beyond its end. In `request` the values of the headers that `redacted`
    names are replaced by ``[redacted]``; all else is wire-exact.
    """

    url: str
    method: str
    request: bytes
    response: bytes
    status: int | None  # of the final response; None where no whole head arrived
    peer: str | None  # IP address that was dialled
    started: datetime
    seconds: float  # first byte out to last byte in
    protocols: tuple[str, ...] = ("http/1.1",)  # as in WARC-Protocol, e.g. ("http/1.1", "tls/1.3")
    truncated: Truncation | None = None
    redacted: tuple[str, ...] = ()
    leftover: bytes = b""
    notes: tuple[str, ...] = ()  # oddities worth keeping: bare LF heads, CL with TE, ...

    def without_bytes(self) -> "Exchange":
        """Return what is known of it beside its bytes."""
        return replace(self, request=b"", response=b"", leftover=b"")


class DecodeStatus(StrEnum):
    """How undoing the content codings of a body ended."""

    OK = "ok"
    BOMB = "bomb"  # a cap on size or ratio ended it; what was decoded until then is there
    DAMAGED = "damaged"  # the coded stream is cut short or corrupt
    UNSUPPORTED = "unsupported"  # a coding that was not asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A response as a reader of pages needs it: head parsed, body de-chunked and decoded."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case, values as latin-1 text, wire order
    body: bytes
    decode_status: DecodeStatus = DecodeStatus.OK
    complete: bool = True

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; `name` is in lower case."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetch of one article: the chain of exchanges, redirects included, and its outcome."""

    url: str  # asked for
    outcome: Outcome
    detail: str = ""  # one sentence; empty where the outcome is OK
    exchanges: tuple[Exchange, ...] = ()  # in the order they happened; may be empty
    page: Page | None = None  # the final response; None where none arrived

    def without_bytes(self) -> "Capture":
        """Return what is known of it beside its bytes, for when these are on the disk."""
        page = None if self.page is None else replace(self.page, body=b"")
        exchanges = tuple(one.without_bytes() for one in self.exchanges)
        return replace(self, page=page, exchanges=exchanges)


# --- archive: where the bytes lie ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Where one WARC record lies: `file` relative to the archive, offset and length in bytes."""

    file: str
    offset: int
    length: int  # of the gzip member
    type: str  # warcinfo | request | response | revisit | conversion | metadata
    id: str  # <urn:uuid:...>
    url: str | None
    date: datetime
    block_digest: str
    payload_digest: str | None = (
        None  # entity as sent, de-chunked; absent where there is no payload
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The records of one exchange."""

    exchange: Exchange
    request: Record
    response: Record | None  # None where not a byte of a response arrived
    repeats_another: bool = False  # a revisit of what its URL had not shown before, or not last

    def without_bytes(self) -> "Recorded":
        """Return where the records lie, and what is known of the exchange beside its bytes."""
        return replace(self, exchange=self.exchange.without_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class Requisite:
    """What came of something that a page needs to look like itself, and where its records lie."""

    outlet: str
    url: str  # asked for
    started: datetime
    outcome: str  # in the words of `Outcome`
    status: int | None
    first_id: str  # of the first of its records, which lie together
    file: str  # relative to the archive
    offset: int  # bytes, of that record
    records: tuple[str, ...]  # IDs of all its requests and responses, the last response last


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What came of a further page of a captured article, and where its records lie."""

    number: int  # of the page; the first of them is 2
    url: str  # asked for
    started: datetime
    outcome: str  # in the words of `Outcome`
    detail: str  # one sentence; empty where the outcome is OK
    status: int | None
    first_id: str  # of the first of its records, which lie together
    file: str  # relative to the archive
    offset: int  # bytes, of that record
    records: tuple[str, ...]  # IDs of all its requests and responses, the last response last


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Which record of whose file a capture is that somebody else made."""

    file: str  # its name when it was imported; nothing is ever opened by it
    sha256: str  # of the file
    bytes: int
    offset: int  # of the response's gzip member, or of the record where nothing is compressed
    nth: int = 0  # record in that member


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened to a capture, and where the records that tell of it lie."""

    kind: str  # capture | reading | part
    key: str  # the record ID of the capture's last response, or of its request
    moment: datetime
    file: str  # relative to the archive
    offsets: tuple[int, ...]  # bytes


# --- extraction: what the page says -------------------------------------------------------------

KEPT_ROLES = frozenset(
    {"headline", "standfirst", "body", "subheading", "list", "quote", "table", "note", "credit"}
)
STRIPPED_ROLES = frozenset(
    {
        "byline", "dateline", "caption", "embed", "box", "ad", "prompt", "related", "author",
        "share", "tags", "comment", "navigation", "footer", "other",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a page's text that stands alone, and who decided about it.

    `path` is a CSS-like path from body, e.g. ``div.content > p:nth-of-type(3)``. `reason` reads as
    a sentence: "rule strip .promo", "outside the body container".
    """

    text: str
    path: str
    role: str
    kept: bool
    reason: str


class Kind(StrEnum):
    """What kind of page it is. Those below `TEASER` hold no article."""

    ARTICLE = "article"
    LIVE = "live-blog"
    GALLERY = "gallery"
    VIDEO = "video"
    TEASER = "teaser"  # the beginning of an article that is to be paid for
    LIST = "list"  # a front page, a section, search results
    CONSENT = "consent-wall"
    LOGIN = "login-wall"
    ERROR = "error-page"  # served as 200
    CHALLENGE = "challenge"  # "checking your browser", captchas, blocked
    OTHER = "other"  # words, but none of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What reading one page tells of whether its outlet's pages are still what they were."""

    missed: tuple[str, ...] = ()  # body selectors of its rule, where none of them chose anything
    missed_title: str | None = None  # the title selector of its rule, where it chose nothing
    kept: int = 0  # characters of the text
    looked: int = 0  # characters of all blocks that were judged: of the body alone by a template
    prompts: int = 0  # blocks of the text that read like prompts
    last: int | None = None  # checksum of the last paragraph
    fields: tuple[str, ...] = ()  # of the metadata, those that were found
    shell: tuple[int, ...] = ()  # the least checksums of class names: a sketch of the layout
    agreement: float | None = None  # with a reading without rule and template; seldom asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What extraction returns.

    `title` is the one that the page's head gives the article, `headline` the one that readers saw:
    the first line of the text. `paragraphs` are as in the text file, headline excluded, standfirst
    first; `text` is the whole content of the text file. `blocks` holds every block of the page in
    document order.
    """

    title: str
    headline: str = ""
    paragraphs: tuple[str, ...]
    text: str
    url: str
    canonical_url: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None  # BCP 47
    description: str | None = None
    tags: tuple[str, ...] = ()
    section: str | None = None  # the part of the outlet that it stands in
    image: str | None = None  # absolute URL
    agency: str | None = None  # that credits name: AFP, dpa, Reuters, ...
    paywalled: bool | None = None  # what the page says of itself; None where it says nothing
    kind: Kind = Kind.ARTICLE
    kind_reason: str = ""  # a sentence; empty for a plain article
    next_url: str | None = None  # where the article goes on, absolute
    pages: int = 1  # that it was read from
    charset: str = "utf-8"  # WHATWG name
    charset_source: str = "utf-8"  # bom | http | meta | utf-8 | utf-16 pattern | fallback
    body_by: str = ""  # what found the body: "rule article .content", "trafilatura", ...
    signs: Signs = Signs()
    blocks: tuple[Block, ...] = field(default=(), repr=False)

    def stripped(self) -> Iterator[Block]:
        """Yield the blocks that are not in the text, in document order."""
        return (block for block in self.blocks if not block.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUse:
    """What an outlet's template was good for on one page.

    `agreement` is the F1 of 4-grams between the text read with the template and the page's own
    reading; None where that was not asked for.
    """

    fits: bool
    agreement: float | None = None


class ExtractStatus(StrEnum):
    """How the extraction of one page ended. Everything but `OK` leaves no text file."""

    OK = "ok"
    EMPTY = "empty"  # not a word on the page
    NO_ARTICLE = "no-article"  # words, but no article among them
    NOT_HTML = "not-html"
    PARTIAL = "partial"  # the body is cut short or its coding is damaged
    TOO_COMPLEX = "too-complex"  # a pre-check refused it: size, depth or one giant tag
    TIMEOUT = "timeout"  # the worker was killed at its deadline
    CRASH = "crash"  # the worker died
    SKIPPED = "skipped"  # there was no page to read, or its status is an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The result of one extraction; `article` is there if and only if the status is OK."""

    status: ExtractStatus
    detail: str = ""
    article: Article | None = None
    kind: Kind | None = None  # of the page; None where it was not looked at
    template: TemplateUse | None = None  # None where there was no template to read it with
    is_cut: bool = False  # a further page of the article was not to be had now, and may be later
