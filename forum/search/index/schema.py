"""The tables of the full-text index, which the database's own engine searches: SQLite's FTS5 or PostgreSQL's tsvector.

The text in them was cut into words and stemmed by words.py, so both engines hold the same words and need no
dictionaries: FTS5 only splits at spaces (`ascii` takes every character beyond ASCII as part of a word).

thread_index  a row a thread: its title and its first post, if the archive holds it; rowid is the thread's id
post_index    a row a reply; rowid is the post's id
word_index    in how many threads a word occurs, kept exact in the same transaction, and the words of replies with no
              thread (vocabulary.py); see TOTALS in words.py
"""

from sqlalchemy import Connection

from forum.search.text.tokenizer import RULE, TOTALS

TABLES = ("thread_index", "post_index", "word_index")
_SQLITE = (
    # detail=full (the default): phrases need positions, and bm25 breaks silently without them
    "CREATE VIRTUAL TABLE thread_index USING fts5(title, body, tokenize = 'ascii')",
    "CREATE VIRTUAL TABLE post_index USING fts5(body, tokenize = 'ascii')",
    "CREATE TABLE word_index (word TEXT NOT NULL PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID",
)
_POSTGRESQL = (
    "CREATE TABLE thread_index "
    "(rowid INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, words TSVECTOR NOT NULL)",
    "CREATE TABLE post_index (rowid INTEGER PRIMARY KEY, body TEXT NOT NULL, words TSVECTOR NOT NULL)",
    # without fastupdate a search never pays for the writes of others
    "CREATE INDEX ix_thread_index_words ON thread_index USING GIN (words) WITH (fastupdate = off)",
    "CREATE INDEX ix_post_index_words ON post_index USING GIN (words) WITH (fastupdate = off)",
    'CREATE TABLE word_index (word TEXT COLLATE "C" NOT NULL PRIMARY KEY, documents BIGINT NOT NULL)',
)


def create(connection: Connection) -> None:
    """Make the tables; called by the first migration."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"INSERT INTO word_index VALUES ('{TOTALS}rule', {RULE})")  # noqa: S608 - constants


def drop(connection: Connection) -> None:
    """Remove the tables with all that the engine keeps behind them."""
    for table in TABLES:
        connection.exec_driver_sql(f"DROP TABLE {table}")
