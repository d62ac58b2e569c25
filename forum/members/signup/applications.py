"""Registration by approval: accounts that wait until a moderator approves them, and what they write meanwhile.

Such an account can log in and reads what guests read. It is no member yet: it has not joined, and no list shows it.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, exists, select, update

from forum.audit_log import forget_targets, record
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, MessageText, NotFound
from forum.infra.text.messages import body_text, say, visible_length
from forum.models import Application, Invitation, Member, RegistrationMode, ReviewItem, ReviewKind
from forum.models.signup.application import MAX_APPLICATION
from forum.notifications import staff
from forum.site.queries import snapshot

RETENTION = timedelta(days=14)  # for which a rejected account can still be approved
NOT_WAITING = say("This is decided already.")


def apply(member: Member, answer: str) -> None:
    """Keep what a new account answers to the question of the form; if it needs no confirmation, it waits from now on.

    Nothing happens while accounts need no approval, or for those with an invitation.
    """
    if must_be_approved(member):
        session.add(Application(member_id=member.id, answer=body_text(answer).strip()))
        session.flush()
        if member.joined_at is not None:
            await_approval(member)


def activate(member: Member) -> None:
    """Let an account join whose e-mail address was confirmed, or wait for a moderator's approval."""
    if member.joined_at is not None or member.awaits_approval_at is not None:
        return
    if must_be_approved(member):
        await_approval(member)
    else:
        member.joined_at = member.read_all_at = clock.now()


def faults_of(answer: str) -> list[MessageText]:
    """The faults of an answer to the question why somebody wants to join."""
    site = snapshot()
    if site.registration != RegistrationMode.APPROVAL:
        return []
    if site.application_question and not visible_length(answer):
        return [say("Answer the question.")]
    is_too_long = len(body_text(answer).strip()) > MAX_APPLICATION
    return [say("Use at most %(num)d characters.", num=MAX_APPLICATION)] if is_too_long else []


def must_be_approved(member: Member) -> bool:
    """Whether a moderator has to approve an account once it is confirmed; an invitation takes the place of that."""
    if snapshot().registration != RegistrationMode.APPROVAL:
        return False
    return not session.scalar(select(exists().where(Invitation.used_by_id == member.id)))


def await_approval(member: Member, why: Collection[str] = ()) -> None:
    """Let an account wait for a moderator; `why` are the signs that the queue shows."""
    now = clock.now()
    member.joined_at, member.awaits_approval_at = None, now
    session.flush()
    session.execute(insert_into(Application).values(**_blank(member)).on_conflict_do_nothing())
    values = {"kind": ReviewKind.MEMBER.value, "member_id": member.id, "opened_at": now, "held_for": "\n".join(why)}
    session.execute(insert_into(ReviewItem).values(**values).on_conflict_do_nothing())
    staff.tell_staff(staff.QUEUE, board_id=None, about=member.id)


def _blank(member: Member) -> dict[str, object]:
    return {"member_id": member.id, "answer": "", "question": "", "reply": "", "reason": ""}


def find_own(member: Member) -> Application:
    """The application of somebody who waits. Raises NotFound for all others."""
    row = session.get(Application, member.id) if member.awaits_approval_at is not None else None
    if row is None:
        raise NotFound
    return row


def reply(member: Member, text: str) -> None:
    """Answer what a moderator has asked, or say more. Raises Invalid, or Conflict if it is decided already."""
    row, clean = find_own(member), body_text(text).strip()
    if not visible_length(clean):
        raise Invalid({"reply": [say("Write something first.")]})
    if len(clean) > MAX_APPLICATION:
        raise Invalid({"reply": [say("Use at most %(num)d characters.", num=MAX_APPLICATION)]})
    waits = (Application.member_id == member.id, Application.rejected_at.is_(None))
    changed = update(Application).where(*waits).values(reply=clean, replied_at=clock.now())
    if session.scalar(changed.returning(Application.member_id)) is None:
        raise Conflict(NOT_WAITING)
    session.refresh(row)
    record("reply-to-moderators", actor=member, target=f"member:{member.id}")


def require_not_rejected(member: Member) -> None:
    """Raise Forbidden, with the reason, for an account that was not approved."""
    row = session.get(Application, member.id) if member.awaits_approval_at is not None else None
    if row is None or row.rejected_at is None:
        return
    if row.reason:
        raise Forbidden(say("Your registration was not approved. Reason: %(reason)s", reason=row.reason))
    raise Forbidden(say("Your registration was not approved."))


def forget_rejected() -> int:
    """Delete the accounts that were rejected long ago, and return their number; run by a job."""
    before = clock.now() - RETENTION
    ids = select(Application.member_id).where(Application.rejected_at < before)
    gone = session.scalars(select(Member).where(Member.id.in_(ids), Member.awaits_approval_at.is_not(None))).all()
    forget_targets(f"member:{member.id}" for member in gone)
    for member in gone:
        session.delete(member)
    return len(gone)


def settle_account(member: Member) -> None:
    """Close the case of an account that is being closed, and delete what it wrote to be let in."""
    theirs = (ReviewItem.member_id == member.id, ReviewItem.kind == ReviewKind.MEMBER.value)
    closed = update(ReviewItem).where(*theirs, ReviewItem.decided_at.is_(None))
    session.execute(
        closed.values(decided_at=clock.now(), decision="closed"), execution_options={"synchronize_session": False}
    )
    session.execute(delete(Application).where(Application.member_id == member.id))
    member.awaits_approval_at = None


def open_missing_cases() -> None:
    """Let those wait in the queue whom no case is about, as after an import."""
    is_open = (ReviewItem.kind == ReviewKind.MEMBER.value, ReviewItem.decided_at.is_(None))
    has_case = exists().where(ReviewItem.member_id == Member.id, *is_open)
    rejected = exists().where(Application.member_id == Member.id, Application.rejected_at.is_not(None))
    rows = select(Member.id, Member.awaits_approval_at).where(Member.awaits_approval_at.is_not(None))
    for row in session.execute(rows.where(~has_case, ~rejected)).all():
        values = {"kind": ReviewKind.MEMBER.value, "member_id": row.id, "opened_at": row.awaits_approval_at}
        session.execute(insert_into(ReviewItem).values(**values))
