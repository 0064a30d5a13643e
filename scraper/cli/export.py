"""`scraper export`: what the archive holds, in the formats of others.

It writes nothing into the archive.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

import click

from scraper.cli.options import archive_from, open_catalog, sources_from, with_places
from scraper.cli.progress import progress
from scraper.cli.terminal import say, say_error
from scraper.errors import ScraperError

if TYPE_CHECKING:
    from scraper.archive.wacz import About
    from scraper.export.articles import Version
    from scraper.store.catalog import Catalog
    from scraper.store.selections import Selection

F = TypeVar("F", bound=Callable[..., object])

_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_PROBLEMS = 20  # said one by one


@click.group(name="export", context_settings={"max_content_width": 100})
def command() -> None:
    """Write what the archive holds in the formats of others.

    Everything streams, appears under its name when it is whole, and replaces nothing without
    --force. The archive itself is only read.

    \b
    Example:
      scraper export text texts/ --outlet moscow-times --since 2026-03-01
      scraper export wacz march.wacz --since 2026-03-01 --until 2026-03-31
    """


@dataclass(frozen=True, slots=True)
class _Problems:
    """What could not be exported, said as it comes up."""

    seen: list[ScraperError] = field(default_factory=list)

    def add(self, problem: ScraperError) -> None:
        self.seen.append(problem)
        if len(self.seen) <= _MOST_PROBLEMS:
            say_error(f"left out: {problem}")

    def exit_code(self) -> int:
        if len(self.seen) > _MOST_PROBLEMS:
            say_error(f"and {len(self.seen) - _MOST_PROBLEMS} more like these")
        return max((problem.exit_code for problem in self.seen), default=0)


def _selecting(command: F) -> F:
    """Give a command the options that select, and where to write."""
    options = (
        click.argument("dest", type=click.Path(path_type=Path)),
        click.option("--outlet", metavar="ID", help="Only this outlet."),
        click.option(
            "--since", type=_DAY, metavar="YYYY-MM-DD", help="Captured on this day (UTC) or later."
        ),
        click.option(
            "--until", type=_DAY, metavar="YYYY-MM-DD", help="Captured on this day or earlier."
        ),
        click.option("--url", metavar="URL", help="Only this article, under any of its URLs."),
        click.option("--force", is_flag=True, help="Replace what an earlier export wrote there."),
    )
    wrapped = with_places(command)
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


_every_option = click.option(
    "--all-versions", "every", is_flag=True, help="Every text an article ever had, not the newest."
)


@command.command("text")
@_selecting
@_every_option
def text(dest: Path, force: bool, every: bool, **chosen: object) -> int:
    """The clean texts, as one flat folder numbered from 000.

    \b
    Example:
      scraper export text texts/ --outlet moscow-times
      (cd texts && sha256sum *.txt)    # begins with the 16 digits of each name
    """
    from scraper.export.target import new_folder
    from scraper.export.texts import write_texts

    with new_folder(dest, force=force) as folder:
        return _articles(lambda versions: write_texts(versions, folder), dest, every, chosen)


@command.command("jsonl")
@_selecting
@_every_option
def jsonl(dest: Path, force: bool, every: bool, **chosen: object) -> int:
    """Articles as JSON Lines: metadata, text, digests, and where the bytes lie.

    \b
    Example:
      scraper export jsonl articles.jsonl --since 2026-03-01
      jq -r '[.published, .title] | @tsv' articles.jsonl
    """
    from scraper.export.tables import write_jsonl

    return _into_file(write_jsonl, dest, force, every, chosen)


@command.command("parquet")
@_selecting
@_every_option
def parquet(dest: Path, force: bool, every: bool, **chosen: object) -> int:
    """Articles as a Parquet file, with the columns of jsonl. Needs pyarrow.

    \b
    Example:
      pip install 'scraper[parquet]'
      scraper export parquet articles.parquet
    """
    from scraper.export.tables import write_parquet

    return _into_file(write_parquet, dest, force, every, chosen)


@command.command("wet")
@_selecting
@_every_option
def wet(dest: Path, force: bool, every: bool, **chosen: object) -> int:
    """Texts as conversion records, as Common Crawl's WET files have them.

    \b
    Example:
      scraper export wet march.warc.wet.gz --since 2026-03-01 --until 2026-03-31
    """
    from scraper import __version__
    from scraper.clock import now
    from scraper.export.wet import write_wet

    def write(found: "Iterable[Version]", out: IO[bytes]) -> int:
        software = f"scraper/{__version__}"
        return write_wet(found, out, name=dest.name, software=software, created=now())

    return _into_file(write, dest, force, every, chosen)


@command.command("cdxj")
@_selecting
def cdxj(dest: Path, force: bool, **chosen: object) -> int:
    """An index of the WARC files, as pywb and cdxj-indexer know it.

    With --since, --until or --url it has the captures of articles alone, else everything that was
    fetched. File names in it are relative to the archive's warc folder. Not in it: texts and
    metadata, answers "304 Not Modified" (they have no page to show), and files that are still
    being written.

    \b
    Example:
      scraper export cdxj index.cdxj
    """
    from scraper.export.index import finished_files, write_index, write_index_of
    from scraper.export.target import new_file

    problems = _Problems()
    with _opened(chosen) as (root, catalog, selection), new_file(dest, force=force) as out:
        if selection.since or selection.until or selection.url:
            lines = write_index_of(out, root, catalog, selection, on_problem=problems.add)
        else:
            files = finished_files(root, selection.outlet)
            with progress(len(files), "indexing") as advance:
                lines = write_index(out, root, files, on_problem=problems.add, on_file=advance)
    _say_written(lines, "line", dest)
    return problems.exit_code()


@command.command("wacz")
@_selecting
def wacz(dest: Path, force: bool, **chosen: object) -> int:
    """A package for ReplayWeb.page and its kin: WARC, index, pages with their texts, digests.

    Without --since, --until and --url it has whole WARC files; else the records of the captures
    that fit, with what they refer to.

    \b
    Example:
      scraper export wacz march.wacz --outlet moscow-times --since 2026-03-01 --until 2026-03-31
    """
    from scraper.archive.wacz import package
    from scraper.export.target import new_file
    from scraper.export.wacz import Packing, files_of, main_page, pack

    problems = _Problems()
    with _opened(chosen) as (root, catalog, selection):
        about = _about(selection, main_page(catalog, selection))
        packing = Packing(
            root=root,
            catalog=catalog,
            selection=selection,
            about=about,
            on_problem=problems.add,
        )
        with (
            new_file(dest, force=force) as out,
            package(out, about) as packed,
            progress(files_of(packing), "packing") as advance,
        ):
            pages = pack(packed, replace(packing, on_file=advance))
    _say_written(pages, "page", dest)
    return problems.exit_code()


@command.command("evidence")
@click.argument("url", metavar="URL")
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace what an earlier export wrote there.")
@with_places
def evidence(
    url: str, dest: Path, force: bool, sources_file: Path | None, archive_dir: Path | None
) -> int:
    """All that the archive holds of one article, in one WACZ that proves itself.

    Every capture with what it refers to, every version of the text, what changed between them,
    digests, and a plain README that says how to check all of it without this program.

    \b
    Example:
      scraper export evidence https://www.example.org/2026/03/01/some-article some-article.wacz
    """
    from scraper.archive.wacz import package
    from scraper.export.evidence import pack_evidence
    from scraper.export.target import new_file
    from scraper.export.wacz import Packing, main_page
    from scraper.store.selections import Selection

    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    problems, selection = _Problems(), Selection(url=url)
    with open_catalog(root, sources) as catalog:
        if not catalog.selected(selection).captures():
            say_error(f"{url}: not in the archive at {root}; `scraper list` shows what is")
            return 1
        about = _about(selection, main_page(catalog, selection))
        with new_file(dest, force=force) as out, package(out, about) as packed:
            packing = Packing(
                root=root,
                catalog=catalog,
                selection=selection,
                about=about,
                on_problem=problems.add,
            )
            count = pack_evidence(packed, packing)
    _say_written(count, "capture", dest)
    return problems.exit_code()


def _about(selection: "Selection", main: tuple[str, datetime] | None) -> "About":
    from scraper import __version__
    from scraper.archive.wacz import About
    from scraper.clock import now

    until = selection.until and selection.until - timedelta(days=1)
    parts = (
        selection.outlet and f"outlet {selection.outlet}",
        selection.url,
        selection.since and f"captured since {selection.since:%Y-%m-%d}",
        until and f"captured until {until:%Y-%m-%d}",
    )
    said = ", ".join(part for part in parts if part)
    return About(
        title=f"News archive: {said or 'everything'}",
        software=f"scraper/{__version__}",
        created=now(),
        main=main,
    )


def _into_file(
    write: "Callable[[Iterable[Version], IO[bytes]], int]",
    dest: Path,
    force: bool,
    every: bool,
    chosen: dict[str, object],
) -> int:
    from scraper.export.target import new_file

    with new_file(dest, force=force) as out:
        return _articles(lambda versions: write(versions, out), dest, every, chosen)


def _articles(
    write: "Callable[[Iterable[Version]], int]", dest: Path, every: bool, chosen: dict[str, object]
) -> int:
    """Write the texts of a selection; return the exit code."""
    from scraper.export.articles import versions

    problems = _Problems()
    with _opened(chosen) as (root, catalog, selection):
        found = versions(root, catalog, selection, every=every, on_problem=problems.add)
        with progress(found.total, "exporting") as advance:
            count = write(_counted(found, advance))
    _say_written(count, "text", dest)
    return problems.exit_code()


T = TypeVar("T")


def _counted(things: Iterable[T], advance: Callable[[], None]) -> Iterator[T]:
    for thing in things:
        yield thing
        advance()


@contextmanager
def _opened(chosen: dict[str, object]) -> "Iterator[tuple[Path, Catalog, Selection]]":
    """Open what the options name; the catalog is closed in the end."""
    from scraper.store.selections import Selection

    sources = sources_from(_path(chosen["sources_file"]))
    root = archive_from(_path(chosen["archive_dir"]), sources)
    since, until = _day(chosen["since"]), _day(chosen["until"])
    selection = Selection(
        outlet=_word(chosen["outlet"]),
        since=since,
        until=None if until is None else until + timedelta(days=1),
        url=_word(chosen["url"]),
    )
    with open_catalog(root, sources) as catalog:
        yield root, catalog, selection


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _day(value: object) -> datetime | None:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


def _say_written(count: int, what: str, dest: Path) -> None:
    say(f"{count} {what}{'' if count == 1 else 's'} written to {dest}")
    if not count:
        say_error("nothing in the archive fits; `scraper list --captures` shows what it holds")
