"""WACZ packages verified: digests, records and index, and the proofs that evidence brings along."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from export_archives import copy_with_revisits
from hypothesis import given
from hypothesis import strategies as st
from interop_tools import say
from passes import command

from scraper.archive.chain import Tree
from scraper.archive.proof import audit_path, root_of

LEAF = re.compile(rb'"leaf":\d+')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an archive that was sealed, and the evidence of an article of it."""
    folder = tmp_path_factory.mktemp("packages")
    copy_with_revisits(folder / "archive")
    assert command("verify", "--seal", cwd=folder).returncode == 0
    rows = map(json.loads, command("list", "--json", cwd=folder).stdout.splitlines())
    [url] = (row["url"] for row in rows if row["title"].startswith("Ferry"))
    done = command("export", "evidence", url, "ferry.wacz", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def verified(package: Path, *options: str) -> tuple[int, dict[str, object], list[str]]:
    """Return exit code, summary and problems of `scraper verify`."""
    done = command("verify", str(package), "--json", *options, cwd=package.parent)
    *found, summary = map(json.loads, done.stdout.splitlines())
    return done.returncode, summary["summary"], [one["problem"] for one in found]


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def remade(
    package: Path, to: Path, change: Callable[[str, bytes], bytes | None], *, honest: bool = False
) -> Path:
    """Write a package with files changed or left out; `honest` leaves the digests in it as they
    were, else a forger has made them anew."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(to, "w") as new:
        files = {name: change(name, old.read(name)) for name in old.namelist()}
        kept = {name: data for name, data in files.items() if data is not None}
        if not honest:
            del kept["evidence/SHA256SUMS"]
            said = json.loads(kept["datapackage.json"])
            said["resources"] = [
                {**one, "hash": sha256(kept[one["path"]]), "bytes": len(kept[one["path"]])}
                for one in said["resources"]
                if one["path"] in kept
            ]
            kept["datapackage.json"] = data = json.dumps(said).encode()
            of_all = {"path": "datapackage.json", "hash": sha256(data)}
            kept["datapackage-digest.json"] = json.dumps(of_all).encode()
        for name, data in kept.items():
            new.writestr(name, data)
    return to


@given(st.integers(1, 40), st.data())
def test_the_path_of_every_leaf_leads_to_the_root(leaves: int, data: st.DataObject) -> None:
    contents = [bytes([number]) * 32 for number in range(leaves)]
    tree = Tree()
    for one in contents:
        tree.add(one)
    leaf = data.draw(st.integers(0, leaves - 1))
    path = audit_path(contents, leaf)

    assert root_of(contents[leaf], leaf, leaves, path) == tree.root()
    assert root_of(b"another" * 5, leaf, leaves, path) != tree.root()
    assert root_of(contents[leaf], leaf, leaves, [*path, bytes(32)]) is None
    assert root_of(contents[leaf], leaves, leaves, path) is None
    if path:
        assert root_of(contents[leaf], leaf, leaves, path[:-1]) is None


def test_an_evidence_package_proves_each_of_its_records_and_texts(folder: Path) -> None:
    code, summary, problems = verified(folder / "ferry.wacz")

    assert (code, problems) == (0, [])
    assert summary["packages"] == 1
    [manifest] = (folder / "archive/chain").glob("*.json")
    assert summary["head"] == hashlib.sha256(manifest.read_bytes()).hexdigest()
    with zipfile.ZipFile(folder / "ferry.wacz") as package:
        proofs = json.loads(package.read("evidence/proofs.json"))["proofs"]
        texts = [name for name in package.namelist() if "_" in name and name.endswith(".txt")]
        assert package.read(f"evidence/{manifest.name}") == manifest.read_bytes()
    records = int(str(summary["records"])) - 1  # its own warcinfo was made today
    assert summary["proven"] == len(proofs) == records + len(texts)


def test_people_are_told_what_to_compare_it_with(folder: Path) -> None:
    done = command("verify", "ferry.wacz", cwd=folder)

    assert done.returncode == 0
    assert "records and texts stand in days that were sealed" in done.stdout
    assert "compare it with what the archive's owner published" in done.stdout


def test_a_package_of_days_that_were_not_sealed_has_no_proofs(tmp_path: Path) -> None:
    copy_with_revisits(tmp_path / "archive")
    done = command("export", "wacz", "all.wacz", cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    code, summary, problems = verified(tmp_path / "all.wacz")

    assert (code, problems, summary["proven"], summary["head"]) == (0, [], 0, None)


@pytest.mark.parametrize("name", ["archive/", "pages/", "indexes/index.cdx.gz", "evidence/000_"])
def test_a_changed_file_is_not_what_the_package_says(
    folder: Path, tmp_path: Path, name: str
) -> None:
    def change(file: str, data: bytes) -> bytes:
        return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:] if file.startswith(name) else data

    package = remade(folder / "ferry.wacz", tmp_path / "a.wacz", change, honest=True)

    code, _, problems = verified(package)

    assert code == 5
    assert any(problem.startswith("not what datapackage.json says") for problem in problems)


def test_a_text_that_was_forged_with_all_digests_is_not_proven(
    folder: Path, tmp_path: Path
) -> None:
    def forge(file: str, data: bytes) -> bytes:
        return data.replace(b"ten days", b"two days") if file.startswith("evidence/000_") else data

    code, _, problems = verified(remade(folder / "ferry.wacz", tmp_path / "a.wacz", forge))

    assert code == 5
    assert [one.partition(": ")[2] for one in problems] == ["changed since it was sealed"]


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (lambda data: LEAF.sub(b'"leaf":999', data, count=1), "says otherwise"),
        (lambda data: data.replace(b'"proofs"', b'"prooves"'), "no proofs that can be read"),
        (lambda data: b"[]", "no proofs that can be read"),
        (lambda data: data.replace(b"scraper-proofs-1", b"scraper-proofs-9"), "another format"),
    ],
)
def test_proofs_that_prove_nothing_are_named(
    folder: Path, tmp_path: Path, forge: Callable[[bytes], bytes], expected: str
) -> None:
    package = remade(
        folder / "ferry.wacz", tmp_path / "a.wacz",
        lambda file, data: forge(data) if file.endswith("proofs.json") else data,
    )  # fmt: skip

    code, _, problems = verified(package)

    assert code == 5
    assert expected in problems[0]


def test_a_manifest_that_was_changed_proves_nothing(folder: Path, tmp_path: Path) -> None:
    def forge(file: str, data: bytes) -> bytes:
        return data.replace(b'"number":1', b'"number":2') if "evidence/000001_" in file else data

    code, summary, problems = verified(remade(folder / "ferry.wacz", tmp_path / "a.wacz", forge))

    assert code == 5
    assert summary["proven"] == 0
    assert "not the manifest that was made after the one before it" in problems[0]


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    package = remade(
        folder / "ferry.wacz", tmp_path / "a.wacz",
        lambda file, data: None if file == "pages/pages.jsonl" else data, honest=True,
    )  # fmt: skip

    code, _, problems = verified(package)

    assert code == 5
    assert problems == ["it is missing, and datapackage.json has it"]


@pytest.mark.parametrize("content", [b"", b"no ZIP at all", b"PK\x03\x04" + bytes(200)])
def test_what_is_no_package_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wacz").write_bytes(content)

    code, _, problems = verified(tmp_path / "a.wacz")

    assert code == 5
    assert "no ZIP file" in problems[0]


def test_a_bomb_in_a_package_is_not_unpacked(folder: Path, tmp_path: Path) -> None:
    package = tmp_path / "a.wacz"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("archive/a.warc.gz", bytes(50_000_000))

    code, _, problems = verified(package)

    assert code == 5
    assert any("hundreds of times its size" in problem for problem in problems)


def test_what_is_not_there_as_it_was_sealed_is_packed_without_a_proof(tmp_path: Path) -> None:
    copy_with_revisits(tmp_path / "archive")
    command("verify", "--seal", cwd=tmp_path)
    [other] = [
        path for path in tmp_path.glob("archive/text/*/*/*.txt") if "Second" in path.read_text()
    ]
    other.unlink()  # a text of the same folder, so that nothing there can be proven any more
    rows = map(json.loads, command("list", "--json", cwd=tmp_path).stdout.splitlines())
    [url] = (row["url"] for row in rows if row["title"].startswith("Ferry"))

    done = command("export", "evidence", url, "ferry.wacz", cwd=tmp_path)

    code, summary, problems = verified(tmp_path / "ferry.wacz")
    assert done.returncode == 5
    assert "changed since it was sealed" in done.stderr
    assert code == 0, problems
    records = int(str(summary["records"])) - 1
    assert summary["proven"] == records + 1, "the text of the first day has no proof"
    assert [one.split(" ", 1)[1] for one in problems] == [
        "records and texts are of no day that was sealed: nothing proves them"
    ]


@pytest.mark.slow
def test_evidence_with_proofs_is_a_package_to_others(folder: Path) -> None:
    done = say("wacz", "validate", "-f", "ferry.wacz", cwd=folder)

    assert done.returncode == 0, done.stdout + done.stderr
