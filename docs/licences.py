"""Write the licences of what we depend on into docs/dependencies.md, as the packages declare them.

    python docs/licences.py

It asks no index: it reads what is installed beside it, and leaves out what is not.
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "dependencies.md"
MARK = "<!-- licences: written by docs/licences.py -->"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


def locked() -> list[tuple[str, str]]:
    """Return name and version of all that the container installs."""
    return _PINNED.findall((ROOT / "deploy" / "requirements.txt").read_text())


def licence_of(package: Distribution) -> str:
    """Return what a package says of its licence, in the newest of three ways to say it."""
    said = package.metadata.get_all("License-Expression") or []
    for classifier in package.metadata.get_all("Classifier") or []:
        if not said and classifier.startswith("License :: OSI Approved :: "):
            said = [classifier.rsplit(" :: ", 1)[-1]]
    short = "".join(package.metadata.get_all("License") or []).strip().splitlines()
    return next(iter([*said, *short[:1]]), "not said")


def rows() -> list[str]:
    """Return a table row for each package that is installed."""
    found = []
    for name, _ in sorted(locked()):
        try:
            found.append(f"| {name} | {licence_of(distribution(name))} |")
        except PackageNotFoundError:
            continue
    return found


def section() -> str:
    """Return the whole section, from its mark on."""
    return "\n".join([MARK, "", "| package | licence |", "|---|---|", *rows(), ""])


if __name__ == "__main__":
    before = FILE.read_text(encoding="utf-8").split(MARK)[0].rstrip("\n")
    FILE.write_text(f"{before}\n\n{section()}", encoding="utf-8")
