"""A template's opinions joined with the single page's verdicts: who has seen more, decides.

It reads no page by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.reading import Reading
from scraper.extract.template.joining import BULK, LEAST_KEPT, PROSE, is_story, mark_items
from scraper.extract.template.judge import Judge, Opinion, judges_of
from scraper.extract.template.observed import norm_of, path_of
from scraper.extract.template.values import Template
from scraper.extract.verdict import Verdict, Verdicts, role_of

_FEW = 3  # stories; what two have in common may be theirs
_LEAST_FIT = 0.6
_CLOSING = frozenset({"credit", "note"})


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a template fits a page: the share of its prose that it can explain."""

    share: float
    kept: int
    body: str

    @property
    def is_good(self) -> bool:
        """Say whether the page may be read with it."""
        return self.kept >= LEAST_KEPT and self.share >= _LEAST_FIT


@dataclass(slots=True)
class _Asked:
    """What a template says of each block; `inside` tells which stand in the body."""

    judge: Judge
    opinions: Sequence[Opinion | None]
    inside: Sequence[bool]


def join_template(
    template: Template, tree: LexborHTMLParser, reading: Reading, verdicts: Verdicts
) -> Fit | None:
    """Let a template overrule the verdicts on a page where it fits; return how well it does.

    None where no layout finds its body on the page. Nothing overrules a maintainer's rule.
    """
    asked = _asked(template, tree, reading)
    if asked is None:
        return None
    fit = _fit(asked, reading)
    if not fit.is_good:
        return fit
    for at, verdict in enumerate(verdicts):
        if verdict.role != "headline" and not verdict.reason.startswith("rule "):
            _overrule(asked, at, reading, verdict)
    mark_items(reading.pieces, verdicts)
    if not reading.rule.body:
        reading.body_by = f"template {fit.body}, with the page's own reading"
    return fit


def _asked(template: Template, tree: LexborHTMLParser, reading: Reading) -> _Asked | None:
    for judge in judges_of(template):
        home = judge.homes(tree, reading.elements)
        if home:
            paths = [path_of(piece.owner) for piece in reading.pieces]
            inside = [any(at.key in home for at in path) for path in paths]
            bodies = zip(reading.pieces, inside, strict=True)
            is_new = judge.is_new(norm_of(piece.tokens) for piece, i in bodies if i)
            return _Asked(
                judge=judge,
                opinions=[
                    judge.on(piece, path, home, is_new=is_new)
                    for piece, path in zip(reading.pieces, paths, strict=True)
                ],
                inside=inside,
            )
    return None


def _fit(asked: _Asked, reading: Reading) -> Fit:
    kept = sum(
        piece.length
        for piece, opinion, inside in zip(reading.pieces, asked.opinions, asked.inside, strict=True)
        if inside and opinion is not None and opinion.rate >= 0.45
    )
    unexplained = sum(
        piece.length
        for piece, opinion, inside in zip(reading.pieces, asked.opinions, asked.inside, strict=True)
        if not inside
        and opinion is None
        and len(piece.text) >= PROSE
        and piece.link_share < 0.3
        and not asked.judge.explains(path_of(piece.owner), is_bulk=piece.length > BULK)
    )
    return Fit(kept / max(1, kept + unexplained), kept, asked.judge.layout.body)


def _overrule(asked: _Asked, at: int, reading: Reading, verdict: Verdict) -> None:
    piece, opinion = reading.pieces[at], asked.opinions[at]
    if opinion is None:
        is_beside = verdict.kept and verdict.role != "standfirst"
        if is_beside and asked.judge.explains(path_of(piece.owner), is_bulk=False):
            verdict.strip("other", "template: outside the body")
        return
    if opinion.is_text:
        is_closing = asked.inside[at] and verdict.role in _CLOSING
        is_doubted = asked.judge.layout.stories < _FEW and piece.links == 0
        if not (verdict.kept and (is_closing or is_doubted)):
            verdict.strip("other", opinion.reason)
        return
    if not is_story(opinion, verdict, len(piece.text)):
        verdict.strip("other" if verdict.kept else verdict.role, opinion.reason)
    elif opinion.standfirst:
        verdict.keep("standfirst", opinion.reason)
    else:
        verdict.keep(verdict.role if verdict.kept else role_of(piece), opinion.reason)
