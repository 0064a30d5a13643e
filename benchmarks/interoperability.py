"""What other people's tools say of an archive of ours: one line per tool.

    .ci/interop-tools                                            # once: the tools, into .tools/
    python benchmarks/interoperability.py --pages 200            # needs the evaluation pages
    python benchmarks/interoperability.py --archive DIR          # an archive that is there

A tool that is not installed is named and passed over; one that objects makes the exit code 1.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

import lxml.html
from fastwarc.warc import ArchiveIterator

from scraper.archive.cdxj import timestamp
from scraper.archive.reader import records_in
from scraper.export.articles import last_response
from scraper.replay import assets
from scraper.replay.packages import Packages
from scraper.replay.pywb import COLLECTION, configure, free_port, running
from scraper.replay.replayweb import ReplayWeb, ReplayWebLinks
from scraper.replay.server import LOOPBACK, serving
from scraper.store.catalog import Catalog
from scraper.store.rows import ExchangeRow

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(os.environ.get("SCRAPER_TOOLS", ROOT / ".tools")).absolute()
INDEXED = "response,revisit,resource"
REPLAYED = 20

Expected = dict[str, Sequence[str]]  # URL -> words that its page holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a tool said; `is_good` is None where it isn't installed."""

    tool: str
    command: str
    said: str
    is_good: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """An archive, what its pages hold, and a folder for what is exported."""

    archive: Path
    scratch: Path
    expected: Expected
    screenshot: Path

    @property
    def files(self) -> list[Path]:
        """Return the WARC files, sorted."""
        return sorted((self.archive / "warc").rglob("*.warc.gz"))


class NotInstalledError(Exception):
    """A tool is not where `.ci/interop-tools` puts it."""


def tool(name: str) -> Path:
    """Return the path of a tool."""
    for folder in ("py/bin", "pywb/bin", "node/node_modules/.bin"):
        if (TOOLS / folder / name).exists():
            return TOOLS / folder / name
    raise NotInstalledError(f"{name} is not in {TOOLS.name}/; .ci/interop-tools puts it there")


def run(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    words = [str(word) for word in command]
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)


def export(bench: Bench, *arguments: str | Path) -> None:
    """Export from the archive by our own command."""
    command = (sys.executable, "-m", "scraper.cli.main", "export", *arguments)
    done = run(*command, "--archive", bench.archive)
    if done.returncode:
        raise SystemExit(done.stderr)


def version(distribution: str, python: str | Path = sys.executable) -> str:
    """Return the version of a Python package."""
    asked = f"from importlib.metadata import version; print(version('{distribution}'))"
    return f"{distribution} {run(python, '-c', asked).stdout.strip()}"


def warcio_check(bench: Bench) -> Verdict:
    """`warcio check` over every file."""
    command = ("-m", "warcio.cli", "check")
    done = run(sys.executable, *command, *bench.files)
    said = f"exit code {done.returncode}, {len(bench.files)} files"
    return Verdict(
        tool=version("warcio"),
        command="warcio check warc/*/*.warc.gz",
        said=said,
        is_good=done.returncode == 0 and not done.stdout.strip(),
    )


def fastwarc_check(bench: Bench) -> Verdict:
    """FastWARC over every record: block digests, and payload digests of responses."""
    good, bad = 0, []
    for path in bench.files:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                is_good = record.verify_block_digest(consume=False)
                if record.headers["WARC-Type"] == "response":
                    record.parse_http()
                    has_digest = "WARC-Payload-Digest" in record.headers
                    is_good &= not has_digest or record.verify_payload_digest(consume=True)
                good += is_good
                bad += [] if is_good else [record.record_id]
    return Verdict(
        tool=version("fastwarc"),
        command="verify_block_digest, verify_payload_digest",
        said=f"{good} records good, {len(bad)} bad",
        is_good=not bad and good == sum(1 for path in bench.files for _ in records_in(path)),
    )


def cdxj_indexer(bench: Bench) -> Verdict:
    """cdxj-indexer's lines beside ours."""
    program = tool("cdxj-indexer")
    ours, theirs = bench.scratch / "ours.cdxj", bench.scratch / "theirs.cdxj"
    export(bench, "cdxj", ours)
    warc = bench.archive / "warc"
    options = ("--sort", "--dir-root", warc, "--records", INDEXED)
    run(program, *options, "-o", theirs, *bench.files)
    lines = [line for line in theirs.read_text().splitlines() if '"status": "304"' not in line]
    same = ours.read_text().splitlines() == lines
    return Verdict(
        tool=version("cdxj-indexer", program.parent / "python"),
        command=f"cdxj-indexer --sort --dir-root warc --records {INDEXED} warc",
        said=f"{len(lines)} lines, {'the same as ours' if same else 'not the same as ours'}",
        is_good=same and bool(lines),
    )


