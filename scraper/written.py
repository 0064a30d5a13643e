"""What is written down of a page that was read: the file of its text, the facts of its record.

It reads no page, and knows nothing of rows.
"""

from dataclasses import asdict, replace
from datetime import date

from scraper.line import Line
from scraper.model import Article, Capture, Extraction, Outlet
from scraper.store.text_files import TextFile, is_self_proving, sha256_of, write_text

# Kept elsewhere: as text, in the catalog.
_NOT_METADATA = {"blocks", "paragraphs", "signs", "text", "url"}


def text_file(line: Line, article: Article, outlet: Outlet, day: date) -> TextFile:
    """Return the file of a text, written unless the outlet has the very text already."""
    root = line.settings.archive
    known = line.catalog.text_by(sha256_of(article.text), outlet=outlet.id)
    if known is not None and is_self_proving(root / known.file):
        return TextFile.at(root, known.file)
    return write_text(root, outlet.id, day, article.text)


def facts_of(capture: Capture, extraction: Extraction, outlet: Outlet) -> dict[str, object]:
    """Return what the metadata record says of a page."""
    facts: dict[str, object] = {
        "outlet": outlet.id,
        "url": capture.url,
        "outcome": capture.outcome,
        "detail": capture.detail,
        "extract_status": extraction.status,
        "extract_detail": extraction.detail,
        "page_kind": extraction.kind,
    }
    if extraction.is_cut:
        facts["is_cut"] = True
    if extraction.article is not None:
        article = asdict(replace(extraction.article, blocks=()))
        facts["article"] = {key: article[key] for key in article if key not in _NOT_METADATA}
    return facts
