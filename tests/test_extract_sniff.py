"""What is an HTML page, and what something else is."""

import pytest

from scraper.extract import is_html
from scraper.extract.sniff import other_type


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("text/html", b"<!doctype html><p>x", None),
        ("text/html; charset=utf-8", b"", None),
        ("", b"\xef\xbb\xbf\n <HTML><body>", None),
        ("application/xhtml+xml", b"<?xml version='1.0'?><html xmlns='x'>", None),
        ("text/plain", b"<html><p>mislabelled</p>", None),
        ("application/octet-stream", b"<div>", None),
        ("text/html", "<html>".encode("utf-16-le"), None),
        ("text/html", b"%PDF-1.7 ...", "application/pdf"),
        ("application/pdf", b"%PDF-1.4", "application/pdf"),
        ("text/html", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("text/html", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("text/html", b"\x1f\x8b\x08", "application/gzip"),
        ("text/html", b"<?xml version='1.0'?><rss version='2.0'>", "application/rss+xml"),
        ("text/xml", b"<feed xmlns='http://www.w3.org/2005/Atom'>", "application/atom+xml"),
        ("", b'{"a": "b"}', "application/json"),
        ("application/json", b'{"html": "text"}', "application/json"),
        ("text/plain", b"only words", "text/plain"),
        ("image/svg+xml", b"<svg xmlns='x'>", "image/svg+xml"),
    ],
)
def test_content_type_and_first_bytes_tell_pages_from_the_rest(
    content_type: str, body: bytes, kind: str | None
) -> None:
    headers = {"Content-Type": content_type}

    assert other_type(headers, body) == kind
    assert is_html(headers, body) == (kind is None)
