"""The tables inside an [[outlet]] of sources.toml: its sources, fetching, rules and alarms.

It reads no file; what stands at the top of the file is in `tables`.
"""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from scraper.config.kinds import (
    Every,
    Expression,
    HeaderName,
    HeaderValue,
    Network,
    Pause,
    Url,
    UrlPattern,
    Word,
)
from scraper.config.schedule import duration_of


class Table(BaseModel):
    """A table of the file: unknown keys are errors, and no type is bent into another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SourceTable(Table):
    """Where the outlet announces articles."""

    type: Literal["feed", "sitemap", "news-sitemap", "section"] = Field(
        description=(
            "What stands at the URL: a feed (RSS, Atom, RDF, JSON Feed), a sitemap, a news "
            "sitemap, or a section (an HTML page of links)."
        ),
        examples=["feed"],
    )
    url: Url = Field(
        description="Address of the source.",
        examples=["https://news.example/rss"],
    )
    links: Expression | None = Field(
        default=None,
        description=(
            "Sections only: CSS selector of the links that lead to articles; all links if absent."
        ),
        examples=["main h2 a"],
    )
    allow: list[UrlPattern] = Field(
        default=[],
        description=(
            "URL patterns (* any run of characters, ? any one): only links that fit one are taken."
        ),
        examples=[["*/world/*"]],
    )
    deny: list[UrlPattern] = Field(
        default=[],
        description="URL patterns: links that fit one are left out, whatever `allow` says.",
        examples=[["*/video/*"]],
    )
    every: Every | None = Field(
        default=None,
        description="How often this source is asked; the outlet's `every` if absent.",
        examples=["1h"],
    )
    max_new: int | None = Field(
        default=None,
        ge=1,
        description="The most new links that one pass takes from this source; no limit if absent.",
        examples=[200],
    )

    @field_validator("links", mode="after")
    @classmethod
    def _is_a_section(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("type", "section") != "section":
            raise ValueError(
                f'only a source of type "section" has links, not a {info.data["type"]}'
            )
        return value


class FetchTable(Table):
    """How an outlet's pages are fetched."""

    timeout: Pause = Field(
        default="60s",
        description="The longest that one exchange may take, first byte out to last byte in.",
        examples=["60s"],
    )
    max_bytes: int = Field(
        default=16_000_000,
        ge=1,
        description="The most bytes of one response, as sent over the wire.",
        examples=[16_000_000],
    )
    headers: dict[HeaderName, HeaderValue] = Field(
        default={},
        description=(
            "Request headers for the outlet's own hosts; their values are treated as secrets."
        ),
        examples=[{"Accept-Language": "en"}],
    )
    cookie_env: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable that holds the value of the Cookie header.",
        examples=["NEWS_EXAMPLE_COOKIE"],
    )
    robots: Literal["obey", "report"] = Field(
        default="obey",
        description=(
            "Whether robots.txt is obeyed, or only reported for an outlet that gave permission."
        ),
        examples=["obey"],
    )
    user_agent_suffix: Word | None = Field(
        default=None,
        description="Words added to the User-Agent, where an outlet asks for them.",
        examples=["partner/1234"],
    )
    requisites: bool = Field(
        default=False,
        description="Whether an article page's images, styles, fonts and icons are captured too.",
        examples=[True],
    )
    pages: bool = Field(
        default=True,
        description="Whether an article that goes on is followed to its further pages.",
        examples=[False],
    )
    ignore_cache: bool = Field(
        default=False,
        description=(
            "Whether to ask without If-None-Match and If-Modified-Since, for hosts whose answers "
            "lie."
        ),
        examples=[True],
    )
    verify_tls: bool = Field(
        default=True,
        description="Whether the host's certificate must be valid.",
        examples=[False],
    )
    allow_private: list[Network] = Field(
        default=[],
        description=(
            "Address ranges of one's own hosts that may be fetched, on any port; elsewhere only "
            "public addresses on ports 80 and 443."
        ),
        examples=[["127.0.0.0/8"]],
    )
    recheck: list[Pause] = Field(
        default=[],
        description="Ages, rising, at which a captured article is fetched again to catch edits.",
        examples=[["1h", "6h", "1d", "7d"]],
    )

    @field_validator("recheck", mode="after")
    @classmethod
    def _rises(cls, value: list[str]) -> list[str]:
        ages = [duration_of(age) for age in value]
        if any(later <= earlier for earlier, later in pairwise(ages)):
            raise ValueError("the ages must rise from one to the next")
        return value


class RuleTable(Table):
    """What a maintainer knows of the outlet's pages, and when it holds."""

    valid_from: date | None = Field(
        default=None,
        description="First capture date that the rule is for; since ever if absent.",
        examples=["2020-01-01"],
    )
    valid_until: date | None = Field(
        default=None,
        description="Last capture date that the rule is for; still if absent.",
        examples=["2023-12-31"],
    )
    match: UrlPattern | None = Field(
        default=None,
        description="URL pattern (* any run of characters, ? any one) that a page's URL must fit.",
        examples=["*/20*/*"],
    )
    title: Expression | None = Field(
        default=None,
        description='Selector of the headline: CSS, or XPath where it starts with "/" or "(".',
        examples=["h1"],
    )
    body: list[Expression] = Field(
        default=[],
        description="Selectors of the story; the first that matches wins.",
        examples=[["article .content"]],
    )
    strip: list[Expression] = Field(
        default=[],
        description="Selectors of what is no part of the story.",
        examples=[[".support-banner", "aside"]],
    )
    strip_text: list[Expression] = Field(
        default=[],
        description=(
            "Regular expressions, searched in each whole block; a block that one finds is stripped."
        ),
        examples=[["^A message from "]],
    )
    keep: list[Expression] = Field(
        default=[],
        description="Selectors of what neither the template nor the prompt filter may strip.",
        examples=[[".editors-note"]],
    )
    origin: str = Field(
        default="hand",
        pattern=r"^(hand|learned|ftr:.+)$",
        description="Where the rule comes from: hand, learned, or ftr:<file>.",
        examples=["hand"],
    )

    @field_validator("valid_until", mode="after")
    @classmethod
    def _is_not_before_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if value is not None and start is not None and value < start:
            raise ValueError(f"{value} is before valid_from ({start})")
        return value


class AlarmTable(Table):
    """When a maintainer wants to hear about an outlet."""

    quiet_after: Pause | None = Field(
        default=None,
        description="How long without a new article is worth a word.",
        examples=["3d"],
    )
    length_drop: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="The share by which texts may become shorter than they were (0.5: by half).",
        examples=[0.5],
    )
    rule_misses: int | None = Field(
        default=None,
        ge=1,
        description="How many captures in a row may find nothing where the rule points.",
        examples=[3],
    )
    notify: list[Annotated[Word, Field(pattern=r"^[a-z][a-z0-9+.-]*:\S+$")]] = Field(
        default=[],
        description=(
            "Who is told of alarms, as apprise URLs; ${NAME} in one is taken from the environment."
        ),
        examples=[["mailto://desk@example.org"]],
    )

    @field_validator("notify", mode="after")
    @classmethod
    def _holds_no_password(cls, value: list[str]) -> list[str]:
        for address in value:
            user, at, _ = address.partition("://")[2].rpartition("@")
            password = user.partition(":")[2]
            if at and password and "${" not in password:
                raise ValueError("a password stands in it; write ${NAME} and set that variable")
        return value
