"""Empty the demonstration: its threads, members and boards go in slices, in a job.

No writer waits for more than a slice. A setting records how far it has come, so that a job that was killed continues
where it was; all counts are exact after each slice (admin/removal/thread_removal.py).

Nothing is lost that the admin has not seen: a thread in which a real member has posted since the preview stays.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, delete, func, select

from forum import page_versions
from forum.admin.board_actions import boards_in_order, has_threads, receives_threads, remove_board
from forum.admin.demonstration import contents
from forum.admin.removal import thread_removal
from forum.admin.rules import Administrator, authorize
from forum.admin.statistics import counting
from forum.audit_log import forget_targets, record
from forum.infra import clock
from forum.infra.database.db import Model, session, transaction
from forum.infra.database.in_list import in_list
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import (
    AccountMerge,
    Board,
    BoardMerge,
    Member,
    Notification,
    Post,
    SiteSetting,
    Thread,
)
from forum.notifications import actions as notifications
from forum.search.index import reply_terms
from forum.similar import actions as similar
from forum.site import actions as site
from forum.threads import drafts

SETTING = "emptying_demonstration"
Result = TypeVar("Result")
SLICE_THREADS, SLICE_MEMBERS = 25, 10
MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends with its slice: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which other jobs run


@dataclass(frozen=True)
class Emptying:
    """How far it has come: threads up to the id `done_to` are gone, or stay."""

    named: Mapping[str, Any]
    members: list[int]
    keeps_boards: bool
    kept_after: datetime | None  # threads with later posts of real members stay; None: all with any
    total: int
    done_to: int

    @property
    def remaining(self) -> int:
        """The number of threads that are still there."""
        return session.scalar(select(func.count()).where(self._threads)) or 0

    def next_threads(self) -> list["_Candidate"]:
        """The next threads; real posts above the position up to which they were read are looked for later."""
        wanted = select(Thread.id, Thread.last_position).where(self._threads).order_by(Thread.id).limit(SLICE_THREADS)
        found = {row.id: row.last_position for row in session.execute(wanted)}
        kept = self._with_real_posts(Post.thread_id.in_(found))
        return [_Candidate(thread_id, last, thread_id in kept) for thread_id, last in found.items()]

    @property
    def _threads(self) -> Any:
        return in_list(Thread.starter_id, self.members) & (Thread.id > self.done_to)

    def is_answered(self, thread: Thread, *, above: int) -> bool:
        """Whether real members have posted in a thread above a position."""
        if thread.last_position <= above:
            return False
        return bool(self._with_real_posts((Post.thread_id == thread.id) & (Post.position > above)))

    def _with_real_posts(self, which: ColumnElement[bool]) -> set[int]:
        """The threads of some posts that stay, because real members have written among these."""
        written = contents.written_by_members(self.members, after=self.kept_after)
        return set(session.scalars(select(Post.thread_id).where(which, written).distinct()))


@dataclass(frozen=True)
class _Candidate:
    """A thread that may go."""

    thread_id: int
    read_to: int
    stays: bool


def start(actor: Administrator, *, seen_at: datetime, keeps_boards: bool, keeps_answered: bool) -> None:
    """Begin to empty the demonstration, whose preview the actor saw at `seen_at`; twice is the same as once.

    `keeps_answered`: threads in which real members have written stay, with all their posts. Raises Conflict without a
    demonstration.
    """
    admin = authorize(actor)
    site.lock()
    named = contents.names()
    if named is None:
        raise Conflict(say("This forum has no demonstration any more."))
    if progress() is not None:
        return
    total = session.scalar(select(func.count()).where(in_list(Thread.starter_id, contents.member_ids(named)))) or 0
    kept_after = None if keeps_answered else min(seen_at, clock.now()).isoformat()
    value = {"keeps_boards": keeps_boards, "kept_after": kept_after, "total": total, "done_to": 0}
    session.add(SiteSetting(name=SETTING, value=value))
    record("empty-demonstration", actor=admin, threads=total)
    site.bump_version()


def progress() -> Emptying | None:
    """How far it has come; None if it is not running."""
    row, named = session.get(SiteSetting, SETTING, populate_existing=True), contents.names()
    if row is None or named is None:
        return None
    value = cast("Mapping[str, Any]", row.value)
    kept_after = datetime.fromisoformat(value["kept_after"]) if value["kept_after"] else None
    members = contents.member_ids(named)
    return Emptying(named, members, value["keeps_boards"], kept_after, value["total"], value["done_to"])


def run_pending() -> None:
    """Continue for MAX_RUN_SECONDS in short transactions, pausing as long between them; for a job."""
    end = time.monotonic() + MAX_RUN_SECONDS
    while time.monotonic() < end and (now := progress()) is not None:
        _continue(now, end=end, pauses=True)


def finish(report: Callable[[int, int], None]) -> None:
    """Run to the end in short transactions; for the command line. `report` gets the threads done and the total."""
    while (now := progress()) is not None:
        report(now.total - now.remaining, now.total)
        _continue(now)


def _continue(now: Emptying, *, end: float = math.inf, pauses: bool = False) -> None:
    """Do the next slice of work; what it is has been read before, as no writer waits for that."""
    threads = now.next_threads()
    if not threads:
        members = _removable(now.members)
        board = None if members or now.keeps_boards else _next_board(now)
        _in_transaction(partial(_remove_others, now, members[:SLICE_MEMBERS], board))
    while threads and time.monotonic() < end:
        began = time.monotonic()
        threads = _in_transaction(partial(_remove_threads, now, threads)) or []
        time.sleep(time.monotonic() - began if pauses else 0)


def _in_transaction(work: Callable[[], Result]) -> Result | None:
    """The result of some work in a transaction; None if another process has finished everything."""
    with transaction():
        if session.get(SiteSetting, SETTING, with_for_update=True, populate_existing=True) is None:
            return None
        return work()


def _remove_others(now: Emptying, members: list[int], board: int | None) -> None:
    if members:
        _remove_members(members)
    elif board:
        _remove_board(board)
    else:
        _finish(now)


def _remove_threads(now: Emptying, candidates: list[_Candidate]) -> list[_Candidate]:
    """Remove threads until the time limit, and return the others.

    All are locked first, as writers lock a thread before its board.
    """
    end = time.monotonic() + MAX_TRANSACTION_SECONDS
    going = [each.thread_id for each in candidates if not each.stays]
    wanted = select(Thread).where(Thread.id.in_(going)).order_by(Thread.id).with_for_update()
    threads = {thread.id: thread for thread in session.scalars(wanted, execution_options={"populate_existing": True})}
    gone, done = list[str](), 0
    for each in candidates:
        thread = threads.get(each.thread_id)
        stays = thread is None or now.is_answered(thread, above=each.read_to)
        if thread is not None and not stays and not thread_removal.remove_thread(thread, end, gone):
            break
        done += 1
        if time.monotonic() >= end:
            break
    drafts.discard_all(gone)
    forget_targets(gone)
    _store_progress(candidates[done - 1].thread_id if done else 0)
    page_versions.invalidate_removed_threads()
    return candidates[done:]


def _store_progress(done_to: int) -> None:
    row = session.get_one(SiteSetting, SETTING)
    value = cast("Mapping[str, Any]", row.value)
    row.value = {**value, "done_to": max(done_to, value["done_to"])}


def _removable(members: list[int]) -> list[int]:
    """Those to whom nothing refers that stays, such as a thread that real members have answered, or a merge."""
    held: set[int] = set()
    for part in (AccountMerge.member_id, AccountMerge.target_id):
        held.update(session.scalars(select(part).where(in_list(part, members))))
    for table in Model.metadata.tables.values():
        for column in table.columns:
            if any(key.column is _MEMBER_ID and key.ondelete is None for key in column.foreign_keys):
                held.update(session.scalars(select(column).where(in_list(column, members)).distinct()))
    return [member_id for member_id in members if member_id not in held]


_MEMBER_ID = Member.__table__.c.id


def _remove_members(ids: list[int]) -> None:
    notifications.forget(Notification.actor_id.in_(ids))
    forget_targets(f"member:{member_id}" for member_id in ids)
    session.execute(delete(Member).where(Member.id.in_(ids)))
    page_versions.invalidate_removed_threads()


def _next_board(now: Emptying) -> int | None:
    return next((board.id for board in contents.boards_without_others(now.named, []) if not _is_in_use(board)), None)


def _is_in_use(board: Board) -> bool:
    """Whether a board has threads or boards, or is part of a merge."""
    is_merging = receives_threads(board) or session.get(BoardMerge, board.id) is not None
    return is_merging or has_threads(board) or bool(boards_in_order().children(board))


def _remove_board(board_id: int) -> None:
    site.lock()
    board = session.get(Board, board_id, with_for_update=True)  # waits for those who are just starting a thread in it
    if board is not None and not _is_in_use(board):
        remove_board(board)


def _finish(now: Emptying) -> None:
    """The forum is the admin's own: it has no demonstration any more, nor its name and counts."""
    site.lock()
    name = session.get(SiteSetting, "name")
    if name is not None and name.value == now.named.get("name"):
        session.delete(name)
    session.execute(delete(SiteSetting).where(SiteSetting.name.in_((SETTING, contents.SETTING))))
    counting.forget_counts()
    reply_terms.forget_removed()
    similar.look_at_all_again()
    page_versions.invalidate_removed_threads()
    site.bump_version()
