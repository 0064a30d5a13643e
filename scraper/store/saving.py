"""What one capture changes in the catalog: its rows, its article and the article's texts.

It begins and ends no transaction, and extracts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from scraper.cadence import GOOD, Verdict, verdict_of
from scraper.model import (
    Article,
    Capture,
    Extraction,
    Imported,
    Outcome,
    Outlet,
    Part,
    Recorded,
)
from scraper.store import prepared, schema
from scraper.store.drift import save_signs
from scraper.store.imports import note_import
from scraper.store.links import is_duplicate, link_done
from scraper.store.parts import save_parts
from scraper.store.schedule_rows import LinkResult
from scraper.store.statements import clean, insert_row, insert_rows, save_outlet, url_key
from scraper.store.text_files import TextFile
from scraper.urls import host_of, site_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCapture:
    """All that the catalog keeps of one capture."""

    outlet: Outlet
    capture: Capture
    recorded: tuple[Recorded, ...]
    extraction: Extraction
    started: datetime
    text: TextFile | None = None
    imported: Imported | None = None
    parts: tuple[Part, ...] = ()  # further pages of its article
    bytes: int | None = None  # of its responses on the wire, where these are not at hand


def save(connection: Connection, saved: SavedCapture, link: LinkResult | None = None) -> int:
    """Write a capture's rows and return its number; one that is there already is left as it is."""
    known = _capture_of(connection, saved.recorded)
    if known is not None:
        return known
    save_outlet(connection, saved.outlet)
    earlier = _article_before(connection, saved)
    verdict = _verdict(connection, saved, earlier)
    article_id, text_id = earlier, None
    if saved.extraction.article is not None:
        article_id = _save_article(connection, saved, saved.extraction.article, earlier)
        text_id = _save_text(connection, saved, saved.extraction.article, article_id)
    if link is not None:
        verdict = _save_link(connection, saved, link, verdict, article_id)
    values = _capture_values(saved) | {
        "article_id": article_id,
        "text_id": text_id,
        "verdict": verdict.value,
    }
    capture_id = insert_row(connection, schema.captures, values)
    exchanges = [
        {"capture_id": capture_id, "position": position, **_exchange_values(recorded)}
        for position, recorded in enumerate(saved.recorded)
    ]
    insert_rows(connection, schema.exchanges, exchanges)
    save_signs(connection, capture_id, saved.extraction)
    if saved.parts:
        save_parts(connection, capture_id, saved.parts)
    if saved.imported is not None:
        note_import(connection, capture_id, saved.imported)
    return capture_id


def save_reading(connection: Connection, capture_id: int, saved: SavedCapture) -> None:
    """Let a capture say what was read of its page anew; the texts of before stay.

    What the capture came to, for its link and for the schedule, was decided then.
    """
    article = saved.extraction.article
    if article is None:
        raise ValueError("a reading without an article changes nothing")
    article_id = _save_article(connection, saved, article, _article_before(connection, saved))
    values = {
        "article_id": article_id,
        "text_id": _save_text(connection, saved, article, article_id),
        "extract_status": saved.extraction.status.value,
        "extract_detail": clean(saved.extraction.detail),
        "charset": article.charset,
        "charset_source": article.charset_source,
        "body_by": clean(article.body_by),
        "kind": saved.extraction.kind and saved.extraction.kind.value,
        "pages": _pages(article),
    }
    at_capture = schema.captures.c.id == capture_id
    connection.execute(schema.captures.update().where(at_capture).values(values))
    save_signs(connection, capture_id, saved.extraction)


def capture_with(connection: Connection, request_id: str) -> int | None:
    """Return the number of the capture whose chain begins with a request record."""
    return connection.execute(prepared.CAPTURE_OF, {"request": request_id}).scalar()


