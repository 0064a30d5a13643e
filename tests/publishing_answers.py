"""What the publishing house's servers answer: the plan and a moment in, bytes of a response out.

It opens no socket and keeps no state, so that whoever asks twice at one moment gets the same.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from publishing import RETRY_AFTER, START, Plan, Press, Story
from publishing_pages import (
    amp_page,
    base_of,
    child_sitemap,
    robots_txt,
    source_body,
    story_page,
)
from publishing_turns import is_moved, turned

_PHRASES = {
    200: "OK", 301: "Moved Permanently", 304: "Not Modified", 403: "Forbidden", 404: "Not Found",
    410: "Gone", 503: "Service Unavailable",
}  # fmt: skip
_NUMBER = re.compile(r"(?:/amp|/go)?/.*?(\d+)$")
_CHILD = re.compile(r"/sitemap-(\d{4}-\d\d-\d\d)\.xml")
_CHUNK = 1_500
_DRIPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response and what it is about; `kind` is the kind of thing that was asked for."""

    status: int
    kind: str  # robots | source | article | amp | redirect | other
    media: str = "text/html; charset=utf-8"
    entity: bytes = b""  # not coded yet
    changed: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    story: Story | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A response as bytes: pieces to send with pauses between them, and the entity as sent."""

    pieces: tuple[bytes, ...]
    head: bytes
    entity: bytes  # coded, not chunked

    @property
    def whole(self) -> bytes:
        return b"".join(self.pieces)


def answer_to(
    plan: Plan, press: Press, target: str, asked: Mapping[str, str], now: datetime, port: int
) -> Answer:
    """Return the answer of an outlet to a request, whose headers have names in lower case."""
    path, turn = urlsplit(target).path, plan.turn_at(press, now)
    known = press.announcements[0].target if is_moved(turn, path) else path
    answer = _found(plan, press, known, now, port)
    if turn:
        answer = turned(turn, press, answer, path, port)
    if plan.is_down(press, now):
        retry = str(int(RETRY_AFTER.total_seconds()))
        return Answer(
            status=503, kind=answer.kind, story=answer.story, headers=(("Retry-After", retry),),
            media="text/plain", entity=b"Our press is broken. Come back later.\n",
        )  # fmt: skip
    if answer.status != 200:
        return answer
    answer = replace(answer, headers=(*answer.headers, *_validators(press, answer)))
    if _is_unchanged(asked, dict(answer.headers)):
        return replace(answer, status=304, entity=b"")
    return answer


def wire_of(press: Press, answer: Answer, now: datetime) -> Wire:
    """Return an answer as the outlet's server sends it."""
    headers = [("Date", _http_date(now)), ("Server", press.id), ("Content-Type", answer.media)]
    headers += answer.headers if press.keeps_alive else (*answer.headers, ("Connection", "close"))
    entity = answer.entity
    if press.gzip and answer.status == 200:
        entity = gzip.compress(entity, mtime=0)
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    is_chunked = press.chunked and answer.status == 200
    if is_chunked:
        headers.append(("Transfer-Encoding", "chunked"))
    elif answer.status != 304:
        headers.append(("Content-Length", str(len(entity))))
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES[answer.status]}"]
    lines += [f"{name}: {value}" for name, value in headers]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    body = _chunked(entity) if is_chunked else entity
    return Wire(pieces=_pieces(press, answer, head, body), head=head, entity=entity)


def _found(plan: Plan, press: Press, path: str, now: datetime, port: int) -> Answer:
    """Return what there is at a path; conditions are not looked at yet."""
    if path == "/robots.txt":
        return _robots(plan, press, now)
    for announcement in press.announcements:
        if path == announcement.target:
            body = source_body(plan, press, announcement, now, port)
            media = "text/html; charset=utf-8" if announcement.format == "section" else "text/xml"
            return Answer(
                status=200,
                kind="source",
                media=media,
                entity=body,
                changed=_latest(plan, press, now),
            )
    if (child := _CHILD.fullmatch(path)) is not None:
        body = child_sitemap(plan, press, child[1], now, port)
        return Answer(status=200, kind="source", media="application/xml", entity=body)
    return _page(plan, press, path, now, port)


def _robots(plan: Plan, press: Press, now: datetime) -> Answer:
    if not press.has_robots:
        return Answer(status=404, kind="robots", media="text/plain", entity=b"no robots here\n")
    body = robots_txt(plan, press, now)
    since = START if press.ban is None else START + press.ban[0]
    changed = since if now >= since else START
    return Answer(status=200, kind="robots", media="text/plain", entity=body, changed=changed)


def _page(plan: Plan, press: Press, path: str, now: datetime, port: int) -> Answer:
    number = _NUMBER.fullmatch(path)
    story = next(
        (each for each in plan.stories_of(press) if number and each.number == int(number[1])), None
    )
    nothing = Answer(status=404, kind="other", entity=b"<h1>There is no such page</h1>\n")
    if story is None or now < story.published:
        return nothing
    kind = {
        f"/go/{story.number}": "redirect",
        f"/amp{story.path}": "amp",
        story.path: "article",
    }.get(path)
    if kind is None:
        return nothing
    version = story.version_at(now)
    if version is None:
        gone = b"<h1>This story was withdrawn</h1>\n"
        return Answer(status=410, kind=kind, entity=gone, story=story)
    if kind == "redirect":
        target = (("Location", base_of(press, port) + story.path),)
        return Answer(status=301, kind=kind, headers=target, story=story, version=version)
    render = amp_page if kind == "amp" else story_page
    return Answer(
        status=200, kind=kind, entity=render(press, story, version, port), story=story,
        changed=story.versions[version].start, version=version,
    )  # fmt: skip


def _latest(plan: Plan, press: Press, now: datetime) -> datetime:
    """Return when anything that an outlet shows changed last."""
    changes = [START]
    for story in plan.stories_of(press):
        changes += [version.start for version in story.versions]
        changes += [story.removed] if story.removed else []
    return max(change for change in changes if change <= now)


def _validators(press: Press, answer: Answer) -> tuple[tuple[str, str], ...]:
    validators = []
    if press.etag:
        validators.append(("ETag", f'"{hashlib.sha256(answer.entity).hexdigest()[:20]}"'))
    if press.last_modified and answer.changed is not None:
        validators.append(("Last-Modified", _http_date(answer.changed)))
    return tuple(validators)


def _is_unchanged(asked: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """Say whether a condition holds; an ETag decides before a date (RFC 9110, section 13.2.2)."""
    if "if-none-match" in asked and "ETag" in ours:
        return ours["ETag"] in asked["if-none-match"]
    if "if-modified-since" in asked and "Last-Modified" in ours:
        since = parsedate_to_datetime(asked["if-modified-since"])
        return parsedate_to_datetime(ours["Last-Modified"]) <= since
    return False


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def _chunked(entity: bytes) -> bytes:
    chunks = [entity[at : at + _CHUNK] for at in range(0, len(entity), _CHUNK)]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def _pieces(press: Press, answer: Answer, head: bytes, body: bytes) -> tuple[bytes, ...]:
    """Return a response in one piece, or in several for a page that comes in drips."""
    is_slow = press.slow_every and answer.story and answer.story.number % press.slow_every == 0
    if not is_slow or not body:
        return (head + body,)
    step = len(body) // _DRIPS + 1
    return (head, *(body[at : at + step] for at in range(0, len(body), step)))
