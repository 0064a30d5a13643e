"""What `scraper rules suggest` does."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

from scraper.cli.options import no_outlet
from scraper.cli.terminal import safe, say, say_error, say_json
from scraper.config import Sources
from scraper.config.editing import Change, place_of, with_changes
from scraper.config.entry import Value, key_text, value_text
from scraper.config.saving import checked, draft_of, save
from scraper.model import Outlet, Rule
from scraper.rules.captured import captured_stories
from scraper.rules.suggest import Evidence, Suggestion, suggestion_for
from scraper.store.catalog import Catalog

_LISTS = ("body", "strip", "keep")


def suggest_rule(
    root: Path,
    catalog: Catalog,
    sources: Sources,
    sources_file: Path,
    outlet_id: str,
    *,
    most: int,
    apply: bool,
    as_json: bool,
) -> int:
    """Print the rule that an outlet's captures speak for, and write it where that was asked for."""
    outlet = outlet_named(sources, outlet_id)
    found, problems = captured_stories(root, catalog, outlet.id, most)
    for problem in problems:
        say_error(f"{problem}; run `scraper verify`")
    suggestion = suggestion_for([one.page for one in found])
    since = min((one.day for one in found), default=None) if outlet.rules else None
    if as_json:
        say_json({"outlet": outlet.id, "valid_from": since} | asdict(suggestion))
    if suggestion.rule is None:
        say_error(
            f"no rule for {outlet.id}: {suggestion.reason}; nothing was written. "
            f"`scraper fetch --outlet {outlet.id}` captures more"
        )
        return 1
    values = _values(suggestion.rule, since)
    if not as_json:
        say("\n".join(_toml(outlet, suggestion, values)))
    return _apply(sources, sources_file, outlet, values) if apply else 0


def outlet_named(sources: Sources, outlet_id: str) -> Outlet:
    """Return an outlet by its id; one that is not there is a wrong use of the command."""
    known = {outlet.id: outlet for outlet in sources.outlets}
    if outlet_id not in known:
        raise no_outlet(outlet_id, known)
    return known[outlet_id]


def _values(rule: Rule, since: date | None) -> dict[str, Value]:
    """Return the keys of a rule as they are written; an older rule keeps the days before it."""
    values: dict[str, Value] = {}
    if since is not None:
        values["valid_from"] = since
    if rule.title:
        values["title"] = rule.title
    lists = {key: list(getattr(rule, key)) for key in _LISTS}
    return values | {key: value for key, value in lists.items() if value} | {"origin": rule.origin}


def _toml(outlet: Outlet, suggestion: Suggestion, values: dict[str, Value]) -> Iterator[str]:
    """Yield the rule as TOML, each selector with its evidence behind it."""
    by = {(one.key, one.css): one for one in suggestion.evidence}
    many = len(suggestion.changed)
    yield f"# {outlet.id}: from {suggestion.pages} captures; {many} of them read otherwise with it"
    yield "[[outlet.rules]]"
    for key, value in values.items():
        if key in _LISTS and isinstance(value, list):
            yield f"{key} = ["
            yield from (
                f"  {value_text(str(css))},{_note(by.get((key, str(css))))}" for css in value
            )
            yield "]"
        else:
            yield key_text(key, value) + _note(by.get((key, str(value))))


def _note(evidence: Evidence | None) -> str:
    return f"  # {safe(str(evidence))}" if evidence else ""


def _apply(sources: Sources, sources_file: Path, outlet: Outlet, values: dict[str, Value]) -> int:
    """Write a rule behind those that the outlet has."""
    if any(_is_same(rule, values) for rule in outlet.rules):
        say_error(f"{outlet.id} has this rule already; nothing was written")
        return 0
    file, _ = place_of(sources.files, outlet.id)
    at = len(outlet.rules)
    changes = [Change(path=("rules", at, key), value=value) for key, value in values.items()]
    draft = draft_of(file, lambda text: with_changes(text, outlet.id, changes, file))
    checked(draft, sources_file)
    kept = save(draft, sources_file)
    say_error(f"written to {draft.file}; the file of before is {kept}")
    return 0


def _is_same(rule: Rule, values: dict[str, Value]) -> bool:
    said = {key: list(getattr(rule, key)) for key in _LISTS if getattr(rule, key)}
    wanted = {key: value for key, value in values.items() if key in _LISTS}
    return said == wanted and rule.title == values.get("title")