def _article_before(connection: Connection, saved: SavedCapture) -> int | None:
    """Return the article that the page's URLs already belong to."""
    final, article = _last_url(saved.capture), saved.extraction.article
    identity = final if article is None else _canonical(article, final) or final
    rows = connection.execute(prepared.ARTICLES_AT, {"identity": identity, "final": final})
    found = {row.url: row.article_id for row in rows}
    return found.get(identity) or found.get(final)


def _verdict(connection: Connection, saved: SavedCapture, earlier: int | None) -> Verdict:
    """Return what a capture came to, in itself: whose article it is, only its link can tell."""
    capture, last = saved.capture, saved.recorded[-1] if saved.recorded else None
    verdict = verdict_of(capture.outcome, _status(capture), saved.extraction.status)
    if saved.extraction.is_cut:
        return Verdict.TEMPORARY
    if earlier is None or capture.outcome is not Outcome.OK:
        return verdict
    digest = last.response.payload_digest if last and last.response else None
    is_same = digest is not None and digest == _last_digest(connection, _last_url(capture))
    if is_same and not saved.parts:  # the first page alone says nothing of the others
        return Verdict.UNCHANGED
    return Verdict.CHANGED if verdict is Verdict.CAPTURED else verdict


def _last_digest(connection: Connection, url: str) -> str | None:
    return connection.execute(prepared.LAST_DIGEST, {"final": url}).scalar()


def _save_link(
    connection: Connection,
    saved: SavedCapture,
    link: LinkResult,
    verdict: Verdict,
    article_id: int | None,
) -> Verdict:
    """Write down what a capture came to for its link; return it."""
    detail = saved.capture.detail or saved.extraction.detail
    reason = link.reason or ("" if verdict in GOOD else detail)
    if link.verdict is None and is_duplicate(connection, link.link_id, article_id, verdict):
        verdict, reason = Verdict.DUPLICATE, f"duplicate of article {article_id}"
    page = saved.capture.page
    is_own = page is not None and url_key(page.url) == url_key(saved.capture.url)
    result = replace(
        link,
        verdict=link.verdict or verdict,
        reason=reason,
        article_id=link.article_id or article_id,
        etag=link.etag or (page.header("etag") if page and is_own else None),
        last_modified=link.last_modified
        or (page.header("last-modified") if page and is_own else None),
    )
    link_done(connection, saved.outlet, result)
    return result.verdict or verdict


def _status(capture: Capture) -> int | None:
    if capture.page is not None:
        return capture.page.status
    return capture.exchanges[-1].status if capture.exchanges else None


def _capture_of(connection: Connection, recorded: tuple[Recorded, ...]) -> int | None:
    if not recorded:
        return None
    return connection.execute(prepared.CAPTURE_OF, {"request": recorded[0].request.id}).scalar()


def _last_url(capture: Capture) -> str:
    if capture.page is not None:
        return url_key(capture.page.url)
    return url_key(capture.exchanges[-1].url if capture.exchanges else capture.url)


def _canonical(article: Article, final: str) -> str | None:
    """Return the URL that the page calls its own, where we may believe it.

    Not one on another site, which may be wrong or hostile, nor the site's front page, which
    careless templates name on every page: either would make one article of many.
    """
    if article.canonical_url is None:
        return None
    url = url_key(article.canonical_url)
    same_site = site_of(host_of(url)) == site_of(host_of(final))
    is_front = urlsplit(url).path in ("", "/") and not urlsplit(url).query
    return url if same_site and (not is_front or url == final) else None


def _save_article(
    connection: Connection, saved: SavedCapture, article: Article, known: int | None
) -> int:
    final = _last_url(saved.capture)
    identity = _canonical(article, final) or final
    values = _article_values(article)
    number = None if known else _new_article(connection, saved, values, identity)
    if number is None:
        at_identity = {"identity": identity}
        number = known or int(connection.execute(prepared.ARTICLE_CALLED, at_identity).scalar_one())
        _refresh_article(connection, number, saved.started, values)
    # Sorted, so that two writers of the same URLs cannot wait for each other.
    urls = sorted({identity, final, url_key(saved.capture.url)})
    aliases = [{"url": url, "article_id": number} for url in urls]
    connection.execute(prepared.new_aliases(connection.dialect.name), aliases)
    return number


