"""Which records of a file are a page to import: each response with its request, and the redirects
that led there.

It opens nothing, decodes no body and decides nothing that needs the catalog.
"""

import re
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from scraper.archive.foreign import head_of
from scraper.archive.record import moment_in
from scraper.http1 import Message
from scraper.importing.records import Broken, Foreign, Place
from scraper.urls import normal_url

REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTML = frozenset({"text/html", "application/xhtml+xml"})

_PATIENCE = 3  # records after a response, among which its request may come
_REQUESTS = 64  # that wait for their responses
_MAX_REQUEST = 64_000  # bytes
_MAX_WAITING = 2_000  # redirects that wait for the page they lead to
_MAX_WAITING_BYTES = 16_000_000
_MAX_HOPS = 10
_SOON = timedelta(days=1)  # a crawl may come to where a redirect leads hours later
_FIRST_WEB_PAGE = datetime(1991, 8, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A response as a file has it, with its request if that is there."""

    url: str
    date: datetime
    status: int
    response: Foreign
    request: Foreign | None = None
    leads_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page that may be an article: redirects first, the page last."""

    hops: tuple[Hop, ...]

    @property
    def place(self) -> Place:
        return self.hops[-1].response.place


@dataclass(slots=True)
class Sift:
    """What a file's records come to, told as they come; `skipped` counts the others by reason."""

    skipped: Counter[str] = field(default_factory=Counter)
    records: int = 0
    _requests: deque[Foreign] = field(default_factory=lambda: deque(maxlen=_REQUESTS))
    _waiting: deque[tuple[int, Hop]] = field(default_factory=deque)
    _redirects: OrderedDict[str, tuple[Hop, ...]] = field(default_factory=OrderedDict)
    _bytes: int = 0  # of the redirects that wait

    def found_in(self, records: Iterable[Foreign | Broken]) -> Iterator[Found | Broken]:
        """Yield pages in the order of their places, and what is broken where it stands."""
        for record in records:
            self.records += 1
            if isinstance(record, Broken):
                yield record
                continue
            problem = self._take(record)
            if problem is not None:
                yield Broken(place=record.place, problem=problem)
            yield from self._ripe(self.records - _PATIENCE)
        yield from self._ripe(self.records + 1)
        unused = sum(len(chain) for chain in self._redirects.values())
        if unused:
            self.skipped["a redirect whose page is not here"] += unused
            self._redirects.clear()

    def _take(self, record: Foreign) -> str | None:
        """Keep a record that may be of use; return what is wrong with it, if anything is."""
        if record.type == "request":
            self._take_request(record)
            return None
        if record.type not in {"response", "revisit"}:
            self.skipped[f"{record.type or 'nameless'} record"] += 1
            return None
        hop = _hop(record)
        if isinstance(hop, str):
            return hop
        reason = _reason_to_skip(record, hop)
        if reason is not None:
            self.skipped[reason] += 1
            return None
        self._waiting.append((self.records, self._with_request(hop)))
        return None

    def _take_request(self, request: Foreign) -> None:
        if len(request.block) > _MAX_REQUEST:
            return
        for number, (at, hop) in enumerate(self._waiting):
            if hop.request is None and _belong(request, hop.response):
                self._waiting[number] = (at, replace(hop, request=request))
                return
        self._requests.append(request)

    def _with_request(self, hop: Hop) -> Hop:
        for request in reversed(self._requests):
            if _belong(request, hop.response):
                self._requests.remove(request)
                return replace(hop, request=request)
        return hop

    def _ripe(self, before: int) -> Iterator[Found]:
        """Yield the pages that have waited long enough, or have all they could wait for."""
        while self._waiting and (
            self._waiting[0][0] <= before or self._waiting[0][1].request is not None
        ):
            _, hop = self._waiting.popleft()
            chain = (*self._led_to(hop), hop)
            if hop.leads_to is None:
                yield Found(hops=chain)
            else:
                self._keep_redirect(chain)

    def _led_to(self, hop: Hop) -> tuple[Hop, ...]:
        chain = self._redirects.get(hop.url, ())
        if not chain or not timedelta(0) <= hop.date - chain[-1].date <= _SOON:
            return ()
        del self._redirects[hop.url]
        self._bytes -= _size(chain)
        return chain

    def _keep_redirect(self, chain: tuple[Hop, ...]) -> None:
        target = chain[-1].leads_to or ""
        if len(chain) > _MAX_HOPS:
            self.skipped["a redirect that leads nowhere"] += len(chain)
            return
        if target in self._redirects:  # the later one counts
            self._drop_redirect(target)
        self._redirects[target] = chain
        self._bytes += _size(chain)
        while len(self._redirects) > _MAX_WAITING or self._bytes > _MAX_WAITING_BYTES:
            self._drop_redirect(next(iter(self._redirects)))

    def _drop_redirect(self, target: str) -> None:
        chain = self._redirects.pop(target)
        self._bytes -= _size(chain)
        self.skipped["a redirect whose page is not here"] += len(chain)


def _hop(record: Foreign) -> Hop | str:
    """Return a response as a hop, or what is wrong with it."""
    date = moment_in(record.header("WARC-Date"))
    if date is None or not _FIRST_WEB_PAGE < date < datetime.max.replace(tzinfo=UTC):
        return "it has no WARC-Date that can be"
    target = (record.header("WARC-Target-URI") or "").strip("<>")
    message = head_of(record.block)
    try:
        url = normal_url(target)
    except ValueError as exc:
        return f"its target is no web address: {exc}" if _is_http(record) else _hopless(record)
    return Hop(
        url=url,
        date=date,
        status=message.status or 0,
        response=record,
        leads_to=_location(url, message),
    )


def _hopless(record: Foreign) -> str:
    return f"a {record.type} of something that is no web page"


def _is_http(record: Foreign) -> bool:
    return (record.header("Content-Type") or "application/http").startswith("application/http")


def _reason_to_skip(record: Foreign, hop: Hop) -> str | None:
    if not _is_http(record):
        return f"{record.type} that is not HTTP"
    if hop.leads_to is not None or (record.type == "revisit" and hop.status in {0, 200}):
        return None
    if hop.status == 0:
        return "a response without an HTTP head"
    if hop.status != 200:
        return f"HTTP {hop.status}"
    kind = _media_type(head_of(record.block))
    return None if kind in HTML or not kind else f"{kind[:40]}"


def _media_type(message: Message) -> str:
    values = message.values("content-type")
    kind = values[0].split(";")[0].strip().lower() if values else ""
    return kind if re.fullmatch(r"[a-z0-9.+*_-]+/[a-z0-9.+*_-]+", kind) else ""


def _location(url: str, message: Message) -> str | None:
    """Return where a redirect leads; None where this is none, or leads to itself."""
    target = next((value for key, value in message.headers if key == "location"), None)
    if message.status not in REDIRECTS or target is None:
        return None
    try:
        leads_to = normal_url(urljoin(url, target))
    except ValueError:
        return None
    return None if leads_to == url else leads_to


def _belong(request: Foreign, response: Foreign) -> bool:
    """Say whether two records are of one exchange: one names the other, or, where neither names
    any, they have the same target."""
    links = {
        value
        for record in (request, response)
        for key, value in record.headers
        if key.lower() == "warc-concurrent-to"
    }
    if links:
        ids = {request.header("WARC-Record-ID"), response.header("WARC-Record-ID")}
        return bool(links & ids)
    return request.header("WARC-Target-URI") == response.header("WARC-Target-URI")


def _size(chain: tuple[Hop, ...]) -> int:
    return sum(len(hop.response.block) + len(hop.response.head) for hop in chain)
