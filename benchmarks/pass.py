"""How many pages a second: this project's whole line beside wget and a plain script.

    python benchmarks/pass.py [--pages 40] [--outlets 8] [--runs 1] [--only scraper,wget,script]

Outlets are servers on loopback that answer at once; the pages (about 120 KB each) are made up by
this script. Everything runs in one go on one machine, so that the ratios mean something; nothing is
asserted.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PORT = 8797  # of each outlet, at an address of its own: 127.0.1.1, 127.0.1.2, ...
PAGE_BYTES = 120_000
OWN_CPU = "own-cpu.txt"  # seconds of a scraper's main process, its extraction workers left out

# --- pages ----------------------------------------------------------------------------------------

_NOUNS = (
    "ferry", "harbour", "council", "bridge", "budget", "strike", "election", "court", "storm",
    "school", "market", "river", "union", "mayor", "museum", "railway", "hospital", "inquiry",
)  # fmt: skip
_VERBS = (
    "delayed", "approved", "cancelled", "reopened", "questioned", "welcomed", "postponed",
    "rejected", "repaired", "inspected", "defended", "published",
)  # fmt: skip
_PEOPLE = (
    "harbour master", "deputy mayor", "union leader", "opposition spokeswoman",
    "head of the inquiry", "museum director", "railway manager",
)  # fmt: skip
_PLACES = (
    "Oldhaven", "Northfield", "Westbrook", "Eastmoor", "Karvela", "Lowick", "Saltmarsh", "Fenwick",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def sentence(dice: random.Random) -> str:
    noun, verb, who, place, day = (
        [dice.choice(words) for _ in range(3)]
        for words in (_NOUNS, _VERBS, _PEOPLE, _PLACES, _DAYS)
    )
    many, year = dice.randint(12, 9800), dice.randint(1951, 2024)
    forms = (
        f"The {noun[0]} in {place[0]} was {verb[0]} on {day[0]}, and the {noun[1]} {verb[1]} it.",
        f"“We never {verb[0]} the {noun[0]},” the {who[0]} said in {place[0]} on {day[0]}.",
        f"About {many:,} people in {place[0]} need the {noun[0]}, last {verb[0]} in {year}.",
        f"According to the {who[0]}, the {noun[0]} of {place[1]} will be {verb[0]} by {day[1]}.",
    )
    return dice.choice(forms)


def paragraph(dice: random.Random) -> str:
    return " ".join(sentence(dice) for _ in range(dice.randint(1, 4)))


def page(outlet: int, number: int) -> bytes:
    """Return a news-like page of about PAGE_BYTES, the same for the same numbers."""
    dice = random.Random(f"{outlet}/{number}")
    title = f"{sentence(dice)[:70].rsplit(' ', 1)[0]} ({outlet}-{number})"
    body = story(dice)
    chrome = furniture(dice, outlet)
    bulk = scripts(dice, PAGE_BYTES - sum(map(len, (title, body, *chrome))) - 1500)
    article = {"@type": "NewsArticle", "headline": title, "datePublished": "2026-03-01T08:00:00Z"}
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | Paper {outlet}"
        f"</title><meta property=og:title content='{title}'><script type='application/ld+json'>"
        f"{json.dumps({'@context': 'https://schema.org', **article})}</script>{bulk}</head><body>"
        f"{chrome[0]}<main><article class=story><h1>{title}</h1><div class=byline>By Ann Writer"
        f"</div><div class=content>{body}</div></article>{chrome[1]}</main>{chrome[2]}</body>"
    ).encode()


def story(dice: random.Random) -> str:
    pieces = []
    for place in range(dice.randint(9, 28)):
        if place and place % 6 == 0:
            pieces.append(f"<h2>{sentence(dice)[:50].rsplit(' ', 1)[0]}</h2>")
        if place == 4:
            words = "Subscribe to our newsletter and never miss a story."
            pieces.append(f"<div class=promo><p>{words}</p><form><input name=email></form></div>")
        if place % 7 == 3:
            related = sentence(dice)[:60]
            pieces.append(f"<p class=related>Read also: <a href=/x>{related}</a></p>")
        pieces.append(f"<p>{paragraph(dice)}</p>")
    return "\n".join(pieces)


def furniture(dice: random.Random, outlet: int) -> tuple[str, str, str]:
    """Return what stands before, beside and below a story: about a third of the page."""
    links = [f"<li><a href=/s/{n}>{dice.choice(_NOUNS).title()}</a></li>" for n in range(120)]
    cards = [
        f"<div class=card><a href=/c/{n}><img src=/i/{n}.jpg alt=''><h3>{sentence(dice)}</h3></a>"
        f"<span class=time>{n} hours ago</span></div>"
        for n in range(60)
    ]
    comments = [
        f"<li class=comment><b>reader{n}</b><p>{sentence(dice)}</p></li>" for n in range(40)
    ]
    return (
        f"<header><a href=/>Paper {outlet}</a><nav><ul>{''.join(links)}</ul></nav></header>",
        f"<aside>{''.join(cards)}</aside><ol class=comments>{''.join(comments)}</ol>",
        f"<footer><p>© Paper {outlet}, all rights reserved</p>{''.join(links[:60])}</footer>",
    )


def scripts(dice: random.Random, size: int) -> str:
    """Return inline scripts and styles of a size, as varied as minified ones are."""
    pieces, length = [], 0
    while length < size:
        name = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=6))
        pieces.append(f"var {name}={dice.randrange(10**9)};function f_{name}(a,b){{return a*b}}")
        length += len(pieces[-1])
    return f"<script>{''.join(pieces)}</script>"


# --- outlets --------------------------------------------------------------------------------------


def base_of(outlet: int) -> str:
    return f"http://127.0.1.{outlet + 1}:{PORT}"


def answers(outlet: int, pages: int) -> dict[bytes, bytes]:
    """Return an outlet's responses, head and all, by request target."""
    urls = [f"{base_of(outlet)}/2026/03/01/story-{number}" for number in range(pages)]
    sitemap = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    found = {
        b"/robots.txt": response(b"User-agent: *\nAllow: /\n", "text/plain"),
        b"/sitemap.xml": response(f"<urlset>{sitemap}</urlset>".encode(), "application/xml"),
    }
    for number in range(pages):
        target = f"/2026/03/01/story-{number}".encode()
        found[target] = response(page(outlet, number), "text/html; charset=utf-8")
    return found


