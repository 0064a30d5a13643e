"""A page's bytes become an article, each block with who decided about it.

It does no I/O and reads no clock: the same bytes give the same article, whatever was read before.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract import generic, metadata
from scraper.extract.audit import FOREIGN, audited
from scraper.extract.decode import Decoded, Headers, decoded_page, header_of
from scraper.extract.facts.gathered import facts_of
from scraper.extract.judgement import complaint_about
from scraper.extract.kinds.articles import kind_of
from scraper.extract.kinds.finding import Finding
from scraper.extract.layout import line_of, text_of_lines
from scraper.extract.lazy import LazyBlocks
from scraper.extract.paging import may_go_on, next_page_of
from scraper.extract.pieces import Piece, pieces_in
from scraper.extract.reading import Reading, reading_of
from scraper.extract.ruled import ground_for
from scraper.extract.rules import selection_of
from scraper.extract.signs import signs_on
from scraper.extract.template.quick import Quick, read_quickly
from scraper.extract.template.reading import join_template
from scraper.extract.template.values import Template
from scraper.extract.template.whole import judged_whole
from scraper.extract.titles import title_of
from scraper.extract.verdict import Verdict
from scraper.extract.verdicts import explained, verdicts_on
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
    tree = LexborHTMLParser(page.markup)
    if tree.body is None:
        return Finding(Kind.OTHER, "no body")
    said = metadata.said_by(tree)
    rule = _rule(outlet, url, captured)
    if outlet is not None and rule is not None and rule.origin.startswith(FOREIGN):
        return _audited(page, url, headers, outlet, captured, template, rule)
    around = _Around(page, url, headers, outlet, captured, tree, said)
    if template is not None and rule is None:
        quick = read_quickly(template, tree, page.text, said)
        if quick is not None:
            blocks = LazyBlocks(lambda: _blocks(*judged_whole(tree, quick)))
            body_by = f"template {quick.body}"
            return _article(around, quick.headline, quick.pieces, quick.verdicts, body_by, blocks)
    selection = selection_of(tree, rule)
    cut = selection.strip.keys() - selection.keep.keys()
    ground = ground_for(tree, said, rule, selection)
    pieces, elements = pieces_in(ground or tree.body, cut)
    reading = reading_of(page.text, url, said, pieces, elements, selection)
    verdicts = verdicts_on(reading)
    if template is not None and not selection.body:
        join_template(template, tree, reading, verdicts)
    if (complaint := complaint_about(tree, url, reading, verdicts)) is not None:
        return complaint
    blocks = LazyBlocks(lambda: _blocks(*_whole(tree, cut, reading, verdicts, ground)))
    article = _article(around, reading.title, reading.pieces, verdicts, reading.body_by, blocks)
    if rule is not None:
        missed = replace(
            article.signs,
            missed=() if selection.body else rule.body,
            missed_title=None if selection.title else rule.title,
        )
        article = replace(article, signs=missed, title=selection.title or article.title)
    return article


def _whole(
    tree: LexborHTMLParser,
    cut: AbstractSet[int],
    reading: Reading,
    verdicts: Sequence[Verdict],
    ground: LexborNode | None,
) -> tuple[Sequence[Piece], Sequence[Verdict]]:
    """Return all pieces of a page with their verdicts, explained."""
    given = explained(reading, list(verdicts))
    if ground is None:
        return reading.pieces, given
    quick = Quick(reading.title, reading.pieces, given, reading.body_by)
    return judged_whole(tree, quick, cut)


def _audited(
    page: Decoded,
    url: str,
    headers: Headers,
    outlet: Outlet,
    captured: date | None,
    template: Template | None,
    rule: Rule,
) -> Article | Finding:
    """Read a page with a rule of others and without it, and let the two be held together."""
    trusted = replace(outlet, rules=(replace(rule, origin="hand"),))
    ruled = article_on(page, url, headers, trusted, captured)
    plain = article_on(page, url, headers, replace(outlet, rules=()), captured, template)
    if not isinstance(plain, Article):
        return plain
    return audited(ruled if isinstance(ruled, Article) else None, plain, rule.origin)


@dataclass(frozen=True, slots=True)
class _Around:
    """What an article is made of besides its blocks."""

    page: Decoded
    url: str
    headers: Headers
    outlet: Outlet | None
    captured: date | None
    tree: LexborHTMLParser
    said: metadata.Said


def _article(
    around: _Around,
    headline: str,
    pieces: Sequence[Piece],
    verdicts: Sequence[Verdict],
    body_by: str,
    blocks: tuple[Block, ...],
) -> Article:
    page, url, captured = around.page, around.url, around.captured
    paragraphs = _paragraphs(pieces, verdicts)
    facts = facts_of(
        around.tree,
        around.said,
        url,
        headline=headline,
        credit_lines=[
            piece.text
            for piece, verdict in zip(pieces, verdicts, strict=True)
            if verdict.role in {"credit", "byline"}
        ],
        sample=" ".join(paragraphs[:3]),
        content_language=header_of(around.headers, "content-language"),
        captured=captured,
        guess=lambda: generic.guess(page.text, url, captured),
    )
    if facts["language"] is None and around.outlet is not None:
        facts["language"] = around.outlet.language
    kind = kind_of(around.said, url, pieces, verdicts, facts["paywalled"])
    if kind.kind is Kind.TEASER:
        facts["paywalled"] = True
    return Article(
        title=title_of(around.said, headline),
        headline=headline,
        paragraphs=paragraphs,
        text=text_of_lines((line_of(headline), *paragraphs)),
        url=url,
        charset=page.charset,
        charset_source=page.source,
        body_by=body_by,
        kind=kind.kind,
        kind_reason=kind.reason,
        next_url=next_page_of(around.tree, url) if may_go_on(page.text, url) else None,
        signs=signs_on(page.text, pieces, verdicts, facts),
        blocks=blocks,
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


def _blocks(pieces: Sequence[Piece], verdicts: Sequence[Verdict]) -> tuple[Block, ...]:
    return tuple(
        Block(
            text=piece.text,
            path=piece.owner.path(),
            role=verdict.role,
            kept=verdict.kept,
            reason=verdict.reason,
        )
        for piece, verdict in zip(pieces, verdicts, strict=True)
    )
