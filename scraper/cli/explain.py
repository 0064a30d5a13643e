"""Who decided about each block of a page, as lines for a person and as JSON for a script."""

from collections.abc import Iterator
from dataclasses import asdict

from scraper.cli.terminal import safe
from scraper.model import Article

_WIDTH = 100


def explained(article: Article) -> Iterator[str]:
    """Yield what was stripped from an article's page: role, reason, start of the text."""
    stripped = list(article.stripped())
    where = f"{article.pages} pages; " if article.pages > 1 else ""
    blocks = f"{len(stripped)} of {len(article.blocks)} blocks"
    yield f"stripped ({where}{blocks}; body by {article.body_by}):"
    for block in stripped:
        yield f"  {block.role:<10} {safe(block.reason)}"
        yield f"             {safe(block.text, width=_WIDTH - 13)}"


def explained_as_json(article: Article, *, with_blocks: bool) -> dict[str, object]:
    """Return an article as JSON values; with its blocks where they are wanted."""
    fields = asdict(article)
    if not with_blocks:
        del fields["blocks"]
    return fields
