"""sources.toml, with the files of sources.d -> `Sources`: read, checked as a whole, all told.

It changes no file and knows no default place for one.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scraper.config.checks import css_problem, pattern_problem, selector_problem
from scraper.config.files import bytes_of, files_of, folder_of, text_of
from scraper.config.lines import Path as Place
from scraper.config.messages import Reporter, raise_all
from scraper.config.outlet_tables import RuleTable
from scraper.config.sources import Sources
from scraper.config.tables import OutletTable, SourcesFile
from scraper.config.values import defaults_of, outlet_of
from scraper.errors import ConfigError

MAX_CHARS = 16_000_000  # of one file: some 30,000 outlets
MAX_KEY_PARTS = 64  # of a dotted key; tomllib takes 11 s of CPU for 20,000 of them

_NAME = r"""(?:[\w-]++|"[^"\n]{0,200}+"|'[^'\n]{0,200}+')"""
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:{_NAME}[ \t]*+\.[ \t]*+){{{MAX_KEY_PARTS}}}""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class _Part:
    """One file, parsed and not yet checked."""

    file: Path
    document: Mapping[str, Any]
    reporter: Reporter


def load_sources(path: Path | str, *, instead: Mapping[Path, str] | None = None) -> Sources:
    """Return what a sources.toml says, and the files of `sources.d` beside it.

    An outlet whose rules or section links hold an unusable selector or regular expression is left
    out, with an error in `problems`; the others go on. `instead` has texts to be read in place of
    what some of the files hold, or of files that are not there yet.

    Raises:
        ConfigError: a file cannot be read, is no TOML, or breaks the schema. Where several things
            are wrong it is a `ConfigErrors` with all of them.
    """
    main, texts = Path(path), instead or {}
    files = dict.fromkeys((*files_of(main), *texts))
    parts = _parsed(files, texts)
    tables = _checked(parts, main)
    defaults = defaults_of(tables[0].defaults)
    outlets, problems = [], []
    for part, table in zip(parts, tables, strict=True):
        for index, outlet in enumerate(table.outlet):
            found = [part.reporter.error(*broken) for broken in _broken(index, outlet)]
            problems += found
            if not found:
                outlets.append(outlet_of(outlet, defaults))
    return Sources(
        file=main,
        files=tuple(files),
        defaults=defaults,
        outlets=tuple(outlets),
        problems=tuple(problems),
    )


def empty_sources() -> Sources:
    """Return what holds where nobody has written a sources.toml yet: no outlets, the defaults."""
    return Sources()


def document_in(text: str, file: Path) -> dict[str, Any]:
    """Return what a TOML text says.

    Raises:
        ConfigError: it is none, or it is empty, which is what a failed save leaves.
    """
    if not text.strip():
        problem = "it is empty; write an [[outlet]] into it, or bring back what stood there"
        raise ConfigError(problem, file=file, line=1)
    if len(text) > MAX_CHARS:
        problem = f"it has {len(text):,} characters, more than {MAX_CHARS:,}"
        raise ConfigError(f"{problem}; move outlets into files of {folder_of(file)}", file=file)
    if (long := _LONG_KEY.search(text)) is not None:
        line = text.count("\n", 0, long.start()) + 1
        problem = f"this is no TOML for us: a key of more than {MAX_KEY_PARTS} parts"
        raise ConfigError(problem, file=file, line=line)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        at = _AT_LINE.search(str(exc))
        line = int(at[1]) if at else text.count("\n") + 1
        problem = _AT_LINE.sub("", str(exc)).removesuffix(" (at end of document)")
        raise ConfigError(f"this is no TOML: {problem}", file=file, line=line) from exc
    except RecursionError as exc:
        raise ConfigError("this is no TOML for us: it is nested too deep", file=file) from exc
    except ValueError as exc:  # int() refuses more than 4,300 digits
        raise ConfigError(
            "this is no TOML for us: a number has too many digits", file=file
        ) from exc


def _parsed(files: Mapping[Path, None], texts: Mapping[Path, str]) -> list[_Part]:
    parts, errors = [], []
    for file in files:
        try:
            text = texts[file] if file in texts else text_of(bytes_of(file), file)
            document = document_in(text, file)
        except ConfigError as exc:
            errors.append(exc)
        else:
            parts.append(_Part(file, document, Reporter(file, text, document)))
    raise_all(errors)
    return parts


def _checked(parts: list[_Part], main: Path) -> list[SourcesFile]:
    tables, errors = [], [*_of_another_file(parts, main)]
    for part in parts:
        found = [part.reporter.error(*place) for place in _repeated_sources(part.document)]
        try:
            tables.append(SourcesFile.model_validate(part.document))
        except ValidationError as exc:
            found += part.reporter.schema_errors(exc.errors(include_url=False))
        errors += found
    order = {part.file: position for position, part in enumerate(parts)}
    raise_all(sorted(errors, key=lambda error: order[Path(str(error.file))]))
    return tables


def _of_another_file(parts: list[_Part], main: Path) -> Iterator[ConfigError]:
    """Yield an error for each id that stands there already, and for defaults in a wrong file."""
    seen: dict[str, str] = {}
    for part in parts:
        if part.file != main and "defaults" in part.document:
            problem = f"it belongs in {main}, and holds for every file beside it"
            yield part.reporter.error(("defaults",), problem)
        for index, outlet in enumerate(_tables(part.document, "outlet")):
            place, name = ("outlet", index, "id"), outlet.get("id")
            if not isinstance(name, str):
                continue
            where = part.reporter.where(place)
            first = seen.setdefault(name, where)
            if first != where:
                problem = f"another outlet has the id {name!r}, at {first}; rename one of them"
                yield part.reporter.error(place, problem)


def _repeated_sources(document: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the place of each source of an outlet that stands there already."""
    for index, outlet in enumerate(_tables(document, "outlet")):
        seen: set[str] = set()
        for at, source in enumerate(_tables(outlet, "source")):
            url = source.get("url")
            if isinstance(url, str) and url in seen:
                problem = "the outlet has this source already; remove one of them"
                yield ("outlet", index, "source", at, "url"), problem
            seen.add(str(url))


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return an array of tables that nobody has checked yet; what is no table is an empty one."""
    array = table.get(key)
    items = array if isinstance(array, list) else []
    return [item if isinstance(item, dict) else {} for item in items]


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
