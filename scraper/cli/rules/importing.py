"""What `scraper rules import-ftr` does."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from scraper.cli.terminal import safe, say, say_error, say_json
from scraper.config import Sources, load_sources, outlet_for
from scraper.config.editing import Change, place_of, with_changes, with_entry
from scraper.config.entry import Entry, Section, Value, entry_text
from scraper.config.files import folder_of, part_named
from scraper.config.messages import raise_all
from scraper.config.saving import Draft, draft_of, save
from scraper.model import Outlet, Rule
from scraper.rules.ftr import SitePatterns, host_of, patterns_in


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A file that was read: what it says, how old it is, and the outlet that its host has."""

    file: Path
    patterns: SitePatterns
    changed: date
    outlet: Outlet | None

    @property
    def note(self) -> str:
        """Where the rule comes from, for the file."""
        return f"From {self.file.name} of ftr-site-config, last changed {self.changed}."


def import_patterns(
    path: Path, sources_file: Path, into: Path | None, *, dry_run: bool, as_json: bool
) -> int:
    """Take rules over, once every line was looked at; list what was not taken."""
    sources = load_sources(sources_file)
    raise_all(sources.problems)
    read = list(_read(path, sources))
    for taken in read:
        _show(taken, as_json=as_json)
    wanted = [one for one in read if one.patterns.rule and not (one.outlet and one.outlet.rules)]
    lines = sum(len(one.patterns.left_out) for one in read)
    told = f"{len(read)} files, {len(wanted)} rules taken over, {lines} lines not"
    if not as_json:
        say(told)
    if dry_run or not wanted:
        return 0 if read else _nothing(path)
    for draft in _drafts(wanted, sources, part_named(sources_file, into or _default(sources_file))):
        save(draft, sources_file)
        say_error(f"written to {draft.file}")
    return 0


def _nothing(path: Path) -> int:
    say_error(f"{path}: no file there is named by a host, as example.org.txt; nothing was written")
    return 1


def _default(sources_file: Path) -> Path:
    return folder_of(sources_file) / "ftr.toml"


def _read(path: Path, sources: Sources) -> Iterator[_Taken]:
    seen: set[str] = set()
    for file in [path] if path.is_file() else sorted(path.glob("*.txt")):
        host = host_of(file.name)
        if host is None or host in seen:
            continue
        seen.add(host)
        text = file.read_bytes().decode("utf-8", "replace")
        yield _Taken(
            file=file,
            patterns=patterns_in(text, file.name),
            changed=datetime.fromtimestamp(file.stat().st_mtime, UTC).date(),
            outlet=outlet_for(sources, f"https://{host}/"),
        )


def _show(taken: _Taken, *, as_json: bool) -> None:
    patterns = taken.patterns
    if as_json:
        outlet = taken.outlet and taken.outlet.id
        say_json({"file": taken.file.name, "outlet": outlet} | asdict(patterns))
        return
    for one in patterns.left_out:
        what = one.directive or "no directive"
        say(f"{safe(taken.file.name)}:{one.line}: {safe(what)}: {safe(one.reason)}")
    if taken.outlet is not None and taken.outlet.rules:
        say(f"{safe(taken.file.name)}: {taken.outlet.id} has rules and keeps them")


def _drafts(wanted: list[_Taken], sources: Sources, into: Path) -> Iterator[Draft]:
    new = [one for one in wanted if one.outlet is None]
    if new:
        text = "\n".join(entry_text(_entry(one)) for one in new)
        yield draft_of(into, lambda before: with_entry(before, text), may_be_new=True)
    for one in wanted:
        if one.outlet is not None and one.patterns.rule is not None:
            yield _with_rule(sources, one.outlet, one.patterns.rule)


def _with_rule(sources: Sources, outlet: Outlet, rule: Rule) -> Draft:
    file, _ = place_of(sources.files, outlet.id)
    changes = [Change(path=("rules", 0, key), value=value) for key, value in _values(rule).items()]
    return draft_of(file, lambda text: with_changes(text, outlet.id, changes, file))


def _entry(taken: _Taken) -> Entry:
    host, rule = taken.patterns.host, taken.patterns.rule
    assert rule is not None  # what has none is not wanted
    return Entry(
        outlet=Section(values={"id": _id(host), "name": host, "home": f"https://{host}/"}),
        rules=(Section(values=_values(rule), notes=(taken.note,)),),
    )


def _id(host: str) -> str:
    return host.replace(".", "-").strip("-")[:64].strip("-")


def _values(rule: Rule) -> dict[str, Value]:
    values: dict[str, Value] = {"title": rule.title} if rule.title else {}
    lists: dict[str, Value] = {"body": list(rule.body), "strip": list(rule.strip)}
    return values | {key: value for key, value in lists.items() if value} | {"origin": rule.origin}
