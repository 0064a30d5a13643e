"""Revisits (WARC 1.1, section 6.7): a capture whose body is that of an earlier one.

It says when an exchange is one and puts the two records of one together; it looks for nothing and
opens no files.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from scraper.archive.digest import is_digest_of
from scraper.archive.foreign import entity_of, foreign_page, head_of
from scraper.archive.record import Headers, StoredRecord, moment_in, warc_date
from scraper.errors import DamageError
from scraper.http1 import page_from, read_response
from scraper.model import Exchange, Page

# The standard's own example leaves out "/revisit"; its sections 6.7.2 and 6.7.3 don't.
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


# What a 304 says of the body is about none (RFC 9111, section 3.2), or about the connection.
_NOT_FRESHENED = re.compile("content-.*|transfer-encoding|trailer|connection|keep-alive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An earlier response that a revisit refers to; files of others may leave out ID and date."""

    id: str | None  # <urn:uuid:...>
    url: str
    date: datetime | None  # the WARC-Date of its record
    payload_digest: str | None = None
    is_own: bool = True  # what the same link showed last, so that there is nothing new to read


def revisit_profile(
    exchange: Exchange,
    status: int | None,
    payload_digest: str | None,
    original: Original,
    *,
    is_agreed: bool,
) -> str | None:
    """Return the profile under which an exchange repeats an original, or None if it doesn't.

    A 304 is about its own URL. `is_agreed` says that readers which compute payload digests come to
    ours: where they don't, pywb finds the original of a revisit only under the revisit's own URL.
    """
    is_same_url = original.url == exchange.url
    if exchange.truncated is not None:
        return None
    if status == HTTPStatus.NOT_MODIFIED:
        return NOT_MODIFIED if is_same_url else None
    if payload_digest is not None and payload_digest == original.payload_digest:
        return IDENTICAL if is_same_url or is_agreed else None
    return None


def refers_to(original: Original | None, profile: str | None) -> Headers:
    """Return the headers of a revisit; there are none without a profile.

    URL and date are what pywb and ReplayWeb.page look the original up by: neither reads the ID.
    """
    if original is None or profile is None:
        return ()
    date = None if original.date is None else warc_date(original.date)
    pairs = (
        ("WARC-Profile", profile),
        ("WARC-Refers-To", original.id),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", date),
    )
    return tuple((name, value) for name, value in pairs if value is not None)


def original_of(revisit: StoredRecord) -> Original:
    """Return what a revisit refers to; where it names no URL, its own is meant."""
    return Original(
        id=revisit.header("WARC-Refers-To"),
        url=(revisit.header("WARC-Refers-To-Target-URI") or revisit.url).strip("<>"),
        date=moment_in(revisit.header("WARC-Refers-To-Date")),
        payload_digest=revisit.header("WARC-Payload-Digest"),
    )


def resolved(
    revisit: StoredRecord, original: StoredRecord, *, is_foreign: bool = False
) -> Page | None:
    """Return the page that a revisit stands for: the original's body under the revisit's head.

    A 304 freshens the head of the original (RFC 9111, section 4.3.4). None where the original has
    no whole head.

    Raises:
        DamageError: the original is not the response that the revisit refers to.
    """
    if original.type != "response":
        problem = f"a revisit refers to a {original.type}, where a response should be"
        raise DamageError(problem, offset=original.offset)
    digest = revisit.header("WARC-Payload-Digest")
    if digest and not _may_have(original, digest, is_foreign=is_foreign):
        raise DamageError("not the original that a revisit refers to", offset=original.offset)
    is_cut = original.header("WARC-Truncated") is not None
    read = foreign_page if is_foreign else page_from
    page = read(revisit.url, original.block, truncated=is_cut)
    head = head_of(revisit.block) if is_foreign else read_response(revisit.block)
    if page is None or head.status is None:  # old writers leave the head of a revisit out
        return page
    if head.status == HTTPStatus.NOT_MODIFIED:
        return replace(page, headers=_freshened(page.headers, head.headers))
    return replace(page, status=head.status, headers=head.headers)


def _may_have(original: StoredRecord, digest: str, *, is_foreign: bool) -> bool:
    """Say whether a payload digest may be that of an original; of a chunked body crawlers take
    that of the chunks, or of what was in them."""
    message = read_response(original.block)
    if not is_foreign:
        return is_digest_of(digest, message.entity) is not False
    bodies = (entity_of(original.block), original.block[message.head_length :])
    return any(is_digest_of(digest, body) is not False for body in bodies)


def _freshened(stored: Headers, news: Headers) -> Headers:
    fresh = tuple((name, value) for name, value in news if not _NOT_FRESHENED.fullmatch(name))
    replaced = {name for name, _ in fresh}
    return (*((name, value) for name, value in stored if name not in replaced), *fresh)
