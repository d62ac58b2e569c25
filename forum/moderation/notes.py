"""Notes of moderators on a member; the member never sees them."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.infra.text.messages import body_text, say, visible_length
from forum.models import Member, StaffNote
from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from forum.moderation import reviews
from forum.verdicts import HIDDEN, YES, Verdict

MAX_SHOWN = 100


def may_read_about(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may read and write notes on a member: moderators, but not about themselves."""
    verdict = reviews.may_review_some(actor)
    return HIDDEN if verdict and actor is not None and actor.id == member.id else verdict


def may_change(actor: Member, note: StaffNote) -> Verdict:
    """Whether the actor may change a note: who wrote it."""
    return YES if note.author_id == actor.id else Verdict(Forbidden(say("You can only change your own notes.")))


def may_delete(actor: Member, note: StaffNote) -> Verdict:
    """Whether the actor may delete a note: who wrote it, and admins."""
    is_own = note.author_id == actor.id
    return YES if is_own or permissions.may_administer(actor) else may_change(actor, note)


def notes_on(actor: Member, member: Member) -> list[StaffNote]:
    """The notes on a member, newest first."""
    permissions.require(may_read_about(actor, member))
    theirs = select(StaffNote).where(StaffNote.member_id == member.id).options(joinedload(StaffNote.author))
    return list(session.scalars(theirs.order_by(StaffNote.id.desc()).limit(MAX_SHOWN)))


def find_note(actor: Member, member: Member, note_id: int) -> StaffNote:
    """A note on a member. Raises NotFound."""
    permissions.require(may_read_about(actor, member))
    wanted = select(StaffNote).where(StaffNote.id == note_id, StaffNote.member_id == member.id)
    note = session.scalars(wanted.options(joinedload(StaffNote.author))).one_or_none()
    if note is None:
        raise NotFound
    return note


def add(actor: Member, member: Member, text: str) -> StaffNote:
    """Write a note on a member. Raises Invalid at field `note`."""
    permissions.require(may_read_about(actor, member))
    note = StaffNote(member_id=member.id, author_id=actor.id, created_at=clock.now(), text=_checked(text))
    session.add(note)
    session.flush()
    return note


def change(actor: Member, note: StaffNote, text: str) -> None:
    """Change a note. Raises Invalid at field `note`."""
    permissions.require(may_change(actor, note))
    clean = _checked(text)
    if clean != note.text:
        note.text, note.edited_at = clean, clock.now()
        session.flush()


def delete(actor: Member, note: StaffNote) -> None:
    """Delete a note; the log says that it was deleted, not what it said."""
    permissions.require(may_delete(actor, note))
    record("delete-note", actor=actor, target=f"member:{note.member_id}")
    session.delete(note)
    session.flush()


def _checked(text: str) -> str:
    clean = body_text(text)
    if not visible_length(clean):
        raise Invalid({"note": [say("Write something first.")]})
    if len(clean) > MAX_STAFF_NOTE:
        raise Invalid({"note": [say("Use at most %(num)d characters.", num=MAX_STAFF_NOTE)]})
    return clean
