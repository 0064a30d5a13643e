"""What travels of documents that are read for the addresses in them: bytes there, links back.

It parses no document, and chooses no address: `discover` does both, in the worker.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from scraper.discover.announced import Announced, Child
from scraper.discover.pointers import FeedPointer, Pointers, pointers_on
from scraper.discover.reading import links_on
from scraper.discover.requisites import requisites_of_css, requisites_on
from scraper.extract.frames import Json, Pieces, frame, frames_of
from scraper.model import Link, Page, Source

NEEDS, NEEDS_OF_STYLE, POINTERS = "needs", "needs-of-style", "pointers"  # beside types of sources


def address_frames(what: str, page: Page, *, selector: str | None = None) -> Pieces:
    """Return a document and what is asked of it: a type of source, or a word of this module."""
    head = {"addresses": what, "url": page.url, "headers": page.headers, "selector": selector}
    return frames_of(head, page.body)


def addresses_frame(head: bytes, body: bytes) -> bytes | None:
    """Return the answer to what `address_frames` asks, or None where the task is another's."""
    said: Json = json.loads(head)
    if "addresses" not in said:
        return None
    headers = tuple((name, value) for name, value in said["headers"])
    page = Page(url=said["url"], status=200, headers=headers, body=body)
    what = said["addresses"]
    if what in _READERS:
        found = _READERS[what](page)
    else:
        found = _announced_json(
            links_on(page, Source(type=what, url=page.url, links=said["selector"]))
        )
    return frame(json.dumps({"found": found}, ensure_ascii=False).encode("utf-8", "surrogatepass"))


_READERS: dict[str, Callable[[Page], object]] = {
    NEEDS: lambda page: requisites_on(page.body, page.url, headers=page.headers),
    NEEDS_OF_STYLE: lambda page: requisites_of_css(page.body, page.url, headers=page.headers),
    POINTERS: lambda page: asdict(pointers_on(page.body, page.url, headers=page.headers)),
}


def found_in(payload: bytes) -> tuple[Any, str]:
    """Return what a worker found, and a sentence where it found nothing for a crash of its own."""
    said: Json = json.loads(payload)
    return said.get("found"), said.get("detail", "")


def _announced_json(announced: Announced) -> Json:
    return {
        "links": [
            (
                link.url, link.title, _iso(link.published), _iso(link.updated),
                link.guid, link.teaser, link.score,
            )
            for link in announced.links
        ],
        "title": announced.title,
        "children": [(child.url, _iso(child.updated)) for child in announced.children],
        "next_pages": announced.next_pages,
        "every": None if announced.every is None else announced.every.total_seconds(),
        "problems": announced.problems,
    }  # fmt: skip


def announced_of(said: Json, source: str) -> Announced:
    """Return what a source announces, as a worker wrote it; all links are of the one source."""
    every = said["every"]
    return Announced(
        links=tuple(
            Link(
                url=url, source=source, title=title, published=_moment(published),
                updated=_moment(updated), guid=guid, teaser=teaser, score=score,
            )
            for url, title, published, updated, guid, teaser, score in said["links"]
        ),
        title=said["title"],
        children=tuple(Child(url=url, updated=_moment(at)) for url, at in said["children"]),
        next_pages=tuple(said["next_pages"]),
        every=None if every is None else timedelta(seconds=every),
        problems=tuple(said["problems"]),
    )  # fmt: skip


def pointers_of(said: Json) -> Pointers:
    """Return what a page says of its outlet, as a worker wrote it."""
    lists = {name: tuple(said[name]) for name in ("sections", "title_parts")}
    feeds = tuple(FeedPointer(**feed) for feed in said["feeds"])
    editions = tuple((language, url) for language, url in said["editions"])
    return Pointers(**said | lists | {"feeds": feeds, "editions": editions})


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
