"""XML of unknown quality becomes a list of small elements: the items of a feed or sitemap.

It builds no tree of the document and follows no entity and no DTD: everything before the root
element is cut off, so that there is none. Memory and time are linear in the bytes.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin

from lxml import etree

from scraper.discover.announced import MAX_URL
from scraper.discover.charset import Headers, decoded_text
from scraper.discover.repair import ILLEGAL, UNDECLARED, about_prolog, well_escaped, with_prefixes

MAX_DEPTH = 200  # of elements; real feeds stay below 20
MAX_FIELDS = 60  # of one item; what is beyond is not read
MAX_HEADS = 200
MAX_ELEMENTS = 2_000_000  # of a document; 50,000 URLs with ten pictures each have 1.3 million

_CHUNK = 65_536
_PROLOG = 65_536  # bytes within which the root element must begin
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ROOT = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(rss|feed|rdf|channel|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)(?=[\s>/])", re.IGNORECASE)

# Namespaces are recognised by a word in them, as feeds misspell them, and by prefix where a feed
# forgets to declare one. "" is the feed's or sitemap's own vocabulary.
_VOCABULARIES = (
    ("purl.org/dc/", "dc"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"),
    ("feedburner", "feedburner"),
    ("sitemap-news", "news"),
    ("sitemap-image", "image"),
    ("sitemap-video", "video"),
    ("sitemap-", "other"),
    ("search.yahoo.com/mrss", "media"),
    ("media-rss", "media"),
    ("purl.org/rss/1.0/modules", "other"),
    ("itunes", "itunes"),
    ("1999/xhtml", "xhtml"),
    ("sitemap", ""),
    ("/atom", ""),
    ("purl.org/rss/", ""),
    ("netscape", ""),
    ("userland", ""),
    ("rss", ""),
    ("rdf-syntax", ""),
)
_UNDECLARED = UNDECLARED.decode("ascii")
_OWN_PREFIXES = {"atom", "rss", "rdf", "sitemap"}


@dataclass(slots=True, kw_only=True)
class Element:
    """An element with the fields that were asked for; names are in lower case: `dc:date`."""

    name: str
    attributes: dict[str, str]
    base: str  # what its references are relative to
    fields: "list[Element]" = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return all the text in it, that of unknown elements inside included."""
        return "".join(self.pieces).strip()

    def first(self, *names: str) -> "Element | None":
        """Return the first field that has something to say, by the names in their order."""
        return next((each for name in names for each in self.all(name) if each.text), None)

    def all(self, name: str) -> "list[Element]":
        """Return the fields of a name."""
        return [each for each in self.fields if each.name == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which elements are read: items with their fields, and single elements outside of items."""

    items: frozenset[str]
    fields: frozenset[str]
    heads: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()  # whose children count as the item's own
    max_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was read of a document; `root` is empty where it is no XML that we know."""

    root: str = ""  # rss | feed | rdf | channel | urlset | sitemapindex
    items: tuple[Element, ...] = ()
    heads: tuple[Element, ...] = ()
    problems: tuple[str, ...] = ()
    has_entities: bool = False  # its DOCTYPE defines some; they are not followed


def read_document(body: bytes, base: str, shape: Shape, headers: Headers = None) -> Document:
    """Return the items of an XML document, as far as it can be read, in their order.

    An item that is cut short is left out, since its URL may be.
    """
    text, complaint = decoded_text(body, headers)
    body = text.encode("utf-8", "replace").translate(None, ILLEGAL)
    del text  # a sitemap's copies are 50 MB each
    problems = [complaint] if complaint else []
    root = _ROOT.search(body, 0, _PROLOG)
    if root is None or _HTML.search(body, 0, root.start()):
        return Document(problems=(*problems, what_it_is(body)))
    prolog = body[: root.start()]
    problems += about_prolog(prolog)
    body, unknown = well_escaped(b"\n" * prolog.count(b"\n") + body[root.start() :])
    if unknown:
        problems.append(f"it has HTML entities that XML does not know, such as {unknown}")
    collector = _Collector(shape, base)
    problems += _parse(with_prefixes(body), collector)
    return Document(
        root=root[1].decode("ascii").lower(),
        items=tuple(collector.items),
        heads=tuple(collector.heads),
        problems=tuple(problems),
        has_entities=b"<!ENTITY" in prolog,
    )


def what_it_is(body: bytes) -> str:
    """Return a sentence about a document that is neither a feed nor a sitemap."""
    if not body.strip():
        return "it is empty"
    if _HTML.search(body[:8192]):
        return "it is an HTML page, neither a feed nor a sitemap"
    if body.startswith(b"%PDF"):
        return "it is a PDF, neither a feed nor a sitemap"
    return "it is neither a feed nor a sitemap"


class _Full(Exception):  # noqa: N818  how the collector stops the parser; it never leaves this module
    """Enough was read; its text says why."""


class _Collector:
    """A parser target (lxml, "The target parser interface") that keeps what the shape names."""

    def __init__(self, shape: Shape, base: str) -> None:
        self.items: list[Element] = []
        self.heads: list[Element] = []
        self._shape = shape
        self._bases = [base]
        self._names: list[str] = []
        self._kept: list[Element | None] = []  # beside each open element: itself, where it is kept
        self._item: Element | None = None
        self._text: list[list[str]] = [[]]  # where the text of each open element goes
        self._started = 0
        self._own: str | None = None  # namespace of the root: its own vocabulary, however misspelt

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._names) >= MAX_DEPTH:
            raise _Full(f"elements nested more than {MAX_DEPTH} deep: the rest is not read")
        self._started += 1
        if self._started > MAX_ELEMENTS:
            raise _Full(f"more than {MAX_ELEMENTS:,} elements: the rest is not read")
        name = self._name_of(tag)
        base = self._bases[-1]
        if _XML_BASE in attributes:
            base = _joined(base, attributes[_XML_BASE])
        element = self._element(name, attributes, base)
        self._text.append(self._text[-1] if element is None else element.pieces)
        self._kept.append(element)
        self._bases.append(base)
        self._names.append(name)

    def _element(self, name: str, attributes: dict[str, str], base: str) -> Element | None:
        """Return the element if it is kept, hung up where it belongs."""
        shape, parent = self._shape, self._names[-1] if self._names else ""
        is_item = self._item is None and name in shape.items
        if is_item and len(self.items) >= shape.max_items:
            raise _Full(f"more than {shape.max_items:,} items: the first of them are read")
        is_head = self._item is None and name in shape.heads and len(self.heads) < MAX_HEADS
        is_field = (
            self._item is not None
            and name in shape.fields
            and (self._kept[-1] is self._item or parent in shape.wrappers)
            and len(self._item.fields) < MAX_FIELDS
        )
        if not (is_item or is_head or is_field):
            return None
        own = {_local(key): value for key, value in attributes.items()}
        element = Element(name=name, attributes=own, base=base)
        if is_item:
            self._item = element
        elif self._item is None:
            self.heads.append(element)
        else:
            self._item.fields.append(element)
        return element

    def _name_of(self, tag: str) -> str:
        """Return ``{namespace}local`` as the name that shapes know."""
        namespace, _, local = tag.rpartition("}")
        if self._own is None:
            self._own = namespace
        prefix = "" if namespace == self._own else _prefix_of(namespace[1:])
        return f"{prefix}:{local}".lower() if prefix else local.lower()

    def data(self, text: str) -> None:
        if self._kept and (self._item is not None or self._kept[-1] is not None):
            self._text[-1].append(text)

    def end(self, tag: str) -> None:
        self._names.pop()
        self._bases.pop()
        self._text.pop()
        element = self._kept.pop()
        if element is not None and element is self._item:
            self.items.append(element)
            self._item = None

    def close(self) -> None:
        """End the document; what is still open then was cut short."""


