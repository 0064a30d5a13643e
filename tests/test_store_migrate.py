"""Old catalogs, new catalogs and other people's databases."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from archive_samples import saved

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


def test_a_newer_catalog_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
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


def test_an_older_catalog_is_copied_then_brought_up_to_date(
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


def test_a_migration_that_fails_changes_nothing(
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
