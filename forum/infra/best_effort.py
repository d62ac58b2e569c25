"""Small notes ("was here", "was used") written beside a request's own transaction, and lost rather than waited for."""

from sqlalchemy import Executable
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.infra.db import db, session


def best_effort_write(*statements: Executable) -> None:
    """Carry out small writes: in the present transaction if it writes, else in a short one of its own."""
    if _is_writing():  # a second connection would wait for our own lock
        for statement in statements:
            session.execute(statement, execution_options={"synchronize_session": False})
        return
    try:
        with db.engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
            for statement in statements:
                connection.execute(statement)
    except (OperationalError, PoolTimeout):
        return  # the database is busy or the disk full: a page that is only read does not fail for this


def _is_writing() -> bool:
    if not session().in_transaction():
        return False
    return bool(session.connection().get_execution_options().get("forum_writes"))
