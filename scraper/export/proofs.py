"""The proofs that what is packed stands in the archive's sealed days, with the manifests of these.

It seals nothing. Where a day was sealed, all its records of a file are read for the proof of one.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scraper.archive.chain import Entry, Manifest, manifest_from, manifests_in
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.proof import Proof, audit_path, encoded, is_in
from scraper.archive.reader import path_of
from scraper.archive.timestamp import SUFFIX
from scraper.archive.verify import Finding, scan
from scraper.disk import disk_error
from scraper.errors import ArchiveError, DamageError
from scraper.export.articles import OnProblem
from scraper.store.text_files import numbered_in

NAME_IN_PACKAGE = "evidence/proofs.json"

_Leaves = list[tuple[str, bytes]]  # names and data, in their order


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A manifest as its file is."""

    path: Path
    data: bytes
    manifest: Manifest


def proof_files(
    root: Path,
    records: Mapping[str, Collection[str]],
    texts: Mapping[str, str],
    on_problem: OnProblem,
) -> dict[str, bytes]:
    """Return what a package needs to prove itself, by path: proofs, manifests and timestamps.

    `records` are the IDs that are packed of each file of the archive, `texts` the names in the
    package of text files. What no day was sealed with has no proof; without any nothing is
    returned.
    """
    sealed = list(_sealed(root, on_problem))
    proofs = [
        *(one for file, ids in records.items() for one in _of_file(root, file, ids, sealed)),
        *_of_texts(root, texts, sealed),
    ]
    proven = [one for one in proofs if any(is_in(one, day.manifest) for day in sealed)]
    for file, start, manifest in sorted({_stretch(one) for one in set(proofs) - set(proven)}):
        problem = f"changed since it was sealed in {manifest}, and packed without a proof"
        on_problem(DamageError(problem, path=root / file, offset=start))
    if not proven:
        return {}
    files = {NAME_IN_PACKAGE: encoded(proven)}
    for path in _needed(sealed, {one.manifest for one in proven}):
        files[f"evidence/{path.name}"] = path.read_bytes()
    return files


def _sealed(root: Path, on_problem: OnProblem) -> Iterator[_Sealed]:
    for path in manifests_in(root):
        try:
            data = path.read_bytes()
            yield _Sealed(path, data, manifest_from(data))
        except OSError as exc:
            on_problem(disk_error(exc, path))
        except DamageError as exc:
            on_problem(DamageError(exc.problem, path=path))


def _stretch(proof: Proof) -> tuple[str, int, str]:
    return proof.file, proof.start, proof.manifest


def _needed(sealed: list[_Sealed], names: Collection[str]) -> Iterator[Path]:
    """Yield the manifests of proofs, and those after each up to one that has a timestamp, which
    stands for all before it."""
    is_open = False
    for day in sealed:
        stamp = day.path.with_suffix(SUFFIX)
        if is_open or day.path.name in names:
            yield day.path
            is_open = not stamp.exists()
            if stamp.exists():
                yield stamp


def _of_file(root: Path, file: str, ids: Collection[str], sealed: list[_Sealed]) -> Iterator[Proof]:
    try:
        path = path_of(root, file)
    except ArchiveError:
        return  # whoever packed it has said so
    for day, entry in _entries(file, sealed):
        found = (one for one in scan(path, with_sha256=True, start=entry.start, until=entry.end))
        leaves = [(one.id, one.sha256) for one in found if not isinstance(one, Finding)]
        yield from _proofs(leaves, {one: one for one in ids}, entry, day)


def _of_texts(root: Path, texts: Mapping[str, str], sealed: list[_Sealed]) -> Iterator[Proof]:
    by_folder: dict[str, dict[str, str]] = {}
    for file, name in texts.items():
        folder, _, own = file.rpartition("/")
        by_folder.setdefault(folder, {})[own] = name
    for folder, names in by_folder.items():
        for day, entry in _entries(folder, sealed):
            leaves = [
                (path.name, hashlib.sha256(path.read_bytes()).digest())
                for number, path in numbered_in(root / folder)
                if entry.start <= number < entry.end
            ]
            yield from _proofs(leaves, names, entry, day)


def _entries(file: str, sealed: list[_Sealed]) -> Iterator[tuple[_Sealed, Entry]]:
    name = file.removesuffix(OPEN_SUFFIX)
    return ((day, entry) for day in sealed for entry in day.manifest.entries if entry.file == name)


def _proofs(
    leaves: _Leaves, names: Mapping[str, str], entry: Entry, day: _Sealed
) -> Iterator[Proof]:
    """Yield the proofs of the leaves that have a name in the package."""
    data = [one for _, one in leaves]
    for number, (own, sha256) in enumerate(leaves):
        if own in names:
            yield Proof(
                name=names[own], sha256=sha256.hex(), manifest=day.path.name, file=entry.file,
                start=entry.start, leaf=number, leaves=len(leaves),
                path=tuple(one.hex() for one in audit_path(data, number)),
            )  # fmt: skip
