"""`scraper extract`: the clean text of one page on standard output; nothing is written."""

from pathlib import Path

import click

from scraper.cli.explain import explained, explained_as_json
from scraper.cli.options import json_option, private_option, sources_from, sources_option
from scraper.cli.standard_input import given_bytes
from scraper.cli.stopping import run
from scraper.cli.terminal import safe_block, say, say_error, say_json


@click.command(name="extract")
@click.argument("page", metavar="FILE|URL|-")
@click.option("--url", metavar="URL", help="Where the page of FILE came from: finds its outlet.")
@click.option("--explain", is_flag=True, help="Show every stripped block and who stripped it.")
@private_option
@json_option
@sources_option
def command(
    page: str,
    url: str | None,
    explain: bool,
    allow_private: tuple[str, ...],
    as_json: bool,
    sources_file: Path | None,
) -> int:
    """Print the clean text of a page: a file, a URL, or "-" for standard input.

    \b
    Example:
      scraper extract page.html --url https://www.example.org/story --explain
      curl -s https://www.example.org/story | scraper extract -
    """
    from scraper.model import Page
    from scraper.read import read_page, read_url

    sources = sources_from(sources_file)
    if page.lower().startswith(("http://", "https://")):
        extraction = run(read_url(sources, page, allow_private=allow_private))
    else:
        at_hand = Page(url=url or _url_of(page), status=200, headers=(), body=_bytes_of(page))
        extraction = run(read_page(sources, at_hand))
    article = extraction.article
    if article is None:
        say_error(f"{page}: {extraction.status}: {extraction.detail}; nothing was written")
        return 1
    if as_json:
        say_json(explained_as_json(article, with_blocks=explain))
        return 0
    say(safe_block(article.text))
    if article.next_url is not None:
        say_error(f"the article goes on at {article.next_url}: `scraper fetch` follows it")
    if explain:
        say()
        for line in explained(article):
            say(line)
    return 0


def _bytes_of(page: str) -> bytes:
    if page == "-":
        return given_bytes()
    try:
        return Path(page).read_bytes()
    except OSError as exc:
        problem = f"{page}: {exc.strerror}; name a file, a URL that starts with http, or -"
        raise click.UsageError(problem) from exc


def _url_of(page: str) -> str:
    return "about:blank" if page == "-" else Path(page).resolve().as_uri()
