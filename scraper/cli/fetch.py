"""`scraper fetch`: one-off captures.

It does none of the fetching; it says on standard output what was written, on standard error what
could not be done and what was kept of it.
"""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    no_outlet,
    private_option,
    sources_from,
    with_places,
)
from scraper.cli.progress import progress
from scraper.cli.standard_input import given_lines
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.asking import Asked
    from scraper.crawl import Filed
    from scraper.line import Settings
    from scraper.model import Outlet, Record

_ANONYMOUS = "note: outlets cannot tell who asks; write contact under [defaults] in sources.toml"


@click.command(name="fetch")
@click.argument("urls", nargs=-1, metavar="[URL...]")
@click.option("--outlet", "outlet_ids", multiple=True, metavar="ID", help="All that is new of it.")
@click.option("--all", "every_outlet", is_flag=True, help="All that is new of every outlet.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="With --outlet, --all: nothing older than this day (UTC).",
)
@click.option(
    "--max", "most", type=click.IntRange(min=1), help="With --outlet, --all: links per outlet."
)
@click.option("--dry-run", is_flag=True, help="Say what would be fetched, and why not the rest.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what goes over the wire into a cassette (a new .warc.gz) as well.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Take the bytes from a cassette instead of the network; no socket is opened.",
)
@private_option
@json_option
@with_places
def command(
    urls: tuple[str, ...],
    outlet_ids: tuple[str, ...],
    every_outlet: bool,
    since: datetime | None,
    most: int | None,
    dry_run: bool,
    record: Path | None,
    replay: Path | None,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Capture articles: the exact bytes as WARC, the clean text, a row in the catalog.

    By URL: an outlet is found by its host; a host that no outlet has works too and is filed under
    its name; "-" reads URLs from standard input. By outlet: its sources are asked, and what is new
    is captured as the daemon would.

    \b
    Example:
      scraper fetch https://www.example.org/2026/03/01/some-article
      scraper fetch --outlet moscow-times --since 2026-03-01 --max 20
      scraper fetch --all --dry-run
      scraper fetch --record story.warc.gz https://www.example.org/story
      scraper fetch --replay story.warc.gz https://www.example.org/story
    """
    from scraper.line import Settings, cassette

    if bool(urls) == bool(outlet_ids or every_outlet):
        raise click.UsageError("name URLs, or outlets by --outlet ID or --all; see --help")
    if urls and (since or most or dry_run):
        raise click.UsageError("--since, --max and --dry-run go with --outlet or --all")
    sources = sources_from(sources_file)
    archive = archive_from(archive_dir, sources)
    settings = Settings(
        archive=archive,
        catalog=catalog_from(archive, sources),
        sources=sources,
        allow_private=allow_private,
        record=record,
        replay=None if replay is None else cassette(replay),
    )
    if urls:
        if sources.defaults.contact is None and not (allow_private or replay):
            say_error(_ANONYMOUS)
        return run(_fetch(settings, list(_expanded(urls)), as_json=as_json))
    chosen = chosen_outlets(settings, outlet_ids)
    work = _plan if dry_run else _pass
    return run(work(settings, chosen, _midnight(since), most, as_json=as_json))


def chosen_outlets(settings: "Settings", ids: tuple[str, ...]) -> "list[Outlet]":
    """Return the outlets of some ids, or all that have a source; nobody crawls anonymously."""
    from scraper.line import refuse_anonymous, with_private

    known = {outlet.id: outlet for outlet in settings.sources.outlets}
    for name in ids:
        if name not in known:
            raise no_outlet(name, known)
    chosen = [known[name] for name in ids] or [one for one in known.values() if one.sources]
    outlets = [with_private(outlet, settings.allow_private) for outlet in chosen]
    if settings.replay is None:
        refuse_anonymous(settings.sources, outlets)
    return outlets


def _midnight(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _expanded(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        if url == "-":
            yield from given_lines()
        else:
            yield url


async def _pass(
    settings: "Settings",
    outlets: "list[Outlet]",
    since: datetime | None,
    most: int | None,
    *,
    as_json: bool,
) -> int:
    from scraper.crawl import Filed, run_pass
    from scraper.line import Line
    from scraper.reindex import reindex
    from scraper.watch import look, tell

    failed = 0
    async with (
        Line(settings) as line,
        aclosing(run_pass(line, outlets, since=since, most=most)) as results,
    ):
        await reindex(line)
        async for result in results:
            if isinstance(result, Filed):
                failed += not result.is_whole
                say_json(as_record(result)) if as_json else say_filed(result)
            else:
                failed += not result.is_answered
                say_asked(result, as_json=as_json)
        await look(line, outlets)
        await asyncio.to_thread(tell, line.catalog, line.outlets())
    return 1 if failed else 0


def say_asked(asked: "Asked", *, as_json: bool) -> None:
    """Say in one line what came of asking a source."""
    result = asked.result
    if as_json:
        say_json({"outlet": asked.outlet.id, "source": asked.source.url} | asdict(result))
        return
    said = f"{asked.outlet.id}: {asked.source.type} {asked.source.url}: {result.outcome}"
    said += f", {result.new} new and {asked.known} known links" if asked.is_answered else ""
    say_error(f"{said}{result.detail and '; ' + result.detail}")


async def _plan(
    settings: "Settings",
    outlets: "list[Outlet]",
    since: datetime | None,
    most: int | None,
    *,
    as_json: bool,
) -> int:
    from scraper.plan import planned

    failed = 0
    async with aclosing(planned(settings, outlets, since=since, most=most)) as plans:
        async for plan in plans:
            failed += plan.is_failure
            if as_json:
                say_json(asdict(plan))
            else:
                what = "would fetch" if plan.reason is None else f"not: {plan.reason}:"
                say(f"{plan.outlet}: {safe(what)} {safe(plan.url)}")
    return 1 if failed else 0


async def _fetch(settings: "Settings", urls: list[str], *, as_json: bool) -> int:
    from scraper.crawl import capture_all, jobs_for
    from scraper.line import Line
    from scraper.reindex import reindex

    failed = 0
    with progress(len(urls), "fetching") as advance:
        async with (
            Line(settings) as line,
            aclosing(capture_all(line, jobs_for(line, urls))) as results,
        ):
            await reindex(line)
            async for filed in results:
                advance()
                failed += not filed.is_whole
                if as_json:
                    say_json(as_record(filed))
                else:
                    say_filed(filed)
    return 1 if failed else 0


def say_filed(filed: "Filed") -> None:
    """Say in one line what became of a link: on standard output if it has a text, else on error."""
    extraction = filed.extraction
    if filed.text is not None and extraction.article is not None:
        say(f"{filed.text.file}  {safe(extraction.article.title, width=70)}")
        if extraction.detail:
            again = "; asked for again, it may be whole" if extraction.is_cut else ""
            say_error(f"{filed.capture.url}: {extraction.detail}{again}")
    else:
        say_error(f"{filed.capture.url}: {_why(filed)}; {_kept(filed)}")


def as_record(filed: "Filed") -> dict[str, object]:
    """Return what became of a link as JSON values; offsets and lengths are bytes."""
    article = filed.extraction.article
    last = filed.recorded[-1] if filed.recorded else None
    return {
        "capture": filed.id,
        "url": filed.capture.url,
        "outlet": filed.outlet.id,
        "outcome": filed.capture.outcome,
        "detail": filed.capture.detail,
        "status": last and last.exchange.status,
        "extract_status": filed.extraction.status,
        "extract_detail": filed.extraction.detail,
        "title": article and article.title,
        "text": filed.text and filed.text.file,
        "pages": article and article.pages,
        "warc": [_place(recorded.response or recorded.request) for recorded in filed.recorded],
        "parts": [asdict(part) for part in filed.parts],
    }


def _place(record: "Record") -> dict[str, object]:
    return {"file": record.file, "offset": record.offset, "length": record.length}


def _why(filed: "Filed") -> str:
    if filed.capture.detail:
        return f"{filed.capture.outcome}: {filed.capture.detail}"
    return f"{filed.extraction.status}: {filed.extraction.detail}"


def _kept(filed: "Filed") -> str:
    if not filed.recorded:
        return "nothing came over the wire; the attempt is in the catalog"
    last = filed.recorded[-1]
    what = "the response is kept" if last.response else "only the request is kept"
    return f"{what} in {(last.response or last.request).file}"
