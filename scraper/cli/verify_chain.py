"""`scraper verify --chain` and `--seal`: what the days' manifests say, for people and scripts.

It does none of the work.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scraper.cli.progress import measured
from scraper.cli.terminal import safe, say, say_json
from scraper.errors import ArchiveError

if TYPE_CHECKING:
    from scraper.archive.timestamp import Stamp
    from scraper.verify.chain import Proven

_DAMAGE = 5


def say_chain(root: Path, *, is_sealed_now: bool, authority: Path | None, as_json: bool) -> int:
    """Print what the chain proves, and what it does not; return the exit code."""
    from scraper.cli.verify import say_finding
    from scraper.verify.chain import Proven, prove
    from scraper.verify.run import warcs_in

    if not root.is_dir():
        raise ArchiveError("there is no archive; name one with --archive", path=root)
    if is_sealed_now:
        _say_sealed(root, as_json=as_json)
    proven = Proven()
    size = sum(path.stat().st_size for path in warcs_in(root / "warc"))
    with measured(size, "proving") as seen:
        for finding in prove(root, proven, seen, authorities=certificates(authority)):
            say_finding(finding, as_json=as_json)
    if as_json:
        say_json({"summary": _facts(proven)})
    else:
        say("\n".join(_summary(proven)))
    return _DAMAGE if proven.broken else 0


def certificates(authority: Path | None) -> tuple[bytes, ...]:
    """Return the root certificates of a file, if one was named."""
    try:
        return () if authority is None else (authority.read_bytes(),)
    except OSError as exc:
        raise ArchiveError(exc.strerror or str(exc), path=authority) from exc


def stamp_line(stamp: "Stamp", about: str) -> str:
    """Return what a timestamp says of something."""
    trust = (
        "signed by a trusted authority"
        if stamp.is_trusted
        else "signature not checked: name the authority with --authority"
    )
    return f"timestamp: {stamp.moment:%Y-%m-%d %H:%M:%S} UTC on {about}, {trust}"


def _say_sealed(root: Path, *, as_json: bool) -> None:
    from scraper.clock import now
    from scraper.verify.chain import seal

    moment = now()
    path = seal(root, day=moment.date(), now=moment)
    if as_json:
        say_json({"sealed": path and str(path)})
    else:
        say("nothing new to seal" if path is None else f"sealed: {safe(str(path))}")


def _facts(proven: "Proven") -> dict[str, object]:
    newest = proven.newest
    return {
        "manifests": proven.manifests,
        "leaves": proven.leaves,
        "head": proven.head,
        "sealed": newest and newest.sealed.isoformat(),
        "uncovered": proven.uncovered,
        "timestamp": proven.stamped and proven.stamped[1].moment.isoformat(),
        "broken": proven.broken,
    }


def _summary(proven: "Proven") -> Iterator[str]:
    if proven.newest is None:
        yield "no day was sealed yet: `scraper run` does it at the end of each, --seal now"
        return
    yield f"{proven.manifests:,} manifests: {proven.leaves:,} records and texts"
    yield f"newest: {proven.newest.name}, sealed {proven.newest.sealed:%Y-%m-%d %H:%M:%S} UTC"
    yield f"head: {proven.head}"
    if proven.stamped is not None:
        path, stamp = proven.stamped
        yield stamp_line(stamp, path.name)
    yield f"not sealed yet: {proven.uncovered / 1e6:,.1f} MB of WARC files"
    if proven.broken:
        yield f"damage: {proven.broken:,} places where the archive is not what was sealed"
    else:
        yield "nothing was changed or removed since it was sealed"
