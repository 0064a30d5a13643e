"""Old catalogs, new catalogs and other people's databases."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from archive_samples import NOW, URL, saved
from schedules import FEED, WALL, link

from scraper.errors import CatalogError
from scraper.store import database as database_module
from scraper.store.catalog import Catalog
from scraper.store.database import Database
from scraper.store.migrate import SCRIPTS, config_for, migrate
from scraper.store.schema import VERSION, metadata

NEXT = f"{int(VERSION) + 1:04}"
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{last}"


def upgrade() -> None:
    op.add_column("outlets", sa.Column("mood", sa.Text()))
    {then}
"""

MOMENT = "'2026-03-01 08:03:00.000000'"
FIRST_DATA = (
    "INSERT INTO outlets VALUES ('daily-wall', 'The Daily Wall', 'https://news.example/')",
    f"""INSERT INTO links VALUES
        (1, 'daily-wall', '{URL}', 'https://news.example/rss', NULL, NULL, NULL, {MOMENT},
         {MOMENT})""",
    f"""INSERT INTO articles VALUES (1, 'daily-wall', '{URL}', 'A bridge opens', '[]', NULL, NULL,
        'en', NULL, NULL, NULL, '[]', {MOMENT}, {MOMENT})""",
    f"INSERT INTO article_urls VALUES ('{URL}', 1)",
    f"INSERT INTO texts VALUES (1, 1, 'abc', 'text/a.txt', 27, 6, {MOMENT})",
    f"""INSERT INTO captures VALUES
        (1, 'daily-wall', '{URL}', 1, {MOMENT}, 'ok', '', 200, '{URL}', 'ok', '', 'utf-8', 'http',
         'ok', 'rule main', 1, 5),
        (2, 'daily-wall', '{URL}', 1, {MOMENT}, 'not-modified', '', 304, '{URL}', 'skipped', '',
         NULL, NULL, NULL, NULL, NULL, 5),
        (3, 'daily-wall', '{URL}', NULL, {MOMENT}, 'timeout', '60 s', NULL, '{URL}', 'skipped', '',
         NULL, NULL, NULL, NULL, NULL, 0)""",
    f"""INSERT INTO exchanges VALUES (1, 1, 0, '{URL}', 'GET', 200, '192.0.2.7', {MOMENT}, 0.1,
        NULL, 'request-1', 'warc/a', 0, 5, 'response-1', 'warc/a', 5, 5, 'sha1:A', 'sha1:B')""",
)


def test_the_migrations_build_the_very_schema_that_the_program_uses(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db")
    migrate(database)

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    database.close()

    assert differences == []


def test_the_version_that_the_program_names_is_the_newest_migration(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db")

    with database.reading() as connection:
        scripts = ScriptDirectory.from_config(config_for(connection))
        head = scripts.get_current_head()
    database.close()

    assert head == VERSION


def test_a_catalog_of_the_first_schema_keeps_its_captures_and_learns_the_schedule(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.db"
    upgrade(path, "0001")
    for statement in FIRST_DATA:
        execute(path, statement)
    first = {table: execute(path, f"SELECT * FROM {table}") for table in ("texts", "article_urls")}

    with Catalog.open(path) as catalog:
        rows = catalog.captures(newest_first=False)
        detail = catalog.capture(1)
        assert detail is not None
        assert detail.article is not None
        assert [row.verdict for row in rows] == ["captured", "unchanged", None]
        assert detail.article.title == "A bridge opens"
        assert detail.text is not None
        assert catalog.last_exchange(URL) == detail.exchanges[0]
        catalog.schedule.sync([WALL], NOW)
        assert len(catalog.schedule.due_sources(NOW)) == 2
        assert catalog.schedule.announce(WALL, FEED, [link(URL)], NOW).known == 1

    assert first == {table: execute(path, f"SELECT * FROM {table}") for table in first}
    assert captures_in(tmp_path / "catalog.db.0001.bak") == 3


def upgrade(path: Path, version: str) -> None:
    database = Database(path)
    with database.writing() as connection:
        command.upgrade(config_for(connection), version)
    database.close()


def test_promise_28_a_newer_catalog_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with Catalog.open(path) as catalog:
        catalog.save_capture(saved())
    execute(path, "UPDATE alembic_version SET version_num = '0999'")
    before = path.read_bytes()

    with pytest.raises(CatalogError, match=r"catalog\.db: its schema 0999 is newer"):
        Catalog.open(path)

    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    execute(path, "CREATE TABLE recipes (name TEXT)")

    with pytest.raises(CatalogError, match=r"catalog\.db: .*something else"):
        Catalog.open(path)


def test_promise_28_an_older_catalog_is_copied_then_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path)
    scripts = scripts_with(tmp_path, migration())
    monkeypatch.setattr(database_module, "VERSION", NEXT)

    database = Database(path)
    migrate(database, scripts)
    migrate(database, scripts)  # a second process finds nothing to do
    database.close()

    assert "mood" in columns_of(path)
    (backup,) = tmp_path.glob("*.bak")
    assert backup.name == f"catalog.db.{VERSION}.bak"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "mood" not in columns_of(backup)
    assert captures_in(backup) == captures_in(path) == 1


def test_promise_28_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path)
    scripts = scripts_with(tmp_path, migration('op.execute("SELECT * FROM nowhere")'))
    monkeypatch.setattr(database_module, "VERSION", NEXT)

    database = Database(path)
    with pytest.raises(CatalogError, match="nowhere"):
        migrate(database, scripts)
    database.close()

    assert "mood" not in columns_of(path)
    monkeypatch.undo()
    with Catalog.open(path) as catalog:
        assert len(catalog.captures()) == 1


def test_a_catalog_that_is_up_to_date_opens_without_alembic(tmp_path: Path) -> None:
    path = filled(tmp_path)
    code = (
        "import sys; from pathlib import Path; from scraper.store.catalog import Catalog; "
        f"Catalog.open(Path({str(path)!r})).close(); sys.exit('alembic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=SCRIPTS.parents[2])

    assert done.returncode == 0


def filled(folder: Path) -> Path:
    path = folder / "catalog.db"
    with Catalog.open(path) as catalog:
        catalog.save_capture(saved())
    return path


def migration(then: str = "") -> str:
    return MIGRATION.format(next=NEXT, last=VERSION, then=then)


def scripts_with(folder: Path, migration: str) -> Path:
    scripts = folder / "100% migrations"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / f"v{NEXT}_next.py").write_text(migration)
    return scripts


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def columns_of(path: Path) -> list[object]:
    return [row[1] for row in execute(path, "PRAGMA table_info(outlets)")]


def captures_in(path: Path) -> object:
    return execute(path, "SELECT count(*) FROM captures")[0][0]
