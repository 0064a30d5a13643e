"""WACZ packages: what is in them, that it is ours byte for byte, and that each stands alone."""

import gzip
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_oracles import assert_valid, fastwarc_records, types_in
from export_archives import catalog_of, copy_with_revisits
from interop_tools import say
from passes import DAY, START

from scraper.archive.reader import records_in
from scraper.archive.wacz import About, package
from scraper.errors import ArchiveError
from scraper.export.wacz import Packing, main_page, pack
from scraper.store.selections import Selection

ABOUT = About(title="A test", software="test", created=datetime(2026, 3, 9, tzinfo=UTC))
SECOND_DAY = Selection(
    since=START.replace(hour=0) + DAY, until=START.replace(hour=0) + 2 * DAY, outlet="paper"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    copy_with_revisits(root)
    return root


def packed(
    root: Path, target: Path, selection: Selection, problems: list[ArchiveError] | None = None
) -> zipfile.ZipFile:
    found: list[ArchiveError] = [] if problems is None else problems
    with catalog_of(root) as catalog, target.open("wb") as out, package(out, ABOUT) as package_:
        packing = Packing(
            root=root,
            catalog=catalog,
            selection=selection,
            about=ABOUT,
            on_problem=found.append,
        )
        pack(package_, packing)
    assert problems is not None or found == []
    return zipfile.ZipFile(target)


def index_of(wacz: zipfile.ZipFile) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the index lines of a package, each block found as its readers find it."""
    blocks = wacz.read("indexes/index.cdx.gz")
    _, *places = wacz.read("indexes/index.idx").decode().splitlines()
    for line in places:
        place = json.loads(line[line.index("{") :])
        block = blocks[place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"
        for entry in gzip.decompress(block).decode().splitlines():
            key, stamp, fields = entry.split(" ", 2)
            yield f"{key} {stamp}", json.loads(fields)


def test_whole_files_are_packed_as_they_are(root: Path, tmp_path: Path) -> None:
    sources = list(root.rglob("*.warc.gz"))

    wacz = packed(root, tmp_path / "a.wacz", Selection())

    assert len(sources) == 3
    for source in sources:
        entry = wacz.getinfo(f"archive/{source.name}")
        assert entry.compress_type == zipfile.ZIP_STORED
        assert wacz.read(entry) == source.read_bytes()


def test_the_description_has_the_digest_of_every_file_and_a_digest_of_its_own(
    root: Path, tmp_path: Path
) -> None:
    wacz = packed(root, tmp_path / "a.wacz", Selection())

    said = json.loads(wacz.read("datapackage.json"))
    own = json.loads(wacz.read("datapackage-digest.json"))
    assert said["wacz_version"] == "1.1.1"
    assert own["hash"] == f"sha256:{hashlib.sha256(wacz.read('datapackage.json')).hexdigest()}"
    listed = {one["path"]: one for one in said["resources"]}
    assert set(listed) | {"datapackage.json", "datapackage-digest.json"} == set(wacz.namelist())
    for path, one in listed.items():
        data = wacz.read(path)
        assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert one["bytes"] == len(data)


def test_a_selection_has_the_captures_that_fit_with_what_describes_them(
    root: Path, tmp_path: Path
) -> None:
    third_day = Selection(since=START.replace(hour=0) + 2 * DAY)

    wacz = packed(root, tmp_path / "a.wacz", third_day)

    [name] = (name for name in wacz.namelist() if name.startswith("archive/"))
    path = Path(wacz.extract(name, tmp_path))
    assert_valid(path)
    of_page = ["response", "request", "metadata"]
    assert sorted(types_in(path)) == sorted(
        ["warcinfo", *of_page, *of_page, "metadata", "metadata", "conversion"]
    )


def test_members_are_copied_byte_for_byte(root: Path, tmp_path: Path) -> None:
    theirs = {
        one.id: source.read_bytes()[one.offset : one.offset + one.length]
        for source in root.rglob("*.warc.gz")
        for one in records_in(source)
    }

    wacz = packed(root, tmp_path / "a.wacz", SECOND_DAY)

    [name] = (name for name in wacz.namelist() if name.startswith("archive/"))
    copy, path = wacz.read(name), Path(wacz.extract(name, tmp_path))
    copied = [one for one in records_in(path) if one.type != "warcinfo"]
    assert len(copied) >= 9
    for one in copied:
        assert copy[one.offset : one.offset + one.length] == theirs[one.id]


def test_a_revisit_brings_its_original_along(root: Path, tmp_path: Path) -> None:
    wacz = packed(root, tmp_path / "a.wacz", SECOND_DAY)

    [name] = (name for name in wacz.namelist() if name.startswith("archive/"))
    path = Path(wacz.extract(name, tmp_path))
    records = {record.record_id: dict(record.headers) for record in fastwarc_records(path)}
    revisits = [one for one in records.values() if one["WARC-Type"] == "revisit"]
    assert len(revisits) == 2
    for revisit in revisits:
        assert records[revisit["WARC-Refers-To"]]["WARC-Type"] == "response"


def test_the_index_finds_each_page_at_its_place_and_no_304(root: Path, tmp_path: Path) -> None:
    wacz = packed(root, tmp_path / "a.wacz", SECOND_DAY)

    lines = list(index_of(wacz))
    keys = [key for key, _ in lines]
    assert keys == sorted(keys)
    assert [fields["mime"] for _, fields in lines if "first" in fields["url"]] == [
        "text/html",
        "warc/revisit",
    ]
    assert [fields["status"] for _, fields in lines if "second" in fields["url"]] == ["200"]
    for _, fields in lines:
        data = wacz.read(f"archive/{fields['filename']}")
        start, length = int(fields["offset"]), int(fields["length"])
        member = gzip.decompress(data[start : start + length])
        assert f"WARC-Target-URI: {fields['url']}\r\n".encode() in member


def test_pages_have_url_moment_title_and_clean_text(root: Path, tmp_path: Path) -> None:
    wacz = packed(root, tmp_path / "a.wacz", Selection())

    head, *pages = map(json.loads, wacz.read("pages/pages.jsonl").splitlines())
    assert (head["format"], head["hasText"]) == ("json-pages-1.0", True)
    assert len(pages) == 6
    [edited] = (page for page in pages if page["ts"] >= "2026-03-03" and "first" in page["url"])
    assert edited["title"] == "Ferry to Oldhaven is cancelled"
    assert edited["text"].startswith("Ferry to Oldhaven is cancelled\n\nThe ferry to Oldhaven")


def test_the_page_to_begin_with_is_the_newest_that_is_one(root: Path) -> None:
    with catalog_of(root) as catalog:
        second = next(row.url for row in catalog.articles() if row.title.startswith("Second"))
        main = main_page(catalog, Selection(url=second))
        none = main_page(catalog, Selection())

    assert main is not None
    assert (main[0], main[1].date()) == (second, START.date())
    assert none is None


def test_a_damaged_file_is_told_and_packed_up_to_the_damage(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "damaged"
    shutil.copytree(root, other)
    source = min(other.rglob("*.warc.gz"))
    offsets = [record.offset for record in records_in(source)]
    data = bytearray(source.read_bytes())
    data[offsets[-1] + 40] ^= 0xFF
    source.write_bytes(data)
    problems: list[ArchiveError] = []

    wacz = packed(other, tmp_path / "a.wacz", Selection(), problems)

    assert [problem.exit_code for problem in problems] == [5]
    assert wacz.read(f"archive/{source.name}") == bytes(data[: offsets[-1]])


@pytest.mark.slow
@pytest.mark.parametrize("selection", [Selection(), SECOND_DAY])
def test_wacz_validate_accepts_it(root: Path, tmp_path: Path, selection: Selection) -> None:
    packed(root, tmp_path / "a.wacz", selection).close()

    done = say("wacz", "validate", "-f", "a.wacz", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the passed WACZ is valid" in done.stdout
