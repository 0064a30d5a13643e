"""JSON Feed, versions 1 and 1.1 (jsonfeed.org), becomes links.

It reads the fields that name and describe a page, and no others.
"""

import json
from collections.abc import Mapping

from scraper.discover.announced import Announced, web_url
from scraper.discover.charset import decoded_text
from scraper.discover.dates import moment
from scraper.discover.links import LinkList
from scraper.discover.plain import MAX_TEASER, MAX_TITLE, one_line, plain_text
from scraper.model import Link


def is_json(body: bytes) -> bool:
    """Say whether bytes begin like a JSON object."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def links_in(body: bytes, url: str, *, max_items: int) -> Announced:
    """Return what a JSON Feed announces; JSON that is cut short is not read at all."""
    text, complaint = decoded_text(body)
    problems = [complaint] if complaint else []
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as exc:
        return Announced(problems=(*problems, f"malformed JSON: {exc}"[:200]))
    items = feed.get("items")
    if not isinstance(items, list):
        return Announced(problems=(*problems, "it is JSON, but no feed: it has no list of items"))
    if len(items) > max_items:
        problems.append(f"more than {max_items:,} items: the first of them are read")
    links = LinkList()
    for item in items[:max_items]:
        links.add(_link(item, url) if isinstance(item, dict) else None)
    next_page = web_url(url, _text(feed, "next_url"))
    return Announced(
        links=links.all(),
        next_pages=(next_page,) if next_page and next_page != url else (),
        problems=(*problems, *links.problems()),
    )


def _link(item: Mapping[str, object], source: str) -> Link | None:
    guid = _text(item, "id")
    targets = (_text(item, "url"), _text(item, "external_url"))
    found = [web_url(source, target) for target in targets] + [web_url("", guid)]
    target = next((each for each in found if each is not None), None)
    if target is None:
        return None
    teaser = one_line(_text(item, "summary") or _text(item, "content_text"), MAX_TEASER)
    return Link(
        url=target,
        source=source,
        title=one_line(_text(item, "title"), MAX_TITLE),
        published=moment(_text(item, "date_published")),
        updated=moment(_text(item, "date_modified")),
        guid=one_line(guid, MAX_TITLE),
        teaser=teaser or plain_text(_text(item, "content_html"), MAX_TEASER),
    )


def _text(values: Mapping[str, object], key: str) -> str | None:
    """Return a string; ids are numbers in some feeds, though they should not be."""
    value = values.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