def _parse(body: bytes, collector: _Collector) -> list[str]:
    """Feed a document to the collector; return what was wrong with it."""
    parser = etree.XMLParser(
        target=collector,
        encoding="utf-8",
        recover=True,
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
        parser.close()
    except _Full as exc:
        return [str(exc)]
    except etree.XMLSyntaxError as exc:
        return [_malformed(exc.lineno, exc.msg, collector)]
    worst = [error for error in parser.feed_error_log if error.level_name == "FATAL"]
    return [_malformed(error.line, error.message, collector) for error in worst[:1]]


def _malformed(line: int | None, message: str | None, collector: _Collector) -> str:
    what = " ".join((message or "unknown error").split())[:120]
    return f"malformed at line {line or 1} ({what}), but {len(collector.items):,} items were read"


def _joined(base: str, reference: str) -> str:
    """Return the base that xml:base sets; one that is absurd, or grows without end, is ignored."""
    try:
        joined = urljoin(base, reference.strip())
    except ValueError:
        return base
    return joined if len(joined) <= MAX_URL else base


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].lower()


@lru_cache(maxsize=256)
def _prefix_of(namespace: str) -> str:
    space = namespace.lower()
    if space.startswith(_UNDECLARED):
        prefix = space.removeprefix(_UNDECLARED)
        return "" if prefix in _OWN_PREFIXES else prefix
    return next((prefix for word, prefix in _VOCABULARIES if word in space), "other")
