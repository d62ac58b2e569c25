"""The tables of the full-text index, and query expressions independent of the database's syntax.

The database's engine searches them: SQLite's FTS5 or PostgreSQL's tsvector. Their text was cut into words and stemmed
by `search/text`, so both engines hold the same words and need no dictionaries.

thread_index  a row per thread: its title and first post; rowid is the thread's id
post_index    a row per reply; rowid is the post's id
word_index    in how many threads a word occurs, exact as it is written in the same transaction, and the words of
              replies, which may occur in none; also the totals, see THREAD_TOTAL_KEY in tokenizer.py
index_state   what the index's upkeep remembers, see index_state.py
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, TableClause, Text, column, table

from forum.search.text.tokenizer import Term

QUERY_PARAMETER = "asked"  # the bind parameter for an expression in the engine's query language


@dataclass(frozen=True)
class Index:
    """A table of the index."""

    name: str
    columns: tuple[str, ...]
    table: TableClause


@dataclass(frozen=True)
class Row:
    """The words of a thread or a post, separated by spaces."""

    rowid: int
    title: str
    body: str


@dataclass(frozen=True)
class Expression:
    """A search: all of `all_of`, at least one of `any_of` if there are any, and none of `none_of`.

    `read` are phrases that are not passed to the engine but checked in the text of its matches. `only_recent` limits
    the search to the newest rows; `is_rare` says that few rows match.
    """

    all_of: tuple[Term, ...] = ()
    any_of: tuple[Term, ...] = ()
    none_of: tuple[Term, ...] = ()
    in_title: bool = False
    read: tuple[Term, ...] = ()
    only_recent: bool = False
    is_rare: bool = False

    @property
    def has_required_terms(self) -> bool:
        """Whether there is a required term; without one, engines cannot search and no text is checked."""
        return bool(self.all_of or self.any_of or self.read)

    @property
    def text_check(self) -> "Expression":
        """The part to check in the text of an engine's matches."""
        return Expression(in_title=self.in_title, read=self.read)


def _index(name: str, *columns: str) -> Index:
    return Index(
        name, columns, table(name, column("rowid", Integer), *(column(column_name, Text) for column_name in columns))
    )


THREADS = _index("thread_index", "title", "body")
POSTS = _index("post_index", "body")
WORDS = table("word_index", column("word", Text), column("documents", Integer))
STATE = table("index_state", column("name", Text), column("value", Text))


def column_values(index: Index, row: Row) -> Mapping[str, object]:
    """A row as column values of its table."""
    return {"rowid": row.rowid} | {name: getattr(row, name) for name in index.columns}
