"""What sources say of links: which of them are new, and which are known, under whatever URL.

It begins and ends no transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from scraper.cadence import LinkState, Standing, Verdict, recheck_after
from scraper.model import Link, Outlet, Source
from scraper.store import schema
from scraper.store.hosts import add_hosts
from scraper.store.links import link_key
from scraper.store.schedule_rows import Announced
from scraper.store.sources import source_id
from scraper.store.statements import clean, in_chunks, upsert, url_key
from scraper.urls import host_of


def announce(
    connection: Connection, outlet: Outlet, source: Source, links: Sequence[Link], now: datetime
) -> Announced:
    """Keep what a source says of links; return how many were new.

    URLs with one canonical key are one link; a URL that an article is known under is that
    article's, and no new link.
    """
    by_key = _by_key(links)
    announcer = source_id(connection, outlet, source, now)
    ids = _ids_at(connection, by_key)
    missing = {key: link for key, link in by_key.items() if key not in ids}
    articles = _articles_at(connection, missing)
    ids |= _links_of(connection, outlet, articles, missing, now)
    unseen = {key: link for key, link in missing.items() if key not in articles}
    new = _insert_links(connection, [_new_link(outlet, *item, now) for item in unseen.items()])
    ids |= _ids_at(connection, unseen)
    _touch(connection, outlet, set(ids.values()), now)
    _keep_words(connection, announcer, {ids[key]: link for key, link in by_key.items()}, now)
    return Announced(new=new, known=len(by_key) - new)


def known_links(connection: Connection, urls: Collection[str]) -> set[str]:
    """Return those of some URLs that are links, or that articles are known under."""
    keys = {url: key for url in urls if (key := link_key(url)) is not None}
    there = _ids_at(connection, set(keys.values()))
    aliases = _aliases(connection, {url_key(url) for url in keys} | set(keys.values()))
    return {url for url, key in keys.items() if {key, url_key(url)} & (there.keys() | aliases)}


def _by_key(links: Sequence[Link]) -> dict[str, Link]:
    by_key: dict[str, Link] = {}
    for link in links:
        key = link_key(link.url)
        if key is not None:
            by_key.setdefault(key, link)
    return by_key


def _ids_at(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    table = schema.links
    query = select(table.c.key, table.c.id)
    found: dict[str, int] = {}
    for some in in_chunks(sorted(keys)):
        rows = connection.execute(query.where(table.c.key.in_(some)))
        found |= {row.key: row.id for row in rows}
    return found


def _aliases(connection: Connection, urls: Collection[str]) -> dict[str, int]:
    table = schema.article_urls
    found: dict[str, int] = {}
    for some in in_chunks(sorted(urls)):
        rows = connection.execute(select(table).where(table.c.url.in_(some)))
        found |= {row.url: row.article_id for row in rows}
    return found


def _articles_at(connection: Connection, links: Mapping[str, Link]) -> dict[str, int]:
    """Return the article of each key whose URL an article is known under."""
    spelled = {url_key(link.url) for link in links.values()}
    aliases = _aliases(connection, spelled | links.keys())
    found = {key: aliases.get(key) or aliases.get(url_key(links[key].url)) for key in links}
    return {key: article for key, article in found.items() if article is not None}


def _links_of(
    connection: Connection,
    outlet: Outlet,
    articles: Mapping[str, int],
    links: Mapping[str, Link],
    now: datetime,
) -> dict[str, int]:
    """Return the link of each key's article: the oldest, or one made for it now."""
    found = _oldest_links(connection, set(articles.values()))
    bare = {article: key for key, article in articles.items() if article not in found}
    table = schema.articles
    rows = [
        row
        for some in in_chunks(sorted(bare))
        for row in connection.execute(select(table).where(table.c.id.in_(some)))
    ]
    captured = [
        _new_link(outlet, bare[row.id], links[bare[row.id]], now)
        | _captured(row.id, row.first_captured, outlet, now)
        for row in rows
    ]
    _insert_links(connection, captured)
    found |= _oldest_links(connection, set(bare))
    return {key: found[article] for key, article in articles.items()}


def _oldest_links(connection: Connection, articles: Collection[int]) -> dict[int, int]:
    table = schema.links
    query = select(table.c.article_id, table.c.id).order_by(table.c.id.desc())
    found: dict[int, int] = {}
    for some in in_chunks(sorted(articles)):
        rows = connection.execute(query.where(table.c.article_id.in_(some)))
        found |= {row.article_id: row.id for row in rows}
    return found


def _captured(
    article_id: int, captured_at: datetime, outlet: Outlet, now: datetime
) -> dict[str, object]:
    step, moment = recheck_after(captured_at, outlet.fetch.recheck, now)
    standing = Standing(
        state=LinkState.CAPTURED,
        verdict=Verdict.CAPTURED,
        captured_at=captured_at,
        recheck_step=step,
        next_recheck=moment,
    )
    return asdict(standing) | {"article_id": article_id}


def _new_link(outlet: Outlet, key: str, link: Link, now: datetime) -> dict[str, Any]:
    url = url_key(link.url)
    return asdict(Standing(next_try=now)) | {
        "outlet": outlet.id,
        "key": key,
        "url": url,
        "host": host_of(url),
        "active": True,
        "reason": "",
        "first_seen": now,
        "last_seen": now,
        "article_id": None,
    }


def _insert_links(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert links; return how many of them nobody else had inserted meanwhile."""
    if not rows:
        return 0
    add_hosts(connection, (row["host"] for row in rows))
    table = schema.links
    insert = upsert(connection, table).on_conflict_do_nothing(index_elements=["key"])
    # Sorted, so that two writers of the same links cannot wait for each other.
    ordered = sorted(rows, key=lambda row: str(row["key"]))
    return len(connection.execute(insert.returning(table.c.id), ordered).all())


def _touch(connection: Connection, outlet: Outlet, ids: Collection[int], now: datetime) -> None:
    """Note that links were seen; those of an outlet that is no more become this one's."""
    table = schema.links
    for some in in_chunks(sorted(ids)):
        # Locked in their order, so that two writers of the same links cannot wait for each other.
        locked = select(table.c.id).where(table.c.id.in_(some)).order_by(table.c.id)
        seen = update(table).where(table.c.id.in_(locked.with_for_update()))
        connection.execute(seen.values(last_seen=now))
        orphans = seen.where(table.c.active.is_(False))
        connection.execute(orphans.values(outlet=outlet.id, active=True))


def _keep_words(
    connection: Connection, announcer: int, links: Mapping[int, Link], now: datetime
) -> None:
    """Keep what a source says of each link: its newest words, and when it first said any."""
    rows = [
        {
            "link_id": link_id,
            "source_id": announcer,
            "url": clean(link.url),
            "title": clean(link.title),
            "published": link.published,
            "guid": clean(link.guid),
            "teaser": clean(link.teaser),
            "first_seen": now,
            "last_seen": now,
        }
        for link_id, link in sorted(links.items())
    ]
    if not rows:
        return
    insert = upsert(connection, schema.announcements)
    newest = ("url", "title", "published", "guid", "teaser", "last_seen")
    keep = insert.on_conflict_do_update(
        index_elements=["link_id", "source_id"],
        set_={name: insert.excluded[name] for name in newest},
    )
    connection.execute(keep, rows)
