"""Delete threads for good, with what else is stored of their texts: long ones in short transactions, by a job.

From the beginning nobody restores such a thread or changes it. All counts are right after each transaction, and a job
that was killed continues.
"""

from collections.abc import Sequence

from sqlalchemy import select, update

from forum import page_versions, permissions
from forum.admin.removal import thread_removal
from forum.audit_log import forget_targets, record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.models import Decision, LogEntry, Member, Post, Thread, ThreadErasure
from forum.moderation.long_threads import background
from forum.moderation.long_threads.background import Worker
from forum.spam import actions as spam
from forum.threads import drafts

ONLY_STEP = "posts"


def begin(actor: Member, thread: Thread, *, posts: int, reason: str) -> ThreadErasure:
    """Begin to delete a thread for good; the caller has locked it and checked whether the actor may."""
    entry = record("begin-erase-thread", actor=actor, reason=reason, number=thread.id)
    session.flush()
    thread.is_being_merged = True
    erasure = ThreadErasure(entry_id=entry.id, thread_id=thread.id, step=ONLY_STEP, cursor=0, planned=posts)
    session.add(erasure)
    session.flush()
    return erasure


def running_of(thread_id: int) -> ThreadErasure | None:
    """The erasure of a thread that is not finished."""
    unfinished = (ThreadErasure.thread_id == thread_id, ThreadErasure.step != "")
    return session.scalars(select(ThreadErasure).where(*unfinished).limit(1)).one_or_none()


def find(actor: Member, entry_id: int) -> ThreadErasure:
    """An erasure, for those who may delete threads for good. Raises NotFound."""
    permissions.require(permissions.may_administer(actor))
    erasure = session.get(ThreadErasure, entry_id)
    if erasure is None:
        raise NotFound
    return erasure


def remove_some(thread: Thread, end: float) -> bool:
    """Remove a deleted thread, or its last posts until a time, and all copies of their texts; whether it is gone."""
    gone = list[str]()
    _forget_copies_of_thread(thread.id)
    is_gone = thread_removal.remove_thread(thread, end, gone, forget=_forget_copies)
    drafts.discard_all(gone)
    forget_targets(gone)
    return is_gone


def _forget_copies_of_thread(thread_id: int) -> None:
    about = update(Decision).where(
        Decision.about_thread_id == thread_id, (Decision.text != "") | (Decision.title != "")
    )
    session.execute(about.values(text="", title="").execution_options(synchronize_session=False))


def _forget_copies(post_ids: Sequence[int]) -> None:
    """Remove the copies of posts' texts in decisions, and ham that the filter has learned of them."""
    about = update(Decision).where(in_list(Decision.about_post_id, post_ids))
    session.execute(about.values(text="", title="").execution_options(synchronize_session=False))
    for post in session.scalars(select(Post).where(in_list(Post.id, post_ids))).all():
        spam.forget_text(post)


def run_pending() -> None:
    """Continue unfinished erasures; for a job."""
    background.run_pending(ThreadErasure, Work)


class Work(Worker[ThreadErasure]):
    """An erasure, which needs nothing read ahead."""

    model = ThreadErasure

    def _do(self, erasure: ThreadErasure, end: float) -> bool:
        thread = session.get(Thread, erasure.thread_id, populate_existing=True)
        if thread is None or not thread.is_being_merged or thread.is_public:
            _finish(erasure)  # its board was deleted meanwhile, and SQLite has given its id to another
            return True
        page_versions.lock_thread(thread)
        page_versions.lock_boards(thread.board_id)
        if remove_some(thread, end):
            session.expunge(thread)
            _finish(erasure)
        else:
            session.refresh(thread)
            erasure.cursor = max(erasure.planned - thread.last_position, erasure.cursor)
        return True


def _finish(erasure: ThreadErasure) -> None:
    entry = session.get_one(LogEntry, erasure.entry_id)
    actor = session.get(Member, entry.actor_id) if entry.actor_id else None
    erasure.step, erasure.cursor, erasure.finished_at = "", erasure.planned, clock.now()
    page_versions.invalidate_removed_threads()
    record("erase-thread", actor=actor, reason=str(entry.details["reason"]), number=erasure.thread_id)
