"""`scraper search`: texts of the archive by the words in them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import archive_from, json_option, open_catalog, sources_from, with_places
from scraper.cli.terminal import is_terminal, safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.search import Hit

_DAY = click.DateTime(["%Y-%m-%d"])
_TELLS_FROM = 1_000  # texts to take in, from which on a person is told


@click.command(name="search")
@click.argument("words", nargs=-1, required=True)
@click.option("--outlet", metavar="ID", help="Only this outlet.")
@click.option(
    "--since", type=_DAY, metavar="YYYY-MM-DD", help="Only texts first seen on this day or later."
)
@click.option(
    "--until", type=_DAY, metavar="YYYY-MM-DD", help="Only texts first seen before this day (UTC)."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@with_places
def command(
    words: tuple[str, ...],
    outlet: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Find the texts that hold all of some words, the best first.

    Case and accents do not count. Words in quotation marks stand side by side, and polit* is any
    word that begins so. Exit code 1 where nothing is found.

    \b
    Example:
      scraper search harbour strike --since 2026-03-01
      scraper search '"climate policy"' 'minist*' --outlet moscow-times
    """
    from scraper.search import search

    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    with open_catalog(root, sources) as catalog:
        try:
            hits = search(
                root,
                catalog,
                " ".join(_quoted(word) for word in words),
                outlet=outlet,
                since=since and since.replace(tzinfo=UTC),
                until=until and until.replace(tzinfo=UTC),
                most=limit,
                on_indexed=_tell,
            )
        except ValueError as exc:
            raise click.UsageError(f"{exc}: {safe(' '.join(words), width=60)}") from exc
    for hit in hits:
        _say(hit, as_json=as_json)
    if not hits:
        say_error("nothing found; all words have to stand in one text, and polit* finds endings")
    return 0 if hits else 1


def _quoted(word: str) -> str:
    """Return an argument with white space inside, which a shell's quotes held together, as words
    side by side."""
    return f'"{word}"' if any(map(str.isspace, word)) and '"' not in word else word


def _tell(done: int, total: int) -> None:
    if total >= _TELLS_FROM and is_terminal():
        say_error(f"taking in the words of new texts: {done:,} of at most {total:,}")


def _say(hit: "Hit", *, as_json: bool) -> None:
    text = hit.text
    if as_json:
        say_json(
            {
                "article": text.article_id,
                "outlet": text.outlet,
                "url": text.url,
                "title": text.title,
                "published": text.published,
                "seen": text.created,
                "file": text.file,
                "sha256": text.sha256,
                "snippet": hit.snippet,
            }
        )
        return
    day = f"{text.published or text.created:%Y-%m-%d}"
    say(
        f"{text.article_id:>6} {day} {safe(text.outlet, width=20):<20} {safe(text.title, width=80)}"
    )
    say(f"       {safe(hit.snippet)}")
