"""The evidence of one article: a WACZ with its captures, texts, what changed, and how to check it.

Everything in it can be checked with sha256sum, diff and any WARC tool: none of ours is needed.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from scraper.archive.wacz import Package, iso
from scraper.export.articles import last_response, versions
from scraper.export.differences import unified
from scraper.export.proofs import proof_files
from scraper.export.wacz import Packing, pack
from scraper.store.rows import CaptureDetail

_README = """\
Evidence of one article
=======================
{url}
packed on {created} by {software}

This file is a WACZ package, which is a ZIP file. ReplayWeb.page (https://replayweb.page) shows the
archived pages; everything below can be checked without it, and without the program that made it.

archive/*.warc.gz       every request and response, byte for byte as on the wire (WARC 1.1)
evidence/captures.tsv   when each page was fetched, what came back, and the record that holds it
evidence/NNN_*.txt      each version of the text, numbered by its age; no two are the same
evidence/NNN-NNN.diff   what changed from one version to the next, as a unified diff
evidence/proofs.json    where each record and text stands in the sealed days of the archive
evidence/NNNNNN_DAY.*   the manifests of these days, and timestamps on them, if there are any
evidence/SHA256SUMS     the SHA-256 of everything in evidence/ but itself

To check it:
    unzip FILE.wacz -d bundle && cd bundle
    sha256sum -c evidence/SHA256SUMS         texts and changes are those that were packed
    sha256sum archive/*.warc.gz              must be what datapackage.json says, as of each file
    sha256sum datapackage.json               must be what datapackage-digest.json says
    warcio check archive/*.warc.gz           (pip install warcio) all digests in the WARC match
    scraper verify FILE.wacz                 all of the above, and the proofs
The 16 hexadecimal digits in the name of a text are the first of its SHA-256. Each text is also in
the WARC file, as the `conversion` record that refers to the response it was read from.

What this shows is what came over the wire to the machine that fetched it, at the times that its
clock said. That nothing was changed since is shown by a digest that was published or timestamped
at the time: that of datapackage.json stands for all of this package, that of a manifest for all
that was archived until its day. A proof is checked without us as RFC 9162, section 2.1.3.2 says:
the leaf is SHA-256 of the byte 00 and the `sha256` of the proof (of the record uncompressed, with
the four bytes that end it; `zcat` shows them), the root that of the entry with this `file` and
`start` in the manifest. A manifest's digest is what the next one calls `previous`, and what a
timestamp is about: openssl ts -verify -data M.json -in M.tsr -CAfile root.pem
"""


def pack_evidence(package: Package, packing: Packing) -> int:
    """Write the captures of an article with texts, changes, digests and a plain README.

    Returns how many captures there are.
    """
    packed: dict[str, set[str]] = defaultdict(set)

    def note(path: Path, record_id: str) -> None:
        packed[path.relative_to(packing.root).as_posix()].add(record_id)

    pack(package, replace(packing, on_record=note))
    files = dict(_files(packing, packed))
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    for path, data in files.items():
        package.add(path, data)
    package.add("evidence/SHA256SUMS", sums.encode("utf-8"))
    return len(packing.selected.captures())


def _files(packing: Packing, packed: Mapping[str, Collection[str]]) -> Iterator[tuple[str, bytes]]:
    # In one folder: wacz 0.6 refuses a package that has folders in folders.
    texts = _texts(packing)
    for (old, before, _), (new, after, _) in pairwise(texts):
        change = unified(before, after, old_name=old, new_name=new)
        yield f"evidence/{old.split('_')[0]}-{new.split('_')[0]}.diff", change.encode("utf-8")
    for name, text, _ in texts:
        yield f"evidence/{name}", text.encode("utf-8")
    named = {file: name for name, _, file in texts}
    yield from proof_files(packing.root, packed, named, packing.on_problem).items()
    yield "evidence/captures.tsv", _captures(packing).encode("utf-8")
    yield "evidence/README.txt", _readme(packing).encode("utf-8")


def _texts(packing: Packing) -> Sequence[tuple[str, str, str]]:
    """Return the versions of the text, oldest first: name here, text, file in the archive."""
    found = versions(
        packing.root,
        packing.catalog,
        packing.selection,
        every=True,
        on_problem=packing.on_problem,
    )
    return [
        (
            f"{number:03}_{hashlib.sha256(one.text.encode()).hexdigest()[:16]}.txt",
            one.text,
            one.detail.text.file if one.detail.text else "",
        )
        for number, one in enumerate(found)
    ]


def _captures(packing: Packing) -> str:
    selected = packing.selected
    head = ("fetched", "outcome", "status", "text", "record", "block_digest", "url")
    rows = [row for one in selected.details(selected.captures()) for row in _rows(one)]
    return "".join("\t".join(_cell(value) for value in row) + "\n" for row in (head, *rows))


def _rows(detail: CaptureDetail) -> Iterator[tuple[object, ...]]:
    """Yield the row of a capture, then those of the pages on which its article goes on."""
    yield _row(detail)
    for part in detail.parts:
        yield (part.started, part.outcome, part.status, "", part.records[-1], "", part.url)


def _row(detail: CaptureDetail) -> tuple[object, ...]:
    last, text = last_response(detail.exchanges), detail.text
    moment = detail.capture.started
    sha256 = "" if text is None else text.sha256
    if last is None:
        return (moment, detail.capture.outcome, "", sha256, "", "", detail.capture.url)
    record = (last.status, sha256, last.response_id, last.block_digest, last.url)
    return (moment, detail.capture.outcome, *record)


def _cell(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str("" if value is None else value)
    return json.dumps(text)[1:-1]  # no tab or line end of a site's gets into the table


def _readme(packing: Packing) -> str:
    return _README.format(
        url=packing.selection.url,
        created=iso(packing.about.created),
        software=packing.about.software,
    )
