"""Bytes of a page and its headers become text, with the charset used and how it was found.

It parses nothing and guesses no language: what is neither declared nor UTF-8 is windows-1252, as in
browsers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scraper.extract.labels import codec_of, encoding_named

Headers = Mapping[str, str] | Sequence[tuple[str, str]] | None

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([^\s;\"',]+)", re.IGNORECASE)
# HTML, section 13.2.3.2 says 1024 bytes; 35 of 314 news pages declared theirs later, and browsers
# that read on until the head ends find it too.
_PRESCAN_BYTES = 8192
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_META = re.compile(rb"<meta\b[^>]{0,500}>", re.IGNORECASE)
_IN_META = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s;\"'/>]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_MULTI_BYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
# Up to this share of what is not ASCII may be broken before we stop believing "utf-8".
_DAMAGE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A page as text. `source` begins with one of the words of `Article.charset_source`.

    `markup` is what a parser is to be given: the text, or its bytes where they came as UTF-8, which
    need not be made out of it again.
    """

    text: str
    charset: str
    source: str
    utf8: bytes | None = None

    @property
    def markup(self) -> str | bytes:
        """The text as a parser takes it with the least work."""
        return self.utf8 or self.text


def header_of(headers: Headers, name: str) -> str | None:
    """Return the first value of a header by its name in lower case."""
    if headers is None:
        return None
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return next((value for key, value in pairs if key.lower() == name), None)


def decoded_page(body: bytes, headers: Headers = None) -> Decoded:
    """Return a page as text without NULs and lone surrogates.

    Order: byte order mark, HTTP charset, meta, UTF-8 where it is valid, the NUL pattern of UTF-16,
    windows-1252. A declaration that the bytes contradict is not followed, and the source says so.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _as(body[len(mark) :], charset, "bom")
    if (wide := _utf16_by_nuls(body)) is not None:
        return _as(body, wide, "utf-16 pattern")
    said = list(_declarations(body, headers))
    lies = "".join(f"; {source} said {charset}" for source, charset in said)
    # Valid, and with characters that no other charset would spell like that by chance.
    if not body.isascii() and (text := _strictly(body, "utf-8")) is not None:
        source = next((source for source, charset in said if charset == "utf-8"), f"utf-8{lies}")
        if b"\0" in body:  # a look at bytes costs nothing, one at such a text more than decoding it
            return Decoded(text=text.replace("\0", ""), charset="utf-8", source=source)
        return Decoded(text=text, charset="utf-8", source=source, utf8=body)
    for source, charset in said:
        if _is_credible(body, charset):
            return _as(body, charset, source)
    if not said and _strictly(body, "utf-8") is not None:
        return _as(body, "utf-8", "utf-8")
    if any(charset != "utf-8" for _, charset in said):
        source, charset = next(pair for pair in said if pair[1] != "utf-8")
        return _as(body, charset, f"{source}, with damaged bytes")
    return _as(body, "windows-1252", f"fallback{lies}")


def _declarations(body: bytes, headers: Headers) -> Iterator[tuple[str, str]]:
    """Yield (source, WHATWG name) of what the page is said to be, most trusted first."""
    in_header = _IN_HEADER.search(header_of(headers, "content-type") or "")
    if in_header and (name := encoding_named(in_header[1])) is not None:
        yield "http", name
    if (name := encoding_named(_meta_label(body))) is not None:
        # A declaration that can be read as ASCII is not UTF-16 (HTML, section 13.2.3.2, step 15).
        yield "meta", "utf-8" if name.startswith("utf-16") else name


def _meta_label(body: bytes) -> str | None:
    head = _COMMENT.sub(b"", body[:_PRESCAN_BYTES])
    tags = [found[1] for tag in _META.findall(head) if (found := _IN_META.search(tag))]
    if not tags and (xml := _XML.match(head)):
        tags = [xml[1]]
    return tags[0].decode("latin-1") if tags else None


def _utf16_by_nuls(body: bytes) -> str | None:
    sample = body[:4096]
    pairs = len(sample) // 2
    if pairs < 8:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > pairs * 0.4 and even < pairs * 0.05:
        return "utf-16le"
    if even > pairs * 0.4 and odd < pairs * 0.05:
        return "utf-16be"
    return None


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(codec_of(charset))
    except UnicodeDecodeError:
        return None


def _is_credible(body: bytes, charset: str) -> bool:
    if charset == "windows-1252":
        return True  # WHATWG maps each of the 256 bytes
    if _strictly(body, charset) is not None:
        return True
    if charset != "utf-8":
        return body.decode(codec_of(charset), "replace").count("�") <= len(body) * 0.001
    right = len(_MULTI_BYTE.findall(body))
    wrong = body.decode("utf-8", "replace").count("�")
    return wrong <= right * _DAMAGE_SHARE


def _as(body: bytes, charset: str, source: str) -> Decoded:
    text = body.decode(codec_of(charset), "replace").replace("\0", "")
    if charset == "windows-1252":
        text = _c1_filled(body, text)
    return Decoded(text=text, charset=charset, source=source)


def _c1_filled(body: bytes, text: str) -> str:
    """Give the five bytes that Python's cp1252 leaves out the meaning WHATWG gives them: C1."""
    if "�" not in text:
        return text
    return "".join(chr(byte) if char == "�" else char for byte, char in _paired(body, text))


def _paired(body: bytes, text: str) -> Iterator[tuple[int, str]]:
    return zip(body.replace(b"\0", b""), text, strict=True)
