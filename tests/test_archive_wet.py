"""WET files, read back by the readers of others."""

from datetime import UTC, datetime
from pathlib import Path

from archive_oracles import assert_valid, fastwarc_records
from warcio.archiveiterator import ArchiveIterator

from scraper.archive.wet import WetText, members_of

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TEXTS = tuple(
    WetText(
        text=f"Überschrift {number}\n\nA paragraph.",
        url=f"https://news.example/{number}",
        captured=NOW,
        response_id=f"<urn:uuid:{number}>",
    )
    for number in range(2)
)


def test_texts_are_conversions_under_the_urls_of_their_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.wet.gz"
    members = members_of(TEXTS, name=path.name, software="test", created=NOW)
    path.write_bytes(b"".join(members))

    assert_valid(path)
    with path.open("rb") as file:
        read = [
            (record.rec_type, record.rec_headers["WARC-Target-URI"], record.raw_stream.read())
            for record in ArchiveIterator(file)
        ]
    assert [kind for kind, _, _ in read] == ["warcinfo", "conversion", "conversion"]
    assert [(url, text.decode()) for _, url, text in read[1:]] == [
        (text.url, text.text) for text in TEXTS
    ]
    for record, text in zip(list(_headers(path))[1:], TEXTS, strict=True):
        assert record["WARC-Refers-To"] == text.response_id
        assert record["Content-Type"] == "text/plain"
        assert record["WARC-Date"] == "2026-03-01T08:00:00Z"


def _headers(path: Path) -> list[dict[str, str]]:
    return [dict(record.headers) for record in fastwarc_records(path)]
