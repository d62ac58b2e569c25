"""Keep a new thread or post from the public until it is approved, and withdraw it."""

from collections.abc import Sequence

from sqlalchemy import and_, exists, func, insert, literal, or_, select, update

from forum import page_versions, permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, TooSoon
from forum.infra.text.messages import say, say_many
from forum.models import Member, Post, ReviewItem, ReviewKind, Thread, Visibility
from forum.notifications import staff
from forum.threads import drafts
from forum.threads.approval.reasons import stored
from forum.verdicts import HIDDEN, YES, Verdict

MAX_WAITING = 20  # of one member at once
NOT_WAITING = Verdict(Conflict(say("This is not waiting for approval any more.")))
_KINDS = (ReviewKind.HELD_POST.value, ReviewKind.HELD_EDIT.value)
_OPEN = (ReviewItem.kind.in_(_KINDS), ReviewItem.decided_at.is_(None))


def waits(post: Post) -> bool:
    """Whether a post, or the thread that it begins, waits for approval."""
    return post.is_held or (post.position == 1 and post.thread.is_held)


def check_room(actor: Member) -> None:
    """Raise TooSoon for a member of whom MAX_WAITING posts wait already."""
    theirs = select(func.count()).where(ReviewItem.member_id == actor.id, *_OPEN)
    if (session.scalar(theirs) or 0) >= MAX_WAITING:
        words = say_many(
            "%(num)d of your posts waits for approval. You can write again when it is approved.",
            "%(num)d of your posts wait for approval. You can write again when some are approved.",
            MAX_WAITING,
        )
        raise TooSoon(words, retry_after=3600)


def open_case(post: Post, why: Sequence[str] = (), *, score: float | None = None) -> None:
    """Let a held post, or the held thread that it begins, wait in the moderators' queue."""
    values = {
        "kind": ReviewKind.HELD_POST.value,
        "post_id": post.id,
        "member_id": post.author_id,
        "opened_at": clock.now(),
        "held_for": stored(why),
        "spam_score": score,
    }
    session.execute(insert_into(ReviewItem).values(**values).on_conflict_do_nothing())
    board_id = session.get_one(Thread, post.thread_id).board_id
    staff.tell_staff(staff.QUEUE, board_id=board_id, about=post.author_id)


def open_missing_cases() -> int:
    """Let everything held wait in the queue that no case is about, as after an import; returns how many that are."""
    is_first = and_(Post.position == 1, Thread.visibility == Visibility.HELD.value)
    has_case = exists().where(ReviewItem.post_id == Post.id, ReviewItem.decided_at.is_(None))
    values = (literal(ReviewKind.HELD_POST.value), Post.id, Post.author_id, Post.created_at)
    rows = select(*values).join(Thread, Thread.id == Post.thread_id)
    rows = rows.where(or_(Post.visibility == Visibility.HELD.value, is_first), ~has_case)
    columns = ["kind", "post_id", "member_id", "opened_at"]
    return len(session.execute(insert(ReviewItem).from_select(columns, rows).returning(ReviewItem.id)).all())


def close_case(post_id: int, decision: str, by: Member | None) -> None:
    """Take a post and its edit out of the queue because something else than a decision about it has happened."""
    values = {"decided_at": clock.now(), "decided_by_id": by.id if by else None, "decision": decision}
    statement = update(ReviewItem).where(ReviewItem.post_id == post_id, *_OPEN).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))
    session.execute(update(Post).where(Post.id == post_id, Post.has_held_edit).values(has_held_edit=False))


def may_withdraw(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may withdraw a post that waits: its author."""
    if actor is None or post.author_id != actor.id or not permissions.may_see_post(actor, post):
        return HIDDEN
    writes = permissions.may_write_in(actor, post.thread.board_id)
    if not writes:
        return writes
    return YES if waits(post) else NOT_WAITING


def withdraw(actor: Member, post: Post) -> None:
    """Delete what an author does not want to be approved any more, and keep its text as their draft."""
    thread = post.thread
    page_versions.lock_thread(thread, post)
    permissions.require(may_withdraw(actor, post))
    item = thread if post.position == 1 else post
    item.mark_deleted(clock.now(), None)  # authors can undelete what they deleted themselves
    session.flush()
    if item is thread:
        page_versions.bump_board(thread.board_id)
    close_case(post.id, "withdrawn", actor)
    place = drafts.place_of(post)
    if drafts.find(actor, place) is None:
        drafts.save(actor, place=place, title=thread.title if item is thread else "", body=post.source)
