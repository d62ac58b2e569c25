"""Which words a reader may know of: those that stand somewhere they may read."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from forum.base.db import session
from forum.models import Board, Member
from forum.permissions import visible_boards
from forum.search import frequencies
from forum.search.cost import affordable
from forum.search.found import Found, look
from forum.search.scope import Scope
from forum.search.scoring import Frequencies
from forum.search.tables import POSTS, THREADS, Expression


def seen(actor: Member | None, words: Sequence[str], *, most: int) -> list[str]:
    """The first so many of some words that the reader may know of, in their order."""
    return [word for _, word in zip(range(most), _seen(actor, words), strict=False)]


def _seen(actor: Member | None, words: Sequence[str]) -> Iterator[str]:
    known, hidden = frequencies.known(words), _hidden_threads(actor)
    if hidden is None:
        yield from (word for word in words if word in known.documents)
        return
    # words of replies need not be counted; one look at all of them mostly tells that none occurs
    uncounted = [word for word in words if word not in known.documents]
    is_any_there = bool(uncounted and _rows(actor, Expression((), tuple((word,) for word in uncounted)), known, most=1))
    for word in words if is_any_there else (word for word in words if word in known.documents):
        # a word of more threads than are hidden stands in one that is not, which spares most looks
        if known.of(word) > hidden or having(actor, word, known, most=1):
            yield word


def having(actor: Member | None, word: str, known: Frequencies, *, most: int) -> list[Found]:
    """Threads and replies that the reader may see in which a word stands, as many as are wanted."""
    return _rows(actor, Expression(((word,),)), known, most=most)


def _rows(actor: Member | None, wanted: Expression, known: Frequencies, *, most: int) -> list[Found]:
    scope, asked = Scope(actor), affordable(wanted, known)
    rows = look(scope, THREADS, asked, most=most).rows
    return rows + look(scope, POSTS, asked, most=most - len(rows)).rows if len(rows) < most else rows


def _hidden_threads(actor: Member | None) -> int | None:
    """How many threads there are in boards that the reader does not see; None if they see all boards."""
    return session.scalar(select(func.sum(Board.thread_count)).where(~visible_boards(actor)))
