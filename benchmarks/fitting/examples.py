"""Pages made ready for a fit: evidence on each block, and what is right about it.

It fits nothing. Pages without a gold text are labelled by a teacher: trafilatura's lines, or the
prose of the body container where it has little of that, put through our own steps, and corrected by
the strings that the page's text must or must not have.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from courlan import extract_domain
from reading.pages import SEGMENTS, Sample, html_of
from selectolax.lexbor import LexborHTMLParser

from fitting.labels import COVERED, gold_labels, target_of, weak_target_of
from scraper.extract.containers import body_root, is_prose
from scraper.extract.decode import decoded_page
from scraper.extract.evidence.collect import Evidence
from scraper.extract.evidence.weighing import Weighed
from scraper.extract.metadata import said_by
from scraper.extract.pieces import pieces_in
from scraper.extract.reading import Reading, reading_of
from scraper.extract.rules import Selection
from scraper.extract.verdict import Verdicts
from scraper.extract.verdicts import verdicts_on

ENOUGH = 0.5  # share of the body container's prose below which trafilatura is not believed
ELSEWHERE = 0.3  # as much text as this share of it outside means that the story is there
WEAK = 0.4  # weight of a page that was labelled by the teacher
LEAST_KEPT = 3  # blocks; a page where the teacher found fewer is left out


@dataclass(frozen=True, slots=True)
class Example:
    """One page; `targets` holds for each piece what is right (0 or 1) and how much it counts."""

    sample: Sample
    domain: str
    reading: Reading
    targets: Sequence[tuple[float, float]]
    weight: float

    @property
    def evidence(self) -> Sequence[Evidence | None]:
        """The evidence on each piece."""
        return self.reading.weighed.evidence


def examples_of(
    samples: Sequence[Sample], shown: Callable[[Sequence[Sample]], Iterable[Sample]]
) -> list[Example]:
    """Return the pages of samples made ready; `shown` may show how far it is."""
    alike = Counter((sample.set, domain_of(sample.url)) for sample in samples)
    golds = {sample.file for sample in samples if sample.set != SEGMENTS}
    found = []
    for sample in shown(samples):
        if sample.set == SEGMENTS and sample.file in golds:
            continue
        reading = _reading(sample)
        if reading is None:
            continue
        targets = _targets(sample, reading)
        is_weak = sample.set == SEGMENTS
        if is_weak and sum(right for right, _ in targets) < LEAST_KEPT:
            continue
        domain = domain_of(sample.url)
        weight = WEAK if is_weak else alike[sample.set, domain] ** -0.5
        found.append(Example(sample, domain or sample.file.name, reading, targets, weight))
    return found


def domain_of(url: str) -> str:
    """Return the registered domain of an address."""
    return extract_domain(url) or urlsplit(url).netloc


def judged(reading: Reading, likely: Sequence[float]) -> Verdicts:
    """Return the verdicts on a page whose pieces are as likely the story as is said."""
    ours = reading.weighed
    reading.weighed = Weighed(likely)
    try:
        return verdicts_on(reading)
    finally:
        reading.weighed = ours


def _reading(sample: Sample) -> Reading | None:
    page = decoded_page(html_of(sample.file), None)
    tree = LexborHTMLParser(page.text)
    if tree.body is None:
        return None
    pieces, elements = pieces_in(tree.body)
    return reading_of(page.text, sample.url, said_by(tree), pieces, elements, Selection())


def _taught(reading: Reading) -> list[float]:
    """Return how likely each piece is the story by trafilatura, or by the body container."""
    cover = list(reading.witness())
    root = body_root(reading.terrain)
    inside = [p for p in reading.pieces if is_prose(p) and p.owner.is_within(root)]
    whole = sum(piece.length for piece in inside)
    kept = sum(piece.length for piece in inside if cover[piece.index] >= COVERED)
    elsewhere = sum(
        piece.length
        for piece in reading.pieces
        if cover[piece.index] >= COVERED and not piece.owner.is_within(root)
    )
    if kept < whole * ENOUGH and elsewhere <= whole * ELSEWHERE:
        for piece in inside:
            cover[piece.index] = 1.0
    return cover


def _targets(sample: Sample, reading: Reading) -> list[tuple[float, float]]:
    teacher = judged(reading, _taught(reading))
    if sample.set == SEGMENTS:
        return weak_target_of(reading, teacher, sample.required, sample.forbidden)
    return target_of(sample.set, gold_labels(sample.paragraphs, reading), teacher)
