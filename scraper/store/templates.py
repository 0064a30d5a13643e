"""Templates in the catalog: what was learnt of each outlet, and the pages to learn from.

It learns nothing; it keeps what was learnt, as text.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from scraper.model import ExtractStatus, Outlet
from scraper.store import schema
from scraper.store.database import Database
from scraper.store.statements import clean, save_outlet, upsert

_VERSIONS = 4  # captures of one article that are looked past, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """What was learnt of an outlet, and how its pages were read with it.

    `seen` counts articles, `learnt_at` is that count when they were last learnt from, `patience`
    how many more have to come before odd pages are a reason to learn again. `recent` holds of the
    last pages whether they were odd, `audits` how far the last audits agreed.
    """

    outlet: str
    template: str = ""
    stories: int = 0
    learnt: datetime | None = None
    seen: int = 0
    learnt_at: int = 0
    patience: int = 5
    recent: tuple[bool, ...] = ()
    audits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the response of an article's newest capture lies."""

    url: str
    file: str
    offset: int
    method: str


class Templates:
    """The templates of a catalog. Errors of every method: CatalogError, DiskFullError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def row(self, outlet: str) -> TemplateRow:
        """Return what is known of an outlet's pages; of a new one, how many articles there are."""
        table = schema.templates
        with self._database.reading() as connection:
            query = select(table).where(table.c.outlet == clean(outlet))
            row = connection.execute(query).mappings().one_or_none()
            if row is not None:
                lists = {"recent": tuple(row["recent"]), "audits": tuple(row["audits"])}
                return TemplateRow(**{**row, **lists})
            count = select(func.count()).where(schema.articles.c.outlet == clean(outlet))
            return TemplateRow(outlet=outlet, seen=int(connection.execute(count).scalar_one()))

    def save(self, outlet: Outlet, row: TemplateRow) -> None:
        """Keep what is known of an outlet's pages; the last one who writes is right."""
        table = schema.templates
        values = {**asdict(row), "recent": list(row.recent), "audits": list(row.audits)}
        values["template"] = clean(row.template)
        with self._database.writing() as connection:
            save_outlet(connection, outlet)
            insert = upsert(connection, table)
            changed = {name: insert.excluded[name] for name in values if name != "outlet"}
            insert = insert.on_conflict_do_update(index_elements=["outlet"], set_=changed)
            connection.execute(insert, values)

    def latest(self, outlet: str, most: int) -> list[Place]:
        """Return where the pages of an outlet's last articles lie, one of each, newest first."""
        with self._database.reading() as connection:
            return list(_latest(connection, outlet, most))


def _latest(connection: Connection, outlet: str, most: int) -> Iterator[Place]:
    captures, exchanges = schema.captures, schema.exchanges
    query = (
        select(
            captures.c.article_id,
            captures.c.id,
            exchanges.c.url,
            exchanges.c.response_file,
            exchanges.c.response_offset,
            exchanges.c.method,
        )
        .join(exchanges, exchanges.c.capture_id == captures.c.id)
        .where(
            captures.c.outlet == clean(outlet),
            captures.c.extract_status == ExtractStatus.OK.value,
            captures.c.article_id.is_not(None),
            exchanges.c.response_type == "response",
            exchanges.c.status == 200,
        )
        .order_by(captures.c.started.desc(), captures.c.id.desc(), exchanges.c.position.desc())
        .limit(most * _VERSIONS)
    )
    seen: set[int] = set()
    for article, _, url, file, offset, method in connection.execute(query):
        if article not in seen and len(seen) < most:
            seen.add(article)
            yield Place(url, file, offset, method)
