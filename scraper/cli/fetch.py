"""`scraper fetch`: one-off captures.

It does none of the fetching; it says on standard output what was written, on standard error what
could not be done and what was kept of it.
"""

import sys
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import replace
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
from scraper.cli.progress import progress
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.crawl import Filed
    from scraper.line import Settings
    from scraper.model import Record


@click.command(name="fetch")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
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
@click.option(
    "--allow-private",
    multiple=True,
    metavar="CIDR",
    help="Allow addresses of your own network, e.g. 127.0.0.0/8; elsewhere only public ones.",
)
@json_option
@with_places
def command(
    urls: tuple[str, ...],
    record: Path | None,
    replay: Path | None,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Capture articles by URL: the exact bytes as WARC, the clean text, a row in the catalog.

    An outlet is found by the URL's host; a host that no outlet has works too and is filed under its
    name. "-" reads URLs from standard input, one a line.

    \b
    Example:
      scraper fetch https://www.example.org/2026/03/01/some-article
      scraper fetch --record story.warc.gz https://www.example.org/story
      scraper fetch --replay story.warc.gz https://www.example.org/story
    """
    from scraper.line import Settings, cassette

    sources = sources_from(sources_file)
    for problem in sources.problems:
        say_error(str(problem))
    archive = archive_from(archive_dir, sources)
    settings = Settings(
        archive=archive,
        catalog=catalog_from(archive, sources),
        sources=sources,
        allow_private=allow_private,
        record=record,
    )
    if replay is not None:
        settings = replace(settings, replay=cassette(replay))
    elif sources.defaults.contact is None and not allow_private:
        say_error(
            "note: outlets cannot tell who asks; set contact under [defaults] in sources.toml"
        )
    return run(_fetch(settings, list(_expanded(urls)), as_json=as_json))


def _expanded(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        if url == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield url


async def _fetch(settings: "Settings", urls: list[str], *, as_json: bool) -> int:
    from scraper.crawl import capture_all, jobs_for
    from scraper.line import Line

    failed = 0
    with progress(len(urls), "fetching") as advance:
        async with (
            Line(settings) as line,
            aclosing(capture_all(line, jobs_for(line, urls))) as results,
        ):
            async for filed in results:
                advance()
                failed += not filed.is_done
                if as_json:
                    say_json(as_record(filed))
                else:
                    say_filed(filed)
    return 1 if failed else 0


def say_filed(filed: "Filed") -> None:
    """Say in one line what became of a link: on standard output if it has a text, else on error."""
    if filed.text is not None and filed.extraction.article is not None:
        say(f"{filed.text.file}  {safe(filed.extraction.article.title, width=70)}")
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
        "warc": [_place(recorded.response or recorded.request) for recorded in filed.recorded],
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
