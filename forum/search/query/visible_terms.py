"""Which words a reader may learn of: those that occur in a post they may see."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, or_, select

from forum.infra.database.db import session
from forum.models import Board, Member
from forum.permissions import scope_of, visible_boards
from forum.search.index import term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.planner import bound_cost
from forum.search.query.retrieval import IndexHit, retrieve
from forum.search.query.scope import SearchScope
from forum.search.text.scoring import Frequencies


def visible_words(actor: Member | None, words: Sequence[str], *, most: int) -> list[str]:
    """The first `most` of the words that the reader may learn of, in their order."""
    return [word for _, word in zip(range(most), _seen(actor, words), strict=False)]


def _seen(actor: Member | None, words: Sequence[str]) -> Iterator[str]:
    frequencies, hidden = term_frequencies.load(words), _hidden_threads(actor)
    # words that occur only in replies may be uncounted; one query for all of them mostly shows that none occurs
    uncounted = [word for word in words if word not in frequencies.documents]
    has_uncounted = bool(
        uncounted and _rows(actor, Expression((), tuple((word,) for word in uncounted)), frequencies, most=1)
    )
    for word in words if has_uncounted else (word for word in words if word in frequencies.documents):
        # a word in more threads than are hidden occurs in a visible one, which saves most queries
        if frequencies.documents.get(word, 0) > hidden or visible_rows_with(actor, word, frequencies, most=1):
            yield word


def visible_rows_with(actor: Member | None, word: str, frequencies: Frequencies, *, most: int) -> list[IndexHit]:
    """Threads and replies visible to the reader that contain a word, at most `most`."""
    return _rows(actor, Expression(((word,),)), frequencies, most=most)


def _rows(actor: Member | None, wanted: Expression, frequencies: Frequencies, *, most: int) -> list[IndexHit]:
    scope, expression = SearchScope(actor), bound_cost(wanted, frequencies)
    rows = retrieve(scope, THREADS, expression, most=most).rows
    return rows + retrieve(scope, POSTS, expression, most=most - len(rows)).rows if len(rows) < most else rows


def _hidden_threads(actor: Member | None) -> int:
    """The number of threads in boards of which the reader may not see all."""
    hidden, own_only = ~visible_boards(actor), scope_of(actor).own_only
    hidden = or_(hidden, Board.id.in_(sorted(own_only))) if own_only else hidden
    return session.scalar(select(func.coalesce(func.sum(Board.thread_count), 0)).where(hidden)) or 0
