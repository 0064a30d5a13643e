"""What `scraper outlets check` does."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

import click

from scraper.cli.options import archive_from, catalog_from, no_outlet
from scraper.cli.progress import progress
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json
from scraper.config import Sources
from scraper.errors import ConfigError
from scraper.line import Settings, refuse_anonymous, with_private
from scraper.model import Outlet
from scraper.survey.wellness import Health, checked

_WORDS = {True: ("well", "green"), False: ("NOT WELL", "red"), None: ("not known", "yellow")}


def check_outlets(
    sources: Sources,
    ids: Sequence[str],
    *,
    archive_dir: Path | None,
    allow_private: tuple[str, ...],
    offline: bool,
    as_json: bool,
) -> int:
    """Check some outlets, or all, and say in one line each how they fare."""
    chosen = [with_private(outlet, allow_private) for outlet in _chosen(sources, ids)]
    code = 0
    if not offline and (why := _anonymous(sources, chosen)):
        say_error(f"{why}; no host was asked")
        offline, code = True, 1
    archive = archive_from(archive_dir, sources)
    settings = Settings(archive=archive, catalog=catalog_from(archive, sources), sources=sources)
    unwell = run(_check(settings, chosen, online=not offline, as_json=as_json))
    if not as_json:
        said = f"{unwell} of them not well" if unwell else "nothing wrong"
        say(f"{len(chosen)} outlets, {said}")
    return 1 if unwell else code


def _chosen(sources: Sources, ids: Sequence[str]) -> list[Outlet]:
    known = {outlet.id: outlet for outlet in sources.outlets}
    for name in ids:
        if name not in known:
            raise no_outlet(name, known)
    return [known[name] for name in ids] or list(known.values())


def _anonymous(sources: Sources, outlets: Sequence[Outlet]) -> str | None:
    try:
        refuse_anonymous(sources, [outlet for outlet in outlets if outlet.sources])
    except ConfigError as exc:
        return str(exc)
    return None


async def _check(
    settings: Settings, outlets: Sequence[Outlet], *, online: bool, as_json: bool
) -> int:
    unwell = 0
    with progress(len(outlets), "checking") as advance:
        async with aclosing(checked(settings, outlets, online=online)) as results:
            async for health in results:
                advance()
                unwell += health.is_well is False
                if as_json:
                    say_json(health.as_record())
                else:
                    for line in lines_of(health):
                        say(line)
    return unwell


def lines_of(health: Health) -> Iterator[str]:
    """Yield a line for an outlet, and one more for each thing that somebody should see to."""
    text, colour = _WORDS[health.is_well]
    word = click.style(text, fg=colour)
    good = "; ".join(safe(one.said) for one in health.findings if one.is_well is not False)
    yield f"{health.outlet:<24} {word}{'  ' + good if good else ''}"
    for finding in health.findings:
        if finding.is_well is False:
            remedy = f"; {safe(finding.remedy)}" if finding.remedy else ""
            yield f"    {safe(finding.said)}{remedy}"
