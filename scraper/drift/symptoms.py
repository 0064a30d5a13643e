"""What shows on a story's page that it is not as its outlet's pages were: one function for each.

Each says yes, no, or nothing (None) of a story; how many must show it, is decided elsewhere.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles

from scraper.config import rule_for
from scraper.drift.causes import Cause
from scraper.model import ExtractStatus, Kind, Outcome, Outlet, Rule
from scraper.store.drift import Story

BLOCKING = frozenset({401, 403, 429, 451})
LENGTH_DROP = 0.5  # where [outlet.alarm] has no length_drop
_WALLS = frozenset({Kind.CONSENT, Kind.LOGIN, Kind.CHALLENGE})
_OWN_KINDS = frozenset({Kind.LIVE, Kind.GALLERY, Kind.VIDEO})  # that often have a layout of theirs
_SOLD = frozenset({Kind.TEASER, Kind.LOGIN})
_ALIKE = 0.2  # share of class names: pages of one layout have .57 or more, of two .02 or less
_USUAL = 0.3  # share of stories that are read in one way
_SHELLS = 40  # of the past, that a page is held against
_ENOUGH = 20  # lengths that a range is read from
_CUT = 0.6  # of the usual length: a text that ends where others end is cut there
_COLLAPSED = 0.5  # F1 of two readings of a page
FIELDS = ("published", "authors")

Test = Callable[[Story], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What stories are held against: the outlet as it is written, and its stories before."""

    outlet: Outlet
    stories: Sequence[Story]
    newest: Sequence[Story]  # those that are judged
    is_standing: bool = False  # the alarm stands, and it is to be seen whether it goes on

    def rule(self, story: Story) -> Rule | None:
        """Return the rule that is to find a story's body."""
        rule = _rule(self.outlet, story.url, story.started)
        return rule if rule is not None and rule.body else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A cause, the test that shows it, and how many stories before must be there to compare."""

    cause: Cause
    test: Callable[[Past], Test]
    past: int = 0


def is_answer(story: Story) -> bool:
    """Say whether a page came and was looked into."""
    return story.outcome == Outcome.OK and story.extract_status in {
        ExtractStatus.OK,
        ExtractStatus.NO_ARTICLE,
        ExtractStatus.EMPTY,
    }


def is_read(story: Story) -> bool:
    """Say whether an article was read."""
    return story.outcome == Outcome.OK and story.extract_status == ExtractStatus.OK


def blocked(_: Past) -> Test:
    """Status codes that turn programs away, and pages that want a proof of being human."""

    def test(story: Story) -> bool | None:
        if story.outcome == Outcome.HTTP_ERROR:
            return True if story.status in BLOCKING else None
        return story.kind == Kind.CHALLENGE if is_answer(story) else None

    return test


def consent(_: Past) -> Test:
    """Walls of consent where articles were asked for."""
    return lambda story: story.kind == Kind.CONSENT if is_answer(story) else None


def sold(past: Past) -> Test:
    """Teasers, logins, and short texts that all end with the same words."""
    lengths = [story.signs.kept for story in past.stories if story.signs]
    usual = median(lengths) if lengths else 0.0
    ends = Counter(story.signs.last for story in past.newest if story.signs)
    known = {story.signs.last for story in past.stories if story.signs}
    shared = {end for end, count in ends.items() if count > 1 and end not in known}

    def test(story: Story) -> bool | None:
        if not is_answer(story) or story.kind in _WALLS - _SOLD:
            return None
        if story.kind in _SOLD:
            return True
        signs = story.signs
        return signs is not None and signs.last in shared and signs.kept < _CUT * usual

    return test


def of_articles(of: Callable[[Past], Test]) -> Callable[[Past], Test]:
    """The same of articles alone: pages that hold none say nothing where an outlet has such."""

    def narrowed(past: Past) -> Test:
        test = of(past)
        has_others = any(not is_read(story) for story in past.stories if is_answer(story))
        return lambda story: None if has_others and not is_read(story) else test(story)

    return narrowed


def body_missed(past: Past) -> Test:
    """Rules whose body selectors choose nothing, on pages of a kind that they meant before."""
    meant = {story.kind for story in past.stories if (story.body_by or "").startswith("rule ")}

    def test(story: Story) -> bool | None:
        rule = past.rule(story)
        if rule is None or not is_answer(story) or story.kind in _WALLS | {Kind.ERROR}:
            return None
        if story.kind in _OWN_KINDS - meant:
            return None
        if not is_read(story):
            return True
        if (story.body_by or "").startswith("rule "):
            return False
        if story.signs is None or story.signs.missed != rule.body:
            return None  # it was read with another rule
        return True

    return test


def title_missed(past: Past) -> Test:
    """Rules whose title selector chooses nothing."""

    def test(story: Story) -> bool | None:
        rule = _rule(past.outlet, story.url, story.started)
        if rule is None or rule.title is None or story.signs is None or not is_read(story):
            return None
        return story.signs.missed_title == rule.title

    return test


def other_layout(past: Past) -> Test:
    """Pages without a rule that share no names with those before and are not read as those were."""
    usual = _usual_readings(past.stories)
    shells = [story.signs.shell for story in past.stories if story.signs and story.signs.shell]
    shells = shells[:_SHELLS]
    unknown = _OWN_KINDS - {story.kind for story in past.stories}

    def test(story: Story) -> bool | None:
        if not is_answer(story) or story.kind in _WALLS | unknown | {Kind.ERROR}:
            return None
        if not is_read(story):
            return past.rule(story) is None
        if story.body_by in usual or (story.body_by or "").startswith("rule "):
            return False
        if past.is_standing and (story.body_by or "").startswith("template "):
            return False  # learnt anew
        if story.signs is None or not story.signs.shell or not shells:
            return None
        return all(likeness(story.signs.shell, shell) < _ALIKE for shell in shells)

    return test


def _usual_readings(stories: Sequence[Story]) -> set[str | None]:
    """Return by what the bodies of stories were found as a rule; the first ones were read before
    anything was learnt."""
    read = [story.body_by for story in stories if is_read(story)]
    learnt = [at for at, by in enumerate(read) if (by or "").startswith("template ")]
    found = Counter(read[: learnt[-1] + 1] if learnt else read)
    return {by for by, count in found.items() if count >= _USUAL * found.total()}


def disagreeing(_: Past) -> Test:
    """Texts that have little in common with what the page by itself is read as."""

    def test(story: Story) -> bool | None:
        agreement = story.signs.agreement if story.signs else None
        return None if agreement is None else agreement < _COLLAPSED

    return test


def other_language(past: Past) -> Test:
    """Articles in a language that none of those before was in."""
    usual = {_primary(story.language) for story in past.stories if is_read(story)}

    def test(story: Story) -> bool | None:
        if not is_read(story) or story.language is None:
            return None
        return _primary(story.language) not in usual

    return test


def field_lost(name: str) -> Callable[[Past], Test]:
    """Articles without a field that those before had."""

    def of(_: Past) -> Test:
        return lambda story: (
            name not in story.signs.fields if story.signs and is_read(story) else None
        )

    return of


def shrunk(past: Past) -> Test:
    """Texts much shorter than all but the shortest tenth of those before."""
    lengths = [story.signs.kept for story in past.stories if story.signs and is_read(story)]
    drop = past.outlet.alarm.length_drop or LENGTH_DROP
    least = quantiles(lengths, n=10)[0] * (1 - drop) if len(lengths) >= _ENOUGH else 0.0

    def test(story: Story) -> bool | None:
        return story.signs.kept < least if story.signs and is_read(story) else None

    return test


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Return about which share of the names of two sketches both have."""
    both, most = set(one) & set(other), max(len(one), len(other))
    least = set(sorted({*one, *other})[:most])
    return len(both & least) / len(least) if least else 0.0


def _rule(outlet: Outlet, url: str, moment: datetime) -> Rule | None:
    return rule_for(outlet, url, moment.date()) if outlet.rules else None


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()


# What outranks comes first: a page that is a wall says nothing of the rule.
SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(cause=Cause.BLOCKED, test=blocked),
    Symptom(cause=Cause.CONSENT, test=consent),
    Symptom(cause=Cause.PAYWALL, test=sold, past=6),
    Symptom(cause=Cause.RULE, test=of_articles(body_missed)),
    Symptom(cause=Cause.RULE, test=body_missed),
    Symptom(cause=Cause.LAYOUT, test=of_articles(other_layout), past=6),
    Symptom(cause=Cause.LAYOUT, test=other_layout, past=6),
    Symptom(cause=Cause.TITLE, test=title_missed),
    Symptom(cause=Cause.LANGUAGE, test=other_language, past=6),
    Symptom(cause=Cause.LAYOUT, test=disagreeing, past=3),
    *(Symptom(cause=Cause.FIELDS, test=field_lost(name), past=10) for name in FIELDS),
    Symptom(cause=Cause.LENGTH, test=shrunk, past=_ENOUGH),
)
