"""A capture of the archive -> a case: its records as whole members, and the text read from them.

It changes nothing of the archive.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from scraper.archive.members import members_in
from scraper.archive.reader import path_of
from scraper.config.entry import Value, key_text
from scraper.disk import disk_error, make_folder
from scraper.errors import ConfigError, SiteError
from scraper.model import Article, Outlet
from scraper.read import last_response
from scraper.rules.cases import Case
from scraper.store.rows import CaptureDetail, ExchangeRow

_TELLING = ("prompt", "ad", "related", "share", "box")  # roles of what must not come back
_MOST = 4
_SHORT, _LONG = 12, 60  # characters of a sample


def freeze(
    root: Path, folder: Path, outlet: Outlet, detail: CaptureDetail, article: Article, name: str
) -> Case:
    """Write a capture as a case of an outlet, and return it.

    Raises:
        ConfigError: there is a case of that name.
        SiteError: the capture has no page of its own.
        ArchiveError: its records cannot be read, or the case cannot be written.
    """
    last = last_response(detail)
    if last.response_type == "revisit":
        problem = "the page was as before, so its bytes lie with an earlier capture: name that one"
        raise SiteError(problem, url=detail.capture.url)
    case = Case(
        outlet=outlet.id,
        file=folder / outlet.id / f"{name or name_for(last.url)}.toml",
        url=last.url,
        captured=last.started.date(),
        must_contain=tuple(_contained(article)),
        must_not_contain=tuple(_left_out(article)),
    )
    if case.file.exists():
        raise ConfigError("there is a case of that name; --name gives another", file=case.file)
    cassette = b"".join(_members(root, detail.exchanges))
    make_folder(case.file.parent)
    try:
        case.cassette.write_bytes(cassette)
        case.expected.write_text(article.text + "\n", encoding="utf-8")
        case.file.write_text(_toml(case), encoding="utf-8")  # last: without it there is no case
    except OSError as exc:
        raise disk_error(exc, case.file, kept="the archive is as it was") from exc
    return case


def name_for(url: str) -> str:
    """Return a file name from the last words of a URL's path."""
    words = re.findall(r"[a-z0-9]+", urlsplit(url).path.lower().rsplit(".", 1)[0])
    return "-".join(words[-6:])[:60].strip("-") or "front"


def _members(root: Path, exchanges: tuple[ExchangeRow, ...]) -> Iterator[bytes]:
    """Yield the warcinfo of the file that a capture begins in, then its records, each as it is."""
    first = path_of(root, exchanges[0].request_file)
    yield from (
        member for record, member in islice(members_in(first), 1) if record.type == "warcinfo"
    )
    for exchange in exchanges:
        places = [(exchange.request_file, exchange.request_offset)]
        if exchange.response_file is not None and exchange.response_offset is not None:
            places.append((exchange.response_file, exchange.response_offset))
        for file, offset in places:
            yield from (
                member for _, member in islice(members_in(path_of(root, file), start=offset), 1)
            )


def _contained(article: Article) -> Iterator[str]:
    """Yield how the story begins and ends."""
    ends = dict.fromkeys((article.paragraphs[0], article.paragraphs[-1]))
    yield from (text[:_LONG].rstrip() for text in ends)


def _left_out(article: Article) -> Iterator[str]:
    """Yield what was stripped and says by its words what it is."""
    found = dict.fromkeys(
        line[:_LONG].rstrip()
        for block in article.stripped()
        if block.role in _TELLING and len(line := " ".join(block.text.split())) >= _SHORT
    )
    return islice((text for text in found if text not in article.text), _MOST)


def _toml(case: Case) -> str:
    values: dict[str, Value] = {"url": case.url, "captured": date.fromisoformat(str(case.captured))}
    values |= {
        key: list(texts)
        for key in ("must_contain", "must_not_contain")
        if (texts := getattr(case, key))
    }
    return "".join(f"{key_text(key, value)}\n" for key, value in values.items())
