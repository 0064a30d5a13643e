"""One page in, one extraction out: the checks around an article, each outcome with its reason.

It guards against no hang or crash: that is what `pool` is for.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from zlib import crc32

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.article import article_on
from scraper.extract.complexity import MAX_CHARS, complaint_about
from scraper.extract.decode import decoded_page
from scraper.extract.kinds.finding import Finding
from scraper.extract.pieces import pieces_in, tokens_of
from scraper.extract.sniff import other_type
from scraper.extract.template.values import Template
from scraper.model import (
    Article,
    DecodeStatus,
    Extraction,
    ExtractStatus,
    Outlet,
    Page,
    TemplateUse,
)

_WORD = re.compile(r"\w")
MAX_TEXT = 2_000_000  # characters of an article; a long novel has half of that
_AUDIT_ONE_IN = 20  # pages that a rule reads


def refusal_of(page: Page) -> Extraction | None:
    """Return the outcome of a page that need not be looked into, or None; costs next to nothing."""
    if page.status >= HTTPStatus.MULTIPLE_CHOICES:  # nor is the page of a redirect the article
        return _refused(ExtractStatus.SKIPPED, f"the server answered with status {page.status}")
    if page.decode_status is not DecodeStatus.OK:
        coding = page.header("content-encoding") or "none"
        return _refused(
            ExtractStatus.PARTIAL,
            f"the content coding ({coding}) could not be undone: {page.decode_status.value}",
        )
    if page.status == HTTPStatus.PARTIAL_CONTENT:
        return _refused(ExtractStatus.PARTIAL, "the server sent a part alone (206), unasked")
    if not page.complete:
        return _refused(ExtractStatus.PARTIAL, "the body is cut short")
    if len(page.body) > 4 * MAX_CHARS:
        detail = f"{len(page.body):,} bytes, more than {MAX_CHARS:,} characters can take"
        return _refused(ExtractStatus.TOO_COMPLEX, detail)
    return None


def extraction_of(
    page: Page,
    outlet: Outlet | None,
    captured: date | None,
    template: Template | None = None,
    *,
    audit: bool = False,
) -> Extraction:
    """Return what comes of a page; `article` is there if and only if the status is OK.

    `audit` reads a page that its outlet's template has read a second time, without it.
    """
    if (refusal := refusal_of(page)) is not None:
        return refusal
    if not page.body.strip():
        return _refused(ExtractStatus.EMPTY, "the body is empty")
    if (kind := other_type(page.headers, page.body)) is not None:
        return _refused(ExtractStatus.NOT_HTML, kind)
    decoded = decoded_page(page.body, page.headers)
    if (complaint := complaint_about(decoded.text)) is not None:
        return _refused(ExtractStatus.TOO_COMPLEX, complaint)
    found = article_on(decoded, page.url, page.headers, outlet, captured, template)
    if isinstance(found, Article):
        if (length := len(found.text)) > MAX_TEXT:
            detail = f"a text of {length:,} characters, more than {MAX_TEXT:,}: no article"
            return _refused(ExtractStatus.TOO_COMPLEX, detail)
        use = None if template is None else _use_of(found)
        is_by_template = use is not None and use.fits
        if audit and (is_by_template or (use is None and _is_sample(page.body))):
            nobody = replace(outlet, rules=()) if outlet is not None and use is None else outlet
            alone = article_on(decoded, page.url, page.headers, nobody, captured)
            agreement = _agreement(found, alone)
            found = replace(found, signs=replace(found.signs, agreement=agreement))
            use = None if use is None else replace(use, agreement=agreement)
        return Extraction(status=ExtractStatus.OK, article=found, kind=found.kind, template=use)
    if not _has_words(decoded.text):
        return _refused(ExtractStatus.EMPTY, "not a word on the page")
    return Extraction(status=ExtractStatus.NO_ARTICLE, detail=found.reason, kind=found.kind)


def _use_of(article: Article) -> TemplateUse | None:
    """Return whether a template read an article; None where a rule did, which outranks it."""
    if article.body_by.startswith("rule "):
        return None
    return TemplateUse(fits=article.body_by.startswith("template "))


def _is_sample(body: bytes) -> bool:
    """Say whether a page that a rule read is one of the few that are read without it as well."""
    return crc32(body) % _AUDIT_ONE_IN == 0


def _agreement(one: Article, other: Article | Finding) -> float:
    """Return the F1 of the 4-grams of two readings of a page."""
    if not isinstance(other, Article):
        return 0.0
    grams = [_grams_of(article.paragraphs) for article in (one, other)]
    whole = grams[0].total() + grams[1].total()
    return 2 * (grams[0] & grams[1]).total() / whole if whole else 1.0


def _grams_of(paragraphs: Sequence[str]) -> Counter[tuple[str, ...]]:
    tokens = [token for paragraph in paragraphs for token in tokens_of(paragraph)]
    return Counter(zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False))


def _refused(status: ExtractStatus, detail: str) -> Extraction:
    return Extraction(status=status, detail=detail)


def _has_words(text: str) -> bool:
    body = LexborHTMLParser(text).body
    return body is not None and bool(pieces_in(body)[0])
