"""Articles as rows of a table: a version of a text, what is known of it, and where its bytes lie.

It writes nothing; the names and types of the columns are promised in docs/export.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import get_type_hints

from scraper.errors import ArchiveError
from scraper.store.catalog import Catalog
from scraper.store.rows import ArticleRow, CaptureDetail, ExchangeRow
from scraper.store.selections import Selection
from scraper.store.text_files import read_text

OnProblem = Callable[[ArchiveError], None]

_OF_TEXT: Mapping[str, object] = {
    "text": str,
    "sha256": str,
    "chars": int,
    "words": int,
    "text_file": str,
}
_OF_CAPTURE: Mapping[str, object] = {
    "capture_id": int,
    "captured": datetime,
    "asked_url": str,
    "final_url": str | None,
    "status": int | None,
    "charset": str | None,
    "body_by": str | None,
}
_OF_RECORD: Mapping[str, object] = {
    "warc_record_id": str | None,
    "warc_file": str | None,
    "warc_offset": int | None,
    "warc_length": int | None,
    "block_digest": str | None,
    "payload_digest": str | None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text with the capture it was read from."""

    detail: CaptureDetail
    text: str

    def row(self) -> dict[str, object]:
        """Return the values of `columns`, in their order."""
        article, text, capture = self.detail.article, self.detail.text, self.detail.capture
        assert article is not None
        assert text is not None
        of_text = (self.text, text.sha256, text.chars, text.words, text.file)
        of_capture = (
            capture.id, capture.started, capture.url, capture.final_url, capture.status,
            capture.charset, capture.body_by,
        )  # fmt: skip
        return {
            **{_renamed(field.name): getattr(article, field.name) for field in fields(article)},
            **dict(zip(_OF_TEXT, of_text, strict=True)),
            **dict(zip(_OF_CAPTURE, of_capture, strict=True)),
            **dict(zip(_OF_RECORD, _place(self.detail.exchanges), strict=True)),
        }


def columns() -> dict[str, object]:
    """Return the columns with their types: those of the article, its text, capture and record."""
    hints = get_type_hints(ArticleRow)
    of_article = {_renamed(field.name): hints[field.name] for field in fields(ArticleRow)}
    return {**of_article, **_OF_TEXT, **_OF_CAPTURE, **_OF_RECORD}


def versions(
    root: Path, catalog: Catalog, selection: Selection, *, every: bool, on_problem: OnProblem
) -> "Versions":
    """Return the newest text of each article of a selection, or with `every` each of its texts."""
    selected = catalog.selected(selection)
    numbers = selected.versions(every=every)
    return Versions(root, selected.details(numbers), len(numbers), on_problem)


class Versions:
    """Texts to be read one after the other; `total` is how many there should be.

    One whose file is gone or damaged is told to `on_problem` and left out.
    """

    def __init__(
        self, root: Path, details: Iterator[CaptureDetail], total: int, on_problem: OnProblem
    ) -> None:
        self._root, self._details, self.total = root, details, total
        self._on_problem = on_problem

    def __iter__(self) -> Iterator[Version]:
        for detail in self._details:
            assert detail.text is not None
            try:
                text = read_text(self._root, detail.text.file)
            except ArchiveError as exc:
                self._on_problem(exc)
                continue
            yield Version(detail=detail, text=text)


def last_response(exchanges: tuple[ExchangeRow, ...]) -> ExchangeRow | None:
    """Return the exchange that brought the page."""
    answered = [exchange for exchange in exchanges if exchange.response_id is not None]
    return answered[-1] if answered else None


def _place(exchanges: tuple[ExchangeRow, ...]) -> tuple[object, ...]:
    last = last_response(exchanges)
    if last is None:
        return (None,) * len(_OF_RECORD)
    return (
        last.response_id, last.response_file, last.response_offset, last.response_length,
        last.block_digest, last.payload_digest,
    )  # fmt: skip


def _renamed(name: str) -> str:
    return "article_id" if name == "id" else name
