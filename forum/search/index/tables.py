"""The tables of the full-text index and what can be asked of them, in no database's own syntax.

The database's engine searches them: SQLite's FTS5 or PostgreSQL's tsvector. Their text was cut into words and stemmed
by `search/text`, so both engines hold the same words and need no dictionaries.

thread_index  a row per thread: its title and first post; rowid is the thread's id
post_index    a row per reply; rowid is the post's id
word_index    in how many threads a word occurs, exact as it is written in the same transaction, and the words of
              replies, which may occur in none; also the totals, see TOTALS in tokenizer.py
index_state   what the index's upkeep remembers, see index_state.py
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Integer, TableClause, Text, column, table

from forum.search.text.tokenizer import Term

ASKED = "asked"  # the parameter of a statement that holds what is asked, in the engine's language


@dataclass(frozen=True)
class Index:
    """A table of the index."""

    name: str
    columns: tuple[str, ...]
    table: TableClause


@dataclass(frozen=True)
class Row:
    """The words of a thread or a post, split by spaces."""

    rowid: int
    title: str
    body: str


@dataclass(frozen=True)
class Expression:
    """All of some terms, one at least of others if there are any, and none of the unwanted.

    `read` are phrases that no engine is asked for: they are looked for in the text of what it finds. `only_recent` says
    that it is to look no further than at the last rows, `is_rare` that few rows match.
    """

    all_of: tuple[Term, ...] = ()
    any_of: tuple[Term, ...] = ()
    none_of: tuple[Term, ...] = ()
    in_title: bool = False
    read: tuple[Term, ...] = ()
    only_recent: bool = False
    is_rare: bool = False

    @property
    def is_wanting(self) -> bool:
        """Whether anything must be there, without which no engine has an answer and no text is read."""
        return bool(self.all_of or self.any_of or self.read)

    @property
    def unasked(self) -> "Expression":
        """What is left to be read in the text of what an engine found."""
        return Expression(in_title=self.in_title, read=self.read)


def _index(name: str, *columns: str) -> Index:
    return Index(name, columns, table(name, column("rowid", Integer), *(column(each, Text) for each in columns)))


THREADS = _index("thread_index", "title", "body")
POSTS = _index("post_index", "body")
WORDS = table("word_index", column("word", Text), column("documents", Integer))
STATE = table("index_state", column("name", Text), column("value", Text))


def fields(index: Index, row: Row) -> Mapping[str, object]:
    """A row as the columns of its table."""
    return {"rowid": row.rowid} | {name: getattr(row, name) for name in index.columns}
