"""Invitations: create, list, revoke and use them."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from datetime import timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import Message, say
from forum.members import account_mail, names
from forum.members.credentials import login_limits
from forum.models import Invitation, InvitationState, Member, RegistrationMode, Right
from forum.models.members.invitation import is_open
from forum.models.members.member import with_member_name
from forum.site.queries import snapshot
from forum.verdicts import Verdict

LIFETIME = timedelta(days=30)
KEPT_UNUSED = timedelta(days=30)  # after an invitation has expired or was revoked
MAX_PAGES = 50
NONCE_BYTES, MARK_BYTES = 12, 12
NONCE_LENGTH = 16  # characters of an encoded nonce
NO_LONGER_VALID = say("This invitation no longer works: it was used or revoked, or has expired.")


def code_of(invitation: Invitation) -> str:
    """The code in an invitation's link."""
    return invitation.nonce + _mark(invitation.nonce)


def path_of(invitation: Invitation) -> str:
    """The path of an invitation's link."""
    return f"/register?invitation={code_of(invitation)}"


def path_for_inviter(invitation: Invitation) -> str:
    """The path of the link that its inviter may pass on; empty if it no longer works.

    Also empty if it was mailed: who registers with a mailed link and that address is known to own the mailbox.
    """
    is_shown = invitation.state == InvitationState.OPEN and not invitation.email
    return path_of(invitation) if is_shown else ""


def _mark(nonce: str) -> str:
    key = current_settings().secret_key.encode()[:64]
    keyed = hashlib.blake2b(nonce.encode(), digest_size=MARK_BYTES, key=key, person=b"forum invite")
    return urlsafe_b64encode(keyed.digest()).decode()


def may_invite(actor: Member | None) -> Verdict:
    """Whether the actor may create invitations: they need the right, and registration must not be closed."""
    if actor is None or not permissions.has_right(actor, Right.INVITE):
        return Verdict(Forbidden(say("You cannot invite anybody.")))
    if snapshot().registration == RegistrationMode.CLOSED:
        return Verdict(Forbidden(say("Registration is closed, so nobody can be invited.")))
    if not has_no_limit(actor) and not snapshot().invitations_per_member:
        return Verdict(Forbidden(say("Only staff can invite.")))
    return permissions.may_use_right(actor, Right.INVITE)


def has_no_limit(member: Member) -> bool:
    """Whether a member may have any number of open invitations: staff, and those who manage members."""
    return member.is_moderator or permissions.has_right(member, Right.MANAGE_MEMBERS)


def invite(actor: Member, *, email: str = "", home: str = "") -> Invitation:
    """Create an invitation; with an e-mail address, its link is mailed there and not shown to the actor.

    Raises Forbidden, Conflict if the actor has too many open ones, Invalid or TooSoon.
    """
    permissions.require(may_invite(actor))
    address = names.clean_email(email) if email.strip() else ""
    if address and not account_mail.mail_is_set_up():
        raise Invalid({"email": [say("This forum does not send e-mail. Leave the field empty, and send the link.")]})
    # so that two at once cannot both be the last one; NO KEY, as others may still refer to the member
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    most = snapshot().invitations_per_member
    if not has_no_limit(actor) and open_count(actor) >= most:
        words = "You have %(num)d open invitations, and cannot have more. Revoke one, or wait until one is used."
        raise Conflict(say(words, num=most))
    if address:
        login_limits.spend_invitation_mail(actor)
    invitation = create(actor, email=address)
    record("create-invitation", actor=actor, target=f"invitation:{invitation.id}")
    if address:
        account_mail.send_invitation(address, inviter=actor.username, link=home + path_of(invitation))
    return invitation


def invite_by_operator(inviter: Member | None, *, email: str = "", home: str = "") -> Invitation:
    """Create an invitation as the operator, in the name of a member or of nobody, whatever the limits. Raises Invalid.

    With an e-mail address, its link is mailed there too if mail is set up.
    """
    address = names.clean_email(email) if email else ""
    is_mailed = bool(address) and account_mail.mail_is_set_up()
    invitation = create(inviter, email=address if is_mailed else "")
    name = inviter.username if inviter else ""
    record("create-invitation", target=f"invitation:{invitation.id}", inviter=name)
    if is_mailed:
        account_mail.send_invitation(address, inviter=name, link=home + path_of(invitation))
    return invitation


def create(inviter: Member | None, *, email: str = "") -> Invitation:
    """Add an invitation, without asking who may; without an inviter it is the operator's."""
    now = clock.now()
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    invitation = Invitation(nonce=nonce, inviter=inviter, email=email, created_at=now, expires_at=now + LIFETIME)
    session.add(invitation)
    session.flush()
    return invitation


def open_count(member: Member) -> int:
    """How many open invitations a member has."""
    rows = select(func.count()).select_from(Invitation).where(Invitation.inviter_id == member.id, is_open())
    return session.scalar(rows) or 0


def invitations_of(member: Member, number: int) -> tuple[list[Invitation], Page]:
    """A page of a member's invitations, newest first, with those who used them. Raises NotFound past the end."""
    ids = select(Invitation.id).where(Invitation.inviter_id == member.id).order_by(Invitation.id.desc())
    page = bounded_count(number, ids, most=MAX_PAGES * Page.size)
    if not 1 <= number <= page.count:
        raise NotFound
    rows = select(Invitation).where(Invitation.id.in_(ids.offset(page.offset).limit(page.size)))
    rows = rows.options(with_member_name(Invitation.used_by)).order_by(Invitation.id.desc())
    return list(session.scalars(rows)), page


