"""Manifests of what an archive held when a day was over, each chained to the one before it.

It opens no file of the archive: digests and bytes in, values and bytes out. The format
is in docs/verify.md, for who wants to check it without us.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from scraper.errors import DamageError

FORMAT = "scraper-chain-1"
FOLDER = "chain"

_NAME = re.compile(r"(\d{6})_(\d{4}-\d\d-\d\d)\.json")
LEAF, NODE = b"\x00", b"\x01"  # so that no node can be passed off as a leaf (RFC 6962, 2.1)
_HEX = re.compile("[0-9a-f]{64}")


class Tree:
    """The Merkle tree hash of leaves that come one by one (RFC 6962, section 2.1, SHA-256).

    It remembers one hash for each bit of their number.
    """

    def __init__(self) -> None:
        self.leaves = 0
        self._peaks: list[tuple[int, bytes]] = []  # complete subtrees, largest first, with height

    def add(self, data: bytes) -> None:
        """Take in the next leaf."""
        self.leaves += 1
        height, found = 0, hashlib.sha256(LEAF + data).digest()
        while self._peaks and self._peaks[-1][0] == height:
            found = node(self._peaks.pop()[1], found)
            height += 1
        self._peaks.append((height, found))

    def root(self) -> str:
        """Return the tree's hash in hexadecimal digits."""
        if not self._peaks:
            return hashlib.sha256().hexdigest()
        found = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            found = node(left, found)
        return found.hex()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stretch of a file, or of a folder of texts, and the tree over what lies in it.

    Of a WARC file `start` and `end` are bytes, and each record is a leaf; of a folder of texts they
    are the numbers of the texts, and each text is one.
    """

    file: str  # relative to the archive
    start: int
    end: int  # not part of it
    leaves: int
    root: str

    def fields(self) -> dict[str, object]:
        """Return what the manifest says of it."""
        place = {"end": self.end, "file": self.file, "start": self.start}
        return {**place, "leaves": self.leaves, "root": self.root}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was added to an archive since the manifest before; `previous` is that one's SHA-256."""

    number: int  # from 1
    day: date  # that was over
    sealed: datetime
    previous: str | None
    entries: tuple[Entry, ...]  # by file, then by start

    @property
    def name(self) -> str:
        """The name of its file; the names sort by number."""
        return f"{self.number:06}_{self.day.isoformat()}.json"

    @property
    def root(self) -> str:
        """The tree over its entries, each as canonical JSON."""
        tree = Tree()
        for entry in self.entries:
            tree.add(canonical(entry.fields()))
        return tree.root()

    def encoded(self) -> bytes:
        """Return the bytes of its file, which its digest is made of."""
        return canonical(
            {
                "format": FORMAT,
                "number": self.number,
                "day": self.day.isoformat(),
                "sealed": self.sealed.astimezone(UTC).isoformat(timespec="seconds"),
                "previous": self.previous,
                "entries": [entry.fields() for entry in self.entries],
                "root": self.root,
            }
        )


def canonical(value: object) -> bytes:
    """Return JSON as RFC 8785 has it for what we write: sorted keys, no spaces, whole numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def digest_of(manifest: bytes) -> str:
    """Return the SHA-256 of a manifest's bytes in hexadecimal digits, as the next one names it."""
    return hashlib.sha256(manifest).hexdigest()


def manifests_in(root: Path) -> list[Path]:
    """Return the files of an archive's manifests in the order of their numbers."""
    return sorted(path for path in (root / FOLDER).glob("*.json") if number_in(path.name))


def number_in(name: str) -> int | None:
    """Return the number in a manifest's file name, or None where it is none."""
    parts = _NAME.fullmatch(name)
    return int(parts[1]) if parts else None


def day_in(name: str) -> date | None:
    """Return the day in a manifest's file name, or None where it is none."""
    parts = _NAME.fullmatch(name)
    return date.fromisoformat(parts[2]) if parts else None


def manifest_from(data: bytes) -> Manifest:
    """Return the manifest that some bytes are.

    Raises:
        DamageError: they are none, or not the very bytes that we would write.
    """
    try:
        fields = json.loads(data)
        manifest = Manifest(
            number=int(fields["number"]),
            day=date.fromisoformat(fields["day"]),
            sealed=datetime.fromisoformat(fields["sealed"]),
            previous=fields["previous"],
            entries=tuple(_entry(one) for one in fields["entries"]),
        )
        is_same = manifest.encoded() == data
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as exc:
        raise DamageError(f"not a manifest ({exc!r})") from exc
    if not is_same:
        raise DamageError("a manifest that was changed: it is not what we would write")
    return manifest


def _entry(fields: dict[str, object]) -> Entry:
    file, root = fields["file"], fields["root"]
    numbers = [fields["start"], fields["end"], fields["leaves"]]
    if not isinstance(file, str) or not isinstance(root, str) or not _HEX.fullmatch(root):
        raise ValueError("an entry without file or root")
    start, end, leaves = (int(str(number)) for number in numbers)
    return Entry(file=file, start=start, end=end, leaves=leaves, root=root)
