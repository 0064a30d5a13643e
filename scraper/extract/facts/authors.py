"""Who wrote an article: what the head says of it first, then what readers were shown.

It names nobody whom the page does not name, and prefers people to the site itself.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from scraper.extract.facts.names import has_by, is_person, names_in, words
from scraper.extract.facts.surroundings import Near
from scraper.extract.jsonld import strings, types_of
from scraper.extract.metadata import Said, letters_of

# Names of meta elements: the plain ones first, then whatever ends in the word.
_META = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl",
         "article:byline", "dcterms.creator", "citation_author", "cxenseparse:author")  # fmt: skip
_META_END = ("author", "authors", "byline")
_MARKS = frozenset({"author", "authors", "byline", "bylines", "autor", "autore", "auteur",
                    "forfatter", "yazar", "penulis"})  # fmt: skip
_NOT_MARKS = frozenset({"bio", "box", "image", "img", "avatar", "photo", "picture", "social",
                        "description", "desc", "share", "date", "time", "title", "role", "job",
                        "follow", "icon", "comment", "comments", "related"})  # fmt: skip
_ORGANISATION = ("Organization", "Corporation", "NewsMediaOrganization")
_MOST_LABEL = 24  # characters
_BRACKETS = " ()[]\uff08\uff09\u3010\u3011"
_MOST = 12  # names beside a headline: more are a list of something else


def authors_of(
    said: Said, near: Callable[[], Sequence[Near]], labelled: Callable[[], Sequence[str]]
) -> tuple[str, ...]:
    """Return the authors' names: of JSON-LD, meta, the byline, a label; the site's own last.

    `near` are the elements around the headline, `labelled` the page's lines; both are asked for
    only where they are needed.
    """
    people, others = _in_json(said)
    in_meta = names_in(_meta(said))
    told = _people(people, said) or _people(in_meta, said)
    if told:
        # JSON-LD that leaves one of several writers out: as many links are needed to show it.
        linked = near() if len(told) < said.author_links <= _MOST else ()
        seen = _marked(said, [at for at in linked if "author" in at.attr("rel").split()])
        return seen if set(told) < set(seen) else told
    return (
        _marked(said, near())
        or _printed(said, near())
        or _after_labels(labelled())
        or others
        or people
        or in_meta
    )


def names_printed(said: Said, near: Sequence[Near]) -> tuple[str, ...]:
    """Return the names that readers see beside the headline."""
    return _marked(said, near) or _printed(said, near)


def _in_json(said: Said) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of people, and those of organisations."""
    author = said.article.get("author") or said.article.get("creator")
    people: list[str] = []
    others: list[str] = []
    for each in author if isinstance(author, list) else [author]:
        is_other = isinstance(each, dict) and any(
            name.endswith(_ORGANISATION) for name in types_of(each)
        )
        (others if is_other else people).extend(strings(said.referred(each)))
    return names_in(people), names_in(others)


def _meta(said: Said) -> Iterable[str]:
    for name in _META:
        values = said.meta.get(name, ())
        if _people(names_in(values), said):
            return values
    ending = (name for name in said.meta if re.split(r"[_:.-]", name)[-1].endswith(_META_END))
    for name in ending:
        if _people(names_in(said.meta[name]), said):
            return said.meta[name]
    return said.meta.get("author", ())


def _people(names: Iterable[str], said: Said) -> tuple[str, ...]:
    """Return the names that are not the site's own."""
    return tuple(name for name in names if letters_of(name) not in said.site_names)


def _is_person(name: str, said: Said) -> bool:
    """Say whether a printed name is a person's, and not made of the site's ("ORF.at/Agenturen")."""
    letters = letters_of(name)
    return is_person(name) and not any(site in letters for site in said.site_names)


def _marked(said: Said, near: Sequence[Near]) -> tuple[str, ...]:
    """Return the names in elements that markup calls an author's, the innermost ones."""
    marked = [at for at in near if at.words & _MARKS and not at.words & _NOT_MARKS and at.text]
    above = {at.above for at in marked}
    inner = [at for at in marked if at.key not in above or at.tag == "a"]
    names = [
        name
        for at in inner
        for name in _people(names_in([at.text]), said)
        if _is_person(name, said) or "author" in at.attr("itemprop").split()
    ]
    return tuple(dict.fromkeys(names)) if len(names) <= _MOST else ()


def _printed(said: Said, near: Sequence[Near]) -> tuple[str, ...]:
    """Return the names in the first short line that begins with "By" and the like."""
    for at in near:
        if at.text and len(at.text) <= 100 and has_by(at.text):
            names = [name for name in _people(names_in([at.text]), said) if _is_person(name, said)]
            if names:
                return tuple(names)
    return ()


def _after_labels(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names behind "Author:" in a line, or in the line after "Author"."""
    for table in ("label", "editor"):
        labels = words(table)
        for number, line in enumerate(lines):
            label, rest = _parted(line)
            if label in labels:
                names = names_in([rest or "".join(lines[number + 1 : number + 2])])
                if names and all(is_person(name) for name in names):
                    return names
    return ()


def _parted(line: str) -> tuple[str, str]:
    """Return what a line has before a colon, in lower case, and what it has behind one."""
    label, colon, rest = line.partition(":" if ":" in line else "\uff1a")
    if len(label) > _MOST_LABEL:
        return "", ""
    return label.strip(_BRACKETS).lower(), rest.strip(_BRACKETS) if colon else ""
