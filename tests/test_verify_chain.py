"""What was sealed stays as it was, or the chain says where not: forgers remake all digests."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from archive_samples import NOW, exchange

from scraper.archive.chain import Tree, manifest_from, manifests_in
from scraper.archive.verify import scan
from scraper.archive.writer import WarcWriter
from scraper.disk import held
from scraper.errors import DamageError, LockedError
from scraper.store.text_files import write_text
from scraper.verify.chain import LOCK, Proven, prove, seal

DAY = date(2026, 3, 1)


def fill(root: Path, number: int) -> None:
    """Archive an exchange and a text, as on some day."""
    moment = NOW + timedelta(days=number)
    with WarcWriter(root, "daily-wall", now=moment, software="s", host="desk") as writer:
        writer.write_exchanges([exchange(b"HTTP/1.1 200 OK\r\n\r\nNumber %d" % number)])
    write_text(root, "daily-wall", DAY, f"Text {number}")


def sealed(root: Path, days: int = 2) -> None:
    """Archive something on each of some days, and seal each."""
    for number in range(days):
        fill(root, number)
        assert seal(root, day=DAY + timedelta(days=number), now=NOW) is not None


def problems(root: Path) -> list[str]:
    return [f"{finding.path.name}: {finding.problem}" for finding in prove(root, Proven(), nothing)]


def nothing(_: int) -> None:
    pass


# The leaves and roots that implementations of RFC 6962 test themselves with.
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    bytes(range(96, 112)).hex(),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_trees_are_those_of_rfc_6962() -> None:
    for count, root in enumerate(ROOTS, start=1):
        tree = Tree()
        for leaf in LEAVES[:count]:
            tree.add(bytes.fromhex(leaf))

        assert tree.root() == root
    assert Tree().root() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_what_was_not_touched_is_proven(tmp_path: Path) -> None:
    sealed(tmp_path)
    proven = Proven()

    assert list(prove(tmp_path, proven, nothing)) == []

    assert (proven.manifests, proven.leaves, proven.uncovered) == (2, 2 * (4 + 1), 0)
    first, second = (json.loads(path.read_bytes()) for path in manifests_in(tmp_path))
    assert [entry["file"].split("/")[0] for entry in second["entries"]] == ["text", "warc"]
    assert (first["number"], second["number"], first["previous"]) == (1, 2, None)
    assert seal(tmp_path, day=DAY, now=NOW) is None, "nothing new"


def test_a_file_that_is_written_on_is_sealed_as_far_as_it_goes(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "daily-wall", now=NOW, software="s", host="desk") as writer:
        for number in range(3):
            writer.write_exchanges([exchange(b"HTTP/1.1 200 OK\r\n\r\nNumber %d" % number)])
            seal(tmp_path, day=DAY, now=NOW)
        assert problems(tmp_path) == []

    assert problems(tmp_path) == [], "closed and renamed"
    ends = [manifest_from(path.read_bytes()).entries[0] for path in manifests_in(tmp_path)]
    assert [entry.leaves for entry in ends] == [4, 3, 3]
    assert [entry.start for entry in ends] == [0, ends[0].end, ends[1].end]


def forge_record(root: Path) -> None:
    """Put another story where one was, with digests that fit: `verify` alone finds nothing."""
    [path, _] = sorted(root.glob("warc/*/*.gz"))
    data = gzip.decompress(path.read_bytes())
    before = path.stat().st_size
    path.unlink()
    with WarcWriter(root, "daily-wall", now=NOW, software="s", host="desk") as writer:
        writer.write_exchanges([exchange(b"HTTP/1.1 200 OK\r\n\r\nNumber 7")])
    assert data != gzip.decompress(path.read_bytes())
    assert all(not getattr(one, "problem", "") for one in scan(path))
    assert abs(path.stat().st_size - before) < 20


def remove_file(root: Path) -> None:
    sorted(root.glob("warc/*/*.gz"))[1].unlink()


def cut_file(root: Path) -> None:
    path = min(root.glob("warc/*/*.gz"))
    *_, last = [one.offset for one in scan(path) if one.offset is not None]
    with path.open("rb+") as file:
        file.truncate(last)


def forge_text(root: Path) -> None:
    [first, _] = sorted(root.glob("text/*/*/*.txt"))
    first.unlink()
    forged = write_text(root, "daily-wall", DAY, "Another text")
    (root / forged.file).rename(first.with_name(f"000_{forged.sha256[:16]}.txt"))


def remove_texts(root: Path) -> None:
    for path in root.glob("text/*/*/*.txt"):
        path.unlink()


def edit_manifest(root: Path) -> None:
    path = manifests_in(root)[0]
    path.write_bytes(path.read_bytes().replace(b'"leaves":4', b'"leaves":5'))


def reformat_manifest(root: Path) -> None:
    path = manifests_in(root)[0]
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))


def remake_manifest(root: Path) -> None:
    """Make a manifest again, whole in itself, that fits what a forger put in the archive."""
    first = manifests_in(root)[0]
    first.unlink()
    second = manifests_in(root)[0]
    kept = second.read_bytes()
    second.unlink()
    forge_record(root)
    made = seal(root, day=DAY, now=NOW)
    assert made is not None
    second.write_bytes(kept)


def remove_manifest(root: Path) -> None:
    manifests_in(root)[0].unlink()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (forge_record, "changed since it was sealed"),
        (remove_file, "the chain has 4 records of this file, and it is gone"),
        (cut_file, "changed since it was sealed: 4 records were sealed, 3 are there"),
        (forge_text, "changed since it was sealed: one of 1 texts is another"),
        (remove_texts, "changed since it was sealed: 1 texts were sealed, 0 are there"),
        (edit_manifest, "a manifest that was changed"),
        (reformat_manifest, "a manifest that was changed"),
        (remake_manifest, "it was not made after the manifest before it"),
        (remove_manifest, "manifest 1 should come here: one is gone, or renamed"),
    ],
)
def test_what_was_changed_or_removed_is_named(tmp_path: Path, forge: object, said: str) -> None:
    sealed(tmp_path)
    assert callable(forge)
    forge(tmp_path)

    found = problems(tmp_path)

    assert any(said in problem for problem in found), found


def test_a_broken_chain_is_not_gone_on_with(tmp_path: Path) -> None:
    sealed(tmp_path)
    remove_manifest(tmp_path)
    fill(tmp_path, 5)

    with pytest.raises(DamageError, match="one is gone"):
        seal(tmp_path, day=DAY, now=NOW)

    assert len(manifests_in(tmp_path)) == 1


def test_one_process_seals_at_a_time_and_may_be_told_to_stop(tmp_path: Path) -> None:
    fill(tmp_path, 0)
    with held(tmp_path / LOCK), pytest.raises(LockedError):
        seal(tmp_path, day=DAY, now=NOW)
    stop = Event()
    stop.set()

    assert seal(tmp_path, day=DAY, now=NOW, stop=stop) is None

    assert manifests_in(tmp_path) == []
    assert seal(tmp_path, day=DAY, now=datetime(2026, 3, 2, tzinfo=UTC)) is not None
