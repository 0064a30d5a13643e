"""What the schedule takes and gives back: one frozen value per row, per result, per outlet.

It touches no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scraper.cadence import LinkState, Quiet, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source of an outlet, and what came of asking it."""

    id: int
    outlet: str
    url: str
    host: str
    type: str
    every: str  # as sources.toml has it: a pause or a cron expression
    active: bool  # stands in sources.toml
    added: datetime
    next_due: datetime
    interval_s: float  # now in force; of no use to a cron expression
    hint_s: float | None  # what the source says of itself
    last_asked: datetime | None
    last_outcome: str | None
    last_detail: str
    last_new: datetime | None  # when it last brought a link that nobody had seen
    etag: str | None
    last_modified: str | None
    payload_digest: str | None  # of the last body
    failures: int  # in a row
    asked: int
    new: int  # links
    unchanged: int  # answers
    failed: int
    moved_to: str | None = None  # where it says that it is from now on


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link, whoever announced it, and where it stands (see `scraper.cadence.Standing`)."""

    id: int
    outlet: str
    key: str  # `canonical` of its URL; one link for each
    url: str  # to fetch
    host: str
    active: bool  # its outlet stands in sources.toml
    state: str  # a `LinkState`
    verdict: str | None  # a `Verdict`, of the last try
    reason: str
    attempts: int
    streak: int
    next_try: datetime | None
    first_seen: datetime
    last_seen: datetime
    captured_at: datetime | None
    recheck_step: int
    next_recheck: datetime | None
    etag: str | None  # of the last good capture, as is last_modified
    last_modified: str | None
    article_id: int | None
    claimed_by: str | None
    claimed_until: datetime | None

    @property
    def is_recheck(self) -> bool:
        """Say whether its next fetch is to see what became of a captured page."""
        return self.state == LinkState.CAPTURED

    def is_due(self, now: datetime) -> bool:
        """Say whether it is to be fetched: it is new, or a retry or a recheck is due."""
        return any(moment and moment <= now for moment in (self.next_try, self.next_recheck))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRow:
    """What is known of a host; `robots_body` is the last good copy, of `robots_good_at`."""

    host: str
    last_turn: datetime
    paused_until: datetime | None
    pause_reason: str
    robots_outcome: str | None
    robots_status: int | None
    robots_body: bytes | None
    robots_good_at: datetime | None
    robots_fetched_at: datetime | None
    robots_expires: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """How many of the links of one answer nobody had seen before, and how many were known."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResult:
    """What asking a source came to.

    `outcome` is an `Outcome` or a word of the caller's; all but ok, not-modified and unchanged are
    failures. A digest equal to the last one makes an ok answer an unchanged one.
    """

    outcome: str
    detail: str = ""
    new: int = 0  # as `announce` counted them
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    hint: timedelta | None = None
    moved_to: str | None = None  # where it says that it is from now on (301, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResult:
    """What one try at a link came to.

    Without a verdict, `save_capture` takes the capture's own. `claimed_by`, if given, is who must
    still hold the link: a result that comes after the claim went to somebody else is dropped.
    """

    link_id: int
    at: datetime  # when it was done
    verdict: Verdict | None = None
    reason: str = ""  # one sentence, where there is something to say
    article_id: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    claimed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """What there is to say of a source; the links are those it announced in the last week."""

    url: str
    type: str
    last_asked: datetime | None
    last_outcome: str | None
    last_detail: str
    last_new: datetime | None
    next_due: datetime
    failures: int
    announced: int
    not_captured: int
    not_in_feed: int  # of a source that is no feed: what no feed of the outlet announced
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletStatus:
    """What there is to say of an outlet; new to failed count the captures of the last 24 hours."""

    outlet: str
    name: str
    last_pass: datetime | None  # when a source of it was last asked
    last_capture: datetime | None
    new: int
    changed: int
    unchanged: int
    failed: int
    top_reason: str | None  # of the failures
    next_due: datetime | None
    queued: int  # links that will be tried
    quarantined: int
    gone: int
    disallowed: int
    sources: tuple[SourceStatus, ...]
    weekdays: tuple[int, ...]  # new articles of the four weeks up to its last one, Monday first
    quiet: Quiet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is due all in all; `answered` has, by outlet, when a source of it last answered."""

    due_sources: int
    due_links: int
    oldest_due_link: datetime | None  # since when it is due
    paused_hosts: int
    answered: Mapping[str, datetime]
