"""An outlet's newest stories held against those before: the alarm that they give, with its cause.

It looks at numbers from the catalog alone, and remembers nothing but the alarm that stands.
"""

from collections.abc import Sequence
from itertools import islice

from scraper.drift.causes import PAGES, Alarm, Cause
from scraper.drift.range import run_beyond
from scraper.drift.symptoms import FIELDS, SYMPTOMS, Past, Symptom
from scraper.model import Kind, Outlet
from scraper.store.drift import AlarmRow, Story

RULE_MISSES = 3  # where [outlet.alarm] has no rule_misses
# Stories that may come between two looks: none is held against what they brought themselves.
_BATCH = 24
_WELL = 2  # stories in a row that do not show it any more end an alarm


def page_alarm(
    outlet: Outlet, stories: Sequence[Story], standing: AlarmRow | None = None
) -> Alarm | None:
    """Return the alarm that an outlet's stories (newest first) give; `standing` is that of before.

    What stands goes on until two stories in a row do not show it.
    """
    least = outlet.alarm.rule_misses or RULE_MISSES
    for symptom in SYMPTOMS:
        stands = standing is not None and standing.cause == symptom.cause
        since = standing.since if standing is not None and stands else None
        for span in (least,) if stands else (least, max(least, _BATCH)):
            past = [one for one in stories[span:] if since is None or one.started < since]
            newest = stories[: len(stories) - len(past)]
            against = Past(outlet=outlet, stories=past, newest=newest, is_standing=stands)
            if len(past) >= symptom.past and (found := _shown(symptom, against, stories, least)):
                return found
    return None


def _shown(symptom: Symptom, against: Past, stories: Sequence[Story], least: int) -> Alarm | None:
    test = symptom.test(against)
    told = ((story, flag) for story in stories if (flag := test(story)) is not None)
    newest = list(islice(told, least))
    is_run = len(newest) == least and all(flag for _, flag in newest)
    if not is_run and not against.is_standing:
        return None  # as a rule: the rest need not be looked at
    both = [*newest, *told]
    run = run_beyond([flag for _, flag in both], least, past=symptom.past)
    if run:
        return _alarm(symptom, against, [story for story, _ in both[:run]])
    if against.is_standing and any(flag for _, flag in both[:_WELL]):
        return _alarm(symptom, against, [story for story, flag in both[:least] if flag])
    return None


def _alarm(symptom: Symptom, past: Past, stories: Sequence[Story]) -> Alarm:
    newest, first = stories[0], stories[-1]
    said, selector, instead = _SAYING[symptom.cause](past, stories)
    return Alarm(
        subject=PAGES,
        cause=symptom.cause,
        said=said,
        remedy=_REMEDIES[symptom.cause].format(outlet=past.outlet.id, capture=newest.capture),
        since=first.started,
        capture=first.capture,
        selector=selector,
        instead=instead,
        captures=tuple(story.capture for story in stories),
    )


Said = tuple[str, str | None, str | None]


def _run(stories: Sequence[Story]) -> str:
    count = len(stories)
    return "1 story" if count == 1 else f"{count} stories in a row"


def _blocked(_: Past, stories: Sequence[Story]) -> Said:
    newest = stories[0]
    what = "a challenge page" if newest.kind == Kind.CHALLENGE else f"HTTP {newest.status}"
    return f"{what} instead of {_run(stories)}", None, None


def _consent(_: Past, stories: Sequence[Story]) -> Said:
    return f"a page that asks for consent instead of {_run(stories)}", None, None


def _sold(_: Past, stories: Sequence[Story]) -> Said:
    return f"only the beginning of {_run(stories)} can be read", None, None


def _dead(past: Past, stories: Sequence[Story]) -> Said:
    rule = past.rule(stories[0])
    selector = ", ".join(rule.body) if rule else ""
    return f"body selector {selector} matched nothing on {_run(stories)}", selector, _by(stories)


def _title(past: Past, stories: Sequence[Story]) -> Said:
    signs = stories[0].signs
    selector = signs.missed_title if signs else None
    return f"title selector {selector} matched nothing on {_run(stories)}", selector, None


def _layout(past: Past, stories: Sequence[Story]) -> Said:
    usual = next((by for one in past.stories if (by := one.body_by)), None)
    selector = usual.removeprefix("template ") if usual and usual.startswith("template ") else None
    if any(story.signs is None for story in stories):
        return f"no article was found on the pages of {_run(stories)}", selector, _by(stories)
    if usual == stories[0].body_by:
        return f"{_run(stories)} read otherwise than the pages look", None, None
    was = f"; until then {selector} held the text" if selector else ""
    return f"the pages of {_run(stories)} are laid out anew{was}", selector, _by(stories)


def _by(stories: Sequence[Story]) -> str | None:
    """Return the selector by which the learnt template reads the newest of some stories."""
    by = stories[0].body_by or ""
    return by.removeprefix("template ") if by.startswith("template ") else None


def _language(past: Past, stories: Sequence[Story]) -> Said:
    was = next((one.language for one in past.stories if one.language), "another")
    return f"{_run(stories)} in {stories[0].language}, before in {was}", None, None


def _fields(_: Past, stories: Sequence[Story]) -> Said:
    found = [story.signs.fields for story in stories if story.signs]
    lost = [name for name in FIELDS if not any(name in fields for fields in found)]
    return f"{_run(stories)} without {' and '.join(lost)}", None, None


def _length(_: Past, stories: Sequence[Story]) -> Said:
    lengths = sorted(story.signs.kept for story in stories if story.signs)
    return f"{_run(stories)} far shorter than any before, {lengths[-1]} characters", None, None


_SAYING = {
    Cause.BLOCKED: _blocked,
    Cause.CONSENT: _consent,
    Cause.PAYWALL: _sold,
    Cause.RULE: _dead,
    Cause.TITLE: _title,
    Cause.LAYOUT: _layout,
    Cause.LANGUAGE: _language,
    Cause.FIELDS: _fields,
    Cause.LENGTH: _length,
}
_AGAIN = "then `scraper reextract --outlet {outlet}`"
_SHOW = "`scraper show {capture} --explain` shows the newest"
_REMEDIES = {
    Cause.BLOCKED: "ask the outlet for leave, or raise its delay; links are tried again",
    Cause.CONSENT: "set the cookie that consent gives with cookie_env in [outlet.fetch]",
    Cause.PAYWALL: "what is sold is not fetched: with a subscription, use cookie_env",
    Cause.RULE: f"mend [[outlet.rules]]: `scraper rules suggest {{outlet}}`; {_AGAIN}",
    Cause.TITLE: f"mend title in [[outlet.rules]]; {_AGAIN}",
    Cause.LAYOUT: f"{_SHOW}; pages are learnt anew, {_AGAIN}",
    Cause.LANGUAGE: f"{_SHOW}; is this still the edition that you want?",
    Cause.FIELDS: f"{_SHOW}; look where the page says it now",
    Cause.LENGTH: f"{_SHOW}; look for a paywall, or a rule that cuts too much",
}
