"""The real line, run against the newsstand; what came of it, and the proof.

It prints nothing.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from scraper.config import Sources, load_sources
from scraper.crawl import Filed, capture_all, jobs_for
from scraper.demo.newsstand import Newsstand, cassette_folder
from scraper.line import Line, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A check that anyone can repeat: the command, what it said, and whether it is satisfied."""

    command: str
    said: str
    holds: bool


def demo_sources() -> Sources:
    """Return the outlets of the newsstand."""
    return load_sources(cassette_folder() / "sources.toml")


def demo_links() -> tuple[str, ...]:
    """Return the links that the newsstand's outlets announce, dead and moved ones among them."""
    lines = (cassette_folder() / "links.txt").read_text().splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


async def run_demo(archive: Path) -> AsyncGenerator[Filed, None]:
    """Capture every link of the newsstand over loopback HTTP and yield what became of each."""
    with Newsstand() as newsstand:
        settings = Settings(
            archive=archive,
            catalog=archive / "catalog.db",
            sources=demo_sources(),
            resolver=newsstand.addresses_of,
            with_blocks=True,
        )
        async with (
            Line(settings) as line,
            aclosing(capture_all(line, jobs_for(line, demo_links()))) as results,
        ):
            async for filed in results:
                yield filed


def proofs(archive: Path) -> tuple[Proof, ...]:
    """Check an archive with tools that are not ours: SHA-256 of the texts, `warcio check`."""
    texts = sorted(archive.glob("text/*/*/*.txt"))
    warcs = sorted(archive.glob("warc/*/*.warc.gz"))
    return _texts_proof(archive, texts), _warcs_proof(archive, warcs)


def _texts_proof(archive: Path, texts: list[Path]) -> Proof:
    digests = sha256_digests(texts)
    proven = sum(digests[text].startswith(text.stem.split("_")[-1]) for text in texts)
    return Proof(
        command=f"sha256sum {archive}/text/*/*/*.txt",
        said=f"{proven} of {len(texts)} texts begin with the 16 digits of their name",
        holds=proven == len(texts) > 0,
    )


def sha256_digests(files: list[Path]) -> dict[Path, str]:
    """Return the SHA-256 of files in hexadecimal, by the system's own tool where there is one."""
    tool = shutil.which("sha256sum")
    if tool is None:
        return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    done = subprocess.run([tool, "--", *files], capture_output=True, text=True, check=True)  # noqa: S603
    digests = [line.lstrip("\\").split(" ", 1)[0] for line in done.stdout.splitlines()]
    return dict(zip(files, digests, strict=True))


def _warcs_proof(archive: Path, warcs: list[Path]) -> Proof:
    check = "from warcio.cli import main; main()"
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own files
        [sys.executable, "-c", check, "check", *warcs], capture_output=True, text=True, check=False
    )
    said = done.stdout.strip() or done.stderr.strip()
    return Proof(
        command=f"warcio check {archive}/warc/*/*.warc.gz",
        said=said or f"exit code {done.returncode}: every digest of {len(warcs)} files matches",
        holds=done.returncode == 0 and bool(warcs),
    )
