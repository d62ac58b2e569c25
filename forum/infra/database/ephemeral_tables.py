"""Tables of the ephemeral database: presence, rate limits, views not yet counted, the state of the jobs."""

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
)
from sqlalchemy.schema import ExecutableDDLElement

METADATA = MetaData()

presence = Table(
    "volatile_presence",
    METADATA,
    Column("place", String(24), primary_key=True),
    Column("visitor", String(32), primary_key=True),
    Column("tab", String(24), primary_key=True),
    Column("kind", String(1), nullable=False),
    Column("member_id", Integer, nullable=False),
    Column("board_id", Integer, nullable=False, index=True),
    Column("seen_at", Float, nullable=False),
    sqlite_with_rowid=False,
)
day_key = Table(
    "volatile_day_key",
    METADATA,
    Column("day", String(10), primary_key=True),
    Column("value", LargeBinary(32), nullable=False),
)
view = Table(
    "volatile_view",
    METADATA,
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    Column("visitor", String(32), primary_key=True),
    Column("counted_at", Float, nullable=False),
    Column("owed", Integer, nullable=False),
    sqlite_with_rowid=False,
)
view_batch = Table(
    "volatile_view_batch",
    METADATA,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    Column("views", Integer, nullable=False),
)
limit = Table(
    "volatile_usage",
    METADATA,
    Column("key", String(32), primary_key=True),
    Column("current", Integer, nullable=False),
    Column("previous", Integer, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),  # milliseconds
    sqlite_with_rowid=False,
)
health = Table(
    "volatile_health",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("noted_at", Float, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("in_a_row", Integer, nullable=False),
    Column("words", String(200), nullable=False),
    sqlite_with_rowid=False,
)
job = Table(
    "volatile_job",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("due_at", Float, nullable=False),
    # with defaults, as nodes of an older version insert only the columns above while the others are upgraded
    Column("every", Float, nullable=False, server_default="0"),
    Column("started_at", Float, nullable=False, server_default="0"),
    Column("node", String(60), nullable=False, server_default=""),
    Column("ended_at", Float, nullable=False, server_default="0"),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("failed_at", Float, nullable=False, server_default="0"),
    Column("failure", String(200), nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

for _table in METADATA.tables.values():
    # unlogged tables bypass the WAL: a third of the cost, but empty after a crash
    _unlogged: ExecutableDDLElement = DDL("ALTER TABLE %(table)s SET UNLOGGED")  # type: ignore[no-untyped-call]
    event.listen(_table, "after_create", _unlogged.execute_if(dialect="postgresql"))
