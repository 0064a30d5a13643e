"""A page's bytes become an article, each block with who decided about it.

It does no I/O and reads no clock: the same bytes give the same article, whatever was read before.
"""

from collections.abc import Sequence
from datetime import date

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import generic, metadata
from scraper.extract.decode import Decoded, Headers, decoded_page, header_of
from scraper.extract.facts.gathered import facts_of
from scraper.extract.judgement import complaint_about
from scraper.extract.kinds.articles import kind_of
from scraper.extract.kinds.finding import Finding
from scraper.extract.layout import line_of, text_of
from scraper.extract.pieces import Piece, pieces_in
from scraper.extract.reading import Reading, reading_of
from scraper.extract.rules import selection_of
from scraper.extract.template.reading import join_template
from scraper.extract.template.values import Template
from scraper.extract.titles import title_of
from scraper.extract.verdict import Verdict
from scraper.extract.verdicts import verdicts_on
from scraper.model import Article, Block, Kind, Outlet, Rule


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
    found = article_on(decoded_page(html, headers), url, headers, outlet, captured, template)
    return found if isinstance(found, Article) else None


def article_on(
    page: Decoded,
    url: str,
    headers: Headers,
    outlet: Outlet | None,
    captured: date | None,
    template: Template | None = None,
) -> Article | Finding:
    """Return the article on a page that is already text, or what the page is instead."""
    tree = LexborHTMLParser(page.text)
    if tree.body is None:
        return Finding(Kind.OTHER, "no body")
    said = metadata.said_by(tree)
    selection = selection_of(tree, _rule(outlet, url, captured))
    pieces, elements = pieces_in(tree.body, selection.strip.keys() - selection.keep.keys())
    reading = reading_of(page.text, url, said, pieces, elements, selection)
    verdicts = verdicts_on(reading)
    if template is not None:
        join_template(template, tree, reading, verdicts)
    if (complaint := complaint_about(tree, url, reading, verdicts)) is not None:
        return complaint
    paragraphs = _paragraphs(reading.pieces, verdicts)

    facts = facts_of(
        tree,
        said,
        url,
        headline=reading.title,
        credit_lines=[
            piece.text
            for piece, verdict in zip(reading.pieces, verdicts, strict=True)
            if verdict.role in {"credit", "byline"}
        ],
        sample=" ".join(paragraphs[:3]),
        content_language=header_of(headers, "content-language"),
        captured=captured,
        guess=lambda: generic.guess(page.text, url, captured),
    )
    if facts["language"] is None and outlet is not None:
        facts["language"] = outlet.language
    kind = kind_of(said, url, reading.pieces, verdicts, facts["paywalled"])
    if kind.kind is Kind.TEASER:
        facts["paywalled"] = True
    return Article(
        title=selection.title or title_of(said, reading.title),
        headline=reading.title,
        paragraphs=paragraphs,
        text=text_of(reading.title, paragraphs),
        url=url,
        charset=page.charset,
        charset_source=page.source,
        body_by=reading.body_by,
        kind=kind.kind,
        kind_reason=kind.reason,
        blocks=_blocks(reading, verdicts),
        **facts,
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
