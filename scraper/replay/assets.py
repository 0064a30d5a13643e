"""The files of ReplayWeb.page, put beside the user's data, if their digest is the one we know.

They are AGPL-3.0-or-later and no part of this program: they come from npm or from a file that the
user has, are never changed, and are served with their licence.
"""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from scraper.disk import disk_error, sync_folder
from scraper.errors import ArchiveError, ConfigError, DamageError

RELEASE = "replaywebpage@2.5.3"
SOURCE = "https://github.com/webrecorder/replayweb.page/tree/v2.5.3"
NAMES = ("ui.js", "sw.js", "LICENSE")

_SHA512 = "nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
_MOST_BYTES = 20_000_000  # of one file; the largest has 1.2 MB


def folder() -> Path:
    """Return where the files are, or would be: in the user's data folder ($XDG_DATA_HOME)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "scraper" / RELEASE.replace("@", "-")


def are_installed() -> bool:
    """Say whether every file is there."""
    return all((folder() / name).is_file() for name in NAMES)


def install(package: Path | None = None) -> Path:
    """Put the files into the user's data folder, from a given .tgz or by `npm pack`; return where.

    Raises:
        ConfigError: there is no npm, or it fails.
        DamageError: the package is not the release that we know.
        ArchiveError: a file cannot be read or written.
    """
    data = _packed_by_npm() if package is None else _read(package)
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode("ascii")
    if digest != _SHA512:
        problem = f"not {RELEASE}: its sha512 is {digest}; nothing was installed"
        raise DamageError(problem, path=package or RELEASE)
    _unpacked(data)
    return folder()


def _packed_by_npm() -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigError(
            f"npm is not installed; give the package instead: --install-replay {RELEASE}.tgz"
        )
    with TemporaryDirectory() as scratch:
        done = subprocess.run(  # noqa: S603 - the program on the PATH, with words of our own
            [npm, "pack", "--silent", RELEASE],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        packages = list(Path(scratch).glob("*.tgz"))
        if done.returncode or len(packages) != 1:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise ConfigError(f"npm pack {RELEASE} failed: {said[-1] if said else 'no package'}")
        return packages[0].read_bytes()


def _read(package: Path) -> bytes:
    try:
        return package.read_bytes()
    except OSError as exc:
        raise disk_error(exc, package) from exc


def _unpacked(data: bytes) -> None:
    target = folder()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target.parent) as scratch:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as package:
                for name in NAMES:
                    (Path(scratch) / name).write_bytes(_member(package, f"package/{name}"))
            shutil.rmtree(target, ignore_errors=True)
            Path(scratch).rename(target)
            Path(scratch).mkdir()  # the temporary folder's own end expects one
        sync_folder(target.parent)
    except OSError as exc:
        raise disk_error(exc, target, kept="nothing was installed") from exc


def _member(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(name)
    if file is None:
        raise ArchiveError("not a file of the package", path=name)
    return file.read(_MOST_BYTES)
