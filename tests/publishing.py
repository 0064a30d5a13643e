"""A publishing house's plan: six invented outlets and all that they do within some days.

It is a function of its seed alone; it renders no page (`publishing_pages`), answers no request
(`publishing_house`) and judges no archive (`publishing_audit`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from publishing_stories import Telling, edited, told

START: Final = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAY: Final = timedelta(days=1)
DELAY: Final = timedelta(seconds=60)  # long enough for a rehearsal to show who does not wait
RECHECK: Final = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=2),
)
EVERY_MIN: Final = timedelta(minutes=30)
EVERY_MAX: Final = timedelta(hours=2)
QUIET_AFTER: Final = timedelta(hours=36)
RETRY_AFTER: Final = timedelta(hours=1)
GONE_AFTER: Final = DAY

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Where an outlet announces its stories, and under which of their URLs."""

    type: str  # as in sources.toml
    format: str  # rss | atom | news | sitemap | index | section
    target: str
    forms: tuple[str, ...] = ("plain",)  # taken in turn: plain utm amp go relative schemeless
    most: int | None = None  # items, newest first
    window: timedelta | None = None  # age of the oldest item


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One outlet: where it is, how its server talks and what befalls it."""

    id: str
    name: str
    address: str  # of its own on loopback, so that host names need no resolver
    announcements: tuple[Announcement, ...]
    sections: tuple[str, ...] = ("town", "region", "opinion")
    style: str = "classic"  # classic | modern
    has_rule: bool = False
    etag: bool = False
    last_modified: bool = False
    gzip: bool = False
    chunked: bool = False
    keeps_alive: bool = False  # else each response ends its connection, as with small servers
    crawl_delay: timedelta | None = None
    banned: str | None = None  # path prefix that robots.txt has forbidden ever since
    has_robots: bool = True
    ban: tuple[timedelta, str] | None = None  # when, and which path prefix
    down: tuple[timedelta, timedelta] | None = None  # answers 503 from when until when
    quiet_from: timedelta | None = None
    removes: int | None = None  # the day whose first story is gone a day later
    slow_every: int | None = None  # each how manieth page comes in drips
    turn: tuple[timedelta, str] | None = None  # when, and what befalls it (`publishing_turns`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a story says from a moment on."""

    start: datetime
    telling: Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article in all its versions."""

    id: str  # <outlet>/<number>
    outlet: str
    number: int
    section: str
    versions: tuple[Version, ...]  # the first when it is published
    removed: datetime | None = None  # 410 from then on

    @property
    def published(self) -> datetime:
        return self.versions[0].start

    @property
    def path(self) -> str:
        """The target of its own page."""
        words = "".join(
            letter if letter.isalnum() else " " for letter in self.versions[0].telling.title.lower()
        )
        slug = "-".join(words.split()[:7])
        return f"/{self.section}/{self.published:%Y/%m/%d}/{slug}-{self.number}"

    def version_at(self, now: datetime) -> int | None:
        """Return the index of the version that readers see; None before and after its life."""
        if now < self.published or self.is_gone(now):
            return None
        return sum(version.start <= now for version in self.versions) - 1

    def is_gone(self, now: datetime) -> bool:
        return self.removed is not None and now >= self.removed


PRESSES: Final = (
    Press(
        id="harbour-post", name="Harbour Post", address="127.0.1.1",
        announcements=(
            Announcement(type="feed", format="rss", target="/rss.xml", most=3),
            Announcement(type="sitemap", format="sitemap", target="/sitemap.xml"),
        ),
        sections=("town", "region", "members"), banned="/members/", etag=True, has_rule=True,
        removes=0,
    ),
    Press(
        id="granite-gazette", name="Granite Gazette", address="127.0.1.2", style="modern",
        announcements=(
            Announcement(type="feed", format="atom", target="/atom", forms=("utm",), most=15),
            Announcement(
                type="feed", format="rss", target="/top.rss", forms=("utm", "amp", "plain"), most=15
            ),
        ),
        last_modified=True, gzip=True, removes=1,
    ),
    Press(
        id="valley-courier", name="Valley Courier", address="127.0.1.3",
        announcements=(
            Announcement(
                type="news-sitemap", format="news", target="/news.xml", window=timedelta(days=2)
            ),
        ),
        etag=True, last_modified=True, chunked=True, down=(2 * DAY, 3 * DAY),
    ),
    Press(
        id="tundra-times", name="Tundra Times", address="127.0.1.4", style="modern", has_rule=True,
        announcements=(Announcement(type="sitemap", format="index", target="/sitemaps.xml"),),
        gzip=True, chunked=True, crawl_delay=timedelta(seconds=90),
        ban=(3 * DAY + timedelta(hours=8), "/opinion/"),
    ),
    Press(
        id="meadow-mirror", name="Meadow Mirror", address="127.0.1.5",
        announcements=(
            Announcement(
                type="section", format="section", target="/latest/",
                forms=("relative", "go", "schemeless", "plain"), most=25,
            ),
        ),
        etag=True, ban=(3 * DAY + timedelta(hours=10), "/"),
    ),
    Press(
        id="quarry-quill", name="Quarry Quill", address="127.0.1.6", style="modern",
        announcements=(Announcement(type="feed", format="rss", target="/feed", most=12),),
        etag=True, last_modified=True, has_robots=False, slow_every=5, keeps_alive=True,
        quiet_from=2 * DAY + timedelta(hours=8),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What six outlets publish, edit and remove within some days, and who forbids what when."""

    seed: int
    days: int = 5
    presses: tuple[Press, ...] = PRESSES
    stories: tuple[Story, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        stories = (story for press in self.presses for story in _published(self, press))
        object.__setattr__(self, "stories", tuple(stories))

    @property
    def end(self) -> datetime:
        return START + self.days * DAY

    def press_at(self, address: str) -> Press:
        """Return the outlet of an address, or of an outlet's id."""
        return next(press for press in self.presses if address in (press.address, press.id))

    def stories_of(self, press: Press) -> tuple[Story, ...]:
        return tuple(story for story in self.stories if story.outlet == press.id)

    def story(self, story_id: str) -> Story:
        return next(story for story in self.stories if story.id == story_id)

    def shown(self, press: Press, announcement: Announcement, now: datetime) -> tuple[Story, ...]:
        """Return the stories that a source of an outlet shows, newest first."""
        oldest = START if announcement.window is None else now - announcement.window
        seen = [
            story
            for story in self.stories_of(press)
            if story.version_at(now) is not None and story.published >= oldest
        ]
        return tuple(sorted(seen, key=lambda story: story.published, reverse=True))[
            : announcement.most
        ]

    def forbidden_at(self, press: Press, now: datetime) -> tuple[str, ...]:
        """Return the path prefixes that robots.txt forbids, beside what nobody links to."""
        ever = (press.banned,) if press.banned else ()
        if press.ban is not None and now >= START + press.ban[0]:
            return (*ever, press.ban[1])
        return ever

    def turn_at(self, press: Press, now: datetime) -> str:
        """Return what has befallen an outlet; nothing is empty."""
        return press.turn[1] if press.turn and now >= START + press.turn[0] else ""

    def is_down(self, press: Press, now: datetime) -> bool:
        return any(start <= now < end for start, end in self.outages(press))

    def outages(self, press: Press) -> tuple[Span, ...]:
        return () if press.down is None else ((START + press.down[0], START + press.down[1]),)

    def spans(self, story: Story, version: int) -> tuple[Span, ...]:
        """Return when a version could be had: visible, allowed and the outlet up."""
        press = self.press_at(story.outlet)
        if any(story.path.startswith(path) for path in self.forbidden_at(press, START)):
            return ()
        starts = [*(each.start for each in story.versions), story.removed or self.end]
        whole = list(pairwise(starts))[version]
        if press.ban is not None and story.path.startswith(press.ban[1]):
            whole = (whole[0], min(whole[1], START + press.ban[0]))
        return without([whole], self.outages(press))

    def sources_toml(self, port: int) -> str:
        """Return the configuration with which a crawler is to archive the house."""
        head = (
            '[defaults]\ncontact = "rehearsal@example.org"\n'
            f'every = "{spelled(EVERY_MIN)}"\nevery_min = "{spelled(EVERY_MIN)}"\n'
            f'every_max = "{spelled(EVERY_MAX)}"\n'
        )
        return head + "".join(_outlet_table(press, port) for press in self.presses)


def without(spans: list[Span], holes: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return what is left of spans of time where nothing counts that lies in a hole."""
    for start, end in holes:
        pieces = [((a, min(b, start)), (max(a, end), b)) for a, b in spans]
        spans = [piece for pair in pieces for piece in pair if piece[0] < piece[1]]
    return tuple(span for span in spans if span[0] < span[1])


def spelled(pause: timedelta) -> str:
    """Return a pause as sources.toml spells it."""
    return f"{int(pause.total_seconds())}s"


def _published(plan: Plan, press: Press) -> Iterator[Story]:
    """Yield an outlet's stories in the order in which they appear."""
    random = Random(f"{plan.seed}/{press.id}")
    number = 0
    for day in range(plan.days):
        minutes = sorted(random.sample(range(5 * 60, 21 * 60), random.randint(3, 8)))
        for position, minute in enumerate(minutes):
            moment = START + day * DAY + timedelta(minutes=minute)
            versions = tuple(_versions(moment, random, plan.end))
            section = random.choice(press.sections)
            if press.quiet_from is not None and moment >= START + press.quiet_from:
                continue
            is_removed = press.removes == day and position == 0
            number += 1
            yield Story(
                id=f"{press.id}/{number}", outlet=press.id, number=number, section=section,
                versions=versions[:1] if is_removed else versions,
                removed=moment + GONE_AFTER if is_removed else None,
            )  # fmt: skip


def _versions(published: datetime, random: Random, end: datetime) -> Iterator[Version]:
    telling = told(random)
    yield Version(start=published, telling=telling)
    for moment in _edits(published, random):
        telling = edited(telling, random)
        if moment < end:
            yield Version(start=moment, telling=telling)


def _edits(published: datetime, random: Random) -> Iterator[datetime]:
    """Yield when a story is edited: most never, some at once, most of the rest within a day."""
    if random.random() > 0.35:
        return
    first = random.choice(((20, 50), (130, 270), (130, 270), (130, 270), (500, 1_000)))
    yield published + timedelta(minutes=random.randint(*first))
    if random.random() < 0.3:
        yield published + timedelta(minutes=random.randint(1_860, 2_600))


def _outlet_table(press: Press, port: int) -> str:
    base = f"http://{press.address}:{port}"
    ages = ", ".join(f'"{spelled(age)}"' for age in RECHECK)
    lines = [
        "", "[[outlet]]", f'id = "{press.id}"', f'name = "{press.name}"', f'home = "{base}/"',
        'language = "en"', f'delay = "{spelled(DELAY)}"',
    ]  # fmt: skip
    for announcement in press.announcements:
        lines += ["", "[[outlet.source]]", f'type = "{announcement.type}"']
        lines += [f'url = "{base}{announcement.target}"']
        lines += ['links = "main h2 a"'] if announcement.type == "section" else []
    lines += ["", "[outlet.fetch]", 'allow_private = ["127.0.0.0/8"]', f"recheck = [{ages}]"]
    lines += ["", "[outlet.alarm]", f'quiet_after = "{spelled(QUIET_AFTER)}"']
    if press.has_rule:
        body = ".story-text" if press.style == "modern" else "#copy"
        lines += ["", "[[outlet.rules]]", 'title = "h1"', f'body = ["{body}"]']
        lines += ['strip = [".plea", ".credit-line", "aside"]']
    return "\n".join(lines) + "\n"
