"""Carry what members watch along when threads and boards are merged or split.

A mute is carried only where nothing else would be muted with it: to a new thread of posts that were split off.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, literal, select, update
from sqlalchemy.orm import aliased

from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import TELLING, BoardWatch, ThreadWatch, WatchLevel

MAX_AT_ONCE = 2000  # members whose watches move in one transaction; of more a job moves a few at a time
_PLAIN = {"synchronize_session": False}
_COPIED = ("member_id", "level", "level_before", "changed_at")


def are_many(thread_id: int) -> bool:
    """Whether so many members watch or mute a thread that a job moves their watches."""
    watches = select(ThreadWatch.member_id).where(ThreadWatch.thread_id == thread_id)
    return session.scalar(watches.offset(MAX_AT_ONCE).limit(1)) is not None


def move_thread(source_id: int, into_id: int, *, members: Sequence[int] | None = None) -> None:
    """Let those who watch a thread that is merged into another watch that one; with `members`, only these.

    Who had muted one of the two and watched the other watches: posts that they want to hear of are there.
    """
    theirs = aliased(ThreadWatch)
    level = select(theirs.level).where(theirs.member_id == ThreadWatch.member_id, theirs.thread_id == source_id)
    is_watched = level.where(theirs.level.in_(TELLING)).exists()
    weaker = (ThreadWatch.thread_id == into_id, ThreadWatch.level.not_in(TELLING), *_among(members))
    values = {"level": level.scalar_subquery(), "level_before": ""}
    session.execute(update(ThreadWatch).where(*weaker, is_watched).values(values), execution_options=_PLAIN)
    _add_missing(ThreadWatch.thread_id, source_id, into_id, *_among(members), _is_not_muted(ThreadWatch))
    gone = delete(ThreadWatch).where(ThreadWatch.thread_id == source_id, *_among(members))
    session.execute(gone, execution_options=_PLAIN)


def copy_thread(source_id: int, into_id: int, *, is_new: bool, members: Sequence[int] | None = None) -> None:
    """Let a thread to which posts were split off be watched as the one in which they were; a new one muted, too.

    With `members`, only by these.
    """
    also = () if is_new else (_is_not_muted(ThreadWatch),)
    _add_missing(ThreadWatch.thread_id, source_id, into_id, *_among(members), *also)


def move_from_board(source_id: int, into_id: int, *, at_once: int) -> bool:
    """Let some of those who watch a board that is merged into another watch that one; whether all do.

    Who has chosen something for the other keeps that.
    """
    theirs = select(BoardWatch.member_id).where(BoardWatch.board_id == source_id)
    members = session.scalars(theirs.order_by(BoardWatch.member_id).limit(at_once)).all()
    among = in_list(BoardWatch.member_id, members)
    _add_missing(BoardWatch.board_id, source_id, into_id, among, _is_not_muted(BoardWatch), more=("told_of",))
    session.execute(delete(BoardWatch).where(BoardWatch.board_id == source_id, among), execution_options=_PLAIN)
    return len(members) < at_once


def _is_not_muted(model: type[ThreadWatch | BoardWatch]) -> ColumnElement[bool]:
    return model.level != WatchLevel.MUTED.value


def _among(members: Sequence[int] | None) -> list[ColumnElement[bool]]:
    return [] if members is None else [in_list(ThreadWatch.member_id, members)]


def _add_missing(
    place: Any, source_id: int, into_id: int, *which: ColumnElement[bool], more: tuple[str, ...] = ()
) -> None:
    """Copy rows of one thread or board to another for members who have none there."""
    model, names = place.class_, (*_COPIED, *more)
    rows = select(literal(into_id), *(getattr(model, name) for name in names)).where(place == source_id, *which)
    statement = insert_into(model).from_select([place.key, *names], rows)
    session.execute(statement.on_conflict_do_nothing())
