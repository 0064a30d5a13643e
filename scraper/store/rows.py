"""What the catalog gives back: one frozen value per row.

It touches no database.
"""

from dataclasses import dataclass
from datetime import datetime

from scraper.model import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article as last read well."""

    id: int
    outlet: str
    url: str  # canonical where the page names one on its own site, else the final one
    title: str
    authors: tuple[str, ...]
    published: datetime | None
    modified: datetime | None
    language: str | None
    canonical_url: str | None
    paywalled: bool | None
    description: str | None
    tags: tuple[str, ...]
    first_captured: datetime
    last_captured: datetime
    kind: str | None = None  # none where it was read before kinds were told apart
    section: str | None = None
    image: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """A version of an article's text; `file` is relative to the archive."""

    id: int
    article_id: int
    sha256: str
    file: str
    chars: int
    words: int
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    """One fetch of one article and what was read from it, in the words of `scraper.model`."""

    id: int
    outlet: str
    url: str  # asked for
    article_id: int | None
    started: datetime
    outcome: str
    detail: str
    status: int | None
    final_url: str | None
    extract_status: str
    extract_detail: str
    charset: str | None
    charset_source: str | None
    decode_status: str | None
    body_by: str | None
    text_id: int | None
    bytes: int  # of all responses, on the wire
    verdict: str | None  # in the words of `scraper.cadence`; None: a failure of the first days
    kind: str | None = None  # of the page, in the words of `model.Kind`
    pages: int | None = None  # of the article that its text was read from, where it is several


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """Where the records of one exchange lie; files are relative to the archive."""

    id: int
    capture_id: int
    position: int
    url: str
    method: str
    status: int | None
    peer: str | None
    started: datetime
    seconds: float
    truncated: str | None
    request_id: str
    request_file: str
    request_offset: int
    request_length: int
    response_id: str | None
    response_file: str | None
    response_offset: int | None
    response_length: int | None
    block_digest: str | None  # of the response
    payload_digest: str | None  # of its entity, de-chunked
    response_type: str | None  # response | revisit


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureDetail:
    """A capture with its exchanges and further pages in their order, its text and its article."""

    capture: CaptureRow
    exchanges: tuple[ExchangeRow, ...]
    text: TextRow | None
    article: ArticleRow | None
    parts: tuple[Part, ...] = ()
