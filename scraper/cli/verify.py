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
    from scraper.verify.packages import Shown
    from scraper.verify.run import Tally

_DAMAGE = 5


@click.command(name="verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option(
    "--repair",
    is_flag=True,
    help="Write what is whole in damaged files to new ones beside them; the originals stay.",
)
@click.option("--chain", is_flag=True, help="Prove that nothing was changed since it was sealed.")
@click.option("--seal", is_flag=True, help="First seal what the archive holds now, as `run` does.")
@click.option(
    "--authority",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Root certificates (PEM) of the timestamping authority that is trusted.",
)
@json_option
@with_places
def command(
    paths: tuple[Path, ...],
    repair: bool,
    chain: bool,
    seal: bool,
    authority: Path | None,
    as_json: bool,
    sources_file: Path | None,
    archive_dir: Path | None,
) -> int:
    """Check every record, digest, text and catalog row of the archive against each other.

    With PATHs: check these WARC files and WACZ packages (or all below a folder), whoever made
    them, gzipped or not; no catalog is asked. Of an evidence package the proofs are checked as
    well. Each problem names the file, its bytes from and to, and the URL. Exit code 5 where there
    is damage.

    With --repair: what is whole in a damaged X.warc.gz goes to X.repaired.warc.gz, and the catalog
    leads there; texts that are gone are written again; what was lost is fetched again where a
    source announced it. Nothing is thrown away.

    With --chain: hold the archive against the manifests that `scraper run` seals at the end of each
    day (archive/chain/): whatever was changed or removed since is named, even where all digests in
    the records were made anew. Write the head down elsewhere: it proves the chain's own end.

    \b
    Example:
      scraper verify
      scraper verify CC-NEWS-20260301.warc.gz other-archive/ --json
      scraper verify some-article.wacz
      scraper verify --repair
      scraper verify --chain
    """
    if chain or seal:
        from scraper.cli.verify_chain import say_chain

        if paths:
            raise click.UsageError("--chain and --seal are about the whole archive: name no PATH")
        root = archive_from(archive_dir, sources_from(sources_file))
        return say_chain(root, is_sealed_now=seal, authority=authority, as_json=as_json)
    sources = sources_from(sources_file)
    root = archive_from(archive_dir, sources)
    if paths:
        return _files(paths, with_repair=repair, authority=authority, as_json=as_json)
    if not root.is_dir():
        raise ArchiveError("there is no archive; name one with --archive", path=root)
    return _archive(root, sources, with_repair=repair, as_json=as_json)


def _files(
    paths: tuple[Path, ...], *, with_repair: bool, authority: Path | None, as_json: bool
) -> int:
    """Go through WARC files of anybody's; return the exit code."""
    from scraper.cli.verify_chain import certificates
    from scraper.clock import now
    from scraper.verify.mend import mend_files
    from scraper.verify.run import Tally, refuse_nothing, verify_files

    files, tally = refuse_nothing(paths), Tally()
    with measured(_size(files), "verifying") as seen:
        authorities = certificates(authority)
        for finding in verify_files(files, tally, seen, authorities=authorities):
            say_finding(finding, as_json=as_json)
    if with_repair:
        _say_mended(mend_files(sorted(tally.damaged), now()), as_json=as_json)
    return _say_summary(tally, as_json=as_json)


def _archive(root: Path, sources: "Sources", *, with_repair: bool, as_json: bool) -> int:
    """Go through the archive; return the exit code."""
    from scraper.clock import now
    from scraper.verify.mend import mend_archive
    from scraper.verify.run import Tally, verify_archive, warcs_in

    tally = Tally()
    with ExitStack() as stack:
        catalog = _catalog(root, sources, stack)
        with measured(_size(warcs_in(root / "warc")), "verifying") as seen:
            for finding in verify_archive(root, catalog, tally, seen):
                say_finding(finding, as_json=as_json)
        if with_repair and tally.damage:
            _say_mended(mend_archive(root, catalog, tally, now()), as_json=as_json)
    return _say_summary(tally, as_json=as_json)


def _size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.exists())


def _catalog(root: Path, sources: "Sources", stack: ExitStack) -> "Catalog | None":
    """Open the catalog; without one the records and texts are checked all the same."""
    from scraper.store.catalog import Catalog

    place = catalog_from(root, sources)
    if isinstance(place, Path) and not place.exists():
        say_error(f"{place}: there is no catalog; records and texts are checked without it")
        return None
    return stack.enter_context(Catalog.open(place, create=False))


def _say_mended(done: "Iterator[str | ArchiveError]", *, as_json: bool) -> None:
    """Print each thing that was put right, or why it could not be."""
    for one in done:
        if isinstance(one, ArchiveError):
            say_error(str(one))
        elif as_json:
            say_json({"repaired": one})
        else:
            say(f"repaired: {safe(one)}")


def say_finding(finding: "Finding", *, as_json: bool) -> None:
    """Print what is wrong as one line."""
    if as_json:
        say_json({**asdict(finding), "path": str(finding.path)})
    else:
        say(f"{'note' if finding.is_note else 'DAMAGE'}: {safe(str(finding))}")


def _say_summary(tally: "Tally", *, as_json: bool) -> int:
    """Print what was gone through; return the exit code."""
    if as_json:
        say_json({"summary": _facts(tally)})
    else:
        say("\n".join(_summary(tally)))
    return _DAMAGE if tally.damage else 0


def _facts(tally: "Tally") -> dict[str, object]:
    return {
        "files": tally.files,
        "records": tally.records,
        "bytes": tally.bytes,
        "texts": tally.texts,
        "rows": tally.rows,
        "indexes": tally.indexes,
        "packages": tally.packages,
        "proven": tally.shown.leaves,
        "head": tally.shown.head,
        "timestamp": tally.shown.stamp and tally.shown.stamp.moment.isoformat(),
        "damage": tally.damage,
        "damaged_files": len(tally.damaged),
        "notes": tally.notes,
    }


def _proven(shown: "Shown") -> Iterator[str]:
    """Yield what proofs show, and what is still to be asked of whoever owns the archive."""
    from scraper.cli.verify_chain import stamp_line

    yield f"proven: {shown.leaves:,} records and texts stand in days that were sealed"
    yield f"head: {shown.head} ({shown.day}): compare it with what the archive's owner published"
    if shown.stamp is not None:
        yield stamp_line(shown.stamp, "a manifest")


def _summary(tally: "Tally") -> Iterator[str]:
    texts = f", {tally.texts:,} texts" if tally.texts else ""
    rows = f", {tally.rows:,} rows of records" if tally.rows else ""
    indexes = f", {tally.indexes:,} indexes" if tally.indexes else ""
    files = f"{tally.files:,} WARC file{'' if tally.files == 1 else 's'}"
    yield f"{files}: {tally.records:,} records in {tally.bytes / 1e6:,.1f} MB{texts}{rows}{indexes}"
    if tally.shown.day is not None:
        yield from _proven(tally.shown)
    if tally.damage:
        yield f"damage: {tally.damage:,} places in {len(tally.damaged):,} files"
    elif tally.notes:
        yield f"no damage; {tally.notes:,} notes"
    else:
        yield "all is as it was written"
