"""Bringing a database to the newest form, or to another.

Alembic is loaded when something is to be done: a server that finds its database as it should be does without its 5 MB.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from forum.base.paths import MIGRATIONS

if TYPE_CHECKING:
    from alembic.config import Config

TABLE = "alembic_version"  # Alembic's own, of one row


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that are missing, all or none; two processes at once wait for each other."""
    from alembic import command  # noqa: PLC0415

    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to a revision ("base" for an empty database)."""
    from alembic import command  # noqa: PLC0415

    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7204611)")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def current(engine: Engine) -> str | None:
    """The revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(TABLE):
            return None
        return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()  # noqa: S608 - our own name


def newest() -> str:
    """The revision that this code needs: the number of the last file, by whose name revisions are called."""
    return max(file.name for file in Path(MIGRATIONS, "versions").glob("[0-9]*_*.py"))[:4]
