"""Exchanges, captures and texts for the tests of archive and store; none is of a real site."""

from datetime import UTC, datetime, timedelta

from scraper.model import (
    Article,
    Capture,
    Exchange,
    Extraction,
    ExtractStatus,
    Outcome,
    Outlet,
    Page,
    Record,
    Recorded,
    Truncation,
)
from scraper.store.saving import SavedCapture
from scraper.store.text_files import TextFile, sha256_of

NOW = datetime(2026, 3, 1, 8, 3, 0, 250_000, tzinfo=UTC)
URL = "https://news.example/2026/03/01/bridge"
REQUEST = b"GET /2026/03/01/bridge HTTP/1.1\r\nHost: news.example\r\nAccept-Encoding: gzip\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nServer:odd  spacing \r\nContent-Length: 5\r\n\r\nhello"
DAILY_WALL = Outlet(id="daily-wall", name="The Daily Wall", home="https://news.example/")


def exchange(
    response: bytes = PLAIN,
    *,
    url: str = URL,
    request: bytes = REQUEST,
    status: int | None = 200,
    method: str = "GET",
    truncated: Truncation | None = None,
    started: datetime = NOW,
) -> Exchange:
    return Exchange(
        url=url,
        method=method,
        request=request,
        response=response,
        status=status,
        peer="192.0.2.7",
        started=started,
        seconds=0.125,
        protocols=("http/1.1", "tls/1.3"),
        truncated=truncated,
    )


def recorded(sent: Exchange, *, number: int = 0) -> Recorded:
    """Return an exchange with records that lie nowhere: the catalog doesn't look."""
    return Recorded(
        exchange=sent,
        request=_record("request", sent, number),
        response=_record("response", sent, number) if sent.response else None,
    )


def _record(kind: str, sent: Exchange, number: int) -> Record:
    return Record(
        file="warc/daily-wall/a.warc.gz",
        offset=1_000 * number,
        length=500,
        type=kind,
        id=f"<urn:uuid:{kind}-{number}>",
        url=sent.url,
        date=sent.started,
        block_digest="sha1:AAAA",
        payload_digest="sha1:BBBB" if kind == "response" else None,
    )


def article(
    *, title: str = "A bridge opens", body: str = "It is long.", canonical: str | None = None
) -> Article:
    return Article(
        title=title,
        paragraphs=(body,),
        text=f"{title}\n\n{body}",
        url=URL,
        canonical_url=canonical,
        authors=("A. Writer", "B. Writer"),
        published=NOW - timedelta(hours=1),
        language="en",
        tags=("bridges",),
        body_by="rule main",
    )


def saved(
    *,
    number: int = 0,
    url: str = URL,
    final: str | None = None,
    page: Article | None = None,
    status: ExtractStatus = ExtractStatus.OK,
    started: datetime = NOW,
) -> SavedCapture:
    """Return a capture that went well, unless `status` says that nothing was read from it."""
    sent = exchange(url=final or url, started=started)
    found = (page or article()) if status is ExtractStatus.OK else None
    return SavedCapture(
        outlet=DAILY_WALL,
        capture=Capture(
            url=url,
            outcome=Outcome.OK,
            exchanges=(sent,),
            page=Page(url=final or url, status=200, headers=(), body=b"hello"),
        ),
        recorded=(recorded(sent, number=number),),
        extraction=Extraction(status=status, detail="" if found else "too short", article=found),
        started=started,
        text=None if found is None else text_file(found.text),
    )


def text_file(text: str) -> TextFile:
    sha256 = sha256_of(text)
    file = f"text/daily-wall/2026-03-01/000_{sha256[:16]}.txt"
    return TextFile(file=file, sha256=sha256, number=0, bytes=len(text))
