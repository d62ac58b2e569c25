"""Carry out cleanings in short transactions, first by who began them and then by a job; and undo them likewise.

Each transaction moves the cursor with what it does, so that a killed process leaves nothing half done or doubled. On
PostgreSQL it is about one thread, so that rows are locked in the order in which other writers lock them.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile

from sqlalchemy import Row, Select, select

from forum.audit_log import in_batch
from forum.infra import clock
from forum.infra.database.db import on_sqlite, session, transaction
from forum.infra.errors import ForumError
from forum.models import LogEntry, Member, Post, ReviewItem, SpamCleaning
from forum.moderation.cleaning import cases, reactions, removing, restoring, targets, teaching
from forum.moderation.cleaning.plan import Plan, may_clean

MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which a request is answered
MAX_JOB_SECONDS = 8.0  # after which other jobs run
READ_AT_ONCE, POSTS_AT_ONCE = 500, 25  # ids read ahead; posts of a thread in one go
LAST_ID = 2**31 - 1
LATE_IDS = 1000  # posts whose ids are lower by as much than the newest at the beginning may be committed later
UNDO = "undo"
FIRST_STEP = "teach"
ORDER = ("teach", "cases", "posts", "late", "campaigns", "reactions")
NEXT_STEP: Mapping[str, str] = dict(pairwise(ORDER))


class _Upcoming:
    """Ids that were read ahead, for the next transactions; read again if another process has gone on meanwhile."""

    def __init__(self) -> None:
        self._key: object = None
        self._rows: Sequence[Row[int, int]] = ()

    def rows(self, cleaning: SpamCleaning, read: Callable[[], Select[int, int]]) -> Sequence[Row[int, int]]:
        key = (cleaning.entry_id, cleaning.step, cleaning.cursor, cleaning.cursor_post)
        if key != self._key or not self._rows:
            self._rows = session.execute(read().limit(READ_AT_ONCE)).all()
        return self._rows

    def advance(self, cleaning: SpamCleaning, number: int) -> None:
        self._key = (cleaning.entry_id, cleaning.step, cleaning.cursor, cleaning.cursor_post)
        self._rows = self._rows[number:]


def run(entry_id: int, *, seconds: float | None = None) -> None:
    """Do what is left of a cleaning or its undoing, in short transactions, for MAX_RUN_SECONDS or so many seconds."""
    end = time.monotonic() + (MAX_RUN_SECONDS if seconds is None else seconds)
    upcoming = _Upcoming()
    while True:
        began = time.monotonic()
        with transaction():
            is_left = _go_on(entry_id, upcoming)
        if not is_left or time.monotonic() >= end:
            return
        if on_sqlite():
            time.sleep(time.monotonic() - began)  # other writers wait for its lock by looking again now and then


def run_pending() -> None:
    """Continue unfinished cleanings; for a job."""
    end = time.monotonic() + MAX_JOB_SECONDS
    unfinished = select(SpamCleaning.entry_id).where(SpamCleaning.step != "").order_by(SpamCleaning.entry_id).limit(1)
    while (left := end - time.monotonic()) > 0 and (entry_id := session.scalar(unfinished)) is not None:
        session.rollback()
        run(entry_id, seconds=left)


def run_first(entry_id: int) -> None:
    """Do the first part of a cleaning in the caller's transaction; a job does the rest."""
    _go_on(entry_id, _Upcoming())


def locked(entry_id: int) -> SpamCleaning | None:
    """A cleaning, so that nobody else continues it until the transaction ends."""
    found = select(SpamCleaning).where(SpamCleaning.entry_id == entry_id).with_for_update()
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def _go_on(entry_id: int, upcoming: _Upcoming) -> bool:
    """Do the next parts until the time limit, at least one; whether any are left."""
    cleaning, end = locked(entry_id), time.monotonic() + MAX_TRANSACTION_SECONDS
    if cleaning is None or not cleaning.step:
        return False
    batch_id = cleaning.undo_id if cleaning.undo_id is not None else entry_id
    entry, member = session.get(LogEntry, batch_id), session.get(Member, cleaning.member_id)
    actor = session.get(Member, entry.actor_id) if entry is not None and entry.actor_id else None
    if actor is None or member is None or not may_clean(actor, member):  # they lost the right, or an account is gone
        _end(cleaning)
        return False
    plan, counts = Plan.from_stored(cleaning.plan), Counter(cleaning.counts)
    with in_batch(batch_id):
        while cleaning.step:
            counts.update(_attempt(actor, member, plan, cleaning, upcoming))
            if not on_sqlite() or time.monotonic() >= end:
                break
    cleaning.counts = dict(counts)
    session.flush()
    return cleaning.is_running


def _end(cleaning: SpamCleaning) -> None:
    cleaning.step = ""
    if cleaning.undo_id is None:
        cleaning.finished_at = clock.now()
    else:
        cleaning.undone_at = clock.now()
    session.flush()


def _attempt(actor: Member, member: Member, plan: Plan, cleaning: SpamCleaning, upcoming: _Upcoming) -> Counter[str]:
    return STEPS[cleaning.step](actor, member, plan, cleaning, upcoming)


