"""The checked tables of sources.toml -> the values that the other rooms work with.

It checks nothing: what comes in has been validated.
"""

from datetime import timedelta
from pathlib import Path

from scraper.config.outlet_tables import AlarmTable, FetchTable, RuleTable, SourceTable
from scraper.config.schedule import duration_of, every_of
from scraper.config.sizes import size_of
from scraper.config.sources import Defaults
from scraper.config.tables import DefaultsTable, OutletTable
from scraper.model import AlarmPolicy, FetchPolicy, Outlet, Rule, Source


def defaults_of(table: DefaultsTable) -> Defaults:
    """Return what a [defaults] table says."""
    return Defaults(
        contact=table.contact,
        delay=duration_of(table.delay),
        every=every_of(table.every),
        every_min=duration_of(table.every_min),
        every_max=duration_of(table.every_max),
        dedup=table.dedup,
        archive=None if table.archive is None else Path(table.archive),
        catalog=table.catalog,
        store=table.store,
        metrics=table.metrics,
        keep_free=size_of(table.keep_free),
        timestamp=table.timestamp,
    )


def outlet_of(table: OutletTable, defaults: Defaults) -> Outlet:
    """Return what an [[outlet]] table says, resolved against the defaults."""
    return Outlet(
        id=table.id,
        name=table.name,
        home=table.home,
        language=table.language,
        tags=tuple(table.tags),
        delay=defaults.delay if table.delay is None else duration_of(table.delay),
        delay_is_own=table.delay is not None,
        every=defaults.every if table.every is None else every_of(table.every),
        dedup=table.dedup or defaults.dedup,
        sources=tuple(map(_source, table.source)),
        fetch=_fetch_policy(table.fetch),
        rules=tuple(map(_rule, table.rules)),
        alarm=_alarm_policy(table.alarm),
    )


def _source(table: SourceTable) -> Source:
    return Source(
        type=table.type,
        url=table.url,
        links=table.links,
        allow=tuple(table.allow),
        deny=tuple(table.deny),
        every=None if table.every is None else every_of(table.every),
        max_new=table.max_new,
    )


def _fetch_policy(table: FetchTable) -> FetchPolicy:
    return FetchPolicy(
        timeout=duration_of(table.timeout),
        max_bytes=table.max_bytes,
        headers=tuple(table.headers.items()),
        cookie_env=table.cookie_env,
        robots=table.robots,
        user_agent_suffix=table.user_agent_suffix,
        requisites=table.requisites,
        pages=table.pages,
        ignore_cache=table.ignore_cache,
        verify_tls=table.verify_tls,
        allow_private=tuple(table.allow_private),
        recheck=tuple(map(duration_of, table.recheck)),
    )


def _rule(table: RuleTable) -> Rule:
    return Rule(
        valid_from=table.valid_from,
        valid_until=table.valid_until,
        match=table.match,
        title=table.title,
        body=tuple(table.body),
        strip=tuple(table.strip),
        strip_text=tuple(table.strip_text),
        keep=tuple(table.keep),
        origin=table.origin,
    )


def _alarm_policy(table: AlarmTable) -> AlarmPolicy:
    return AlarmPolicy(
        quiet_after=_optional_duration(table.quiet_after),
        length_drop=table.length_drop,
        rule_misses=table.rule_misses,
        notify=tuple(table.notify),
    )


def _optional_duration(text: str | None) -> timedelta | None:
    return None if text is None else duration_of(text)
