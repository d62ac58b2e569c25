"""Database migrations with Alembic.

Alembic is imported only to run migrations: a server whose database is up to date saves its 5 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, inspect, select, text

from forum.infra.database.db import MIGRATION_LOCK
from forum.infra.paths import MIGRATIONS

if TYPE_CHECKING:
    from alembic.config import Config

TABLE = "alembic_version"  # Alembic's table, with one row


class SchemaMismatch(Exception):
    """The database's schema does not match this version; the message says what to do."""


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the missing migrations in one transaction; concurrent processes wait for each other."""
    from alembic import command  # noqa: PLC0415

    with _migrating(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Revert migrations down to a revision ("base" for an empty database)."""
    from alembic import command  # noqa: PLC0415

    with _migrating(engine) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction, on SQLite without foreign keys.

    SQLite changes some tables only by copying them, and with foreign keys the rows that refer to the old table would be
    deleted with it. It ignores the pragma in a transaction.
    """
    with engine.connect().execution_options(forum_writes=True) as connection:
        raw = connection.connection.driver_connection if engine.dialect.name == "sqlite" else None
        if raw is None:
            with connection.begin():
                yield connection
            return
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def current_revision(engine: Engine) -> str | None:
    """The revision of a database; None if it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(TABLE):
            return None
        return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()  # noqa: S608 - our own name


def newest_revision() -> str:
    """The revision that this code needs: the number in the last migration's file name."""
    return max(_known())


def _known() -> set[str]:
    return {file.name[:4] for file in Path(MIGRATIONS, "versions").glob("[0-9]*_*.py")}


def require_known(engine: Engine) -> str | None:
    """The revision of a database, None if it is empty; raises SchemaMismatch if this version does not know it.

    Call this before writing anything: an older version must not touch data that it does not understand.
    """
    revision = current_revision(engine)
    if revision is None or revision in _known():
        return revision
    if revision.isdigit() and revision > newest_revision():
        raise SchemaMismatch(
            f"The database has schema {revision}, made by a newer version of forum (this version supports "
            f"{newest_revision()}): install that version, or restore a backup from before the upgrade."
        )
    raise SchemaMismatch(
        f"The database has schema {revision}, which no version of forum knows: does it belong to another program?"
    )


def has_tables(engine: Engine) -> bool:
    """True if a database has the tables of this version, False if it is empty; else raises SchemaMismatch."""
    revision = require_known(engine)
    if revision not in {None, newest_revision()}:
        needed = newest_revision()
        raise SchemaMismatch(
            f"The database has schema {revision}, this version of forum needs {needed}: run `forum upgrade` first."
        )
    return revision is not None


def require_tables(engine: Engine) -> None:
    """Raise SchemaMismatch unless a database has the tables of this version."""
    if not has_tables(engine):
        raise SchemaMismatch("The database has no tables yet: run `forum upgrade` or `forum serve` first.")