def _go_to(cleaning: SpamCleaning, step: str) -> None:
    cleaning.step, cleaning.cursor, cleaning.cursor_post = step, 0, 0
    if step == "":
        _end(cleaning)


def _teach(actor: Member, member: Member, plan: Plan, cleaning: SpamCleaning, _: _Upcoming) -> Counter[str]:
    """Before the posts are removed, as the filter learns from the text of first posts that are blanked."""
    posts = []
    if plan.teach and (plan.posts or plan.pending):
        posts = teaching.next_posts(actor, member, plan, before=cleaning.cursor or LAST_ID)
    if posts:
        cleaning.cursor, cleaning.cursor_post = posts[-1].id, cleaning.cursor_post + len(posts)
    taught = teaching.teach(actor, member, posts) if posts else 0
    if len(posts) < teaching.POSTS_AT_ONCE or cleaning.cursor_post >= teaching.MOST_TAUGHT:
        _go_to(cleaning, NEXT_STEP["teach"])
    return Counter(taught=taught)


def _settle(actor: Member, member: Member, plan: Plan, cleaning: SpamCleaning, _: _Upcoming) -> Counter[str]:
    """Before the posts are removed, so that deleting them closes no case without a trace."""
    following = targets.open_cases(member.id, plan).where(ReviewItem.id > cleaning.cursor)
    item_id = session.scalar(following.order_by(ReviewItem.id).limit(1)) if plan.pending else None
    if item_id is None:
        _go_to(cleaning, NEXT_STEP["cases"])
        return Counter()
    cleaning.cursor = item_id
    return Counter(cases=int(cases.decide_as_spam(actor, item_id)))


def _remove_posts(
    actor: Member, member: Member, plan: Plan, cleaning: SpamCleaning, upcoming: _Upcoming
) -> Counter[str]:
    cursor = {"thread_id": cleaning.cursor, "post_id": cleaning.cursor_post}
    late = plan.newest_post - LATE_IDS if cleaning.step == "late" else 0

    def read() -> Select[int, int]:
        return targets.posts_after(member.id, plan, **cursor).where(Post.id > late)

    places = [removing.Place(*row) for row in upcoming.rows(cleaning, read)[:POSTS_AT_ONCE]]
    if not places:
        _go_to(cleaning, NEXT_STEP[cleaning.step])
        return Counter()
    number, done = removing.remove_next(actor, member, plan, places)
    cleaning.cursor, cleaning.cursor_post = places[number - 1]
    upcoming.advance(cleaning, number)
    if cleaning.step == "late":
        done["elsewhere"] = done["refused"] = 0  # counted before
    return done


def _close_campaigns(actor: Member, member: Member, _: Plan, cleaning: SpamCleaning, __: _Upcoming) -> Counter[str]:
    _go_to(cleaning, NEXT_STEP["campaigns"])
    return Counter(cases=cases.decide_empty_campaigns(actor, member))


def _remove_reactions(
    actor: Member, member: Member, plan: Plan, cleaning: SpamCleaning, upcoming: _Upcoming
) -> Counter[str]:
    cursor = {"thread_id": cleaning.cursor, "post_id": cleaning.cursor_post}
    thread_id, post_ids = None, list[int]()
    if plan.reactions:
        thread_id, post_ids = _next_of_thread(
            cleaning, upcoming, lambda: targets.reactions_after(member.id, plan, **cursor)
        )
    if thread_id is None:
        _go_to(cleaning, "")
        return Counter()
    thread = removing.find_thread(thread_id)
    return Counter(
        reactions=reactions.remove_in_thread(actor, member, plan, thread, post_ids) if thread is not None else 0
    )


def _next_of_thread(
    cleaning: SpamCleaning, upcoming: _Upcoming, read: Callable[[], Select[int, int]]
) -> tuple[int | None, list[int]]:
    """The next thread, and the next posts in it, up to which the cursor is moved."""
    rows = upcoming.rows(cleaning, read)
    if not rows:
        return None, []
    thread_id = rows[0].thread_id
    post_ids = [row.id for row in takewhile(lambda row: row.thread_id == thread_id, rows[:POSTS_AT_ONCE])]
    cleaning.cursor, cleaning.cursor_post = thread_id, post_ids[-1]
    upcoming.advance(cleaning, len(post_ids))
    return thread_id, post_ids


def _undo(actor: Member, member: Member, _: Plan, cleaning: SpamCleaning, __: _Upcoming) -> Counter[str]:
    following = restoring.parts_before(cleaning.entry_id, cleaning.cursor or LAST_ID, most=POSTS_AT_ONCE)
    if not following:
        _go_to(cleaning, "")
        return Counter()
    parts = restoring.together(following, most=POSTS_AT_ONCE)
    cleaning.cursor = parts[-1].entry.id
    try:
        with session.begin_nested():
            restored = restoring.restore(actor, member, parts)
    except ForumError:
        restored = 0
    return Counter(restored=restored, kept=len(parts) - restored)


STEPS: Mapping[str, Callable[[Member, Member, Plan, SpamCleaning, _Upcoming], Counter[str]]] = {
    "teach": _teach,
    "cases": _settle,
    "posts": _remove_posts,
    "late": _remove_posts,
    "campaigns": _close_campaigns,
    "reactions": _remove_reactions,
    UNDO: _undo,
}
