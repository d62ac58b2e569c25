"""The full-text index in PostgreSQL's tsvector."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import TSQUERY

from forum.infra.database.db import INDEX_LOCK, session
from forum.search.index.tables import QUERY_PARAMETER, Expression, Index, Row, column_values
from forum.search.text.tokenizer import Term

LAST_PLACE = 16383  # the highest position in a tsvector
MOST_PLACES = 255  # positions per word in a tsvector


class PostgresqlStore:
    """Writes rows and translates expressions into a tsquery with every word quoted."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Insert rows whose ids are not in the index."""
        names = ("rowid", *index.columns)
        statement = text(  # the names are constants of tables.py
            f"INSERT INTO {index.name} ({', '.join(names)}, words) "  # noqa: S608
            f"VALUES ({', '.join(f':{name}' for name in names)}, CAST(:words AS tsvector))"
        )
        session.execute(statement, [dict(column_values(index, row)) | {"words": vector(row)} for row in rows])

    def matches(self, index: Index) -> ColumnElement[bool]:
        """A condition: a row of the index matches the expression in the bind parameter QUERY_PARAMETER."""
        words: ColumnElement[str] = literal_column(f"{index.name}.words")
        return words.bool_op("@@")(cast(bindparam(QUERY_PARAMETER, type_=Text()), TSQUERY))

    def in_words(self, expression: Expression) -> str:
        """An expression as a tsquery."""
        mark = ":A" if expression.in_title else ""
        wanted = [_term(term, mark) for term in expression.all_of]
        if expression.any_of:
            wanted.append(_any(expression.any_of, mark))
        if expression.none_of:
            wanted.append("!" + _any(expression.none_of, ""))
        return " & ".join(wanted)

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The expression of the row id by which matching rows are sorted and bounded.

        PostgreSQL plans without knowing how rare a word is, and for a rare one would scan all rows by id. `rowid + 0`
        has no index, so it starts with the full-text index.
        """
        return rowid + 0 if is_rare else rowid

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Do nothing: autovacuum merges."""
        del index, anew
        return False

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """A condition: a text contains a string."""
        return func.strpos(text, words) > 0

    def hold(self, *, alone: bool) -> None:
        """Lock the index until the transaction ends: shared for writers, exclusive (`alone`) for a rebuild."""
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        session.execute(select(lock(INDEX_LOCK)))


def vector(row: Row) -> str:
    """A tsvector literal: every word with its positions, those in the title with weight A."""
    title = row.title.split()
    # a gap after the title, so that no phrase spans title and body
    positions = [(word, f"{position}A") for position, word in enumerate(title, 1)]
    positions += [(word, f"{position}") for position, word in enumerate(row.body.split(), len(title) + 2)]
    return " ".join(_lexemes(positions))


def _lexemes(positions: list[tuple[str, str]]) -> Iterator[str]:
    # sorted() is stable: the positions of a word stay in order
    for word, pairs in groupby(sorted(positions, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        near = [position for _, position in pairs if int(position.rstrip("A")) <= LAST_PLACE]
        yield f"{_quoted(word)}:{','.join(near[:MOST_PLACES])}" if near else _quoted(word)


def _any(terms: Sequence[Term], mark: str) -> str:
    return "(" + " | ".join(_term(term, mark) for term in terms) + ")"


def _term(words: Term, mark: str) -> str:
    return "(" + " <-> ".join(_quoted(word) + mark for word in words) + ")"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
