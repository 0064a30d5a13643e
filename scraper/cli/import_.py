"""`scraper import`: files of others, whose articles become captures of ours.

It does none of the work; it says how far it is, what was taken and what was left and why.
"""

from collections import Counter
from contextlib import ExitStack, aclosing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    sources_from,
    with_places,
)
from scraper.cli.progress import measured
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scraper.importing.look import Seen
    from scraper.importing.records import Broken
    from scraper.importing.run import Event, Report
    from scraper.line import Settings
    from scraper.model import Outlet

_MOST_REASONS = 6  # on one line


@click.command(name="import")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option("--outlet", "outlet_id", metavar="ID", help="File all under this outlet.")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Pages read at once."
)
@click.option("--again", is_flag=True, help="Look through files again that were done.")
@click.option("--dry-run", is_flag=True, help="Say what is in the files; write nothing.")
@json_option
@with_places
def command(
    files: tuple[Path, ...],
    outlet_id: str | None,
    jobs: int,
    again: bool,
    dry_run: bool,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Take in the articles of WARC and ARC files that others made, packed or not.

    Common Crawl, wget, Browsertrix, Heritrix: each HTML page with an article becomes a capture of
    its day, a text and catalog rows; its records are copied as they are. Outlets are found by host.
    What the archive has is not taken twice; broken records are named, and the rest goes on. Stopped
    or killed, run it again: it goes on where it was.

    \b
    Example:
      scraper import CC-NEWS-20260301000000-00001.warc.gz --dry-run
      scraper import *.warc.gz --jobs 4
      scraper import old-site.arc.gz --outlet the-old-site
    """
    from scraper.line import Settings

    sources = sources_from(sources_file)
    archive = archive_from(archive_dir, sources)
    settings = Settings(
        archive=archive, catalog=catalog_from(archive, sources), sources=sources, workers=jobs
    )
    outlet = None if outlet_id is None else _outlet(settings, outlet_id)
    if dry_run:
        return run(_look(settings, files, outlet, as_json=as_json))
    return run(_import(settings, files, outlet, again=again, as_json=as_json))


def _outlet(settings: "Settings", outlet_id: str) -> "Outlet":
    from scraper.cli.fetch import chosen_outlets

    (outlet,) = chosen_outlets(settings, (outlet_id,))
    return outlet


async def _import(
    settings: "Settings",
    files: "Sequence[Path]",
    outlet: "Outlet | None",
    *,
    again: bool,
    as_json: bool,
) -> int:
    from scraper.importing.run import import_file
    from scraper.line import Line
    from scraper.reindex import reindex

    broken = 0
    async with Line(settings) as line:
        await reindex(line)
        for path in files:
            with ExitStack() as stack:
                told = _Told(path, as_json=as_json, stack=stack)
                async with aclosing(import_file(line, path, outlet=outlet, again=again)) as events:
                    async for event in events:
                        told.tell(event)
            broken += told.broken
    return 1 if broken else 0


async def _look(
    settings: "Settings", files: "Sequence[Path]", outlet: "Outlet | None", *, as_json: bool
) -> int:
    from scraper.importing.look import Seen, look_into
    from scraper.importing.records import Broken

    broken = 0
    for path in files:
        with ExitStack() as stack:
            told = _Told(path, as_json=as_json, stack=stack)
            async with aclosing(look_into(settings, path, outlet=outlet)) as events:
                async for event in events:
                    if isinstance(event, Seen) and event.is_end:
                        stack.close()
                        _say_seen(event, as_json=as_json)
                    elif isinstance(event, Seen):
                        told.go_on(event.offset)
                    elif isinstance(event, Broken):
                        told.say_broken(event)
        broken += told.broken
    return 1 if broken else 0


@dataclass(slots=True)
class _Told:
    """What was said of one file, and its bar."""

    path: Path
    as_json: bool
    stack: ExitStack
    broken: int = 0
    _at: int = 0
    _advance: "Callable[[int], None]" = field(init=False)

    def __post_init__(self) -> None:
        bar = measured(self.path.stat().st_size, safe(self.path.name, width=40))
        self._advance = self.stack.enter_context(bar)

    def tell(self, event: "Event") -> None:
        from scraper.importing.records import Broken
        from scraper.importing.run import Report

        if isinstance(event, Broken):
            self.say_broken(event)
        elif isinstance(event, Report):
            self.go_on(event.offset)
            if event.is_end:
                self.stack.close()
                _say_report(event, as_json=self.as_json)
        elif self.as_json:
            say_json(
                {
                    "event": "kept",
                    "file": str(self.path),
                    "capture": event.id,
                    "outlet": event.outlet,
                    "url": event.url,
                    "text": event.text,
                    **asdict(event.place),
                }
            )

    def go_on(self, offset: int) -> None:
        """Let the bar follow the reader."""
        if offset > self._at:
            self._advance(offset - self._at)
            self._at = offset

    def say_broken(self, broken: "Broken") -> None:
        """Name a record that cannot be used."""
        self.broken += 1
        if self.as_json:
            place = asdict(broken.place)
            said = {"event": "broken", "file": str(self.path), "problem": broken.problem, **place}
            say_json(said)
        else:
            say_error(f"{self.path}, {broken.place}: {broken.problem}")


def _say_report(report: "Report", *, as_json: bool) -> None:
    if as_json:
        say_json({"event": "file", **_plain(report)})
        return
    if report.was_done:
        say(f"{safe(report.file)}: done by an earlier import; --again looks through it again")
        return
    said = f"{safe(report.file)}: {report.kept} articles from {report.records} records"
    if report.known:
        said += f", {report.known} were here already"
    say(said)
    _say_left(report.unread, "pages without an article")
    _say_left(report.skipped, "records of no use")
    if report.broken:
        say(f"  {report.broken} broken records: see above")


def _plain(value: "Report | Seen") -> dict[str, object]:
    """Return the fields of a report; `asdict` would rebuild its counters of pairs."""
    found = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: dict(one) if isinstance(one, Counter) else one for name, one in found.items()}


def _say_left(left: Counter[str], what: str) -> None:
    if left:
        shown = ", ".join(
            f"{number} {safe(why)}" for why, number in left.most_common(_MOST_REASONS)
        )
        more = ", ..." if len(left) > _MOST_REASONS else ""
        say(f"  {left.total()} {what}: {shown}{more}")


def _say_seen(seen: "Seen", *, as_json: bool) -> None:
    if as_json:
        say_json({"event": "file", **_plain(seen)})
        return
    pages = seen.outlets.total()
    say(f"{safe(seen.file)}: {pages} HTML pages among {seen.records} records would be read")
    _say_left(seen.outlets, "pages by outlet")
    if seen.known:
        say(f"  {seen.known} more are here already")
    _say_left(seen.skipped, "records of no use")