def revoke(actor: Member, invitation_id: int) -> None:
    """Revoke one of the actor's own invitations; nothing happens if it was used or revoked before. Raises NotFound."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.inviter_id != actor.id:
        raise NotFound
    if ids := _revoke(Invitation.id == invitation_id):
        change = Change({"open": ids}, {"revoked": ids})
        record("revoke-invitation", actor=actor, target=f"invitation:{invitation_id}", change=change)


def revoke_all(actor: Member | None, member: Member) -> int:
    """Revoke a member's open invitations, by somebody who was authorized; returns their number."""
    if ids := _revoke(Invitation.inviter_id == member.id):
        change = Change({"open": ids}, {"revoked": ids})
        record("revoke-invitations", actor=actor, target=f"member:{member.id}", change=change, number=len(ids))
    return len(ids)


def _revoke(condition: ColumnElement[bool]) -> list[int]:
    statement = update(Invitation).where(condition, is_open()).values(revoked_at=clock.now(), email="")
    return sorted(session.scalars(statement.returning(Invitation.id)))


def revoked_ids(ids: Collection[int]) -> list[int]:
    """Which of some invitations are revoked and would still be open otherwise."""
    is_alive = (Invitation.used_at.is_(None), Invitation.expires_at > clock.now())
    rows = select(Invitation.id).where(Invitation.id.in_(ids), Invitation.revoked_at.is_not(None), *is_alive)
    return sorted(session.scalars(rows))


def restore(actor: Member, ids: Collection[int], *, target: str) -> None:
    """Open revoked invitations again: the actor's own, or anybody's if the actor manages members."""
    rows = session.scalars(select(Invitation).where(Invitation.id.in_(ids)).with_for_update()).all()
    is_own = all(row.inviter_id == actor.id for row in rows)
    permissions.require(may_invite(actor) if is_own else permissions.may_use_right(actor, Right.MANAGE_MEMBERS))
    for row in rows:
        row.revoked_at = None
    session.flush()
    most = snapshot().invitations_per_member
    if not has_no_limit(actor) and open_count(actor) > most:
        raise Conflict(say("You cannot have more than %(num)d open invitations.", num=most))
    change = Change({"revoked": list(ids)}, {"open": list(ids)})
    record("restore-invitations", actor=actor, target=target, change=change, number=len(ids))


# --- using them -------------------------------------------------------------------------------------


def find(code: str) -> Invitation | None:
    """The open invitation with a code, with its inviter; None if it is unknown, or its inviter banned or gone.

    A code that is not ours is recognised by its MAC, without a query.
    """
    typed = code.strip().rpartition("invitation=")[2]  # somebody may paste the whole link
    nonce, mark = typed[:NONCE_LENGTH], typed[NONCE_LENGTH:]
    if not typed.isascii() or not hmac.compare_digest(mark, _mark(nonce)):
        return None
    rows = select(Invitation).where(Invitation.nonce == nonce, is_open()).options(joinedload(Invitation.inviter))
    invitation = session.scalars(rows).one_or_none()
    inviter = invitation.inviter if invitation else None
    return None if inviter is not None and (inviter.is_banned or inviter.closed_at is not None) else invitation


def faults_of(code: str) -> list[Message]:
    """What is wrong with the code that somebody registers with; a code is needed only if the forum asks for one."""
    if code.strip():
        return [] if find(code) else [NO_LONGER_VALID]
    if snapshot().registration == RegistrationMode.INVITATION:
        return [say("Enter the code of your invitation.")]
    return []


def take(code: str) -> Invitation | None:
    """Take the invitation with a code for one account, None without a code; of two at once only one gets it.

    Raises Invalid. It is free again if the transaction fails.
    """
    invitation = find(code) if code.strip() else None
    if invitation is None:
        if faults := faults_of(code):
            raise Invalid({"invitation": faults})
        return None
    taken = update(Invitation).where(Invitation.id == invitation.id, is_open()).values(used_at=clock.now())
    taken = taken.execution_options(synchronize_session=False)
    if cast("CursorResult[object]", session.execute(taken)).rowcount != 1:
        raise Invalid({"invitation": [NO_LONGER_VALID]})
    return invitation


def note_use(invitation: Invitation, member: Member) -> None:
    """Note who has used an invitation; the address that it was mailed to is no longer needed."""
    values = {"used_by_id": member.id, "email": ""}
    session.execute(update(Invitation).where(Invitation.id == invitation.id).values(values))


def give_back(members: list[Member]) -> None:
    """Open the invitations again that were used by accounts which were never confirmed and are deleted now."""
    used = update(Invitation).where(Invitation.used_by_id.in_([member.id for member in members]))
    session.execute(used.values(used_at=None, used_by_id=None))


def forget_unused() -> int:
    """Delete invitations some time after they have expired or were revoked; returns their number. Run by a job."""
    before = clock.now() - KEPT_UNUSED
    is_over = or_(Invitation.expires_at < before, Invitation.revoked_at < before)
    statement = delete(Invitation).where(Invitation.used_at.is_(None), is_over)
    return cast("CursorResult[object]", session.execute(statement)).rowcount
