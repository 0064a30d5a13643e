"""An exchange as WARC records, and the records of an exchange as the exchange again.

It frames no records and opens no files.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from scraper.archive.digest import sha1_digest
from scraper.archive.record import Draft, Headers, StoredRecord, moment_in, new_record_id
from scraper.archive.revisits import IDENTICAL, Original, refers_to, revisit_profile
from scraper.errors import DamageError
from scraper.http1 import Message, read_response
from scraper.model import Exchange, Recorded, Truncation

# A head that all readers end at the same byte: warcio ends one at a line of white space already.
_PLAIN_HEAD = re.compile(
    rb"HTTP/1\.[01] [2-5]\d\d[^\r\n]*\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\x00]*\r\n)*\r\n"
)
_LONGEST_PLAIN_HEAD = 8_000  # bytes; FastWARC has its limit at 32 kB
REPEATS_ANOTHER = "repeats_another"  # a fact of the metadata record, said only where it is so


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDrafts:
    """The records of one exchange, not in a file yet."""

    exchange: Exchange
    request: Draft
    response: Draft | None
    metadata: Draft
    repeats_another: bool = False  # as in `model.Recorded`

    def in_file_order(self) -> tuple[Draft, ...]:
        """Return the response first, as the tools that pair records by order expect."""
        return tuple(draft for draft in (self.response, self.request, self.metadata) if draft)


def drafts_of(
    exchange: Exchange,
    *,
    payload_digest_on_chunked: bool = False,
    original: Original | None = None,
    about: Mapping[str, object] | None = None,
) -> ExchangeDrafts:
    """Return the records of one exchange: request, response and what neither can say.

    Where the response repeats that of `original`, its record is a revisit. `about` stands in the
    metadata record beside what is said of the exchange.
    """
    request_id, response_id = new_record_id(), new_record_id()
    to_request = (("WARC-Concurrent-To", request_id),)
    to_response = (("WARC-Concurrent-To", response_id),) if exchange.response else ()
    response, repeats_another = None, False
    if exchange.response:
        parts = _response_parts(exchange, payload_digest_on_chunked, original)
        response = Draft(
            type="response" if parts.profile is None else "revisit", id=response_id,
            date=exchange.started, url=exchange.url, block=parts.block,
            content_type="application/http; msgtype=response",
            headers=(*parts.headers, *to_request), payload_digest=parts.payload_digest,
        )  # fmt: skip
        repeats_another = parts.profile == IDENTICAL and not (original and original.is_own)
    request = Draft(
        type="request", id=request_id, date=exchange.started, url=exchange.url,
        content_type="application/http; msgtype=request", block=exchange.request,
        headers=(*_connection(exchange), *to_response),
    )  # fmt: skip
    facts = _facts(exchange, response) | ({REPEATS_ANOTHER: True} if repeats_another else {})
    metadata = Draft(
        type="metadata", date=exchange.started, url=url_of_metadata(exchange.url),
        content_type="application/json",
        block=json_block({"exchange": facts, **(about or {})}),
        headers=(*to_response, *to_request),
    )  # fmt: skip
    return ExchangeDrafts(
        exchange=exchange, request=request, response=response, metadata=metadata,
        repeats_another=repeats_another,
    )  # fmt: skip


def payload_digest_of(exchange: Exchange) -> str | None:
    """Return the digest of a response's entity, de-chunked, as the catalog knows it.

    None where there is no whole response: part of a body identifies nothing, and an empty one, like
    that of a 304, nothing either.
    """
    return _digest_of(exchange, read_response(exchange.response, method=exchange.method))


def _digest_of(exchange: Exchange, message: Message) -> str | None:
    is_whole = message.complete and exchange.truncated is None
    return sha1_digest(message.entity) if is_whole and message.entity else None


class _ResponseParts(NamedTuple):
    """What tells the record of one response from another's; the digest is for the catalog."""

    headers: Headers
    block: bytes
    payload_digest: str | None
    profile: str | None


def _response_parts(
    exchange: Exchange, digest_on_chunked: bool, original: Original | None
) -> _ResponseParts:
    message = read_response(exchange.response, method=exchange.method)
    digest = _digest_of(exchange, message)
    is_agreed = bool(digest) and _is_payload_agreed(exchange.response, message, digest_on_chunked)
    profile = None
    if original is not None:
        profile = revisit_profile(exchange, message.status, digest, original, is_agreed=is_agreed)
    headers = [*_connection(exchange), *refers_to(original, profile)]
    if digest and (is_agreed or profile == IDENTICAL):
        headers.append(("WARC-Payload-Digest", digest))
    if exchange.truncated is not None:
        headers.append(("WARC-Truncated", exchange.truncated.value))
    is_head_alone = profile == IDENTICAL
    block = exchange.response[: message.head_length] if is_head_alone else exchange.response
    return _ResponseParts(tuple(headers), block, digest, profile)


def _connection(exchange: Exchange) -> Headers:
    peer = (("WARC-IP-Address", exchange.peer),) if exchange.peer else ()
    return (*peer, *(("WARC-Protocol", protocol) for protocol in exchange.protocols))


