"""The tables of the full-text index, searched by the database's own engine: SQLite's FTS5 or PostgreSQL's tsvector.

Their text is tokenized and stemmed by text/tokenizer.py, so that both engines hold the same words and need no
dictionaries: FTS5 only splits at spaces (`ascii` treats every character beyond ASCII as part of a word).

thread_index  one row per thread: its title and its first post, if it exists; rowid is the thread's id
post_index    one row per reply; rowid is the post's id
word_index    the number of threads that contain a word, kept exact in the same transaction, and the words of replies
              with 0 threads (reply_terms.py); see TOTALS in text/tokenizer.py
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
    # without fastupdate a search never has to merge pending writes
    "CREATE INDEX ix_thread_index_words ON thread_index USING GIN (words) WITH (fastupdate = off)",
    "CREATE INDEX ix_post_index_words ON post_index USING GIN (words) WITH (fastupdate = off)",
    'CREATE TABLE word_index (word TEXT COLLATE "C" NOT NULL PRIMARY KEY, documents BIGINT NOT NULL)',
)


def create(connection: Connection) -> None:
    """Create the tables; called by the first migration."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"INSERT INTO word_index VALUES ('{TOTALS}rule', {RULE})")  # noqa: S608 - constants


def drop(connection: Connection) -> None:
    """Drop the tables, including the engine's shadow tables."""
    for table in TABLES:
        connection.exec_driver_sql(f"DROP TABLE {table}")
