"""The catalog: what was captured, what was read from it, and where the bytes lie.

It holds no page and no text, only where they are; the archive's files stand without it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from scraper.model import Capture, Imported
from scraper.store import imports, queries
from scraper.store.database import Database, is_current, version_in
from scraper.store.drift import Drift
from scraper.store.dump import dump
from scraper.store.imports import ImportRow
from scraper.store.parts import Parts
from scraper.store.places import Places
from scraper.store.replay import Replay, is_empty
from scraper.store.requisites import Requisites
from scraper.store.rows import ArticleRow, CaptureDetail, CaptureRow, ExchangeRow, TextRow
from scraper.store.saving import SavedCapture, save, save_reading
from scraper.store.schedule import Schedule
from scraper.store.schedule_rows import LinkResult
from scraper.store.selections import Selected, Selection
from scraper.store.statements import url_key
from scraper.store.templates import Templates
from scraper.store.word_index import TextRows


class Catalog:
    """An open catalog. Use `Catalog.open`, in a `with`.

    Threads may share it. Errors of every method: CatalogError, DiskFullError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path_or_url: Path | str, *, create: bool = True) -> Self:
        """Open a catalog: a file (SQLite), or a database by its URL; bring an older one up to date.

        Raises:
            CatalogError: it cannot be opened, it isn't ours or newer than this program, or, without
                `create`, it isn't there.
        """
        database = Database(path_or_url, create=create)
        try:
            with database.reading() as connection:
                current = is_current(version_in(connection))
            if not current:
                from scraper.store.migrate import migrate  # takes long, and hardly ever needed

                migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def templates(self) -> Templates:
        """What was learnt of the outlets' pages."""
        return Templates(self._database)

    @property
    def drift(self) -> Drift:
        """What captures tell of drift, which alarms stand, and who is to hear of them."""
        return Drift(self._database)

    @property
    def schedule(self) -> Schedule:
        """What is due, and what came of asking for it."""
        return Schedule(self._database)

    @property
    def requisites(self) -> Requisites:
        """What pages need to look like themselves."""
        return Requisites(self._database)

    @property
    def parts(self) -> Parts:
        """The further pages of captured articles."""
        return Parts(self._database)

    @property
    def text_rows(self) -> TextRows:
        """The texts, for who looks for words in them."""
        return TextRows(self._database)

    @property
    def places(self) -> Places:
        """Where it says that records and texts lie: for who holds it against the files."""
        return Places(self._database)

    def selected(self, selection: Selection) -> Selected:
        """Return a selection of captures, to be taken elsewhere."""
        return Selected(self._database, selection)

    def save_capture(self, saved: SavedCapture, *, link: LinkResult | None = None) -> int:
        """Keep a capture with its article and text, all or nothing; return the capture's number.

        A page that was not read well never changes what an earlier capture said of its article.
        With a link, what the capture came to is written down there as well, in one transaction.
        """
        return self.save_captures([(saved, link)])[0]

    def save_captures(
        self, captures: Sequence[tuple[SavedCapture, LinkResult | None]]
    ) -> list[int]:
        """Keep captures with their links as `save_capture` does, all of them or none."""
        with self._database.writing() as connection:
            return [save(connection, saved, link) for saved, link in captures]

    def save_reading(self, capture_id: int, saved: SavedCapture) -> None:
        """Let a capture say what was read of its page anew; the texts of before stay."""
        with self._database.writing() as connection:
            save_reading(connection, capture_id, saved)

    def last_exchange(self, key: int | str) -> ExchangeRow | None:
        """Return the last whole 200 response that is stored of a URL, or of a link's: what a
        revisit refers to. None where what it showed last is stored with another URL."""
        with self._database.reading() as connection:
            return queries.last_exchange(connection, key)

    def is_cut(self, link_id: int) -> bool:
        """Say whether the text of a link's last good page ends early, for want of further pages."""
        with self._database.reading() as connection:
            return queries.is_cut(connection, link_id)

    def last_digest(self, key: int | str) -> str | None:
        """Return the payload digest of what a URL, or a link's, showed last."""
        with self._database.reading() as connection:
            return queries.last_digest(connection, key)

    def same_payload(
        self, outlet: str, url: str, digest: str, status: int | None
    ) -> ExchangeRow | None:
        """Return the response of an outlet that has a payload digest: the URL's own, else the
        oldest."""
        with self._database.reading() as connection:
            return queries.same_payload(connection, outlet, url, digest, status)

    def exchange_at(self, url: str, date: datetime | None) -> ExchangeRow | None:
        """Return the exchange that was made of a URL at a moment, or if that is not said, the last
        one: what a revisit of somebody else's refers to."""
        with self._database.reading() as connection:
            return queries.exchange_at(connection, url, date)

    def exchange_of(self, response_id: str) -> ExchangeRow | None:
        """Return the exchange whose response is the record of an ID, e.g. a revisit's original."""
        with self._database.reading() as connection:
            return queries.exchange_of(connection, response_id)

    def unknown_requests(self, ids: Collection[str]) -> set[str]:
        """Return those of some request records, by their IDs, of which there is no exchange."""
        with self._database.reading() as connection:
            return queries.unknown_requests(connection, ids)

    def captures(
        self,
        *,
        outlet: str | None = None,
        url: str | None = None,
        since: datetime | None = None,
        outcome: str | None = None,
        limit: int | None = None,
        newest_first: bool = True,
    ) -> tuple[CaptureRow, ...]:
        """Return captures by their start; `url` finds those of its article's other URLs, too."""
        with self._database.reading() as connection:
            return queries.captures(
                connection,
                outlet=outlet,
                url=url,
                since=since,
                outcome=outcome,
                limit=limit,
                newest_first=newest_first,
            )

    def capture(self, capture_id: int) -> CaptureDetail | None:
        """Return a capture with its exchanges, text and article."""
        with self._database.reading() as connection:
            return queries.capture(connection, capture_id)

    def articles(
        self,
        *,
        outlet: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
        newest_first: bool = True,
    ) -> tuple[ArticleRow, ...]:
        """Return articles by their last capture, but for the first `offset` of them."""
        with self._database.reading() as connection:
            return queries.articles(
                connection,
                outlet=outlet,
                since=since,
                limit=limit,
                offset=offset,
                newest_first=newest_first,
            )

    def article_by(self, key: int | str) -> ArticleRow | None:
        """Return the article of a number or of any URL it is known under."""
        with self._database.reading() as connection:
            return queries.article_by(connection, key)

    def texts_of(self, article_id: int) -> tuple[TextRow, ...]:
        """Return the versions of an article's text, oldest first."""
        with self._database.reading() as connection:
            return queries.texts_of(connection, article_id)

    def text_by(self, sha256: str, *, outlet: str | None = None) -> TextRow | None:
        """Return the oldest text with a digest, of whichever article, or of an outlet's."""
        with self._database.reading() as connection:
            return queries.text_by(connection, sha256, outlet=outlet)

    def is_empty(self) -> bool:
        """Say whether nothing was captured or announced yet."""
        with self._database.reading() as connection:
            return is_empty(connection)

    @contextmanager
    def replaying(self) -> Iterator[Replay]:
        """Give one transaction of a rebuild: all that it writes is kept, or nothing."""
        with self._database.writing() as connection:
            yield Replay(connection)

    def dump(self, *, with_numbers: bool = False) -> tuple[str, ...]:
        """Return the catalog as lines that are the same for catalogs that say the same."""
        with self._database.reading() as connection:
            return tuple(dump(connection, with_numbers=with_numbers))

    def begin_import(self, file: Imported, now: datetime) -> ImportRow:
        """Return what is known of a file that is to be taken in, now or again."""
        with self._database.writing() as connection:
            return imports.begin(connection, file, now)

    def save_import(
        self,
        captures: Iterable[SavedCapture],
        number: int,
        done: tuple[int, int],
        *,
        known: int,
        unread: int,
    ) -> list[int]:
        """Keep captures of others and how far their file is done, all or nothing; return the
        captures' numbers."""
        with self._database.writing() as connection:
            numbers = [save(connection, saved) for saved in captures]
            imports.advance(connection, number, done, known=known, unread=unread)
            return numbers

    def end_import(self, number: int, now: datetime, *, records: int, broken: int) -> None:
        """Write down that a file was read to its end."""
        with self._database.writing() as connection:
            imports.end(connection, number, now, records=records, broken=broken)

    def import_of(self, capture_id: int) -> Imported | None:
        """Return where a capture came from, if somebody else made it."""
        with self._database.reading() as connection:
            return imports.import_of(connection, capture_id)

    def known_records(self, ids: Collection[str]) -> set[str]:
        """Return those of some record IDs that exchanges of the archive have."""
        with self._database.reading() as connection:
            return imports.known_records(connection, ids)

    def has_page(self, capture: Capture, ids: Collection[str], digest: str | None) -> bool:
        """Say whether a capture of somebody else's brings nothing: its records are here, or its
        page was the same in the capture before or after it."""
        last = capture.exchanges[-1]
        with self._database.reading() as connection:
            if imports.known_records(connection, ids):
                return True
            urls = {last.url, url_key(last.url)}
            return digest is not None and imports.is_same_as_beside(
                connection, urls, last.started, digest
            )
