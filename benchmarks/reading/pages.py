"""The evaluation pages and their golds, read from a folder that is not part of this project.

It measures nothing; the folder's own README says where each set comes from.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SETS = ("aeb", "fundus-tests", "fundus-eval", "portal")
SEGMENTS = "segments"
MOST_OTHERS = 10  # pages of an outlet that a template is learnt from, at most
LEAST_OTHERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One page with what is right about it; `others` are pages of its outlet, without gold."""

    set: str
    file: Path
    url: str
    publisher: str = ""
    paragraphs: tuple[str, ...] = ()
    title: str = ""
    authors: tuple[str, ...] | None = None
    published: datetime | None = None
    required: tuple[str, ...] = ()  # segments: strings that the text must have
    forbidden: tuple[str, ...] = ()
    others: tuple[tuple[Path, str], ...] = ()

    @property
    def name(self) -> str:
        """What a person may call the page by."""
        return f"{self.publisher or self.set} {self.file.name.removesuffix('.html.gz')[:24]}"


def html_of(file: Path) -> bytes:
    """Return a page's bytes."""
    return gzip.decompress(file.read_bytes())


def samples_in(data: Path, sets: Sequence[str]) -> list[Sample]:
    """Return the samples of sets, in the order of the sets and of the folder's lists."""
    golds = [line for line in _lines(data / "gold.jsonl") if line["set"] in sets]
    outlets: dict[tuple[str, str], list[tuple[Path, str]]] = defaultdict(list)
    for line in golds:
        if line["publisher"]:
            page = (data / "pages" / line["page"], line["url"])
            outlets[line["set"], line["publisher"]].append(page)
    found = [
        _sample(data, line, outlets.get((line["set"], line["publisher"]), [])) for line in golds
    ]
    if SEGMENTS in sets:
        found += [_segments(data, line) for line in _lines(data / "segments.jsonl")]
    return sorted(found, key=lambda sample: sets.index(sample.set))


def _sample(data: Path, line: dict[str, Any], outlet: Sequence[tuple[Path, str]]) -> Sample:
    file = data / "pages" / line["page"]
    at = next((index for index, (path, _) in enumerate(outlet) if path == file), 0)
    # The pages that follow in the list, round its end: neither its order nor its head is preferred.
    others = [*outlet[at + 1 :], *outlet[:at]][:MOST_OTHERS]
    return Sample(
        set=line["set"],
        file=file,
        url=line["url"],
        publisher=line["publisher"] or "",
        paragraphs=tuple(line["paragraphs"]),
        title=line["title"] or "",
        authors=None if line["authors"] is None else tuple(line["authors"]),
        published=datetime.fromisoformat(line["published"]) if line["published"] else None,
        others=tuple(others) if len(others) >= LEAST_OTHERS else (),
    )


def _segments(data: Path, line: dict[str, Any]) -> Sample:
    return Sample(
        set=SEGMENTS,
        file=data / "pages" / line["page"],
        url=line["url"],
        required=tuple(line["with"]),
        forbidden=tuple(line["without"]),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
