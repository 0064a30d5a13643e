"""WACZ packages, ours and anybody's: their digests, and the proofs of an evidence package.

It unpacks WARC files for a moment, into a temporary folder, and knows no archive and no catalog;
what is in the WARC files is for `run` to check.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from gzip import BadGzipFile, GzipFile
from pathlib import Path, PurePosixPath
from typing import IO

from scraper.archive.chain import digest_of, manifest_from, number_in
from scraper.archive.proof import Proof, is_in, proofs_from
from scraper.archive.timestamp import SUFFIX as STAMP
from scraper.archive.timestamp import Stamp, stamp_in
from scraper.archive.verify import Finding, scan
from scraper.disk import disk_error
from scraper.errors import ConfigError, DamageError
from scraper.verify.index import index_findings

SUFFIX = ".wacz"
_WARC = (".warc.gz", ".warc")
_INDEX = (".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz")
_SUMS = "evidence/SHA256SUMS"
_PROOFS = "evidence/proofs.json"
_MOST_JSON = 100_000_000  # bytes, unpacked, of a file that is read whole
_MOST_INDEX = 10_000_000_000  # bytes, unpacked: thirty million lines
_CHUNK = 1_000_000
_MOST_TIMES = 200  # as for responses; texts and indexes come to ten
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


@dataclass(slots=True)
class Shown:
    """What the proofs of packages show."""

    leaves: int = 0  # records and texts that stand in sealed days
    head: str | None = (
        None  # SHA-256 of the newest manifest: to be held against what its owner says
    )
    day: str | None = None  # name of that manifest
    stamp: Stamp | None = None


@dataclass(slots=True)
class Opened:
    """A package under way: `warcs` lie in a temporary folder until its owner removes it."""

    path: Path
    zip: zipfile.ZipFile
    warcs: list[tuple[str, Path]] = field(default_factory=list)

    def finding(self, name: str, problem: str, *, is_note: bool = False) -> Finding:
        """Return a finding about a file in the package."""
        return Finding(problem=problem, path=self.path / name, is_note=is_note)

    def whole(self, name: str) -> bytes:
        """Return a small file. DamageError: it's not there, not small, or damaged."""
        try:
            if self.zip.getinfo(name).file_size > _MOST_JSON:
                raise DamageError(f"more than {_MOST_JSON} bytes", path=self.path / name)
            return self.zip.read(name)
        except KeyError as exc:
            raise DamageError("it is missing", path=self.path / name) from exc
        except _BROKEN as exc:
            raise DamageError(f"it cannot be unpacked ({exc})", path=self.path / name) from exc


def digests_in(opened: Opened, scratch: Path) -> Iterator[Finding]:
    """Hold every file of a package against the digests in it, and put its WARC files into a folder;
    yield what is wrong."""
    names = {one.filename for one in opened.zip.infolist() if not one.is_dir()}
    expected, findings = _expected(opened)
    yield from findings
    for name in sorted(names):
        if _is_bomb(opened.zip.getinfo(name)):
            expected.pop(name, None)
            yield opened.finding(name, "it unpacks to hundreds of times its size: not looked into")
            continue
        try:
            digest, size = _unpacked(opened, name, scratch)
        except _BROKEN as exc:
            yield opened.finding(name, f"it cannot be unpacked ({exc})")
            continue
        for said, source in expected.pop(name, []):
            if said not in {f"sha256:{digest}", size}:
                yield opened.finding(name, f"not what {source} says: {said}")
    for name, said_of in sorted(expected.items()):
        yield opened.finding(name, f"it is missing, and {said_of[0][1]} has it")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > _MOST_TIMES * info.compress_size + _CHUNK


def _expected(opened: Opened) -> tuple[dict[str, list[tuple[object, str]]], list[Finding]]:
    """Return which digest or size files should have, and who says so."""
    expected: dict[str, list[tuple[object, str]]] = {}
    findings: list[Finding] = []
    for name, read in (
        ("datapackage-digest.json", _of_package),
        ("datapackage.json", _resources),
        (_SUMS, _sums),
    ):
        if name not in opened.zip.namelist():
            if name == "datapackage.json":
                findings.append(opened.finding(name, "it is missing: this is no WACZ package"))
            continue
        try:
            for file, said in read(opened.whole(name)):
                expected.setdefault(file, []).append((said, name))
        except DamageError as exc:
            findings.append(opened.finding(name, exc.problem))
        except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as exc:
            findings.append(opened.finding(name, f"it cannot be understood ({exc!r})"))
    return expected, findings


def _of_package(data: bytes) -> list[tuple[str, object]]:
    said = json.loads(data)
    return [(str(said["path"]), said["hash"])]


def _resources(data: bytes) -> list[tuple[str, object]]:
    listed = json.loads(data)["resources"]
    sizes = [(str(one["path"]), one["bytes"]) for one in listed if "bytes" in one]
    return [*((str(one["path"]), one["hash"]) for one in listed), *sizes]


def _sums(data: bytes) -> list[tuple[str, object]]:
    lines = (line.split("  ", 1) for line in data.decode("utf-8").splitlines())
    return [(name, f"sha256:{digest}") for digest, name in lines]


def _unpacked(opened: Opened, name: str, scratch: Path) -> tuple[str, int]:
    """Return the digest and size of a file; WARC files are kept in the folder."""
    sha256, size = hashlib.sha256(), 0
    is_warc = name.startswith("archive/") and name.endswith(_WARC)
    # A number before its own name: nothing that a package says becomes a path.
    kept = scratch / f"{len(opened.warcs)}-{PurePosixPath(name).name[-80:]}"
    try:
        target = kept if is_warc else Path(os.devnull)
        with opened.zip.open(name) as source, target.open("wb") as out:
            while data := source.read(_CHUNK):
                sha256.update(data)
                size += len(data)
                out.write(data)
    except OSError as exc:
        raise disk_error(exc, opened.path, kept="nothing was changed") from exc
    if is_warc:
        opened.warcs.append((name, kept))
    return sha256.hexdigest(), size


