"""What `scraper outlets show`, `edit` and `remove` do."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path

import click

from scraper.cli.options import no_outlet
from scraper.cli.outlets.secrets import redacted, without_secrets
from scraper.cli.terminal import safe, safe_block, say, say_error, say_json
from scraper.config import Sources, load_sources
from scraper.config.editing import place_of, table_of, text_of_outlet, with_changes, without_outlet
from scraper.config.keys import change_of
from scraper.config.messages import raise_all
from scraper.config.saving import Draft, checked, draft_of, save
from scraper.model import Outlet


def show_outlet(sources_file: Path, outlet_id: str, *, as_json: bool) -> int:
    """Print an outlet's tables as they are written, or their values with all defaults.

    Secrets stay in the file: see `without_secrets`.
    """
    sources = _sources(sources_file)
    file, line = _place(sources, outlet_id)
    outlet = next(one for one in sources.outlets if one.id == outlet_id)
    if as_json:
        say_json(asdict(redacted(outlet)) | {"file": str(file), "line": line})
        return 0
    say(f"# {safe(str(file))}:{line}")
    say(safe_block(without_secrets(text_of_outlet(file, outlet_id), [outlet])))
    return 0


def edit_outlet(
    sources_file: Path, outlet_id: str, changes: Sequence[str], *, dry_run: bool
) -> int:
    """Set keys of an outlet and show what has changed, secrets aside."""
    sources = _sources(sources_file)
    file, _ = _place(sources, outlet_id)

    def edited(text: str) -> str:
        for said in changes:
            change = change_of(said, table_of(text, outlet_id, file))
            text = with_changes(text, outlet_id, [change], file)
        return text

    draft = draft_of(file, edited)
    return _kept(draft, sources_file, sources.outlets, dry_run=dry_run)


def remove_outlet(sources_file: Path, outlet_id: str, *, agreed: bool) -> int:
    """Take an outlet out, once the maintainer has agreed."""
    file, line = _place(_sources(sources_file), outlet_id)
    if not agreed and not sys.stdin.isatty():
        raise click.UsageError("nobody is there to agree: add --yes")
    if not agreed and not click.confirm(f"Take {outlet_id} out of {file}:{line}?", err=True):
        return 1
    draft = draft_of(file, lambda text: without_outlet(text, outlet_id, file))
    kept = save(draft, sources_file)
    say(f"{outlet_id} is out of {safe(str(file))}; the file of before is {safe(str(kept))}")
    say(f"the archive stays as it is: warc/{outlet_id}, text/{outlet_id}, and the catalog's rows")
    return 0


def _sources(file: Path) -> Sources:
    sources = load_sources(file)
    raise_all(sources.problems)
    return sources


def _place(sources: Sources, outlet_id: str) -> tuple[Path, int]:
    known = [outlet.id for outlet in sources.outlets]
    if outlet_id not in known:
        raise no_outlet(outlet_id, known, file=sources.file or "sources.toml")
    return place_of(sources.files, outlet_id)


def _kept(draft: Draft, sources_file: Path, outlets: tuple[Outlet, ...], *, dry_run: bool) -> int:
    before = (draft.before or b"").decode("utf-8-sig")
    lines = unified_diff(before.splitlines(), draft.text.splitlines(), lineterm="", n=1)
    changed = [line for line in lines if not line.startswith(("---", "+++"))]
    if not changed:
        say_error(f"{draft.file}: it says so already; nothing was written")
        return 0
    edited = checked(draft, sources_file)
    outlets += edited.outlets  # not of this one alone: lines of a neighbour stand around a change
    for line in changed:
        say(safe_block(without_secrets(line, outlets)))
    if dry_run:
        return 0
    kept = save(draft, sources_file)
    say_error(f"written to {draft.file}; the file of before is {kept}")
    return 0
