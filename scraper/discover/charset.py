"""The bytes of a feed, a sitemap or a section page become text that is right, or nearly so.

It knows the charsets that such documents are written in, and none of Python's other codecs.
"""

import codecs
import re
from collections.abc import Mapping, Sequence

Headers = Mapping[str, str] | Sequence[tuple[str, str]] | None

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,30})", re.IGNORECASE)
_IN_TEXT = re.compile(
    rb"<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{2,30})"
    rb"|<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?\s*([\w.:-]{2,30})",
    re.IGNORECASE,
)
_PRESCAN = 8192  # bytes
# `utf-7` and `unicode_escape` decode happily in Python, and in no browser.
_KNOWN = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|iso[-_]?8859-?\d{1,2}|windows-?\d{3,4}|cp(?:125\d|866|874|932|949)"
    r"|koi8-?[ru]|gb2312|gbk|gb18030|big5(?:-?hkscs)?|euc-?(?:jp|kr)|shift[-_]jis|iso-2022-jp|tis-?620"
)
# WHATWG Encoding, section 4.2: names that say less than what is meant.
_MEANT = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "windows-1252": "cp1252", "iso-8859-9": "cp1254",
    "gb2312": "gb18030", "gbk": "gb18030", "euc-kr": "cp949", "shift_jis": "cp932",
    "windows-874": "cp874", "tis-620": "cp874", "utf-16": "utf-16-le",
}  # fmt: skip


def decoded_text(body: bytes, headers: Headers = None) -> tuple[str, str | None]:
    """Return bytes as text, and a sentence where they are not in the charset that they claim.

    Order: byte order mark, UTF-8 where the bytes prove it, the HTTP header, what the document says,
    UTF-8, windows-1252.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), None
    said = [codec for label in _labels(body, headers) if (codec := _codec_of(label)) is not None]
    if (wide := _wide(body)) is not None:
        return body.decode(wide, "replace"), None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, said)
    if said and "utf-8" not in said and not body.isascii():
        return text, f"it says it is {said[0]}, but it is UTF-8"
    if "\x1b" in text and "iso-2022-jp" in said:
        return body.decode("iso-2022-jp", "replace"), None
    return text, None


def _not_utf8(body: bytes, said: Sequence[str]) -> tuple[str, str | None]:
    for codec in said:
        if codec == "cp1252":
            return _western(body), None
        try:
            return body.decode(codec), None
        except UnicodeDecodeError:
            continue
    right = body.decode("utf-8", "replace")
    wrong = right.count("\ufffd")
    if wrong <= sum(byte >= 0xC2 for byte in body[:1_000_000]) // 20:
        return right, f"{wrong} characters of it are broken UTF-8"
    if said and said[0] != "utf-8":
        return body.decode(said[0], "replace"), f"some bytes of it are not {said[0]}"
    return _western(body), "it is not UTF-8; it was read as windows-1252"


def _western(body: bytes) -> str:
    return body.decode("cp1252", "replace")


def _wide(body: bytes) -> str | None:
    """Recognise UTF-16 without its mark by "<" and a NUL (XML 1.0, appendix F.1)."""
    return {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(body[:2])


def _labels(body: bytes, headers: Headers) -> list[str]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    types = [value for name, value in pairs if name.lower() == "content-type"]
    found = _IN_HEADER.search(types[0]) if types else None
    inside = _IN_TEXT.search(body[:_PRESCAN])
    label = (inside[1] or inside[2]).decode("ascii") if inside else None
    return [each.lower() for each in (found[1] if found else None, label) if each]


def _codec_of(label: str) -> str | None:
    if label in _MEANT:
        return _MEANT[label]
    if not _KNOWN.fullmatch(label):
        return None
    try:
        return codecs.lookup(label).name
    except LookupError:
        return None
