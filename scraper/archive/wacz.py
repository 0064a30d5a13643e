"""WACZ 1.1.1 packages: WARC files with their index, a list of pages, and a digest of every file.

It packs what it is given and knows nothing of captures. Specification:
https://specs.webrecorder.net/wacz/1.1.1/
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import IO

VERSION = "1.1.1"
_LINES_IN_BLOCK = 1_024  # of the index, as the other makers have it
_READ_WRITE = 0o644 << 16


class Entry:
    """A file of a package while it is being written."""

    def __init__(self, path: str, stream: IO[bytes]) -> None:
        self.path, self.size = path, 0
        self._stream, self._sha256 = stream, hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._stream.write(data)
        self._sha256.update(data)
        self.size += len(data)

    def resource(self) -> dict[str, object]:
        """Return what datapackage.json says of it."""
        return {
            "name": self.path.rsplit("/", 1)[-1].lower(),
            "path": self.path,
            "hash": f"sha256:{self._sha256.hexdigest()}",
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a package says of itself."""

    title: str
    software: str
    created: datetime
    description: str = ""
    main: tuple[str, datetime] | None = None  # page and moment where a reader should begin


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is being written, file by file; `finish` writes what stands for all of it."""

    _zip: zipfile.ZipFile
    _about: About
    _resources: list[dict[str, object]] = field(default_factory=list)

    @contextmanager
    def entry(self, path: str, *, deflated: bool = False, at_most: int = 0) -> Iterator[Entry]:
        """Give a file to write. Stored as it is unless `deflated`: readers fetch ranges of it.

        `at_most` is its size in bytes as far as it is known, and has to be said from 2 GB on:
        ReplayWeb.page 2.5 cannot find a file whose own header makes room for such sizes.
        """
        info = zipfile.ZipInfo(path, self._about.created.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        info.external_attr, info.file_size = _READ_WRITE, at_most
        with self._zip.open(info, "w") as stream:
            entry = Entry(path, stream)
            yield entry
        self._resources.append(entry.resource())

    def add(self, path: str, data: bytes) -> None:
        """Write a whole file."""
        with self.entry(path, deflated=True) as entry:
            entry.write(data)

    def add_index(self, lines: Iterable[str]) -> int:
        """Write sorted index lines in compressed blocks, and where each begins; return how many."""
        count, blocks, rest = 0, [], iter(lines)
        with self.entry("indexes/index.cdx.gz") as entry:
            while some := list(islice(rest, _LINES_IN_BLOCK)):
                data = zlib.compress("".join(some).encode("utf-8"), wbits=31)
                blocks.append(_block_line(some[0], entry.size, data))
                entry.write(data)
                count += len(some)
        about = json.dumps({"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"})
        self.add("indexes/index.idx", "".join([f"!meta 0 {about}\n", *blocks]).encode("utf-8"))
        return count

    def add_pages(self, pages: Iterable[Mapping[str, object]], *, at_most: int = 0) -> int:
        """Write the list of pages, each with url, ts, title and text; return how many.

        `at_most` is its size, as for `entry`.
        """
        count = 0
        head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
        with self.entry("pages/pages.jsonl", deflated=True, at_most=at_most) as entry:
            for page in chain([head], pages):
                entry.write(json.dumps(page).encode("ascii") + b"\n")
                count += 1
        return count - 1

    def finish(self) -> None:
        """Write the package's description with the digest of every file, and its own digest."""
        about = self._about
        says: dict[str, object] = {
            "profile": "data-package",
            "resources": self._resources,
            "wacz_version": VERSION,
            "title": about.title,
            "description": about.description,
            "created": iso(about.created),
            "software": about.software,
        }
        if about.main is not None:
            url, moment = about.main
            says |= {"mainPageUrl": url, "mainPageDate": iso(moment)}
        data = json.dumps(says, indent=2).encode("ascii")
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        self._zip.writestr(self._info("datapackage.json"), data)
        self._zip.writestr(
            self._info("datapackage-digest.json"), json.dumps(digest, indent=2).encode("ascii")
        )

    def _info(self, path: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(path, self._about.created.timetuple()[:6])
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, _READ_WRITE
        return info


@contextmanager
def package(out: IO[bytes], about: About) -> Iterator[Package]:
    """Give a package to fill; it's finished when the block ends well."""
    with zipfile.ZipFile(out, "w", allowZip64=True) as archive:
        packed = Package(archive, about)
        yield packed
        packed.finish()


def iso(moment: datetime) -> str:
    """Return a moment as WACZ spells it: UTC, whole seconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _block_line(first: str, offset: int, data: bytes) -> str:
    place = {
        "offset": offset,
        "length": len(data),
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    return f"{first.split('{', 1)[0].strip()} {json.dumps(place)}\n"
