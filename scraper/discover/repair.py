"""Bytes that are nearly XML become XML: bare ampersands, entities of HTML, what stands before it.

It closes no tag and guesses no structure: the parser recovers from that by itself.
"""

import re
from html import unescape
from xml.sax.saxutils import escape

MAX_REPAIRS = 300_000  # ampersands between two CDATA sections; 50,000 URLs have hardly more
MAX_PREFIXES = 50
UNDECLARED = b"undeclared:"  # the namespace that a forgotten prefix gets begins so

ILLEGAL = bytes(set(range(32)) - {9, 10, 13})  # XML 1.0, section 2.2
_LITERAL = re.compile(rb"(<!\[CDATA\[(?:.*?\]\]>|.*\Z)|<!--(?:.*?-->|.*\Z))", re.DOTALL)
_BARE = re.compile(rb"&(?!#?[0-9A-Za-z]{1,31};)")
# Not those that are right already. &#128; to &#159; mean windows-1252, as in browsers.
_NAMED = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos);|#(?:[3-9]\d|1[01]\d|1[6-9]\d|[2-9]\d\d|\d{4,5});)"
    rb"#?[0-9A-Za-z]{1,31};"
)
_ROOT_NAME = re.compile(rb"\s*<[\w.:-]+")
_PREFIX = re.compile(rb"<([A-Za-z][\w.-]{0,20}):")
_DECLARED = re.compile(rb"\bxmlns:([\w.-]{1,21})\s*=")
_XML_CHAR = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def about_prolog(prolog: bytes) -> list[str]:
    """Return sentences about what stands before the root element, which is cut off."""
    problems = []
    declaration = prolog.find(b"<?xml")
    before = prolog[:declaration] if declaration >= 0 else b""
    if before.strip():
        problems.append("something stands before its XML declaration")
    elif before:
        problems.append("white space stands before its XML declaration")
    if b"<!ENTITY" in prolog:
        problems.append("its DOCTYPE defines entities, which are not followed")
    return problems


def well_escaped(body: bytes) -> tuple[bytes, str]:
    """Escape bare ampersands and replace what only HTML knows; return the first such entity too.

    CDATA sections and comments stay as they are; one that is not closed is cut off.
    """
    unknown = ""

    def replaced(found: re.Match[bytes]) -> bytes:
        nonlocal unknown
        reference = found[0].decode("ascii")
        char = unescape(reference)
        if char in {reference, "\ufffd"} or _XML_CHAR.search(char):
            return b"" if reference.startswith("&#") else b"&amp;" + found[0][1:]
        if not reference.startswith("&#"):
            unknown = unknown or reference
        return escape(char).encode("utf-8")

    if b"&" not in body:
        return body, ""
    pieces = _LITERAL.split(body)
    for index in range(0, len(pieces), 2):
        if b"&" in pieces[index]:
            escaped = _BARE.sub(b"&amp;", pieces[index], count=MAX_REPAIRS)
            pieces[index] = _NAMED.sub(replaced, escaped, count=MAX_REPAIRS)
    if len(pieces) > 2 and not pieces[-2].endswith((b"]]>", b"-->")):
        del pieces[-2:]
    return b"".join(pieces), unknown


def with_prefixes(body: bytes) -> bytes:
    """Declare the prefixes that a document uses and forgets to declare.

    Without that the parser drops them, and the title of a picture is taken for that of its story.
    """
    declared = set(_DECLARED.findall(body)) | {b"xml", b"xmlns"}
    missing = {found[1] for found in _PREFIX.finditer(body)} - declared
    root = _ROOT_NAME.match(body)
    if root is None or not missing:
        return body
    names = sorted(missing)[:MAX_PREFIXES]
    added = b"".join(b' xmlns:%s="%s%s"' % (name, UNDECLARED, name) for name in names)
    return body[: root.end()] + added + body[root.end() :]
