"""`scraper demo`: the whole line against a newsstand on this machine, and the proof."""

from collections.abc import Iterator
from contextlib import aclosing
from itertools import zip_longest
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from scraper.cli.fetch import as_record, say_filed
from scraper.cli.options import archive_option, json_option
from scraper.cli.progress import progress
from scraper.cli.stopping import run
from scraper.cli.terminal import safe, say, say_json

if TYPE_CHECKING:
    from scraper.crawl import Filed

_COLUMN = 58


@click.command(name="demo")
@archive_option
@json_option
def command(archive_dir: Path | None, as_json: bool) -> int:
    """Capture five invented outlets from a small newsstand on 127.0.0.1, over real HTTP.

    The archive is a new folder, demo-archive unless --archive says otherwise; a second run adds to
    it.

    \b
    Example:
      scraper demo --archive /tmp/demo
    """
    from scraper.demo.run import proofs

    archive = archive_dir or Path("demo-archive")
    filed = run(_capture(archive, as_json=as_json))
    shown = proofs(archive)
    if not as_json:
        _say_archive(archive, filed)
    for proof in shown:
        if not as_json:
            say(f"  $ {proof.command}\n    {safe(proof.said)}")
    return 0 if all(proof.holds for proof in shown) else 5


async def _capture(archive: Path, *, as_json: bool) -> "list[Filed]":
    from scraper.demo.run import demo_links, run_demo

    results = []
    with progress(len(demo_links()), "capturing") as advance:
        async with aclosing(run_demo(archive)) as running:
            async for filed in running:
                advance()
                results.append(filed)
                if as_json:
                    say_json(as_record(filed))
                else:
                    say_filed(filed)
    return results


def _say_archive(archive: Path, filed: "list[Filed]") -> None:
    say(f"\nThe archive, {archive}/:")
    for line in tree(archive):
        say(f"  {line}")
    say("\nOne clean text (left), and what was stripped from its page (right):\n")
    for line in beside(max(filed, key=_stripped)):
        say(f"  {line}".rstrip())
    say("\nThe proof:")


def _stripped(filed: "Filed") -> int:
    article = filed.extraction.article
    return 0 if article is None else sum(1 for _ in article.stripped())


def tree(folder: Path, indent: str = "") -> Iterator[str]:
    """Yield the files below a folder as an indented tree, in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield f"{indent}{path.name}/"
            yield from tree(path, indent + "  ")
        else:
            yield f"{indent}{path.name}  {path.stat().st_size:,} bytes"


def beside(filed: "Filed") -> Iterator[str]:
    """Yield a text and the blocks stripped from its page as two columns."""
    article = filed.extraction.article
    if article is None:
        return
    left = [
        line for part in article.text.split("\n\n") for line in (*wrap(safe(part), _COLUMN), "")
    ]
    right = [
        line
        for block in article.stripped()
        for line in (
            *wrap(safe(block.text, width=2 * _COLUMN), _COLUMN),
            *(f"  <- {part}" for part in wrap(f"{block.role}: {safe(block.reason)}", _COLUMN - 5)),
        )
    ]
    for one, other in zip_longest(left, right, fillvalue=""):
        yield f"{one:<{_COLUMN}} | {other}"
