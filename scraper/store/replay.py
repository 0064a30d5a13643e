"""A catalog written anew from what the archive's files tell, many captures in one transaction.

It opens no file, and decides nothing that the catalog did not decide when it was new.
"""

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, select

from scraper.cadence import Standing
from scraper.model import Outlet
from scraper.store import schema
from scraper.store.hosts import add_hosts
from scraper.store.links import link_key, link_of
from scraper.store.saving import SavedCapture, capture_with, save, save_reading
from scraper.store.schedule_rows import LinkResult, LinkRow
from scraper.store.statements import insert_row, save_outlet, url_key
from scraper.urls import host_of


class Replay:
    """One transaction of a catalog that is being rebuilt."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def captured(self, saved: SavedCapture, link: LinkResult | None) -> int:
        """Write a capture's rows, and with a result what it came to for its link; return the
        number. The result's `link_id` is found here."""
        if link is None:
            return save(self._connection, saved)
        row = self._link(saved.capture.url, saved.outlet, saved.started)
        if row is None:
            return save(self._connection, saved)
        return save(self._connection, saved, replace(link, link_id=row.id))

    def read_again(self, saved: SavedCapture) -> bool:
        """Let a capture say what was read of it later; say whether there is such a capture."""
        number = capture_with(self._connection, saved.recorded[0].request.id)
        if number is None:
            return False
        save_reading(self._connection, number, saved)
        return True

    def _link(self, url: str, outlet: Outlet, seen: datetime) -> LinkRow | None:
        """Return the link of a URL; one that nothing tells of was announced before its capture."""
        row, key = link_of(self._connection, url), link_key(url)
        if row is not None or key is None:
            return row
        save_outlet(self._connection, outlet)
        host = host_of(url_key(url))
        add_hosts(self._connection, [host])
        values = asdict(Standing(next_try=seen)) | {
            "outlet": outlet.id,
            "key": key,
            "url": url_key(url),
            "host": host,
            "active": True,
            "reason": "",
            "first_seen": seen,
            "last_seen": seen,
        }
        insert_row(self._connection, schema.links, values)
        return link_of(self._connection, url)


def is_empty(connection: Connection) -> bool:
    """Say whether nothing was captured or announced yet."""
    tables = (schema.captures, schema.articles, schema.links)
    return all(connection.execute(select(table.c.id).limit(1)).scalar() is None for table in tables)
