"""What a member watches and mutes: of all boards, and which threads they have muted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, String, bindparam, cast, func, literal, select
from sqlalchemy.orm import contains_eager

from forum import permissions
from forum.infra.database.db import session
from forum.infra.paging import SIZE, Page
from forum.models import TELLING, BoardWatch, Member, Thread, ThreadWatch, ToldOf, WatchLevel
from forum.models.discussion.board_tree import BoardNode
from forum.models.members.member import with_member_name
from forum.site.queries import snapshot

MAX_MUTED_THREADS = 1000  # of a member: lists leave them out by their ids
PAGES = 500  # of watched and of muted threads


class BoardChoice(NamedTuple):
    """What a member has chosen for a board."""

    level: str = WatchLevel.OFF
    told_of: str = ToldOf.THREADS

    @property
    def tells(self) -> bool:
        """Whether the member is told of anything."""
        return self.level in TELLING


@dataclass(frozen=True)
class Watches:
    """What a member has chosen for boards, by their ids, and the threads that they have muted."""

    boards: Mapping[int, BoardChoice] = field(default_factory=dict)
    muted_threads: frozenset[int] = frozenset()

    def choice_for(self, board_id: int) -> BoardChoice:
        """What counts in a board: the choice for it, else for the nearest board above that has one."""
        above = reversed(snapshot().tree.ancestors_of(board_id)) if self.boards else ()
        return next((self.boards[board.id] for board in above if board.id in self.boards), BoardChoice())

    def of_thread_in(self, board_id: int) -> str:
        """What counts for a thread for which nothing was chosen: watched if all posts of its board are."""
        choice = self.choice_for(board_id)
        return choice.level if choice.tells and choice.told_of == ToldOf.POSTS else WatchLevel.OFF

    @cached_property
    def muted_boards(self) -> frozenset[int]:
        """The muted boards, and those below them for which nothing else was chosen."""
        if all(choice.level != WatchLevel.MUTED for choice in self.boards.values()):
            return frozenset()
        boards = (board.id for board in snapshot().tree)
        return frozenset(board for board in boards if self.choice_for(board).level == WatchLevel.MUTED)

    def hides(self, thread_id: int, board_id: int) -> bool:
        """Whether a thread is left out of what's new."""
        return thread_id in self.muted_threads or board_id in self.muted_boards


NONE = Watches()


def columns_for(me: BindParameter[int]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Two columns with what a member has chosen, which `parsed` reads, for a query that is made anyway."""
    line = cast(BoardWatch.board_id, String) + literal(" ") + BoardWatch.level + literal(" ") + BoardWatch.told_of
    boards = select(func.aggregate_strings(line, ",")).where(BoardWatch.member_id == me)
    muted = (ThreadWatch.member_id == me, ThreadWatch.is_muted())
    threads = select(func.aggregate_strings(cast(ThreadWatch.thread_id, String), ",")).where(*muted)
    # nothing is correlated: the query may join the same tables
    return boards.correlate(None).scalar_subquery(), threads.correlate(None).scalar_subquery()


def parsed(boards: str | None, threads: str | None) -> Watches:
    """What a member has chosen, from the values of `columns_for`."""
    if not boards and not threads:
        return NONE
    choices = (line.split(" ") for line in (boards or "").split(",") if line)
    muted = frozenset(int(thread_id) for thread_id in (threads or "").split(",") if thread_id)
    return Watches({int(board_id): BoardChoice(level, told) for board_id, level, told in choices}, muted)


def watches_of(actor: Member | None) -> Watches:
    """What a visitor has chosen, read once per request; guests have chosen nothing."""
    if actor is None:
        return NONE
    if actor.watches is None:
        chosen = session.execute(_chosen(), {"me": actor.id}).one() if actor.has_watches else ("", "")
        actor.watches = parsed(*chosen)
    watches: Watches = actor.watches
    return watches


@cache
def _chosen() -> Select[Any]:
    return select(*columns_for(bindparam("me")))


def level_of_thread(actor: Member, thread: Thread) -> str:
    """What a member has chosen for a thread; off, if nothing."""
    return chosen_for_thread(actor, thread) or WatchLevel.OFF


def chosen_for_thread(actor: Member, thread: Thread) -> str | None:
    """What a member has chosen for a thread; None, if nothing, so that its board counts."""
    return session.scalar(select(ThreadWatch.level).filter_by(member_id=actor.id, thread_id=thread.id))


def default_level(actor: Member, *, started: bool) -> str:
    """What is chosen for threads that a member starts or answers, by them or else by the operator."""
    site = snapshot()
    own, of_site = (actor.watch_started, site.watch_started) if started else (actor.watch_answered, site.watch_answered)
    return own or of_site


def threads_of(actor: Member, number: int, *, muted: bool) -> tuple[list[tuple[Thread, str]], Page]:
    """A page of the threads that a member watches or has muted, the last chosen first, with the level.

    Those that they may not see any more are left out.
    """
    levels = (WatchLevel.MUTED,) if muted else TELLING
    chosen = (
        select(Thread, ThreadWatch.level)
        .join(ThreadWatch, ThreadWatch.thread_id == Thread.id)
        .join(Thread.board)
        .where(ThreadWatch.member_id == actor.id, ThreadWatch.level.in_(levels), permissions.visible_threads(actor))
    )
    ids = chosen.with_only_columns(Thread.id, maintain_column_froms=True)
    total = session.scalar(select(func.count()).select_from(ids.limit(PAGES * SIZE).subquery())) or 0
    page = Page(number, total)
    shown = chosen.options(contains_eager(Thread.board), with_member_name(Thread.starter))
    shown = shown.order_by(ThreadWatch.changed_at.desc(), Thread.id.desc()).offset(page.offset).limit(page.size)
    return [(thread, level) for thread, level in session.execute(shown)], page


def boards_of(actor: Member) -> list[tuple[BoardNode, BoardChoice]]:
    """The boards that a member watches or has muted and may see, in the order of the forum."""
    chosen, seen = watches_of(actor).boards, permissions.scope_of(actor).see
    shown = (board for board in snapshot().tree.depth_first() if board.id in chosen and board.id in seen)
    return [(board, chosen[board.id]) for board in shown if chosen[board.id].level != WatchLevel.OFF]
