"""What alembic runs for each command: the migrations, on the connection it was given.

It opens no database by itself.
"""

from alembic import context

from scraper.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, since we begin its transactions ourselves
)
with context.begin_transaction():
    context.run_migrations()
