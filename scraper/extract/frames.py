"""What travels between a worker and its parent: pages and rules one way, extractions the other.

Length-prefixed JSON and bytes; no pickle, which would let one side run code in the other.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from scraper.model import (
    Article,
    Block,
    Extraction,
    ExtractStatus,
    Kind,
    Outlet,
    Page,
    Rule,
    Signs,
    TemplateUse,
)

LENGTH_BYTES = 4

# JSON of our own making: each function below reads what its twin wrote.
Json = dict[str, Any]
Pieces = tuple[bytes, ...]  # of two frames, written one after the other: a page is not copied


def frame(payload: bytes) -> bytes:
    """Return a payload behind its length, four bytes, big-endian."""
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def frames_of(head: Json, *body: bytes) -> Pieces:
    """Return a task as two frames: what is asked, and the bytes that it is asked of."""
    length = sum(map(len, body)).to_bytes(LENGTH_BYTES, "big")
    return (frame(json.dumps(head).encode()) + length, *body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an outlet's other pages taught: its template as written, and whether to doubt it."""

    template: str
    audit: bool = False


def task_frames(
    page: Page,
    outlet: Outlet | None,
    captured: date | None,
    *,
    with_blocks: bool = True,
    known: Known | None = None,
) -> Pieces:
    """Return a page, the part of its outlet that extraction reads, and its day, as two frames.

    `with_blocks` asks for the blocks of the article, which are nine tenths of the answer. A
    template stands before the page in the second frame.
    """
    template = b"" if known is None else known.template.encode()
    head = {
        "url": page.url,
        "status": page.status,
        "headers": page.headers,
        "outlet": None if outlet is None else _outlet_json(outlet),
        "captured": None if captured is None else captured.isoformat(),
        "with_blocks": with_blocks,
        "template": len(template),
        "audit": known is not None and known.audit,
    }
    return frames_of(head, template, page.body)


def lesson_frames(pages: Sequence[tuple[bytes, str]]) -> Pieces:
    """Return pages that are to be learnt from as two frames."""
    head = {"lesson": [(url, len(html)) for html, url in pages]}
    return frames_of(head, *(html for html, _ in pages))


def lesson_of(head: bytes, body: bytes) -> list[tuple[bytes, str]] | None:
    """Return what `lesson_frames` was given, or None where the frames are another task's."""
    said: Json = json.loads(head)
    if "lesson" not in said:
        return None
    pages, at = [], 0
    for url, length in said["lesson"]:
        pages.append((body[at : at + length], url))
        at += length
    return pages


def known_of(head: bytes, body: bytes) -> Known | None:
    """Return the template that a task came with."""
    said: Json = json.loads(head)
    template = body[: said["template"]]
    return Known(template=template.decode(), audit=said["audit"]) if template else None


def task_of(head: bytes, body: bytes) -> tuple[Page, Outlet | None, date | None]:
    """Return the page, outlet and day that `task_frames` was given."""
    said: Json = json.loads(head)
    page = Page(
        url=said["url"],
        status=said["status"],
        headers=tuple((name, value) for name, value in said["headers"]),
        body=body[said["template"] :],
    )
    outlet = None if said["outlet"] is None else _outlet_of(said["outlet"])
    return page, outlet, _day(said["captured"])


def wants_blocks(head: bytes) -> bool:
    """Say whether the answer to a task is to hold the article's blocks."""
    return bool(json.loads(head)["with_blocks"])


def extraction_frame(extraction: Extraction, *, with_blocks: bool = True) -> bytes:
    """Return an extraction as a frame; its blocks, most of its bytes, where they are wanted."""
    article = extraction.article
    if article is not None and not with_blocks:
        extraction = replace(extraction, article=replace(article, blocks=()))
    said = json.dumps(asdict(extraction), default=_iso, ensure_ascii=False)
    return frame(said.encode("utf-8", "surrogatepass"))


def extraction_in(payload: bytes) -> Extraction:
    """Return what `extraction_frame` was given."""
    said: Json = json.loads(payload)
    article = said["article"]
    return Extraction(
        status=ExtractStatus(said["status"]),
        detail=said["detail"],
        kind=None if said.get("kind") is None else Kind(said["kind"]),
        article=None if article is None else _article_of(article),
        template=None if said["template"] is None else TemplateUse(**said["template"]),
    )


def _article_of(said: Json) -> Article:
    for name in ("published", "modified"):
        said[name] = None if said[name] is None else datetime.fromisoformat(said[name])
    said["kind"] = Kind(said["kind"])
    for name in ("paragraphs", "authors", "tags"):
        said[name] = tuple(said[name])
    signs = said["signs"]
    lists = {name: tuple(signs[name]) for name in ("missed", "fields", "shell")}
    said["signs"] = Signs(**signs | lists)
    said["blocks"] = tuple(Block(**block) for block in said["blocks"])
    return Article(**said)


def _outlet_json(outlet: Outlet) -> Json:
    return {
        "id": outlet.id,
        "name": outlet.name,
        "home": outlet.home,
        "language": outlet.language,
        "rules": json.loads(json.dumps([asdict(rule) for rule in outlet.rules], default=_iso)),
    }


def _outlet_of(said: Json) -> Outlet:
    return Outlet(**(said | {"rules": tuple(_rule_of(rule) for rule in said["rules"])}))


def _rule_of(said: Json) -> Rule:
    lists = {field.name for field in fields(Rule) if str(field.type).startswith("tuple")}
    days = {name: _day(said[name]) for name in ("valid_from", "valid_until")}
    return Rule(**(said | {name: tuple(said[name]) for name in lists} | days))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel")
