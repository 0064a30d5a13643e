"""What a publishing house's ledger says of whoever archived it: was it complete, was it polite?

It looks at no archive (`publishing_proof` does) and knows nothing of how a crawler works.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from publishing import (
    DAY,
    DELAY,
    EVERY_MIN,
    RECHECK,
    RETRY_AFTER,
    START,
    Plan,
    Press,
    Span,
    Story,
    without,
)
from publishing_house import Served

PAGES = frozenset({"article", "amp"})

# The house and the crawler read one machine's clock, but the crawler measures pauses by the
# monotonic one, which NTP may let run by 500 ppm faster or slower: 0.03 s in a minute.
_CLOCKS = timedelta(milliseconds=100)
_ROBOTS_AGE = DAY + timedelta(hours=1)  # RFC 9309, section 2.4, and a request that was in line
_EARLIEST_POLL = EVERY_MIN * 0.8  # pauses are jittered, so that not all are asked at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run to be judged: the plan, what was served, and when the crawler was at work.

    `grace` is how long a crawler may take to do what is due; nothing is demanded that was to be
    had for a shorter time. `settling` is how long before a kill (or the end) a response may have
    been sent without being kept: it was on its way through the line. A page among `found` was not
    lost, whenever it was sent, and all that holds of other pages is demanded of it.
    """

    plan: Plan
    port: int
    ledger: Sequence[Served]
    began: datetime
    ended: datetime
    grace: timedelta
    settling: timedelta
    downs: tuple[Span, ...] = ()  # from each kill until the crawler was at work again
    found: frozenset[str] = frozenset()  # digests of what the archive holds, or of its head
    by_outlet: dict[str, list[Served]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_outlet: dict[str, list[Served]] = defaultdict(list)
        for served in sorted(self.ledger, key=lambda served: served.asked):
            by_outlet[served.outlet].append(served)
        object.__setattr__(self, "by_outlet", dict(by_outlet))

    def is_doubtful(self, served: Served) -> bool:
        """Say whether a response may have been lost with the process that asked for it."""
        if served.kind in PAGES and not self.found.isdisjoint((served.sha256, served.head_sha256)):
            return False
        moments = (*(start for start, _ in self.downs), self.ended)
        return not served.whole or any(
            served.sent <= moment <= served.sent + self.settling for moment in moments
        )

    def kept(self, outlet: str) -> list[Served]:
        """Return what an outlet sent that must have been received."""
        return [each for each in self.by_outlet.get(outlet, []) if not self.is_doubtful(each)]

    def url(self, served: Served) -> str:
        press = self.plan.press_at(served.outlet)
        return f"http://{press.address}:{self.port}{served.target}"


def audit_manners(run: Run) -> Iterator[str]:
    """Yield each thing that a polite crawler would not have done."""
    for press in run.plan.presses:
        yield from _unasked_robots(run, press)
        yield from _disallowed(run, press)
        yield from _hasty(run, press)
        yield from _deaf_to_retry_after(run, press)
        yield from _needless_polls(run, press)
        yield from _needless_visits(run, press)


def audit_harvest(run: Run) -> Iterator[str]:
    """Yield each story and version that was never asked for although it could be had."""
    for story in run.plan.stories:
        pages = [
            served
            for served in run.kept(story.outlet)
            if served.story == story.id and served.kind in PAGES and served.status == 200
        ]
        yield from _missing(run, story, pages)


def available(run: Run, story: Story, version: int) -> tuple[Span, ...]:
    """Return when a version could be had and the crawler was at work."""
    closed = ((START - DAY, run.began), (run.ended, run.plan.end + DAY), *run.downs)
    return without(list(run.plan.spans(story, version)), closed)


def _missing(run: Run, story: Story, pages: Sequence[Served]) -> Iterator[str]:
    long_enough = [
        (start, index)
        for index in range(len(story.versions))
        for start, end in available(run, story, index)
        if end - start >= run.grace
    ]
    if not pages:
        if long_enough:
            yield f"missing: {story.id} was there from {long_enough[0][0]}, and never captured"
        return
    first = min(served.sent for served in pages)
    if long_enough and first > long_enough[0][0] + run.grace:
        yield f"late: {story.id} was there from {long_enough[0][0]}, captured first at {first}"
    seen = {served.version for served in pages}
    for index in range(len(story.versions)):
        if index not in seen and (due := _recheck_due(run, story, index, first)):
            yield f"missing: version {index} of {story.id}, due for a recheck at {due}"


def _recheck_due(run: Run, story: Story, version: int, first: datetime) -> datetime | None:
    """Return the age at which a version must have been found, if there is one.

    A recheck that falls due while the version stands is done within the grace, or as soon as the
    outlet and the crawler are both up again; one that fell due before may have seen its forerunner.
    """
    for age in RECHECK:
        due = first + age
        if due < story.versions[version].start:
            continue
        if any(end - max(start, due) >= run.grace for start, end in available(run, story, version)):
            return due
    return None


def _unasked_robots(run: Run, press: Press) -> Iterator[str]:
    """robots.txt comes first, and is asked for again after a day."""
    last: datetime | None = None
    for served in run.by_outlet.get(press.id, []):
        if served.kind == "robots":
            last = served.asked
        elif last is None:
            yield f"robots: {press.id}{served.target} was asked for before robots.txt"
        elif served.asked - last > _ROBOTS_AGE:
            yield f"robots: {press.id}{served.target} by a robots.txt {served.asked - last} old"


def _disallowed(run: Run, press: Press) -> Iterator[str]:
    forbidden: tuple[str, ...] = ()
    for served in run.by_outlet.get(press.id, []):
        if served.kind == "robots":
            if served.status == 200 and not run.is_doubtful(served):
                forbidden = ("/search", *run.plan.forbidden_at(press, served.asked))
        elif served.target.startswith(forbidden):
            yield f"disallowed: {press.id}{served.target} at {served.asked}"


def _hasty(run: Run, press: Press) -> Iterator[str]:
    """One request at a time, each at least a delay after the end of the last.

    Where a redirect leads is asked for at once, as browsers do: both are one fetch.
    """
    least = max(DELAY, press.crawl_delay or DELAY)
    for before, after in pairwise(run.by_outlet.get(press.id, [])):
        gap = after.asked - before.sent
        is_hop = before.kind == "redirect" and after.story == before.story
        if gap < (timedelta(0) if is_hop else least - _CLOCKS):
            yield (
                f"delay: {press.id}{after.target} at {after.asked}, "
                f"{gap.total_seconds():.3f} s after {before.target}"
            )


def _deaf_to_retry_after(run: Run, press: Press) -> Iterator[str]:
    for before, after in pairwise(run.by_outlet.get(press.id, [])):
        pause = after.asked - before.sent
        if before.status == 503 and pause < RETRY_AFTER - _CLOCKS and not run.is_doubtful(before):
            yield f"retry-after: {press.id}{after.target} {pause} after a 503 for {RETRY_AFTER}"


def _needless_polls(run: Run, press: Press) -> Iterator[str]:
    polls: dict[str, list[Served]] = defaultdict(list)
    for served in run.kept(press.id):
        if served.kind == "source" and served.status != 503:
            polls[served.target].append(served)
    for target, asked in polls.items():
        for before, after in pairwise(asked):
            if after.asked - before.asked < _EARLIEST_POLL:
                gap = after.asked - before.asked
                yield f"poll: {press.id}{target} at {after.asked}, {gap} after the last time"


def _needless_visits(run: Run, press: Press) -> Iterator[str]:
    """A page is asked for once, and once more for each recheck age; failures do not count."""
    visits: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for served in run.kept(press.id):
        if served.kind in PAGES and served.story and served.status != 503:
            visits[served.story, served.kind].append(served.asked)
    for (story, kind), times in visits.items():
        ages = (timedelta(0), *RECHECK)
        for count, moment in enumerate(times):
            if count >= len(ages) or moment < times[0] + ages[count] - _CLOCKS:
                yield f"twice: the {kind} page of {story}, visit {count + 1} at {moment}"
                break
