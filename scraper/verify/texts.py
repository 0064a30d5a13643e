"""The text files of an archive: the name of each against its bytes, and against the catalog.

It changes nothing.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scraper.archive.verify import Finding
from scraper.disk import disk_error
from scraper.store.catalog import Catalog
from scraper.store.text_files import DRAFT, NAME

_BATCH = 500


@dataclass(slots=True)
class Texts:
    """A walk through the texts; `files` and `unknown` count them while it goes on."""

    root: Path
    catalog: Catalog | None
    files: int = 0
    unknown: int = 0  # that no row refers to
    _waiting: list[tuple[str, str]] = field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with texts, then what rows miss."""
        for path in text_files(self.root):
            self.files += 1
            yield from self._check(path)
            if len(self._waiting) >= _BATCH:
                self._count_unknown()
        self._count_unknown()
        yield from self._missing()

    def _check(self, path: Path) -> Iterator[Finding]:
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as exc:
            raise disk_error(exc, path) from exc
        name = NAME.fullmatch(path.name)
        if name is None:
            yield Finding(problem="not the name of a text file", path=path, is_note=True)
        elif not digest.startswith(name[2]):
            problem = f"its name stands for other bytes: they have the SHA-256 {digest}"
            yield Finding(problem=problem, path=path)
        else:
            self._waiting.append((digest, path.relative_to(self.root).as_posix()))

    def _count_unknown(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self.catalog is not None:
            known = self.catalog.places.known_texts([digest for digest, _ in waiting])
            self.unknown += sum(one not in known for one in waiting)

    def _missing(self) -> Iterator[Finding]:
        if self.catalog is None:
            return
        for row in self.catalog.places.texts():
            name = NAME.fullmatch(Path(row.file).name)
            path = self.root / row.file
            if not path.is_file():
                yield Finding(problem="the file of a text is gone", path=path, url=row.url)
            elif name is None or not row.sha256.startswith(name[2]):
                problem = f"the catalog knows another text under this name: {row.sha256}"
                yield Finding(problem=problem, path=path, url=row.url)


def text_files(root: Path) -> Iterator[Path]:
    """Yield the text files of an archive by outlet, day and name; drafts are none."""
    for folder in sorted(root.glob("text/*/*")):
        if folder.is_dir():
            yield from sorted(path for path in folder.iterdir() if path.name != DRAFT)
