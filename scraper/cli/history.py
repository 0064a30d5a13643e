"""`scraper history`: the versions of an article's text, and when each was seen."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import archive_from, json_option, open_catalog, sources_from, with_places
from scraper.cli.terminal import safe, say, say_error, say_json

if TYPE_CHECKING:
    from scraper.store.catalog import Catalog
    from scraper.store.rows import ArticleRow


@click.command(name="history")
@click.argument("article", metavar="NUMBER|URL")
@json_option
@with_places
def command(
    article: str, as_json: bool, sources_file: Path | None, archive_dir: Path | None
) -> int:
    """List the versions of an article's text, oldest first, and the captures that saw no text.

    \b
    Example:
      scraper history https://www.example.org/story
      scraper diff https://www.example.org/story 1 3
    """
    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    with open_catalog(root, sources) as catalog:
        found = article_named(catalog, article)
        if found is None:
            say_error(f"{article}: not in the archive at {root}; `scraper list` shows what is")
            return 1
        texts = catalog.texts_of(found.id)
        captures = catalog.captures(url=found.url, newest_first=False)
    if as_json:
        say_json({"article": asdict(found), "versions": [asdict(text) for text in texts]})
        return 0
    say(f"{found.id} {safe(found.title, width=80)}")
    for number, text in enumerate(texts, start=1):
        seen = sum(capture.text_id == text.id for capture in captures)
        times = "once" if seen == 1 else f"{seen} times"
        say(
            f"  {number:>3}  {text.created:%Y-%m-%d %H:%M:%S} UTC  {text.words:>6} words  "
            f"{text.sha256[:16]}  seen {times}"
        )
    say(f"{len(captures)} captures; `scraper show {found.id}` has each")
    return 0


def article_named(catalog: "Catalog", key: str) -> "ArticleRow | None":
    """Return the article of a number or of any URL that it is known under."""
    return catalog.article_by(int(key) if re.fullmatch(r"[0-9]{1,18}", key) else key)
