"""That one record or text stands in a sealed day, shown without the rest of the archive.

It reads and writes no file: hashes and JSON in, values and JSON out. RFC 6962, section 2.1.1; the
format is in docs/verify.md, for who wants to check it without us.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from scraper.archive.chain import LEAF, Manifest, canonical, node
from scraper.errors import DamageError

FORMAT = "scraper-proofs-1"
_LONGEST = 64  # hashes of a path: for more leaves than there are
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The way from one leaf to the root of an entry of a manifest."""

    name: str  # of the record (its ID), or of the text's file in the package
    sha256: str  # of the record uncompressed, with the four bytes that end it, or of the text
    manifest: str  # name of its file
    file: str  # of the entry, as is `start`
    start: int
    leaf: int  # from 0
    leaves: int
    path: tuple[str, ...]  # hashes of the neighbours, from the leaf up


def audit_path(leaves: Sequence[bytes], leaf: int) -> tuple[bytes, ...]:
    """Return the hashes that lead from a leaf, by its position, to the root.

    `leaves` are the data of all leaves, in their order.
    """
    hashes = [hashlib.sha256(LEAF + data).digest() for data in leaves]
    return tuple(_path(hashes, leaf))


def _path(hashes: Sequence[bytes], leaf: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if leaf < split:
        return [*_path(hashes[:split], leaf), _root(hashes[split:])]
    return [*_path(hashes[split:], leaf - split), _root(hashes[:split])]


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node(_root(hashes[:split]), _root(hashes[split:]))


def _split(count: int) -> int:
    """Return the largest power of two below a number of leaves."""
    split: int = 1 << (count - 1).bit_length() - 1
    return split


def root_of(data: bytes, leaf: int, leaves: int, path: Sequence[bytes]) -> str | None:
    """Return the root to which a leaf's data and a path lead; None where they lead nowhere."""
    if not 0 <= leaf < leaves:
        return None
    found, last = hashlib.sha256(LEAF + data).digest(), leaves - 1
    for beside in path:  # RFC 9162, section 2.1.3.2
        if last == 0:
            return None
        if leaf & 1 or leaf == last:
            found = node(beside, found)
            while leaf and not leaf & 1:
                leaf, last = leaf >> 1, last >> 1
        else:
            found = node(found, beside)
        leaf, last = leaf >> 1, last >> 1
    return found.hex() if last == 0 else None


def is_in(proof: Proof, manifest: Manifest) -> bool:
    """Say whether a manifest has the entry to whose root a proof leads."""
    path = [bytes.fromhex(one) for one in proof.path]
    root = root_of(bytes.fromhex(proof.sha256), proof.leaf, proof.leaves, path)
    place = (proof.file, proof.start, proof.leaves, root)
    return any((one.file, one.start, one.leaves, one.root) == place for one in manifest.entries)


def encoded(proofs: Iterable[Proof]) -> bytes:
    """Return proofs as JSON."""
    return canonical({"format": FORMAT, "proofs": [asdict(one) for one in proofs]})


def proofs_from(data: bytes) -> tuple[Proof, ...]:
    """Return the proofs that JSON holds.

    Raises:
        DamageError: it holds none, or something else.
    """
    try:
        said = json.loads(data)
        if said["format"] != FORMAT:
            raise DamageError(f"proofs of another format: {str(said['format'])[:40]!r}")
        return tuple(_proof(one) for one in said["proofs"])
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as exc:
        raise DamageError(f"no proofs that can be read ({exc!r})") from exc


def _proof(fields: dict[str, object]) -> Proof:
    path, numbers = fields["path"], [fields["start"], fields["leaf"], fields["leaves"]]
    if not isinstance(path, list) or len(path) > _LONGEST:
        raise ValueError("a path of another kind")
    hashes = [str(one) for one in (fields["sha256"], *path)]
    if not all(_HEX.fullmatch(one) for one in hashes):
        raise ValueError("a hash of another kind")
    start, leaf, leaves = (int(str(number)) for number in numbers)
    return Proof(
        name=str(fields["name"]), sha256=hashes[0], manifest=str(fields["manifest"]),
        file=str(fields["file"]), start=start, leaf=leaf, leaves=leaves, path=tuple(hashes[1:]),
    )  # fmt: skip
