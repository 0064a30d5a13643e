"""`scraper show`: one article of the archive, or the bytes behind it."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.explain import explained
from scraper.cli.options import archive_from, json_option, open_catalog, sources_from, with_places
from scraper.cli.stopping import run
from scraper.cli.terminal import (
    refuse_terminal,
    safe,
    safe_block,
    say,
    say_bytes,
    say_error,
    say_json,
)
from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from scraper.config import Sources
    from scraper.model import Article
    from scraper.store.catalog import Catalog
    from scraper.store.rows import ArticleRow, CaptureDetail

_PAYWALLED = {None: "", True: "yes, the page says", False: "no, the page says"}


@click.command(name="show")
@click.argument("article", metavar="NUMBER|cNUMBER|URL")
@click.option(
    "--explain", is_flag=True, help="Read the page again from its WARC: who stripped what."
)
@click.option("--response", is_flag=True, help="Write the exact bytes of the last response.")
@json_option
@with_places
def command(
    article: str,
    explain: bool,
    response: bool,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Show one article: its text, its metadata, its captures and where their bytes lie.

    NUMBER is an article's, as `scraper list` shows it, cNUMBER a capture's, as `scraper list
    --captures` does; URL is any that the article is known under.

    \b
    Example:
      scraper show 1 --explain
      scraper show https://www.example.org/story --response > response.http
    """
    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    with open_catalog(root, sources) as catalog:
        found, details = _found(catalog, article)
        if not details:
            say_error(f"{article}: not in the archive at {root}; `scraper list` shows what is")
            return 1
        if response:
            from scraper.read import response_of

            refuse_terminal("scraper show 1 --response > response.http")
            say_bytes(response_of(root, details[0]).response)
            return 0
        alarms = _alarms(catalog, details)
        if as_json:
            captures = [asdict(one) | {"alarm": alarms.get(one.capture.id)} for one in details]
            say_json({"article": found and asdict(found), "captures": captures})
            return 0
        code = _say_article(root, found, details, alarms)
        if explain:
            _say_reasons(root, catalog, sources, details)
        return code


def _alarms(catalog: "Catalog", details: "list[CaptureDetail]") -> "dict[int, str]":
    """Return the causes of the alarms under which captures stand, by the captures' numbers."""
    from scraper.drift.changes import alarm_over

    captures = [detail.capture for detail in details]
    standing = catalog.drift.alarms(sorted({one.outlet for one in captures}))
    found = {one.id: alarm_over(standing, one.outlet, one.started) for one in captures}
    return {number: alarm.cause for number, alarm in found.items() if alarm}


def _say_article(
    root: Path,
    article: "ArticleRow | None",
    details: "list[CaptureDetail]",
    alarms: "dict[int, str]",
) -> int:
    if article is not None:
        say("\n".join(_metadata(article)) + "\n")
    code = _say_text(root, details)
    say(f"captures ({len(details)}):")
    for detail in details:
        say("\n".join(_capture_lines(detail, alarms.get(detail.capture.id))))
    return code


def _say_reasons(
    root: Path, catalog: "Catalog", sources: "Sources", details: "list[CaptureDetail]"
) -> None:
    from scraper.read import read_whole

    # What the text above was read from: the newest capture may have failed.
    read = next((detail for detail in details if detail.text), details[0])
    say_blocks(run(read_whole(root, catalog, sources, read)).article)


def say_blocks(article: "Article | None") -> None:
    """Print who stripped what from a page that was read again."""
    if article is None:
        say_error("read again today, the page holds no article")
        return
    for line in explained(article):
        say(line)


def _found(catalog: "Catalog", key: str) -> "tuple[ArticleRow | None, list[CaptureDetail]]":
    """Return an article with its captures, newest first; a capture may have none."""
    if re.fullmatch(r"c[0-9]{1,18}", key):
        detail = catalog.capture(int(key[1:]))
        return (detail.article, [detail]) if detail else (None, [])
    article = catalog.article_by(int(key) if re.fullmatch(r"[0-9]{1,18}", key) else key)
    rows = catalog.captures(url=article.url if article else key)
    return article, [detail for row in rows if (detail := catalog.capture(row.id)) is not None]


def _say_text(root: Path, details: "list[CaptureDetail]") -> int:
    """Print the newest text, or why it cannot be read; return the exit code."""
    from scraper.store.text_files import read_text

    row = next((detail.text for detail in details if detail.text), None)
    if row is None:
        return 0
    try:
        text = read_text(root, row.file)
    except ArchiveError as exc:
        say_error(f"{exc}; its page is in the WARC still: --explain and --response read that")
        return exc.exit_code
    say(safe_block(text) + "\n")
    return 0


def _metadata(article: "ArticleRow") -> Iterator[str]:
    fields = {
        "article": f"{article.id} of {article.outlet}",
        "url": article.url,
        "authors": ", ".join(article.authors),
        "published": article.published and f"{article.published:%Y-%m-%d %H:%M} UTC",
        "modified": article.modified and f"{article.modified:%Y-%m-%d %H:%M} UTC",
        "language": article.language,
        "kind": article.kind,
        "section": article.section,
        "agency": article.agency,
        "tags": ", ".join(article.tags),
        "paywalled": _PAYWALLED[article.paywalled],
        "image": article.image,
    }
    for name, value in fields.items():
        if value:
            yield f"{name + ':':<11} {safe(str(value))}"


def _capture_lines(detail: "CaptureDetail", alarm: str | None) -> Iterator[str]:
    capture = detail.capture
    words = f"{capture.outcome} {capture.detail}".strip()
    read = f"{capture.extract_status} {capture.extract_detail}".strip()
    yield f"  {capture.started:%Y-%m-%d %H:%M:%S} UTC  {safe(words)}; text: {safe(read)}"
    if capture.pages is not None:
        yield f"    the text was read from {capture.pages} pages"
    if alarm is not None:
        yield f"    under alarm: {alarm}; read by {safe(capture.body_by or 'nothing')}"
        yield f"        `scraper status --outlet {safe(capture.outlet)}` says what to do"
    for exchange in detail.exchanges:
        where = f"{exchange.response_file or exchange.request_file}"
        offset = exchange.response_offset if exchange.response_file else exchange.request_offset
        yield f"    {exchange.status or '---'} {safe(exchange.url)}"
        yield f"        {where} at byte {offset}"
    for part in detail.parts:
        failed = f": {part.outcome} {part.detail}" if part.detail else ""
        yield f"    {part.status or '---'} {safe(part.url)} (page {part.number}{safe(failed)})"
        yield f"        {part.file} at byte {part.offset}"
    if detail.text is not None:
        yield f"    text {detail.text.file}"
