"""Bringing a database to the newest form, or to another."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from forum.base.paths import MIGRATIONS


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations that are missing, all or none; two processes at once wait for each other."""
    config = _config()
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        _lock(engine, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to a revision ("base" for an empty database)."""
    config = _config()
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        _lock(engine, connection)
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def _lock(engine: Engine, connection: Connection) -> None:
    if engine.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7204611)")


def current(engine: Engine) -> str | None:
    """The revision a database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()
