"""sources.toml -> `Sources`: read, checked as a whole, every error told at once.

It changes no file and knows no default place for one.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scraper.config.checks import css_problem, pattern_problem, selector_problem
from scraper.config.lines import Path as Place
from scraper.config.messages import Reporter, raise_all
from scraper.config.schedule import duration_of, every_of
from scraper.config.sources import Defaults, Sources
from scraper.config.tables import (
    AlarmTable,
    DefaultsTable,
    FetchTable,
    OutletTable,
    RuleTable,
    SourcesFile,
    SourceTable,
)
from scraper.errors import ConfigError
from scraper.model import AlarmPolicy, FetchPolicy, Outlet, Rule, Source

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def load_sources(path: Path | str) -> Sources:
    """Return what a sources.toml says.

    An outlet whose rules or section links hold an unusable selector or regular expression is left
    out, with an error in `problems`; the others go on.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or breaks the schema. Where several things
            are wrong it is a `ConfigErrors` with all of them.
    """
    file = Path(path)
    text = _text_of(file)
    document = _document_in(text, file)
    reporter = Reporter(file, text, document)
    tables = _checked(document, reporter)
    defaults = _defaults(tables.defaults)
    problems = {
        index: found
        for index, outlet in enumerate(tables.outlet)
        if (found := [reporter.error(*broken) for broken in _broken(index, outlet)])
    }
    return Sources(
        file=file,
        defaults=defaults,
        outlets=tuple(
            _outlet(outlet, defaults)
            for index, outlet in enumerate(tables.outlet)
            if index not in problems
        ),
        problems=tuple(error for found in problems.values() for error in found),
    )


def empty_sources() -> Sources:
    """Return what holds where nobody has written a sources.toml yet: no outlets, the defaults."""
    return Sources()


def _text_of(file: Path) -> str:
    try:
        wire = file.read_bytes()
    except FileNotFoundError as exc:
        raise ConfigError(
            "there is no such file; write one (docs/sources.md shows how), "
            "or name yours with --sources or $SCRAPER_SOURCES",
            file=file,
        ) from exc
    except OSError as exc:
        raise ConfigError(f"it cannot be read: {exc.strerror}", file=file) from exc
    try:
        return wire.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = wire.count(b"\n", 0, exc.start) + 1
        raise ConfigError("it is not UTF-8; save it as UTF-8", file=file, line=line) from exc


def _document_in(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        at = _AT_LINE.search(str(exc))
        line = int(at[1]) if at else text.count("\n") + 1
        problem = _AT_LINE.sub("", str(exc)).removesuffix(" (at end of document)")
        raise ConfigError(f"this is no TOML: {problem}", file=file, line=line) from exc
    except RecursionError as exc:
        raise ConfigError("this is no TOML for us: it is nested too deep", file=file) from exc


def _checked(document: dict[str, Any], reporter: Reporter) -> SourcesFile:
    errors = [reporter.error(place, problem) for place, problem in _repeated(document)]
    try:
        tables = SourcesFile.model_validate(document)
    except ValidationError as exc:
        errors += [reporter.schema_error(details) for details in exc.errors(include_url=False)]
    raise_all(errors)
    return tables


def _repeated(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the place of each id, and of each source of an outlet, that stands there already."""
    outlets = _tables(document, "outlet")
    for index in _later(outlet.get("id") for outlet in outlets):
        yield ("outlet", index, "id"), f"another outlet above has the id {outlets[index]['id']!r}"
    for index, outlet in enumerate(outlets):
        for at in _later(source.get("url") for source in _tables(outlet, "source")):
            yield ("outlet", index, "source", at, "url"), "the outlet has this source already"


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return an array of tables that nobody has checked yet; what is no table is an empty one."""
    array = table.get(key)
    items = array if isinstance(array, list) else []
    return [item if isinstance(item, dict) else {} for item in items]


def _later(values: Iterator[object]) -> Iterator[int]:
    """Yield the index of each text that stood before."""
    seen: Counter[str] = Counter()
    for index, value in enumerate(values):
        if not isinstance(value, str):
            continue
        if seen[value]:
            yield index
        seen[value] += 1


def _broken(index: int, outlet: OutletTable) -> Iterator[tuple[Place, str]]:
    """Yield the place of each unusable selector or regular expression of an outlet."""
    for at, source in enumerate(outlet.source):
        if source.links is not None and (problem := css_problem(source.links)):
            yield ("outlet", index, "source", at, "links"), problem
    for at, rule in enumerate(outlet.rules):
        for key, expressions in _selectors(rule):
            for item, text in enumerate(expressions):
                if problem := selector_problem(text):
                    place: Place = ("outlet", index, "rules", at, key, item)
                    yield place, problem
        for item, text in enumerate(rule.strip_text):
            if problem := pattern_problem(text):
                yield ("outlet", index, "rules", at, "strip_text", item), problem


def _selectors(rule: RuleTable) -> tuple[tuple[str, list[str]], ...]:
    title = [] if rule.title is None else [rule.title]
    return ("title", title), ("body", rule.body), ("strip", rule.strip), ("keep", rule.keep)


def _defaults(table: DefaultsTable) -> Defaults:
    return Defaults(
        contact=table.contact,
        delay=duration_of(table.delay),
        every=every_of(table.every),
        every_min=duration_of(table.every_min),
        every_max=duration_of(table.every_max),
        archive=None if table.archive is None else Path(table.archive),
        catalog=table.catalog,
        store=table.store,
        metrics=table.metrics,
    )


def _outlet(table: OutletTable, defaults: Defaults) -> Outlet:
    return Outlet(
        id=table.id,
        name=table.name,
        home=table.home,
        language=table.language,
        tags=tuple(table.tags),
        delay=defaults.delay if table.delay is None else duration_of(table.delay),
        delay_is_own=table.delay is not None,
        every=defaults.every if table.every is None else every_of(table.every),
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