def response(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve(outlets: int, pages: int, ready: "multiprocessing.synchronize.Event") -> None:
    """Answer for all outlets in a process of its own."""
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for outlet in range(outlets):
            known = answers(outlet, pages)

            class Answering(asyncio.Protocol):
                known_here = known

                def connection_made(self, transport: asyncio.BaseTransport) -> None:
                    self.transport, self.heard = transport, b""

                def data_received(self, data: bytes) -> None:
                    self.heard += data
                    while b"\r\n\r\n" in self.heard:
                        head, _, self.heard = self.heard.partition(b"\r\n\r\n")
                        answer = self.known_here.get(head.split(b" ", 2)[1], missing)
                        assert isinstance(self.transport, asyncio.WriteTransport)
                        self.transport.write(answer)

            await loop.create_server(Answering, f"127.0.1.{outlet + 1}", PORT)
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(run())


# --- what is compared -----------------------------------------------------------------------------


def sources_toml(outlets: int, *, rules: bool) -> str:
    tables = []
    for outlet in range(outlets):
        table = (
            f'[[outlet]]\nid = "paper-{outlet}"\nname = "Paper {outlet}"\n'
            f'home = "{base_of(outlet)}/"\n'
            f'[[outlet.source]]\ntype = "sitemap"\nurl = "{base_of(outlet)}/sitemap.xml"\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
        )
        if rules:
            table += (
                '[[outlet.rules]]\ntitle = "h1"\nbody = ["article .content"]\n'
                'strip = [".promo", ".related"]\n'
            )
        tables.append(table)
    return "\n".join(tables)


def with_scraper(folder: Path, outlets: int, pages: int, *, rules: bool) -> int:
    """Run the whole line: robots.txt, sitemap, request and response records, text, catalog."""
    (folder / "sources.toml").write_text(sources_toml(outlets, rules=rules))
    command = [sys.executable, __file__, "--scraper", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("SCRAPER_SOURCES", None)
    environment.pop("SCRAPER_ARCHIVE", None)
    with (folder / "out.txt").open("w") as out:
        subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=out, check=False)
    return len(list((folder / "archive" / "text").rglob("*.txt")))


def scraper_fetch(folder: Path) -> None:
    """Run the command in this process, and write down what it took of the CPU itself."""
    from scraper.cli.main import main as scraper

    try:
        scraper(["fetch", "--all"])
    finally:
        own = resource.getrusage(resource.RUSAGE_SELF)
        (folder / OWN_CPU).write_text(str(own.ru_utime + own.ru_stime))


def with_wget(folder: Path, outlets: int, pages: int) -> int:
    """Fetch and write a WARC, compressed; no text, no catalog."""
    urls = folder / "urls.txt"
    urls.write_text("\n".join(all_urls(outlets, pages)))
    command = [
        "wget", "--quiet", f"--warc-file={folder / 'w'}", f"--input-file={urls}",
        f"--directory-prefix={folder / 'mirror'}", "--force-directories",
    ]  # fmt: skip
    subprocess.run(command, check=False)
    return len([file for file in (folder / "mirror").rglob("*") if file.is_file()])


def with_script(folder: Path, outlets: int, pages: int) -> int:
    """Run the script that people write first, in a process of its own."""
    urls = folder / "urls.txt"
    urls.write_text("\n".join(all_urls(outlets, pages)))
    command = [sys.executable, __file__, "--plain-script", str(folder)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return len(list((folder / "text").glob("*.txt")))


def plain_script(folder: Path) -> None:
    """httpx with 16 requests at once, a response record by warcio, text by trafilatura; no more."""
    import hashlib
    from io import BytesIO

    import httpx
    import trafilatura
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    (folder / "text").mkdir()

    async def run() -> None:
        free = asyncio.Semaphore(16)
        with (folder / "script.warc.gz").open("wb") as stream:
            writer = WARCWriter(stream, gzip=True)

            async def take(client: httpx.AsyncClient, url: str) -> None:
                async with free:
                    got = await client.get(url)
                head = StatusAndHeaders("200 OK", got.headers.items(), protocol="HTTP/1.1")
                record = writer.create_warc_record(
                    url, "response", payload=BytesIO(got.content), http_headers=head
                )
                writer.write_record(record)
                text = trafilatura.extract(got.content, url=url, with_metadata=False)
                if text:
                    name = hashlib.sha256(url.encode()).hexdigest()[:16]
                    (folder / "text" / f"{name}.txt").write_text(text)

            async with httpx.AsyncClient(trust_env=False) as client:
                urls = (folder / "urls.txt").read_text().split()
                await asyncio.gather(*(take(client, url) for url in urls))

    asyncio.run(run())


def all_urls(outlets: int, pages: int) -> list[str]:
    return [
        f"{base_of(outlet)}/2026/03/01/story-{number}"
        for number in range(pages)
        for outlet in range(outlets)
    ]


# --- the run --------------------------------------------------------------------------------------

Work = Callable[[Path, int, int], int]

CONTESTANTS: dict[str, tuple[str, Work]] = {
    "script": ("httpx + warcio + trafilatura, response records and text", with_script),
    "wget": ("wget --warc-file, no text", with_wget),
    "scraper": (
        "scraper fetch --all, no rules",
        lambda folder, outlets, pages: with_scraper(folder, outlets, pages, rules=False),
    ),
    "rules": (
        "scraper fetch --all, a rule for each outlet",
        lambda folder, outlets, pages: with_scraper(folder, outlets, pages, rules=True),
    ),
}


def measured(work: Work, outlets: int, pages: int) -> tuple[float, float, float, int]:
    """Return the wall and CPU seconds of a run, those of its main process, and its pages."""
    with tempfile.TemporaryDirectory(prefix="pass-") as folder:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = work(Path(folder), outlets, pages)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        own = Path(folder) / OWN_CPU
        return wall, cpu, float(own.read_text()) if own.exists() else cpu, done


def chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or list(CONTESTANTS)
    if "wget" in names and shutil.which("wget") is None:
        print("wget is not installed: left out (apt-get install wget)\n")
        names.remove("wget")
    return names


def compare(names: Sequence[str], args: argparse.Namespace) -> None:
    walls: dict[str, list[float]] = {name: [] for name in names}
    cpus: dict[str, list[float]] = {name: [] for name in names}
    owns: dict[str, list[float]] = {name: [] for name in names}
    counts: dict[str, int] = {}
    for _ in range(args.runs):
        for name in names:
            wall, cpu, own, counts[name] = measured(CONTESTANTS[name][1], args.outlets, args.pages)
            walls[name].append(wall)
            cpus[name].append(cpu)
            owns[name].append(own)
    total = args.outlets * args.pages
    rates = {name: total / statistics.median(walls[name]) for name in names}
    print(
        "| what | pages/s | beside the script | beside wget | CPU ms a page | in workers | done |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in names:
        ratios = [
            f"{rates[name] / rates[to]:.2f}" if to in rates else "-" for to in ("script", "wget")
        ]
        cpu = 1000 * statistics.median(cpus[name]) / total
        workers = cpu - 1000 * statistics.median(owns[name]) / total
        row = (
            CONTESTANTS[name][0],
            f"{rates[name]:.1f}",
            *ratios,
            f"{cpu:.1f}",
            f"{workers:.1f}" if workers else "-",
            f"{counts[name]} of {total}",
        )
        print(f"| {' | '.join(row)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outlets", type=int, default=8)
    parser.add_argument("--pages", type=int, default=40, help="of each outlet")
    parser.add_argument("--runs", type=int, default=1, help="the median is shown")
    parser.add_argument("--only", default="", help=f"some of {','.join(CONTESTANTS)}")
    parser.add_argument("--plain-script", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scraper", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.scraper is not None:
        scraper_fetch(args.scraper)
        return
    if args.plain_script is not None:
        plain_script(args.plain_script)
        return
    ready = multiprocessing.Event()
    server = multiprocessing.Process(
        target=serve, args=(args.outlets, args.pages, ready), daemon=True
    )
    server.start()
    ready.wait(120)
    size = statistics.mean(len(page(0, number)) for number in range(10))
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}; "
    )
    print(f"{args.outlets} outlets of {args.pages} pages of {size / 1000:.0f} KB\n")
    try:
        compare(chosen(args.only), args)
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
