"""What `scraper outlets add` does: survey, show, ask, write.

It is apart from the command since it imports what the command's help need not wait for.
"""

from dataclasses import dataclass
from pathlib import Path

import click

from scraper.cli.outlets.report import as_record, reported
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, safe_block, say, say_error, say_json
from scraper.clock import now
from scraper.config import Sources, outlet_for
from scraper.config.editing import place_of, with_entry
from scraper.config.entry import Entry, entry_text
from scraper.config.saving import checked, draft_of, save
from scraper.errors import ConfigError
from scraper.line import Settings, outlet_of, refuse_anonymous
from scraper.survey.findings import Survey
from scraper.survey.names import id_of
from scraper.survey.proposal import entry_of
from scraper.survey.run import survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a maintainer asked for on the command line."""

    url: str
    file: Path  # sources.toml
    into: Path  # where the entry goes: it, or a file of sources.d
    outlet_id: str | None = None
    name: str | None = None
    agreed: bool = False
    dry_run: bool = False
    as_json: bool = False


def add_outlet(settings: Settings, request: Request) -> int:
    """Survey an outlet, show what was found, and write its entry if the maintainer agrees."""
    refuse_known(settings.sources, request)
    outlet = outlet_of(settings.sources, request.url, settings.allow_private)
    refuse_anonymous(settings.sources, [outlet])
    found = run(survey(settings, request.url, _step))
    entry = _entry(settings, request, found)
    text = entry_text(entry)
    if not request.as_json:
        _show(found, text)
    if not found.articles or not found.chosen:
        if request.as_json:
            say_json(as_record(found) | {"toml": text, "written": None})
        say_error(f"{request.url}: {_nothing(found)}; nothing was written")
        return 1
    written = _written(request, text)
    if request.as_json:
        where = str(request.into) if written else None
        say_json(as_record(found) | {"toml": text, "written": where})
    elif written:
        fetch = f"`scraper fetch --outlet {entry.outlet.values['id']}` takes what is new"
        say(f"written to {safe(str(request.into))}; {fetch}")
    return 0 if written or request.dry_run else 1


def refuse_known(sources: Sources, request: Request) -> None:
    """Refuse what an outlet of sources.toml has already, before anything is asked for.

    Raises:
        ConfigError: an outlet has the id, or the URL and no id of its own was named.
    """
    known = {outlet.id for outlet in sources.outlets}
    if request.outlet_id in known:
        file, line = place_of(sources.files, request.outlet_id)
        problem = f"an outlet has the id {request.outlet_id!r} already; choose another --id"
        raise ConfigError(problem, file=file, line=line)
    owner = outlet_for(sources, request.url)
    if owner is not None and request.outlet_id is None:
        file, line = place_of(sources.files, owner.id)
        problem = (
            f"{request.url} is this outlet's already; change it with `scraper outlets edit "
            f"{owner.id}`, or name an --id to add another outlet of this site"
        )
        raise ConfigError(problem, file=file, line=line, outlet=owner.id)


def _entry(settings: Settings, request: Request, found: Survey) -> Entry:
    name = request.name or found.name
    taken = {outlet.id for outlet in settings.sources.outlets}
    return entry_of(
        found,
        request.outlet_id or id_of(name, found.home, taken),
        name=name,
        today=now().date(),
        allow_private=settings.allow_private,
    )


def _written(request: Request, text: str) -> bool:
    """Write an entry if the maintainer agrees; it is checked before anybody is asked."""
    draft = draft_of(request.into, lambda before: with_entry(before, text), may_be_new=True)
    checked(draft, request.file)
    if request.dry_run or not (request.agreed or _is_agreed(request)):
        return False
    save(draft, request.file)
    return True


def _is_agreed(request: Request) -> bool:
    return click.confirm(f"Add this to {safe(str(request.into))}?", err=True)


def _step(what: str) -> None:
    say_error(what)


def _show(found: Survey, text: str) -> None:
    for line in reported(found):
        say(line)
    say()
    say(safe_block(text))


def _nothing(found: Survey) -> str:
    if not found.chosen:
        return "no source was found that announces articles"
    return "not one page that its sources announce could be read as an article"
