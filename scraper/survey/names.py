"""What an outlet is called and which language it writes in, by what its pages say of themselves.

It asks for no page.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from scraper.discover.pointers import Pointers, title_parts
from scraper.survey.findings import Sample, Yield
from scraper.urls import host_of, site_of

MAX_ID = 63  # characters: a folder name, and a label in a host name
_LEAST = 0.6  # of the articles have to agree on a language


def name_of(pages: Sequence[Pointers], found: Iterable[Yield], home: str) -> str:
    """Return the outlet's name: as pages say it outright, else as titles have it, else the host.

    What a title says counts where two pages or feeds say it, or where the host is named after it.
    """
    names = Counter(one.site_name for one in pages if one.site_name)
    if names:
        return names.most_common(1)[0][0]
    titles = {parts for one in pages if (parts := one.title_parts)}
    titles |= {title_parts(one.title) for one in found if one.title}
    counts = Counter(part for parts in titles for part in dict.fromkeys(parts))
    host = _letters(site_of(host_of(home)))
    of_host = [part for part in counts if len(part) > 2 and _letters(part) in host]
    said_twice = [part for part, count in counts.items() if count > 1]
    likely = sorted(of_host or said_twice, key=lambda part: (-counts[part], -len(part)))
    return likely[0] if likely else site_of(host_of(home))


def language_of(samples: Iterable[Sample], said: str | None) -> str | None:
    """Return the language that most of the articles are in, else the one that the home page says.

    None where the articles are in several.
    """
    languages = Counter(
        sample.extraction.article.language
        for sample in samples
        if sample.extraction and sample.extraction.article
    )
    known = Counter({name: count for name, count in languages.items() if name})
    if not known:
        return said
    name, count = known.most_common(1)[0]
    if count >= _LEAST * known.total():
        return name
    primaries: Counter[str] = Counter()
    for language, times in known.items():
        primaries[primary(language)] += times
    name, count = primaries.most_common(1)[0]
    return name if count >= _LEAST * known.total() else None


def primary(language: str | None) -> str:
    """Return the language of a tag without region and script: "en" of "en-GB"."""
    return (language or "").partition("-")[0].lower()


def id_of(name: str, home: str, taken: Collection[str]) -> str:
    """Return an id for an outlet that no other has: of its name, else of its host."""
    host = site_of(host_of(home))
    slugs = [_slug(name), _slug(host.rpartition(".")[0] or host), _slug(host)]
    likely = [slug for slug in slugs if len(slug) > 1] or ["outlet"]
    free = next((slug for slug in likely if slug not in taken), None)
    if free is not None:
        return free
    number = 2
    while f"{likely[0]}-{number}" in taken:
        number += 1
    return f"{likely[0]}-{number}"


def _slug(text: str) -> str:
    """Return a name as ids are written; empty where letters of other scripts would be lost."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    if any(char.isalpha() and not char.isascii() for char in plain):
        return ""
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['\u2019]", "", plain)).strip("-")
    return slug.removeprefix("the-")[:MAX_ID].strip("-")


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
