"""Brings a catalog of an older version up to this program's, in one transaction, after a backup.

It is imported only when there is something to do, since alembic takes long to load.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from scraper.store.database import Database, is_current, version_in

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database: Database, scripts: Path = SCRIPTS) -> None:
    """Run the migrations that are missing; another process may do so at the same time.

    Errors: CatalogError, DiskFullError. The catalog is then as before, and its backup stays.
    """
    with database.writing() as connection:
        version = version_in(connection)
        if is_current(version):  # another process was faster
            return
        if version is not None and database.file is not None:
            back_up(database.file, version)
        command.upgrade(config_for(connection, scripts), "head")


def config_for(connection: Connection, scripts: Path = SCRIPTS) -> Config:
    """Return what alembic needs to work on an open connection."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def back_up(file: Path, version: str) -> Path:
    """Copy a catalog to ``catalog.db.0001.bak`` beside it, or the next free name; return it."""
    target = file.with_name(f"{file.name}.{version}.bak")
    number = 1
    while target.exists():
        number += 1
        target = file.with_name(f"{file.name}.{version}-{number}.bak")
    target.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target