def _is_payload_agreed(wire: bytes, message: Message, digest_on_chunked: bool) -> bool:
    """Say whether every validator takes the same bytes for the payload of a whole response.

    The standard means the entity, warcio and FastWARC what follows the first head; these differ
    when the body is chunked or an interim response comes first.
    """
    if message.chunked:
        return digest_on_chunked
    head = _PLAIN_HEAD.match(wire, 0, _LONGEST_PLAIN_HEAD)
    return (
        head is not None
        and head.end() == message.head_length
        and message.head_length + len(message.entity) == len(wire)
    )


def _facts(exchange: Exchange, response: Draft | None) -> dict[str, object]:
    facts: dict[str, object] = {"method": exchange.method, "seconds": round(exchange.seconds, 6)}
    if exchange.redacted:
        facts["redacted"] = list(exchange.redacted)
        facts["request"] = "not wire-exact: redacted"
    if exchange.notes:
        facts["notes"] = list(exchange.notes)
    if exchange.leftover:
        facts["leftover"] = base64.b64encode(exchange.leftover).decode("ascii")
    if response is not None and response.payload_digest:
        facts["payload_digest"] = response.payload_digest
    return facts


def text_draft(recorded: Recorded, text: str, *, url: str, date: datetime) -> Draft:
    """Return a page's clean text as a conversion of its response.

    Its target is no web address: under the page's own, pywb would replay it instead of the page.
    """
    return Draft(
        type="conversion", date=date, url=f"urn:text:{url}", headers=_refers_to(recorded),
        content_type="text/plain; charset=utf-8", block=text.encode("utf-8", "replace"),
    )  # fmt: skip


def metadata_draft(recorded: Recorded, fields: Mapping[str, object], *, date: datetime) -> Draft:
    """Return what is known of a page as a metadata record that refers to its response."""
    return Draft(
        type="metadata", date=date, url=url_of_metadata(recorded.exchange.url),
        content_type="application/json",
        block=json_block(fields), headers=_refers_to(recorded),
    )  # fmt: skip


def url_of_metadata(url: str) -> str:
    """Return the target of what is said about a URL: no web address, for the reason of texts.

    cdxj-indexer and pywb index metadata that is JSON, and of one second they take JSON before HTML.
    """
    return f"urn:metadata:{url}"


def _refers_to(recorded: Recorded) -> Headers:
    return (("WARC-Refers-To", (recorded.response or recorded.request).id),)


def json_block(fields: Mapping[str, object]) -> bytes:
    """Return fields as JSON in UTF-8; what that cannot hold (lone surrogates) becomes ``?``."""
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False, default=_plain)
    return text.encode("utf-8", "replace")


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in a metadata record")


def exchange_from(
    request: StoredRecord | None,
    response: StoredRecord | None,
    metadata: StoredRecord | None = None,
) -> Exchange:
    """Return the exchange whose records these are; at least one of the first two is there.

    Files of other makers say less: what is unknown has the value of an empty exchange.
    """
    known = response or request
    assert known is not None
    facts = _facts_in(metadata)
    method = facts.get("method") or _method_of(request)
    wire = b"" if response is None else response.block
    cut = None if response is None else response.header("WARC-Truncated")
    return Exchange(
        url=known.url,
        method=str(method),
        request=b"" if request is None else request.block,
        response=wire,
        status=_status(facts, wire, str(method)),
        peer=known.header("WARC-IP-Address"),
        started=_moment(known),
        seconds=_number(facts.get("seconds")),
        protocols=known.all_of("WARC-Protocol"),
        truncated=None if cut is None else _truncation(cut),
        redacted=_words(facts.get("redacted")),
        leftover=_bytes(facts.get("leftover")),
        notes=_words(facts.get("notes")),
    )


def _status(facts: Mapping[str, object], wire: bytes, method: str) -> int | None:
    """Return the status of a response; of heads that others wrote, the metadata record says it."""
    said = facts.get("status")
    if isinstance(said, int):
        return said
    return read_response(wire, method=method).status if wire else None


def _facts_in(metadata: StoredRecord | None) -> dict[str, object]:
    if metadata is None:
        return {}
    try:
        fields = json.loads(metadata.block)
    except (ValueError, RecursionError):
        return {}
    facts = fields.get("exchange") if isinstance(fields, dict) else None
    return facts if isinstance(facts, dict) else {}


def _method_of(request: StoredRecord | None) -> str:
    word = b"" if request is None else request.block.split(b" ", 1)[0]
    return word.decode("ascii") if re.fullmatch(rb"[A-Z]{1,20}", word) else "GET"


def _moment(record: StoredRecord) -> datetime:
    value = record.header("WARC-Date")
    moment = moment_in(value)
    if moment is None:
        raise DamageError(f"no WARC-Date: {(value or '')[:40]!r}", offset=record.offset)
    return moment


def _truncation(value: str) -> Truncation:
    word = value.lower()
    return Truncation(word) if word in set(Truncation) else Truncation.UNSPECIFIED


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        return b""