def index_in(opened: Opened, scratch: Path) -> Iterator[Finding]:
    """Hold each line of a package's index against the record that it leads to."""
    files = {PurePosixPath(name).name: path for name, path in opened.warcs}
    plain = scratch / "index.cdxj"
    for name in sorted(opened.zip.namelist()):
        if not (name.startswith("indexes/") and name.endswith(_INDEX)):
            continue
        try:
            with opened.zip.open(name) as source, plain.open("wb") as out:
                for data in _chunks(GzipFile(fileobj=source) if name.endswith(".gz") else source):
                    out.write(data)
        except (*_BROKEN, BadGzipFile) as exc:
            yield opened.finding(name, f"it cannot be unpacked ({exc})")
        except OSError as exc:
            raise disk_error(exc, opened.path, kept="nothing was changed") from exc
        else:
            for finding in index_findings(plain, files):
                yield replace(finding, path=opened.path / name)


def _chunks(stream: GzipFile | IO[bytes]) -> Iterator[bytes]:
    """Yield what a stream holds, up to what an index may have."""
    size = 0
    while data := stream.read(_CHUNK):
        size += len(data)
        if size > _MOST_INDEX:
            raise EOFError(f"more than {_MOST_INDEX} bytes")
        yield data


def proofs_in(opened: Opened, shown: Shown, authorities: Sequence[bytes]) -> Iterator[Finding]:
    """Check the proofs of an evidence package, where it has some; yield what they do not show."""
    if _PROOFS not in opened.zip.namelist():
        return
    try:
        proofs = proofs_from(opened.whole(_PROOFS))
    except DamageError as exc:
        yield opened.finding(_PROOFS, exc.problem)
        return
    manifests, findings = _manifests(opened, shown, authorities)
    yield from findings
    leaves, texts = _leaves(opened), _texts(opened)
    proven: set[str] = set()
    for proof in proofs:
        problem = _problem(proof, leaves | texts, manifests)
        if problem is None:
            proven.add(proof.name)
        else:
            yield opened.finding(_PROOFS, f"{proof.name}: {problem}")
    shown.leaves += len(proven)
    without = len((leaves.keys() | texts.keys()) - {one.name for one in proofs})
    if without:
        problem = f"{without} records and texts are of no day that was sealed: nothing proves them"
        yield opened.finding(_PROOFS, problem, is_note=True)


def _problem(
    proof: Proof, leaves: dict[str, str], manifests: dict[str, bytes | None]
) -> str | None:
    """Return why a proof shows nothing, or None."""
    if proof.name not in leaves:
        return "a proof of what is not in the package"
    if leaves[proof.name] != proof.sha256:
        return "changed since it was sealed"
    data = manifests.get(proof.manifest)
    if data is None:
        return f"its manifest cannot be read: {proof.manifest}"
    if not is_in(proof, manifest_from(data)):
        return f"{proof.manifest} says otherwise"
    return None


def _manifests(
    opened: Opened, shown: Shown, authorities: Sequence[bytes]
) -> tuple[dict[str, bytes | None], list[Finding]]:
    """Read the manifests of a package, each held against the one before it and its timestamp."""
    found: dict[str, bytes | None] = {}
    findings: list[Finding] = []
    before: tuple[int, str] | None = None
    there = set(opened.zip.namelist())
    for name in sorted(PurePosixPath(one).name for one in there if one.startswith("evidence/")):
        if number_in(name) is None:
            continue
        found[name] = None
        try:
            data = opened.whole(f"evidence/{name}")
            manifest = manifest_from(data)
        except DamageError as exc:
            findings.append(opened.finding(f"evidence/{name}", exc.problem))
            continue
        follows = before is None or manifest.number != before[0] + 1
        if manifest.name != name or not (follows or (before and manifest.previous == before[1])):
            problem = "not the manifest that was made after the one before it"
            findings.append(opened.finding(f"evidence/{name}", problem))
            continue
        found[name], before = data, (manifest.number, digest_of(data))
        shown.head, shown.day = digest_of(data), name
        findings += _stamped(opened, name, data, shown, authorities)
    return found, findings


def _stamped(
    opened: Opened, name: str, data: bytes, shown: Shown, authorities: Sequence[bytes]
) -> list[Finding]:
    stamp = str(PurePosixPath("evidence", name).with_suffix(STAMP))
    if stamp not in opened.zip.namelist():
        return []
    try:
        shown.stamp = stamp_in(opened.whole(stamp), data, roots=authorities)
    except DamageError as exc:
        return [opened.finding(stamp, exc.problem)]
    except ConfigError as exc:
        return [opened.finding(stamp, f"not read: {exc}", is_note=True)]
    return []


def _leaves(opened: Opened) -> dict[str, str]:
    """Return the digest of each record in the WARC files, by its ID, but for those that begin the
    files of the package."""
    return {
        one.id: one.sha256.hex()
        for _, path in opened.warcs
        for one in scan(path, with_sha256=True)
        if not isinstance(one, Finding) and one.type != "warcinfo"
    }


def _texts(opened: Opened) -> dict[str, str]:
    """Return the digest of each text of the evidence, by its name."""
    names = (PurePosixPath(one) for one in opened.zip.namelist())
    texts = [one for one in names if one.parent.name == "evidence" and one.suffix == ".txt"]
    return {
        one.name: hashlib.sha256(opened.whole(str(one))).hexdigest()
        for one in texts
        if one.name != "README.txt"
    }
