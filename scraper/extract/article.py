"""A page's bytes become an article, each block with who decided about it.

It does no I/O and reads no clock: the same bytes give the same article, whatever was read before.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import generic, metadata
from scraper.extract.decode import Decoded, Headers, decoded_page, header_of
from scraper.extract.judgement import is_article
from scraper.extract.layout import line_of, text_of
from scraper.extract.pieces import Piece, pieces_in
from scraper.extract.reading import Reading, reading_of
from scraper.extract.rules import selection_of
from scraper.extract.template.reading import join_template
from scraper.extract.template.values import Template
from scraper.extract.verdict import Verdict
from scraper.extract.verdicts import verdicts_on
from scraper.model import Article, Block, Outlet, Rule


def extract_article(
    html: bytes,
    url: str,
    *,
    headers: Headers = None,
    outlet: Outlet | None = None,
    captured: date | None = None,
    template: Template | None = None,
) -> Article | None:
    """Return the article on a page, or None where there is none.

    `headers` are the HTTP response's; `captured` picks the outlet's rule of its day, the newest
    where it is None. `template` is what was learnt of the outlet's pages; one that does not fit the
    page is not heard.

    Raises:
        ConfigError: a selector or a pattern of the outlet's rule cannot be used.
    """
    return article_on(decoded_page(html, headers), url, headers, outlet, captured, template)


def article_on(
    page: Decoded,
    url: str,
    headers: Headers,
    outlet: Outlet | None,
    captured: date | None,
    template: Template | None = None,
) -> Article | None:
    """Return the article on a page that is already text."""
    tree = LexborHTMLParser(page.text)
    if tree.body is None:
        return None
    said = metadata.said_by(tree)
    selection = selection_of(tree, _rule(outlet, url, captured))
    pieces, elements = pieces_in(tree.body, selection.strip.keys() - selection.keep.keys())
    reading = reading_of(page.text, url, said, pieces, elements, selection)
    verdicts = verdicts_on(reading)
    if template is not None:
        join_template(template, tree, reading, verdicts)
    if not is_article(reading, verdicts):
        return None
    paragraphs = _paragraphs(reading.pieces, verdicts)

    @cache
    def guessed() -> generic.Guess:
        return generic.guess(page.text, url, captured)

    return Article(
        title=reading.title,
        paragraphs=paragraphs,
        text=text_of(reading.title, paragraphs),
        url=url,
        canonical_url=metadata.canonical_url_of(said, url),
        authors=metadata.authors_of(said, guessed),
        published=metadata.published_of(said, guessed),
        modified=metadata.modified_of(said),
        language=metadata.language_of(said, header_of(headers, "content-language"))
        or (outlet.language if outlet else None),
        description=line_of(said.description) or None,
        tags=metadata.tags_of(said),
        paywalled=metadata.paywalled_of(said),
        charset=page.charset,
        charset_source=page.source,
        body_by=reading.body_by,
        blocks=_blocks(reading, verdicts),
    )


def _rule(outlet: Outlet | None, url: str, captured: date | None) -> Rule | None:
    if outlet is None or not outlet.rules:
        return None
    from scraper.config.sources import rule_for  # 0.4 s of pydantic, for pages with a rule only

    return rule_for(outlet, url, captured)


def _paragraphs(pieces: Sequence[Piece], verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    lines = (
        f"- {line}" if verdict.role == "list" and verdict.starts_item else line
        for piece, verdict in zip(pieces, verdicts, strict=True)
        if verdict.kept and verdict.role != "headline" and (line := line_of(piece.text))
    )
    return tuple(lines)


def _blocks(reading: Reading, verdicts: Sequence[Verdict]) -> tuple[Block, ...]:
    return tuple(
        Block(
            text=piece.text,
            path=piece.owner.path(),
            role=verdict.role,
            kept=verdict.kept,
            reason=verdict.reason,
        )
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
    )
