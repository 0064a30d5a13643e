"""Pages of outlets made up for the tests: stories with prompts between their paragraphs.

The markup says nothing: classes are drawn, prompts are paragraphs like the others, in the same
container.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ru", "tr", "de", "ar", "ja")


@cache
def words() -> dict[str, dict[str, Any]]:
    """Return what the outlets say, by language."""
    return tomllib.loads(Path(__file__).with_name("outlet_words.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Page:
    """A page with the paragraphs that its text has to have, and those that it must not."""

    html: bytes
    url: str
    story: tuple[str, ...]
    prompts: tuple[str, ...]

    @property
    def pair(self) -> tuple[bytes, str]:
        """What learning is given."""
        return self.html, self.url


def drawn(seed: str) -> str:
    """Return a class name as build tools draw them."""
    return f"css-{hashlib.sha256(seed.encode()).hexdigest()[:6]}x9"


def outlet_page(
    language: str, number: int, *, build: str = "", extra: tuple[str, ...] = ()
) -> Page:
    """Return one story's page; the outlet's `build` draws the class names.

    `extra` are paragraphs that the story has besides its own.
    """
    said = words()[language]
    other = said["titles"][(number + 3) % 6]
    name = said["names"][number % 6]
    story = (*said["stories"][number], *extra)
    asks = (*said["overlay"], said["banner"], said["ad"], *said["letter"], *said["widget"])
    body = [
        *(_p(line, f"{build}p") for line in (*said["overlay"], said["banner"])),
        _p(said["byline"].format(name=name), f"{build}p"),
        _p(said["credit"].format(name=name), f"{build}p"),
        _p(story[0], f"{build}p"),
        _p(said["ad"], f"{build}p"),
        _p(story[1], f"{build}p"),
        _related(said["related"], other, number, build),
        *(_p(line, f"{build}p") for line in story[2:]),
        *(_p(line, f"{build}p") for line in (*said["letter"], *said["widget"])),
        _p(f'<a href="/{number}/next">{other}</a>', f"{build}p"),
        *(_p(line, f"{build}p") for line in said["closing"]),
    ]
    title = said["titles"][number]
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title} | {said['name']}</title></head>"
        f'<body><div class="{drawn(build + "top")}"><a href="/">{said["name"]}</a></div>'
        f'<div class="{drawn(build + "main")}"><h1 class="{drawn(build + "h")}">{title}</h1>'
        f'<div class="{drawn(build + "body")}">{"".join(body)}</div></div>'
        f'<div class="{drawn(build + "foot")}"><p>© {said["name"]}</p></div></body></html>'
    )
    prompts = (*asks, said["byline"].format(name=name), said["credit"].format(name=name), other)
    return Page(html.encode(), f"https://{language}.example/2026/{number}", story, prompts)


def _p(line: str, seed: str) -> str:
    return f'<p class="{drawn(seed)}">{line}</p>'


def _related(label: str, title: str, number: int, build: str) -> str:
    before, _, after = label.partition("{title}")
    return _p(f'{before}<a href="/{number}/other">{title}</a>{after}', f"{build}p")
