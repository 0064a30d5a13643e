"""`scraper diff`: what changed from one version of an article's text to another."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.history import article_named
from scraper.cli.options import archive_from, open_catalog, sources_from, with_places
from scraper.cli.terminal import safe_block, say, say_error

if TYPE_CHECKING:
    from scraper.store.rows import TextRow


@click.command(name="diff")
@click.argument("article", metavar="NUMBER|URL")
@click.argument("old", type=click.IntRange(min=1), required=False)
@click.argument("new", type=click.IntRange(min=1), required=False)
@click.option("--unified", "-u", is_flag=True, help="A unified diff by lines, for patch and tools.")
@with_places
def command(
    article: str,
    old: int | None,
    new: int | None,
    unified: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Show what changed from one version of an article's text to another.

    OLD and NEW are numbers of `scraper history`; without them the last two versions are compared.
    Words that went stand in [-...-], words that came in {+...+}.

    \b
    Example:
      scraper diff https://www.example.org/story
      scraper diff 17 1 3 --unified
    """
    from scraper.export.differences import marked
    from scraper.export.differences import unified as unified_diff
    from scraper.store.text_files import read_text

    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    with open_catalog(root, sources) as catalog:
        found = article_named(catalog, article)
        texts = () if found is None else catalog.texts_of(found.id)
    pair = _pair(article, texts, old, new)
    if pair is None:
        return 1
    before, after = (read_text(root, text.file) for text in pair)
    if unified:
        names = [text.file for text in pair]
        said = unified_diff(before, after, old_name=names[0], new_name=names[1])
        say(safe_block(said.removesuffix("\n")))
    else:
        say(safe_block("\n\n".join(marked(before, after))))
    return 0


def _pair(
    article: str, texts: "tuple[TextRow, ...]", old: int | None, new: int | None
) -> "tuple[TextRow, TextRow] | None":
    """Return the versions to compare, or say why there are not two."""
    if not texts:
        say_error(f"{article}: no text of it is in the archive; `scraper list` shows what is")
        return None
    new = new or len(texts)
    old = old or new - 1
    if not (0 < old <= len(texts) and 0 < new <= len(texts)):
        many = "is one version alone" if len(texts) == 1 else f"are {len(texts)} versions"
        say_error(f"{article}: there {many}; `scraper history` lists them")
        return None
    return texts[old - 1], texts[new - 1]
