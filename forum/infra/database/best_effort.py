"""Best-effort writes beside the request's transaction ("last seen", "last used"), dropped if the database is busy."""

from sqlalchemy import Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.infra.database.db import db, session
from forum.infra.database.outages import is_busy, is_outage


def best_effort_write(*statements: Executable) -> None:
    """Execute small writes: in the current transaction if it is a write transaction, else in a short separate one."""
    if _is_writing():  # a second connection would wait for our own write lock
        for statement in statements:
            session.execute(statement, execution_options={"synchronize_session": False})
        return
    try:
        with db.engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
            for statement in statements:
                connection.execute(statement)
    except (DBAPIError, PoolTimeout) as error:
        if not (is_busy(error) or is_outage(error)):  # a busy database or a full disk keeps nobody from reading
            raise


def _is_writing() -> bool:
    if not session().in_transaction():
        return False
    return bool(session.connection().get_execution_options().get("forum_writes"))
