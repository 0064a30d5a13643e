"""Articles as WACZ packages for the replay, made when they are asked for and kept while it runs.

They lie in a temporary folder, which is the caller's, and never in the archive.
"""

import logging
from pathlib import Path
from threading import Lock

from scraper.archive.wacz import About, package
from scraper.clock import now
from scraper.errors import ArchiveError
from scraper.export.target import new_file
from scraper.export.wacz import Packing, pack
from scraper.store.catalog import Catalog
from scraper.store.rows import ArticleRow
from scraper.store.selections import Selection

log = logging.getLogger(__name__)

_MOST_KEPT = 50


class Packages:
    """The packages of articles, each with all captures that there were when it was asked for."""

    def __init__(self, root: Path, catalog: Catalog, scratch: Path, *, software: str) -> None:
        self._root, self._catalog, self._scratch = root, catalog, scratch
        self._software = software
        self._turn = Lock()

    def file_of(self, article_id: int) -> Path | None:
        """Return the package of an article, or None where there is no such article.

        Raises:
            ArchiveError: it cannot be made.
        """
        article = self._catalog.article_by(article_id)
        if article is None:
            return None
        newest = self._catalog.captures(url=article.url, limit=1)[0].id
        path = self._scratch / f"{article.id}-{newest}.wacz"
        with self._turn:
            if not path.exists():
                self._forget_old()
                self._make(article, path)
        return path

    def _make(self, article: ArticleRow, path: Path) -> None:
        about = About(title=article.title, software=self._software, created=now())
        packing = Packing(
            root=self._root,
            catalog=self._catalog,
            selection=Selection(url=article.url),
            about=about,
            on_problem=_tell,
        )
        with new_file(path, force=True) as out, package(out, about) as packed:
            pack(packed, packing)

    def _forget_old(self) -> None:
        # A reader has its file open, or asks again: a package can be made anew at any time.
        files = sorted(self._scratch.glob("*.wacz"), key=lambda file: file.stat().st_mtime)
        for file in files[: -_MOST_KEPT + 1]:
            file.unlink(missing_ok=True)


def _tell(problem: ArchiveError) -> None:
    log.warning("left out of a replay: %s", problem)
