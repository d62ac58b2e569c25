"""What an error of a database means: that the database cannot be used, that it is busy, or that a statement is wrong.

The drivers raise OperationalError for all of these, so SQLite's error codes and PostgreSQL's SQLSTATEs decide.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from forum.infra.database.sqlite import BUSY, is_damage

UNUSABLE_CODES = frozenset(
    {
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS),
    }
)
NO_TABLE, NO_TABLE_SQLSTATE = "no such table", "42P01"  # SQLite has no code for it
# PostgreSQL: deadlock, serialization failure, lock timeout, statement timeout
BUSY_SQLSTATES = frozenset({"40P01", "40001", "55P03", "57014"})
# connection, authorization, resources, intervention by the operator, input and output
UNUSABLE_CLASSES = frozenset({"08", "28", "53", "57", "58"})


def is_outage(error: BaseException | None) -> bool:
    """Whether an error means that the database cannot be used: it is away, hangs, is full or damaged."""
    if isinstance(error, PoolTimeout) or getattr(error, "connection_invalidated", False):
        return True
    cause = getattr(error, "orig", None)
    if is_damage(cause):
        return True
    if not isinstance(error, OperationalError) or is_busy(error):
        return False
    code, state = _sqlite_code(cause), getattr(cause, "sqlstate", None)
    if code is not None:
        return code in UNUSABLE_CODES
    return state is None or state[:2] in UNUSABLE_CLASSES  # without a code no statement was judged


def is_busy(error: BaseException | None) -> bool:
    """Whether a statement was given up because others hold locks, or because it took too long: trying again helps."""
    if not isinstance(error, DBAPIError):
        return False
    return _sqlite_code(error.orig) in BUSY or getattr(error.orig, "sqlstate", None) in BUSY_SQLSTATES


def lacks_table(error: BaseException | None) -> bool:
    """Whether a table is missing, as in a database that was emptied or partly restored."""
    cause = getattr(error, "orig", None)
    return str(cause).startswith(NO_TABLE) or getattr(cause, "sqlstate", None) == NO_TABLE_SQLSTATE


def _sqlite_code(cause: BaseException | None) -> int | None:
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF
