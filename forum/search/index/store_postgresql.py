"""The full-text index in PostgreSQL's tsvector."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import TSQUERY

from forum.infra.db import session
from forum.search.index.tables import ASKED, Expression, Index, Row, fields
from forum.search.text.tokenizer import Term

LAST_PLACE = 16383  # a tsvector knows no place after this one,
MOST_PLACES = 255  # and for a word no more than these
ADVISORY_KEY = 0x666F72756D  # "forum"


class PostgresqlStore:
    """Writes rows and turns what is asked into a tsquery, every word quoted."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Add rows whose ids are free."""
        names = ("rowid", *index.columns)
        statement = text(  # the names are constants of tables.py
            f"INSERT INTO {index.name} ({', '.join(names)}, words) "  # noqa: S608
            f"VALUES ({', '.join(f':{name}' for name in names)}, CAST(:words AS tsvector))"
        )
        session.execute(statement, [dict(fields(index, row)) | {"words": vector(row)} for row in rows])

    def matches(self, index: Index) -> ColumnElement[bool]:
        """The condition under which a row of the index is what the parameter ASKED asks for."""
        words: ColumnElement[str] = literal_column(f"{index.name}.words")
        return words.bool_op("@@")(cast(bindparam(ASKED, type_=Text()), TSQUERY))

    def in_words(self, asked: Expression) -> str:
        """An expression as a value of ASKED."""
        mark = ":A" if asked.in_title else ""
        wanted = [_term(term, mark) for term in asked.all_of]
        if asked.any_of:
            wanted.append(_any(asked.any_of, mark))
        if asked.none_of:
            wanted.append("!" + _any(asked.none_of, ""))
        return " & ".join(wanted)

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The ids of rows, as those that match are to be sorted and bounded by them.

        PostgreSQL plans before it knows how rare a word is, and for what hardly anybody wrote it would walk through all
        rows: that it begins with the index of words it is told by a number that no other index has.
        """
        return rowid + 0 if is_rare else rowid

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Nothing to do: autovacuum does it."""
        del index, anew
        return False

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """The condition under which a text has a piece in it."""
        return func.strpos(text, words) > 0

    def hold(self, *, alone: bool) -> None:
        """Let writers of the index go on side by side, and a rebuild alone, until the transaction ends."""
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        session.execute(select(lock(ADVISORY_KEY)))


def vector(row: Row) -> str:
    """A tsvector's literal: every word with its places, those in the title marked A."""
    title = row.title.split()
    # a place is left free after the title, so that no phrase reaches over it
    places = [(word, f"{place}A") for place, word in enumerate(title, 1)]
    places += [(word, f"{place}") for place, word in enumerate(row.body.split(), len(title) + 2)]
    return " ".join(_lexemes(places))


def _lexemes(places: list[tuple[str, str]]) -> Iterator[str]:
    # sorted() keeps the order of places of the same word
    for word, found in groupby(sorted(places, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        near = [place for _, place in found if int(place.rstrip("A")) <= LAST_PLACE]
        yield f"{_quoted(word)}:{','.join(near[:MOST_PLACES])}" if near else _quoted(word)


def _any(terms: Sequence[Term], mark: str) -> str:
    return "(" + " | ".join(_term(term, mark) for term in terms) + ")"


def _term(words: Term, mark: str) -> str:
    return "(" + " <-> ".join(_quoted(word) + mark for word in words) + ")"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