def npm_warcio(bench: Bench) -> Verdict:
    """The records that npm's warcio lists, beside those that our reader does."""
    program = tool("warcio")
    fields = "offset,warc-type,warc-record-id,warc-target-uri"
    theirs = []
    for path in bench.files:
        done = run(program, "index", path, "--fields", fields)
        theirs += [json.loads(line) for line in done.stdout.splitlines()]
    ours = [
        {
            "offset": str(record.offset),
            "warc-type": record.type,
            "warc-record-id": record.id,
            **({"warc-target-uri": record.url} if record.url else {}),
        }
        for path in bench.files
        for record in records_in(path)
    ]
    same = ours == theirs
    return Verdict(
        tool=f"warcio (npm) {_npm_version()}",
        command=f"warcio index --fields {fields} FILE",
        said=f"{len(theirs)} records, {'the same as ours' if same else 'not the same as ours'}",
        is_good=same and bool(theirs),
    )


def _npm_version() -> str:
    package = TOOLS / "node/node_modules/warcio/package.json"
    return str(json.loads(package.read_text())["version"])


def wacz_validate(bench: Bench) -> Verdict:
    """`wacz validate` of a package of everything."""
    program = tool("wacz")
    package = bench.scratch / "all.wacz"
    export(bench, "wacz", package)
    done = run(program, "validate", "-f", package)
    return Verdict(
        tool=version("wacz", program.parent / "python"),
        command="wacz validate -f all.wacz",
        said=(done.stdout.strip().splitlines() or ["nothing"])[-1],
        is_good=done.returncode == 0,
    )


def wet_readers(bench: Bench) -> Verdict:
    """`warcio check` and FastWARC over the texts as WET."""
    path = bench.scratch / "all.warc.wet.gz"
    export(bench, "wet", path)
    done = run(sys.executable, "-m", "warcio.cli", "check", path)
    with path.open("rb") as file:
        records = list(_wet_records(ArchiveIterator(file, parse_http=False)))
    with Catalog.open(bench.archive / "catalog.db", create=False) as catalog:
        articles = sum(1 for one in catalog.articles() if catalog.texts_of(one.id))
    return Verdict(
        tool="warcio, FastWARC",
        command="over all.warc.wet.gz",
        said=f"{len(records)} conversion records, exit code {done.returncode}",
        is_good=done.returncode == 0 and all(records) and len(records) == articles,
    )


def _wet_records(records: ArchiveIterator) -> Iterator[bool]:
    for record in records:
        if record.headers["WARC-Type"] == "conversion":
            yield record.verify_block_digest(consume=True)


def pywb(bench: Bench) -> Verdict:
    """Pages replayed by pywb, with our index and our files."""
    program = tool("wayback")
    index = bench.scratch / "pywb.cdxj"
    export(bench, "cdxj", index)
    folder = bench.scratch / "pywb"
    folder.mkdir()
    configure(folder, bench.archive, index.absolute())
    port, whole, seen, of = free_port(), 0, 0, 0
    with running(program, folder, port):
        chosen = list(_chosen(bench))
        for exchange in chosen:
            words = bench.expected[exchange.url]
            found = _words_in(_replayed(port, exchange), words)
            whole, seen, of = whole + (found == len(words)), seen + found, of + len(words)
    return Verdict(
        tool=version("pywb", program.parent / "python"),
        command=f"GET /{COLLECTION}/TIMESTAMPmp_/URL",
        said=f"{whole} of {len(chosen)} pages with all their gold text; {seen} of {of} paragraphs",
        is_good=whole == len(chosen) and bool(chosen),
    )


