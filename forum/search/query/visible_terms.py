"""Which words a reader may know of: those that stand somewhere they may read."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from forum.infra.db import session
from forum.models import Board, Member
from forum.permissions import visible_boards
from forum.search.index import term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.planner import affordable
from forum.search.query.retrieval import Found, look
from forum.search.query.scope import Scope
from forum.search.text.scoring import Frequencies


def seen(actor: Member | None, words: Sequence[str], *, most: int) -> list[str]:
    """The first so many of some words that the reader may know of, in their order."""
    return [word for _, word in zip(range(most), _seen(actor, words), strict=False)]


def _seen(actor: Member | None, words: Sequence[str]) -> Iterator[str]:
    known, hidden = term_frequencies.known(words), _hidden_threads(actor)
    # words of replies need not be counted; one look at all of them mostly tells that none occurs
    uncounted = [word for word in words if word not in known.documents]
    is_any_there = bool(uncounted and _rows(actor, Expression((), tuple((word,) for word in uncounted)), known, most=1))
    for word in words if is_any_there else (word for word in words if word in known.documents):
        # a word of more threads than are hidden stands in one that is not, which spares most looks
        if known.documents.get(word, 0) > hidden or having(actor, word, known, most=1):
            yield word


def having(actor: Member | None, word: str, known: Frequencies, *, most: int) -> list[Found]:
    """Threads and replies that the reader may see in which a word stands, as many as are wanted."""
    return _rows(actor, Expression(((word,),)), known, most=most)


def _rows(actor: Member | None, wanted: Expression, known: Frequencies, *, most: int) -> list[Found]:
    scope, asked = Scope(actor), affordable(wanted, known)
    rows = look(scope, THREADS, asked, most=most).rows
    return rows + look(scope, POSTS, asked, most=most - len(rows)).rows if len(rows) < most else rows


def _hidden_threads(actor: Member | None) -> int:
    """How many threads there are in boards that the reader does not see."""
    return session.scalar(select(func.coalesce(func.sum(Board.thread_count), 0)).where(~visible_boards(actor))) or 0
