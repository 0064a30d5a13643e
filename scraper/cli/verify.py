"""`scraper verify`: is everything still what was written?"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    catalog_from,
    json_option,
    sources_from,
    with_places,
)
from scraper.cli.progress import measured
from scraper.cli.terminal import safe, say, say_error, say_json
from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from scraper.archive.verify import Finding
    from scraper.config import Sources
    from scraper.store.catalog import Catalog
    from scraper.verify.run import Progress, Tally

_DAMAGE = 5


@click.command(name="verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--chain", is_flag=True, help="Prove that nothing was changed since it was sealed.")
@click.option("--seal", is_flag=True, help="First seal what the archive holds now, as `run` does.")
@json_option
@with_places
def command(
    paths: tuple[Path, ...],
    chain: bool,
    seal: bool,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Check every record, digest, text and catalog row of the archive against each other.

    With PATHs: check these WARC files (or all below a folder), whoever made them, gzipped or not;
    no catalog is asked. Each problem names the file, its bytes from and to, and the URL. Exit code
    5 where there is damage.

    With --chain: hold the archive against the manifests that `scraper run` seals at the end of each
    day (archive/chain/): whatever was changed or removed since is named, even where all digests in
    the records were made anew. Write the head down elsewhere: it proves the chain's own end.

    \b
    Example:
      scraper verify
      scraper verify CC-NEWS-20260301.warc.gz other-archive/ --json
      scraper verify --chain
    """
    if chain or seal:
        from scraper.cli.verify_chain import say_chain

        if paths:
            raise click.UsageError("--chain and --seal are about the whole archive: name no PATH")
        root = archive_from(archive_dir, sources_from(sources_file))
        return say_chain(root, is_sealed_now=seal, as_json=as_json)
    from scraper.verify.run import Tally

    sources = sources_from(sources_file)
    tally = Tally()
    with ExitStack() as stack:
        root = archive_from(archive_dir, sources)
        files = _files(paths, root)
        seen = stack.enter_context(measured(_size(files), "verifying"))
        for finding in _findings(paths, root, sources, tally, seen, stack):
            say_finding(finding, as_json=as_json)
    if as_json:
        say_json({"summary": {**asdict(tally), "damaged": len(tally.damaged)}})
    else:
        say("\n".join(_summary(tally)))
    return _DAMAGE if tally.damage else 0


def _files(paths: tuple[Path, ...], root: Path) -> list[Path]:
    from scraper.verify.run import refuse_nothing, warcs_in

    if paths:
        return refuse_nothing(paths)
    if not root.is_dir():
        raise ArchiveError("there is no archive; name one with --archive", path=root)
    return warcs_in(root / "warc")


def _size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.exists())


def _findings(
    paths: tuple[Path, ...],
    root: Path,
    sources: "Sources",
    tally: "Tally",
    seen: "Progress",
    stack: ExitStack,
) -> "Iterator[Finding]":
    from scraper.verify.run import verify_archive, verify_files

    if paths:
        return verify_files(_files(paths, root), tally, seen)
    return verify_archive(root, _catalog(root, sources, stack), tally, seen)


def _catalog(root: Path, sources: "Sources", stack: ExitStack) -> "Catalog | None":
    """Open the catalog; without one the records and texts are checked all the same."""
    from scraper.store.catalog import Catalog

    place = catalog_from(root, sources)
    if isinstance(place, Path) and not place.exists():
        say_error(f"{place}: there is no catalog; records and texts are checked without it")
        return None
    return stack.enter_context(Catalog.open(place, create=False))


def say_finding(finding: "Finding", *, as_json: bool) -> None:
    """Print what is wrong as one line."""
    if as_json:
        say_json({**asdict(finding), "path": str(finding.path)})
    else:
        say(f"{'note' if finding.is_note else 'DAMAGE'}: {safe(str(finding))}")


def _summary(tally: "Tally") -> Iterator[str]:
    texts = f", {tally.texts:,} texts" if tally.texts else ""
    rows = f", {tally.rows:,} rows of records" if tally.rows else ""
    files = f"{tally.files:,} WARC file{'' if tally.files == 1 else 's'}"
    yield f"{files}: {tally.records:,} records in {tally.bytes / 1e6:,.1f} MB{texts}{rows}"
    if tally.damage:
        yield f"damage: {tally.damage:,} places in {len(tally.damaged):,} files"
    else:
        yield "all is as it was written"
