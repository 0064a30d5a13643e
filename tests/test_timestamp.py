"""Timestamps of a local authority made with openssl: asked for over the wire, proven, forged."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest
from archive_samples import NOW, exchange
from ledger import LedgerServer, answer
from line_runs import capture, settings_for, story_page
from passes import command

from scraper.archive.chain import manifests_in
from scraper.archive.timestamp import SUFFIX, question, stamp_in
from scraper.archive.writer import WarcWriter
from scraper.config import empty_sources
from scraper.errors import DamageError
from scraper.line import Line
from scraper.verify.chain import Proven, prove, seal
from scraper.verify.day import stamp

pytest.importorskip("rfc3161_client")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa_conf]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256,sha384,sha512
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that answers on loopback."""

    folder: Path
    url: str

    @property
    def root(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()


def openssl(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        ["openssl", *words], cwd=folder, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def certify(folder: Path) -> None:
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf"]
    root = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Root", "-extensions", "ca"]
    openssl(folder, "req", "-x509", *key, *root, "-days", "3650")
    openssl(folder, "req", "-new", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=A")
    by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "tsa.cnf"]
    openssl(
        folder, "x509", "-req", "-in", "tsa.csr", *by, "-out", "tsa.pem", "-days", "3650",
        "-extensions", "tsa",
    )  # fmt: skip


class Desk(BaseHTTPRequestHandler):
    """Where the authority takes requests."""

    folder: Path
    turn = Lock()  # the serial file: one at a time

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_asked = self.headers["Content-Type"] == "application/timestamp-query"
        if self.path == "/down" or not is_asked:
            self.send_error(503)
            return
        with self.turn:
            said = reply_to(self.folder, body)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


def reply_to(folder: Path, request: bytes) -> bytes:
    return openssl(
        folder, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa_conf",
        "-queryfile", "/dev/stdin", "-out", "/dev/stdout", stdin=request,
    )  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("authority") / "keys"
    certify(folder)
    desk = type("OurDesk", (Desk,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), desk) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Authority(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def sealed(root: Path) -> Path:
    with WarcWriter(root, "daily-wall", now=NOW, software="s", host="desk") as writer:
        writer.write_exchanges([exchange()])
    path = seal(root, day=date(2026, 3, 1), now=NOW)
    assert path is not None
    return path


def stamped(root: Path, url: str) -> Path:
    """Have a manifest stamped as the daemon does; return it."""
    path = sealed(root)
    sources = empty_sources()
    sources = replace(sources, defaults=replace(sources.defaults, timestamp=url))

    async def run() -> None:
        async with Line(settings_for(root, sources=sources, workers=1)) as line:
            await stamp(line, path)

    asyncio.run(run())
    return path


def problems(root: Path, *authorities: bytes) -> tuple[Proven, list[str]]:
    proven = Proven()
    found = prove(root, proven, lambda _: None, authorities=authorities)
    return proven, [finding.problem for finding in found]


def test_a_manifest_is_stamped_over_the_wire_and_proven(
    tmp_path: Path, authority: Authority
) -> None:
    path = stamped(tmp_path, authority.url)

    proven, found = problems(tmp_path, authority.root)

    assert found == []
    assert proven.stamped is not None
    assert proven.stamped[0] == path
    assert proven.stamped[1].is_trusted
    checked = openssl(
        authority.folder, "ts", "-verify", "-data", str(path),
        "-in", str(path.with_suffix(SUFFIX)), "-CAfile", "ca.pem",
    )  # fmt: skip
    assert b"OK" in checked, "another tool says so, too"


def test_without_a_root_the_moment_is_read_and_nobody_is_trusted(
    tmp_path: Path, authority: Authority
) -> None:
    stamped(tmp_path, authority.url)

    proven, found = problems(tmp_path)

    assert found == []
    assert proven.stamped is not None
    assert not proven.stamped[1].is_trusted


def test_a_chain_that_was_made_anew_has_no_timestamp(tmp_path: Path, authority: Authority) -> None:
    path = stamped(tmp_path, authority.url)
    path.unlink()
    seal(tmp_path, day=date(2026, 3, 1), now=NOW.replace(year=2027))
    assert manifests_in(tmp_path) == [path]

    _, found = problems(tmp_path, authority.root)

    assert found == ["the timestamp is about other bytes"]


def test_a_package_of_evidence_brings_the_timestamp_along(
    tmp_path: Path, authority: Authority
) -> None:
    with LedgerServer(lambda *_: answer(story_page(), "Content-Type: text/html")) as server:
        [filed] = capture(settings_for(tmp_path, workers=1), [server.url("/story")])
    stamped(tmp_path, authority.url)
    here, url = ("--archive", str(tmp_path)), filed.capture.url
    assert command("export", "evidence", url, "a.wacz", *here, cwd=tmp_path).returncode == 0

    trusted, alone = (
        command("verify", "a.wacz", *words, cwd=tmp_path)
        for words in (["--authority", str(authority.folder / "ca.pem")], [])
    )

    assert (trusted.returncode, alone.returncode) == (0, 0)
    assert "UTC on a manifest, signed by a trusted authority" in trusted.stdout
    assert "UTC on a manifest, signature not checked" in alone.stdout


def test_a_stamp_of_somebody_else_is_not_trusted(tmp_path: Path, authority: Authority) -> None:
    stamped(tmp_path, authority.url)
    certify(tmp_path / "other")

    _, [problem] = problems(tmp_path, (tmp_path / "other" / "ca.pem").read_bytes())

    assert "not signed as it should be" in problem


def test_an_authority_that_fails_costs_nothing(tmp_path: Path, authority: Authority) -> None:
    path = stamped(tmp_path, authority.url + "/down")

    assert not path.with_suffix(SUFFIX).exists()
    assert problems(tmp_path)[1] == []


@pytest.mark.parametrize("harm", ["flip", "cut", "nothing", "status"])
def test_a_damaged_answer_proves_nothing(authority: Authority, harm: str) -> None:
    said = reply_to(authority.folder, question(b"manifest"))
    assert stamp_in(said, b"manifest", roots=[authority.root]).is_trusted
    assert said[4:9] == bytes.fromhex("3003020100")  # PKIStatus 0: granted
    harmed = {
        "flip": said[:-9] + bytes([said[-9] ^ 1]) + said[-8:],
        "cut": said[:-9],
        "status": said[:8] + b"\x20" + said[9:],
    }.get(harm)

    with pytest.raises(DamageError):
        stamp_in(harmed or b"", b"manifest", roots=[authority.root])