def _chosen(bench: Bench) -> Iterator[ExchangeRow]:
    """Yield the responses of some pages from all over the archive."""
    with Catalog.open(bench.archive / "catalog.db", create=False) as catalog:
        rows = [row for row in catalog.captures(outcome="ok") if row.url in bench.expected]
        for row in rows[:: max(len(rows) // REPLAYED, 1)][:REPLAYED]:
            detail = catalog.capture(row.id)
            last = None if detail is None else last_response(detail.exchanges)
            if last is not None:
                yield last


def _replayed(port: int, exchange: ExchangeRow) -> str:
    connection = HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        stamp = timestamp(exchange.started)
        connection.request("GET", f"/{COLLECTION}/{stamp}mp_/{exchange.url}")
        response = connection.getresponse()
        data = response.read()
        return _text_of(data) if response.status == exchange.status and data else ""
    finally:
        connection.close()


def _text_of(html: bytes) -> str:
    parser = lxml.html.HTMLParser(encoding="utf-8")
    return " ".join(lxml.html.document_fromstring(html, parser=parser).text_content().split())


def _words_in(text: str, words: Sequence[str]) -> int:
    return sum(word in text for word in words)


def replayweb(bench: Bench) -> Verdict:
    """Pages replayed by ReplayWeb.page in Chromium, and who was asked for anything."""
    python = tool("playwright").parent / "python"
    if not assets.are_installed():
        raise NotInstalledError("ReplayWeb.page: scraper serve --install-replay")
    if shutil.which("chromium") is None:
        raise NotInstalledError("chromium: apt-get install --no-install-recommends chromium")
    folder = bench.scratch / "replay"
    folder.mkdir()
    with Catalog.open(bench.archive / "catalog.db", create=False) as catalog:
        packages = Packages(bench.archive, catalog, folder, software="scraper")
        with serving(ReplayWeb(packages), 0) as port:
            asked = list(_asked(bench, catalog, ReplayWebLinks(port)))
            looked = run(
                python,
                ROOT / "benchmarks/in_browser.py",
                bench.screenshot,
                stdin=json.dumps(asked),
            )
            ours = {f"http://{LOOPBACK}:{port}"}
    found = [json.loads(line) for line in looked.stdout.splitlines()]
    strangers = {host for one in found for host in one["hosts"]} - ours
    missing = [one for one in found if one["missing"]]
    left = [one["page"] for one in missing if one["has_left"]]
    whole = len(found) - len(missing)
    said = (
        f"{whole} of {len(asked)} pages with all their gold text; other hosts asked: "
        f"{', '.join(sorted(strangers)) or 'none'}; left by their own scripts: "
        f"{', '.join(left) or 'none'}{looked.stderr[-300:]}"
    )
    return Verdict(
        tool=f"{assets.RELEASE} in {run('chromium', '--version').stdout.strip()}",
        command="scraper serve, driven by playwright",
        said=said,
        is_good=bool(asked) and whole + len(left) == len(asked) and not strangers,
    )


def _asked(
    bench: Bench, catalog: Catalog, links: ReplayWebLinks
) -> Iterator[dict[str, str | list[str]]]:
    for exchange in _chosen(bench):
        article = catalog.article_by(exchange.url)
        if article is not None:
            link = links.link(article.id, exchange)
            words = list(bench.expected[exchange.url])
            yield {"url": str(link), "page": exchange.url, "words": words}


CHECKS: tuple[Callable[[Bench], Verdict], ...] = (
    warcio_check,
    fastwarc_check,
    cdxj_indexer,
    npm_warcio,
    wacz_validate,
    wet_readers,
    pywb,
    replayweb,
)


def verdicts(bench: Bench, only: Sequence[str] = ()) -> Iterator[Verdict]:
    """Yield what each tool says."""
    for check in CHECKS:
        if only and check.__name__ not in only:
            continue
        try:
            yield check(bench)
        except NotInstalledError as exc:
            yield Verdict(tool=check.__name__, command="", said=str(exc), is_good=None)


@contextmanager
def archive_from(options: argparse.Namespace, scratch: Path) -> Iterator[tuple[Path, Expected]]:
    """Give the archive that was named, or one made of evaluation pages, with its pages' words."""
    if options.archive:
        expected = json.loads(options.expected.read_text()) if options.expected else {}
        yield options.archive, expected
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from real_pages import archive_of, real_pages, words_of

    pages = real_pages(options.pages)
    archive_of(scratch / "archive", pages)
    yield scratch / "archive", {page.url: words_of(page) for page in pages}


def main() -> int:
    """Ask every tool and print what each says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200, help="how many evaluation pages")
    parser.add_argument("--archive", type=Path, help="an archive that is there, instead")
    parser.add_argument("--expected", type=Path, help="its pages' words: JSON, {URL: [words]}")
    parser.add_argument("--screenshot", type=Path, default=Path("replay.png"))
    parser.add_argument("--only", action="append", default=[], help="a check by its name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with archive_from(options, scratch) as (archive, expected):
            bench = Bench(
                archive=archive,
                scratch=scratch,
                expected=expected,
                screenshot=options.screenshot.absolute(),
            )
            for verdict in verdicts(bench, options.only):
                is_good &= verdict.is_good is not False
                sign = {True: "good", False: "BAD", None: "----"}[verdict.is_good]
                line = f"{sign}  {verdict.tool}: {verdict.command}\n      {verdict.said}"
                print(json.dumps(asdict(verdict)) if options.json else line, flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
