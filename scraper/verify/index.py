"""Index files (CDXJ), each line held against the record that it leads to.

It writes no index, and asks no record for its line: indexes leave out what is not replayed.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from scraper.archive.record import moment_in
from scraper.archive.verify import Finding
from scraper.archive.verify_members import BrokenError
from scraper.archive.verify_records import Checked
from scraper.disk import disk_error
from scraper.errors import ArchiveError
from scraper.verify.places import record_at

SUFFIX = ".cdxj"


def indexes_in(folder: Path) -> list[Path]:
    """Return the index files below a folder."""
    return sorted(folder.rglob(f"*{SUFFIX}"))


def index_findings(path: Path, files: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield what is wrong with the lines of an index; `files` are WARC files by name.

    Raises:
        ArchiveError: it cannot be read.
    """
    offset, before = 0, ""
    try:
        with path.open("rb") as lines:
            for raw in lines:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                for problem, url in _problems(line, before, files):
                    end = offset + len(raw)
                    yield Finding(problem=problem, path=path, offset=offset, end=end, url=url)
                offset, before = offset + len(raw), line
    except OSError as exc:
        raise disk_error(exc, path) from exc


def _problems(
    line: str, before: str, files: Mapping[str, Path]
) -> Iterator[tuple[str, str | None]]:
    """Yield what is wrong with one line, and the URL that it is about."""
    if line < before:
        yield "the line is out of order, so that nobody finds it", None
    parts = line.split(" ", 2)
    if len(parts) == 3 and line.startswith("!"):
        return
    try:
        fields = json.loads(parts[2])
        url, file = str(fields["url"]), str(fields["filename"])
        place, length = int(fields["offset"]), int(fields["length"])
    except (IndexError, KeyError, TypeError, ValueError):
        yield "not a line of an index", None
        return
    warc = files.get(file) or files.get(Path(file).name)
    if warc is None:
        yield f"it leads to {file}, which is not here", url
        return
    try:
        record = record_at(warc.parent, warc.name, place)
    except (BrokenError, ArchiveError, FileNotFoundError) as exc:
        yield f"it leads to byte {place} of {file}: {exc}", url
        return
    yield from ((problem, url) for problem in _differences(record, parts[1], length, fields))


def _differences(
    record: Checked | None, moment: str, length: int, fields: Mapping[str, object]
) -> Iterator[str]:
    if record is None:
        yield "it leads behind the end of its file"
        return
    if record.url != fields["url"]:
        yield f"it leads to a record of {record.url}"
    if record.length != length:
        yield f"its record is {record.length} bytes long, {length} in the index"
    date = moment_in(record.header("WARC-Date"))
    if date is None or f"{date:%Y%m%d%H%M%S}" != moment[:14]:
        yield f"its record is of {record.header('WARC-Date')}"
    digest = record.header("WARC-Payload-Digest")
    if digest is not None and fields.get("digest") not in {None, digest, digest.partition(":")[2]}:
        yield f"its record has the payload digest {digest}"
