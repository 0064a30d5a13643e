"""What `scraper outlets import` and `export` do."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from scraper.cli.standard_input import given_bytes
from scraper.cli.terminal import safe, safe_block, say, say_bytes, say_error, say_json
from scraper.config import Sources, outlet_for
from scraper.config.editing import Change, place_of, with_changes, with_entry
from scraper.config.entry import Entry, entry_text
from scraper.config.opml import Feed, by_site, entry_of, feeds_in_opml, name_of, opml_of
from scraper.config.saving import checked_all, draft_of, save
from scraper.disk import disk_error
from scraper.survey.names import id_of
from scraper.urls import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a maintainer asked for on the command line."""

    opml: str
    file: Path  # sources.toml
    into: Path  # where new outlets go: it, or a file of sources.d
    agreed: bool = False
    dry_run: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """The feeds of an OPML file by what becomes of them."""

    known: list[Feed]
    further: dict[str, list[Feed]]  # by the id of the outlet that they are of
    new: list[Feed]


def import_feeds(sources: Sources, wanted: Import) -> int:
    """Show what an OPML file would add, and write it if the maintainer agrees."""
    feeds, problems = feeds_in_opml(_given(wanted.opml), wanted.opml)
    for problem in problems:
        say_error(problem)
    parts = _sorted(sources, feeds)
    entries = [entry_text(entry) for entry in _entries(sources, parts.new, feeds)]
    _say_parts(parts, entries, as_json=wanted.as_json)
    if not entries and not parts.further:
        say_error(f"{wanted.opml}: nothing new among its {len(feeds)} feeds; nothing was written")
        return 1 if problems else 0
    if wanted.dry_run or not _is_agreed(wanted):
        return 0 if wanted.dry_run else 1
    _write(sources, wanted, parts, entries)
    return 1 if problems else 0


def export_feeds(sources: Sources, opml: str, tags: Sequence[str]) -> int:
    """Write the feeds of the outlets that have one of some tags, or of all."""
    chosen = [one for one in sources.outlets if not tags or set(tags) & set(one.tags)]
    data = opml_of(chosen, title="Outlets of scraper")
    if opml == "-":
        say_bytes(data)
    else:
        try:
            Path(opml).write_bytes(data)
        except OSError as exc:
            raise disk_error(exc, opml, kept="sources.toml is as it was") from exc
    left = sum(source.type != "feed" for outlet in chosen for source in outlet.sources)
    if left:
        say_error(f"note: OPML knows feeds alone; {left} sitemaps and sections are not in it")
    return 0


def _given(opml: str) -> bytes:
    if opml == "-":
        return given_bytes()
    try:
        return Path(opml).read_bytes()
    except OSError as exc:
        raise click.UsageError(f"{opml}: {exc.strerror}; name an OPML file, or -") from exc


def _sorted(sources: Sources, feeds: Sequence[Feed]) -> _Sorted:
    seen = {canonical(source.url) for outlet in sources.outlets for source in outlet.sources}
    known, new = list[Feed](), list[Feed]()
    further: dict[str, list[Feed]] = {}
    for feed in feeds:
        if (key := canonical(feed.url)) in seen:
            known.append(feed)
            continue
        seen.add(key)
        owner = outlet_for(sources, feed.home or feed.url)
        if owner is None:
            new.append(feed)
        else:
            further.setdefault(owner.id, []).append(feed)
    return _Sorted(known=known, further=further, new=new)


def _entries(sources: Sources, new: Sequence[Feed], among: Sequence[Feed]) -> Iterator[Entry]:
    taken = {outlet.id for outlet in sources.outlets}
    for feeds in by_site(new).values():
        name = name_of(feeds, among)
        outlet_id = id_of(name, feeds[0].home or feeds[0].url, taken)
        taken.add(outlet_id)
        yield entry_of(outlet_id, name, feeds)


def _say_parts(parts: _Sorted, entries: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        further = {outlet: [feed.url for feed in feeds] for outlet, feeds in parts.further.items()}
        skipped = [feed.url for feed in parts.known]
        say_json({"skipped": skipped, "further": further, "toml": "\n".join(entries)})
        return
    for feed in parts.known:
        say_error(f"skipped, it is there already: {feed.url}")
    for outlet, feeds in parts.further.items():
        for feed in feeds:
            say(f"a further source of {outlet}: {safe(feed.url)}")
    for entry in entries:
        say(safe_block(entry))


def _is_agreed(wanted: Import) -> bool:
    if wanted.agreed:
        return True
    if not sys.stdin.isatty():
        raise click.UsageError("nobody is there to agree: add --yes, or look with --dry-run")
    return click.confirm(f"Write this to {safe(str(wanted.into))}?", err=True)


def _write(sources: Sources, wanted: Import, parts: _Sorted, entries: Sequence[str]) -> None:
    """Write further sources where their outlets stand, and new outlets into the file for them."""
    by_file: dict[Path, dict[str, list[Feed]]] = {wanted.into: {}} if entries else {}
    for outlet, feeds in parts.further.items():
        file, _ = place_of(sources.files, outlet)
        by_file.setdefault(file, {})[outlet] = feeds

    def changed(text: str, file: Path) -> str:
        for outlet_id, feeds in by_file[file].items():
            count = next(len(one.sources) for one in sources.outlets if one.id == outlet_id)
            text = with_changes(text, outlet_id, list(_additions(feeds, count)), file)
        for entry in entries if file == wanted.into else ():
            text = with_entry(text, entry)
        return text

    drafts = [
        draft_of(file, lambda text, file=file: changed(text, file), may_be_new=True)  # type: ignore[misc]  # mypy does not see the default's type
        for file in by_file
    ]
    checked_all(drafts, wanted.file)
    for draft in drafts:
        save(draft, wanted.file)
        say_error(f"written to {draft.file}")


def _additions(feeds: Sequence[Feed], count: int) -> list[Change]:
    return [
        change
        for at, feed in enumerate(feeds, start=count)
        for change in (
            Change(path=("source", at, "type"), value="feed"),
            Change(path=("source", at, "url"), value=feed.url),
        )
    ]
