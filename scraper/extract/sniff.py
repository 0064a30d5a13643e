"""Whether a response is an HTML page, and what it is where it is not.

It looks at the content type and the first bytes; it parses nothing.
"""

import re

from scraper.extract.decode import Headers, header_of

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_VAGUE_TYPES = frozenset({"", "text/plain", "application/octet-stream", "unknown/unknown", "*/*"})
# First bytes that no HTML page has (WHATWG MIME Sniffing, section 6 and 7.1).
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"\x1f\x8b", "application/gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x00\x00\x00\x1cftyp", "video/mp4"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"{\\rtf", "application/rtf"),
)
_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|div|p|table|article|section|h1|a|span)"
    rb"[\s>/]",
    re.IGNORECASE,
)
_FEED = re.compile(rb"<(rss|feed|rdf:RDF|urlset|sitemapindex|svg)[\s>]")
_FEED_TYPES = {
    b"rss": "application/rss+xml",
    b"feed": "application/atom+xml",
    b"rdf:RDF": "application/rdf+xml",
    b"urlset": "application/xml",
    b"sitemapindex": "application/xml",
    b"svg": "image/svg+xml",
}


def is_html(headers: Headers, body: bytes) -> bool:
    """Say whether a response is an HTML page."""
    return other_type(headers, body) is None


def other_type(headers: Headers, body: bytes) -> str | None:
    """Return the media type of what is not an HTML page, or None where it is one."""
    declared = (header_of(headers, "content-type") or "").split(";")[0].strip().lower()
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f")
    for mark, media_type in _SIGNATURES:
        if head.startswith(mark):
            return media_type
    text = head.replace(b"\0", b"")  # UTF-16 without its mark
    feed = _FEED.search(text)
    tag = _TAG.search(text)
    if feed and not (tag and tag.start() < feed.start()):
        return _FEED_TYPES[feed[1]]
    if declared in _HTML_TYPES or tag:
        return None
    if text[:1] in (b"{", b"["):
        return "application/json"
    if declared in _VAGUE_TYPES:
        return None if b"<" in body[:8192] else declared or "text/plain"
    return declared
