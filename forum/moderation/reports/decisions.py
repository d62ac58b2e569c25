"""What moderators do with a case of reports: take it, write notes, decide it, open it again."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from forum import page_versions, permissions
from forum.audit_log import record
from forum.decisions.actions import NO_GROUNDS, Grounds
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import body_text, say, visible_length
from forum.models import Member, Notification, Report, ReportKind, ReviewItem, ReviewNote
from forum.models.moderation.report import DISMISSED, MAX_ANSWER, MAX_NOTE, UPHELD
from forum.moderation import reviews
from forum.moderation.illegal_content import answers
from forum.moderation.open_count import forget_count
from forum.moderation.reports import hiding
from forum.notifications import actions as notifications
from forum.spam import actions as spam
from forum.verdicts import YES

ANSWERED = "report-answered"  # the kind of notification


def decide_reports(
    actor: Member,
    item: ReviewItem,
    decision: str,
    *,
    answer: str = "",
    deletes: bool = False,
    grounds: Grounds = NO_GROUNDS,
) -> None:
    """Decide whether the reports were right; of two moderators the second gets Conflict.

    If they were and the actor `deletes`, the post is deleted, or the thread if it is the first. One that reports had
    hidden is public again once they are dismissed, else rejected if it is not deleted.
    """
    if decision not in {UPHELD, DISMISSED}:
        raise Invalid({"decision": [say("Choose one.")]})
    clean, post = _checked_answer(item, answer), item.post
    if post is not None:
        page_versions.lock_thread(post.thread, post)
    reviews.decide(actor, item, decision)
    item.answer = clean
    if post is not None and decision == UPHELD:
        hiding.remove_or_reject(actor, post, was_hidden=item.has_hidden, deletes=deletes, grounds=grounds)
        if deletes and _is_called_spam(item):
            spam.learn(post, is_spam=True)
    elif post is not None and item.has_hidden:
        hiding.show_again(post)
    _tell_of_decision(item)
    record("decide-report", actor=actor, target=_subject(item), decision=decision, board=_board_of(item))
    session.flush()


def _tell_of_decision(item: ReviewItem) -> None:
    tell_reporters(item)
    session.flush()
    answers.answer_notices(item)


def _checked_answer(item: ReviewItem, answer: str) -> str:
    clean = _checked(answer, "answer", MAX_ANSWER)
    if not visible_length(clean) and answers.has_notices(item):
        raise Invalid({"answer": [say("Say why: who sent a notice of illegal content must be given a reason.")]})
    return clean


def _is_called_spam(item: ReviewItem) -> bool:
    """Whether somebody reported it as spam, which the moderator found right."""
    named = select(Report.id).where(Report.item_id == item.id, Report.kind == ReportKind.SPAM.value)
    return session.scalar(named.limit(1)) is not None


def tell_reporters(item: ReviewItem) -> None:
    """Tell those who reported that it is decided; what they see of it is on the page of their reports."""
    reporters = select(Member).join(Report, Report.member_id == Member.id).where(Report.item_id == item.id)
    thread = item.post.thread if item.post is not None else None
    for member in session.scalars(reporters.order_by(Member.id)).all():
        is_seen = thread is not None and permissions.may_see_thread(member, thread)
        details = {"title": thread.title} if thread is not None and is_seen else {}
        notifications.tell(member.id, ANSWERED, subject=_subject(item), details=details)


def _subject(item: ReviewItem) -> str:
    return f"report:{item.id}"


def reopen(actor: Member, item: ReviewItem) -> None:
    """Open a decided case again; its reports then count neither as right nor as wrong until it is decided."""
    permissions.require(reviews.may_review(actor, item))
    was_upheld = item.decision == UPHELD
    decided = update(ReviewItem).where(ReviewItem.id == item.id, ReviewItem.decided_at.is_not(None))
    values = {"decided_at": None, "decided_by_id": None, "decision": "", "assignee_id": actor.id}
    try:
        with session.begin_nested():
            changed = session.execute(decided.values(**values).returning(ReviewItem.id)).first()
    except IntegrityError as error:
        raise Conflict(say("It was reported again meanwhile. Decide about it in that case.")) from error
    if changed:
        record("reopen-report", actor=actor, target=_subject(item), board=_board_of(item))
        notifications.forget((Notification.kind == ANSWERED) & Notification.is_about(_subject(item)))
        forget_count()
        if item.post is not None and was_upheld:
            spam.forget(item.post)
    session.refresh(item, [*values, "first_decided_at"])


def assign(actor: Member, item: ReviewItem, assignee: Member | None, *, seen: int | None = None) -> None:
    """Say who works on an open case, or with None that nobody does.

    `seen` is the id of who did when the actor looked, 0 for nobody. Raises Conflict if that has changed, Invalid if the
    assignee may not decide the case.
    """
    permissions.require(reviews.may_review(actor, item))
    if assignee is not None and not reviews.may_review(assignee, item):
        raise Invalid({"assignee": [say("This member may not decide this case.")]})
    session.refresh(item, ["assignee_id", "decided_at"], with_for_update=True)
    permissions.require(YES if item.decided_at is None else reviews.ALREADY_DECIDED)
    if seen is not None and seen != (item.assignee_id or 0) and item.assignee_id != (assignee and assignee.id):
        raise Conflict(say("Somebody else has taken this case, or passed it on."))
    item.assignee_id = assignee.id if assignee else None
    if assignee is not None:
        _note_response(item)
    session.flush()
    session.expire(item, ["assignee"])


def add_note(actor: Member, item: ReviewItem, text: str) -> ReviewNote:
    """Write a note for other moderators."""
    permissions.require(reviews.may_review(actor, item))
    clean = _checked(text, "note", MAX_NOTE)
    if not visible_length(clean):
        raise Invalid({"note": [say("Write something first.")]})
    note = ReviewNote(item_id=item.id, member_id=actor.id, created_at=clock.now(), text=clean)
    session.add(note)
    _note_response(item)
    session.flush()
    return note


def _note_response(item: ReviewItem) -> None:
    item.responded_at = item.responded_at or clock.now()


def _checked(text: str, field: str, most: int) -> str:
    clean = body_text(text)
    if len(clean) > most:
        raise Invalid({field: [say("Use at most %(num)d characters.", num=most)]})
    return clean


def _board_of(item: ReviewItem) -> int | None:
    return item.post.thread.board_id if item.post is not None else None
