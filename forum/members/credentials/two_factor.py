"""Two-factor authentication: after the password, a code of an authenticator app or a recovery code."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, delete, select, update

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import say
from forum.members import account_mail
from forum.members.credentials import login_limits, pending_logins, recovery_codes, totp
from forum.models import Member, TwoFactor

SETUP_LIFETIME = timedelta(minutes=30)
WRONG_CODE = say("This code is wrong or was used before. Enter the code that the app shows now, or a recovery code.")
WRONG_FIRST_CODE = say("This code is wrong. Check that the clock of your phone is right, then enter its current code.")
NOT_BEGUN = say("This set-up is over. Begin again.")
NOT_IN_USE = say("Two-factor authentication is off.")


def pending_secret(member: Member) -> str:
    """The secret of a set-up that waits for the first code; empty if there is none."""
    if member.two_factor_at is not None:
        return ""
    begun = select(TwoFactor.secret).where(TwoFactor.member_id == member.id)
    return session.scalar(begun.where(TwoFactor.created_at > clock.now() - SETUP_LIFETIME)) or ""


def begin(member: Member) -> None:
    """Begin to set it up; a set-up that has begun, in another tab for example, keeps its secret."""
    if member.two_factor_at is None:
        over = TwoFactor.created_at <= clock.now() - SETUP_LIFETIME
        session.execute(delete(TwoFactor).where(TwoFactor.member_id == member.id, over))
    values = {"member_id": member.id, "secret": totp.new_secret(), "last_step": 0, "created_at": clock.now()}
    session.execute(insert_into(TwoFactor).values(values).on_conflict_do_nothing())


def turn_on(member: Member, typed: str, *, home: str) -> list[str]:
    """Turn it on after the first code of the app, and return recovery codes. Raises Invalid, Conflict or TooSoon.

    If it is on already, as after a double click, the recovery codes are replaced: nobody has seen the earlier ones.
    """
    login_limits.spend_code(member)
    start_writing()
    row = _locked(member)
    if row is None or (member.two_factor_at is None and row.created_at <= clock.now() - SETUP_LIFETIME):
        raise Conflict(NOT_BEGUN)
    step = totp.matching_step(row.secret, digits_of(typed))
    if step is None:
        raise Invalid({"code": [WRONG_FIRST_CODE]})
    login_limits.forgive_code(member)
    row.last_step = max(row.last_step, step)
    if member.two_factor_at is None:
        member.two_factor_at = clock.now()
        record("turn-on-two-factor", actor=member, target=f"member:{member.id}")
        if member.email:
            link = f"{home}/account/two-factor"
            account_mail.tell_that_two_factor_is_on(member.email, username=member.username, link=link)
    return recovery_codes.renew(member)


def renew_recovery_codes(member: Member) -> list[str]:
    """Replace the recovery codes, and return the new ones. Raises Conflict if it is off."""
    if _locked(member) is None or member.two_factor_at is None:
        raise Conflict(NOT_IN_USE)
    record("make-recovery-codes", actor=member, target=f"member:{member.id}")
    return recovery_codes.renew(member)


def turn_off(member: Member, *, by: Member | None, home: str) -> bool:
    """Turn it off, or end its set-up; returns whether it was on. `by` is None for the operator."""
    row, was_on = _locked(member), member.two_factor_at is not None
    if row is not None:
        session.delete(row)
    recovery_codes.void(member)
    pending_logins.void(member)
    member.two_factor_at = None
    if was_on:
        record("turn-off-two-factor", actor=by, target=f"member:{member.id}")
        if member.email:
            link = f"{home}/reset"
            account_mail.tell_that_two_factor_is_off(member.email, username=member.username, link=link)
    session.flush()
    return was_on


def accept_code(member: Member, typed: str) -> None:
    """Use up a code of the app, or a recovery code; leaves a write transaction open. Raises Invalid or TooSoon."""
    login_limits.spend_code(member)
    digits, target = digits_of(typed), f"member:{member.id}"
    start_writing()
    is_recovery_code = len(digits) == recovery_codes.DIGITS
    if not (recovery_codes.consume(member, digits) if is_recovery_code else _use_step(member, digits)):
        with transaction():
            record("code-refused", target=target)
        raise Invalid({"code": [WRONG_CODE]})
    login_limits.forgive_code(member)
    if is_recovery_code:
        record("use-recovery-code", actor=member, target=target)


def digits_of(typed: str) -> str:
    """The digits of a code as typed: with spaces and hyphens, or in another script."""
    return "".join(str(int(letter)) for letter in typed if letter.isdecimal())


def _use_step(member: Member, code: str) -> bool:
    """Whether a code is right and newer than the last one; of two requests with the same code, one succeeds."""
    secret = session.scalar(select(TwoFactor.secret).where(TwoFactor.member_id == member.id))
    step = totp.matching_step(secret, code) if secret else None
    if step is None:
        return False
    statement = update(TwoFactor).where(TwoFactor.member_id == member.id, TwoFactor.last_step < step)
    return cast("CursorResult[object]", session.execute(statement.values(last_step=step))).rowcount == 1


def _locked(member: Member) -> TwoFactor | None:
    """The member's row, locked until the transaction ends, so that changes follow one another."""
    return session.get(TwoFactor, member.id, with_for_update=True, populate_existing=True)
