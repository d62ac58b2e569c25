"""The similar threads that a reader may see."""

from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, select
from sqlalchemy.orm import contains_eager

from forum.base.db import session
from forum.models import Board, Member, SimilarThread, Thread
from forum.models.member import named
from forum.permissions import Actor, Standing, standing, visible_threads
from forum.search.scoring import Text
from forum.search.words import indexed
from forum.similar.nearest import nearest
from forum.similar.ranking import Meaning

SHOWN = 5
LOOKED_THROUGH = 200  # of what is near to a typed title, as a reader may not see them all


def similar_to(actor: Member | None, thread: Thread, limit: int = SHOWN) -> list[Thread]:
    """The stored similar threads, the nearest first, with board, starter and last poster; never a deleted one."""
    return list(session.scalars(_similar(standing(actor), limit), {"thread_id": thread.id}))


@cache
def _similar(of: Standing, limit: int) -> Select[Thread]:
    me: BindParameter[int] = bindparam("thread_id")
    statement = _shown(of).join(SimilarThread, SimilarThread.similar_id == Thread.id)
    statement = statement.where(SimilarThread.thread_id == me, Thread.id != me)
    return statement.order_by(SimilarThread.score.desc(), Thread.id.desc()).limit(limit)


def suggest(
    actor: Member | None, title: str, body: str = "", limit: int = SHOWN, *, meant: Meaning | None = None
) -> list[Thread]:
    """The threads that a text which is being written is near to, the nearest first; `meant` is what it means."""
    found = nearest(Text(indexed(title), indexed(body)), meant=meant)
    ids = [one.thread_id for one in found[:LOOKED_THROUGH]]
    if not ids:
        return []
    seen = select(Thread.id).join(Board, Thread.board_id == Board.id).where(Thread.id.in_(ids), _is_shown(actor))
    visible = set(session.scalars(seen))
    best = [one for one in ids if one in visible][:limit]
    threads = {thread.id: thread for thread in session.scalars(_shown(actor).where(Thread.id.in_(best)))}
    return [threads[one] for one in best]


def _is_shown(actor: Actor) -> ColumnElement[bool]:
    return and_(visible_threads(actor), Thread.deleted_at.is_(None))


def _shown(actor: Actor) -> Select[Thread]:
    people = (named(Thread.starter), named(Thread.last_poster))
    statement = select(Thread).join(Board, Thread.board_id == Board.id).options(contains_eager(Thread.board), *people)
    return statement.where(_is_shown(actor))
