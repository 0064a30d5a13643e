"""The tables and keys of sources.toml, with their types, bounds, descriptions and examples.

It reads no file. Selectors and regular expressions are checked elsewhere (`checks`): a broken one
disables one outlet, while whatever is refused here refuses the file.
"""

from typing import Literal

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
)

from scraper.config.kinds import (
    Contact,
    Duration,
    Every,
    Home,
    Pause,
    Size,
    Url,
    Word,
)
from scraper.config.outlet_tables import AlarmTable, FetchTable, RuleTable, SourceTable, Table
from scraper.config.schedule import duration_of


class DefaultsTable(Table):
    """What holds for every outlet that says nothing else, and where things are kept and shown."""

    contact: Contact | None = Field(
        default=None,
        description=(
            "E-mail or web address of the person who answers for the crawl; sent in the User-Agent."
        ),
        examples=["archive@example.org"],
    )
    delay: Duration = Field(
        default="2s",
        description="Least pause between two requests to one host.",
        examples=["2s"],
    )
    every: Every = Field(
        default="15m",
        description="How often each source is asked at first: a pause, or a cron expression (UTC).",
        examples=["15m", "*/10 6-22 * * *"],
    )
    every_min: Pause = Field(
        default="10m",
        description="The shortest pause that a busy source's `every` adapts to.",
        examples=["10m"],
    )
    every_max: Pause = Field(
        default="1d",
        description="The longest pause that a quiet source's `every` adapts to.",
        examples=["1d"],
        validate_default=True,
    )
    dedup: Literal["outlet", "url", "off"] = Field(
        default="outlet",
        description=(
            "Where a body that comes again is kept once: over all URLs of the outlet, at one URL, "
            "or nowhere."
        ),
        examples=["outlet"],
    )
    archive: Word | None = Field(
        default=None,
        description=(
            "Folder of the archive, relative to the working directory; `archive` if absent."
        ),
        examples=["archive"],
    )
    catalog: Word | None = Field(
        default=None,
        description="Database of the catalog, path or URL; `catalog.db` in the archive if absent.",
        examples=["postgresql+psycopg://archive@db.example.org/archive"],
    )
    store: Word | None = Field(
        default=None,
        description=(
            "Where finished WARC files go: a folder or a URL; the archive itself if absent."
        ),
        examples=["s3://bucket/news"],
    )
    metrics: Word | None = Field(
        default=None,
        description="Address and port at which the daemon shows its metrics; nowhere if absent.",
        examples=["127.0.0.1:9187"],
    )
    keep_free: Size = Field(
        default="500MB",
        description="Room to be left on the disks of archive and catalog: with less, work pauses.",
        examples=["2GB"],
    )
    timestamp: Url | None = Field(
        default=None,
        description="Timestamping authority (RFC 3161) that is asked about each day's manifest.",
        examples=["https://tsa.example.org/"],
    )

    @field_validator("every_max", mode="after")
    @classmethod
    def _is_not_below_min(cls, value: str, info: ValidationInfo) -> str:
        least = info.data.get("every_min")
        if least is not None and duration_of(value) < duration_of(least):
            raise ValueError(f"it is shorter than every_min ({least})")
        return value


class OutletTable(Table):
    """A publisher that is archived."""

    id: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        max_length=64,
        description="Name of the outlet's folders: a-z, 0-9, and hyphens inside; unique.",
        examples=["moscow-times"],
    )
    name: Word = Field(
        description="The outlet's name for people.",
        examples=["The Moscow Times"],
    )
    home: Home = Field(
        description=(
            "Address of the front page; its host (and path) say which URLs are the outlet's."
        ),
        examples=["https://www.themoscowtimes.com/"],
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
        description="Language of the articles (BCP 47), where pages do not say or say it wrong.",
        examples=["en"],
    )
    tags: list[Word] = Field(
        default=[],
        description="Words by which commands select outlets.",
        examples=[["russia"]],
    )
    delay: Duration | None = Field(
        default=None,
        description="Least pause between two requests to one of the outlet's hosts.",
        examples=["5s"],
    )
    every: Every | None = Field(
        default=None,
        description=(
            "How often each of the outlet's sources is asked: a pause, or a cron expression (UTC)."
        ),
        examples=["30m"],
    )
    dedup: Literal["outlet", "url", "off"] | None = Field(
        default=None,
        description="Where a body of this outlet that comes again is kept once.",
        examples=["url"],
    )
    source: list[SourceTable] = Field(
        default=[],
        description="Where the outlet announces articles.",
        examples=[[{"type": "feed", "url": "https://news.example/rss"}]],
    )
    fetch: FetchTable = Field(
        default_factory=FetchTable,
        description="How the outlet's pages are fetched.",
        examples=[{"timeout": "30s"}],
    )
    rules: list[RuleTable] = Field(
        default=[],
        description="What is known of the outlet's pages; the newest that fits a page is used.",
        examples=[[{"title": "h1", "body": ["article"]}]],
    )
    alarm: AlarmTable = Field(
        default_factory=AlarmTable,
        description="When a maintainer wants to hear about the outlet.",
        examples=[{"quiet_after": "3d"}],
    )


class SourcesFile(Table):
    """The outlets that scraper archives, and how. Every key: docs/sources.md."""

    defaults: DefaultsTable = Field(
        default_factory=DefaultsTable,
        description=(
            "What holds for every outlet that says nothing else, and where things are kept."
        ),
        examples=[{"contact": "archive@example.org"}],
    )
    outlet: list[OutletTable] = Field(
        default=[],
        description="The outlets, in the order in which they are shown.",
        examples=[[{"id": "news", "name": "News", "home": "https://news.example/"}]],
    )


# Where each table stands (array indices left out), how it is written, and what it may hold.
TABLES: dict[tuple[str, ...], tuple[str, type[Table]]] = {
    (): ("", SourcesFile),
    ("defaults",): ("[defaults]", DefaultsTable),
    ("outlet",): ("[[outlet]]", OutletTable),
    ("outlet", "source"): ("[[outlet.source]]", SourceTable),
    ("outlet", "fetch"): ("[outlet.fetch]", FetchTable),
    ("outlet", "rules"): ("[[outlet.rules]]", RuleTable),
    ("outlet", "alarm"): ("[outlet.alarm]", AlarmTable),
}