def _new_article(
    connection: Connection, saved: SavedCapture, values: Mapping[str, object], identity: str
) -> int | None:
    """Insert an article and return its number; None if another writer has been faster."""
    row = {
        **values,
        "outlet": saved.outlet.id,
        "url": identity,
        "first_captured": saved.started,
        "last_captured": saved.started,
    }
    return connection.execute(prepared.new_article(connection.dialect.name), row).scalar()


def _refresh_article(
    connection: Connection, article_id: int, moment: datetime, values: Mapping[str, object]
) -> None:
    """Let the newest capture describe the article; an older one, saved late, does not."""
    at = {"article": article_id, "moment": moment}
    connection.execute(prepared.NEWEST_WORDS, {**values, **at})
    connection.execute(prepared.PERIOD, at)


def _article_values(article: Article) -> dict[str, object]:
    values = {
        "title": article.title,
        "authors": article.authors,
        "published": article.published,
        "modified": article.modified,
        "language": article.language,
        "canonical_url": article.canonical_url,
        "paywalled": article.paywalled,
        "description": article.description,
        "tags": article.tags,
        "kind": article.kind.value,
        "section": article.section,
        "image": article.image,
        "agency": article.agency,
    }
    return {name: clean(value) for name, value in values.items()}


def _save_text(
    connection: Connection, saved: SavedCapture, article: Article, article_id: int
) -> int | None:
    if saved.text is None:
        return None
    row = {
        "article_id": article_id,
        "sha256": saved.text.sha256,
        "file": saved.text.file,
        "chars": len(article.text),
        "words": len(article.text.split()),
        "created": saved.started,
    }
    return int(connection.execute(prepared.text_kept(connection.dialect.name), row).scalar_one())


def _capture_values(saved: SavedCapture) -> dict[str, object]:
    capture, page, article = saved.capture, saved.capture.page, saved.extraction.article
    last = capture.exchanges[-1] if capture.exchanges else None
    return {
        "outlet": saved.outlet.id,
        "url": url_key(capture.url),
        "started": saved.started,
        "outcome": capture.outcome.value,
        "detail": capture.detail,
        "status": _status(capture),
        "final_url": _last_url(capture) if page or last else None,
        "extract_status": saved.extraction.status.value,
        "extract_detail": saved.extraction.detail,
        "kind": saved.extraction.kind and saved.extraction.kind.value,
        "charset": article and article.charset,
        "charset_source": article and article.charset_source,
        "decode_status": page and page.decode_status.value,
        "body_by": article and article.body_by,
        "bytes": _bytes(saved),
        "pages": article and _pages(article),
    }


def _pages(article: Article) -> int | None:
    return article.pages if article.pages > 1 else None


def _bytes(saved: SavedCapture) -> int:
    at_hand = sum(len(exchange.response) for exchange in saved.capture.exchanges)
    return at_hand if saved.bytes is None else saved.bytes


def _exchange_values(recorded: Recorded) -> dict[str, object]:
    exchange, request, response = recorded.exchange, recorded.request, recorded.response
    return {
        "url": exchange.url,
        "method": exchange.method,
        "status": exchange.status,
        "peer": exchange.peer,
        "started": exchange.started,
        "seconds": exchange.seconds,
        "truncated": exchange.truncated and exchange.truncated.value,
        "request_id": request.id,
        "request_file": request.file,
        "request_offset": request.offset,
        "request_length": request.length,
        "response_id": response and response.id,
        "response_file": response and response.file,
        "response_offset": response and response.offset,
        "response_length": response and response.length,
        "block_digest": response and response.block_digest,
        "payload_digest": response and response.payload_digest,
        "response_type": response and response.type,
    }
