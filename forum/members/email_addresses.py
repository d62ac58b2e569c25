"""Change and confirm the e-mail address of an account."""

from sqlalchemy.exc import IntegrityError

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.ephemeral.rate_limits import hit
from forum.infra.errors import Conflict, Invalid, TooSoon
from forum.infra.text.messages import say
from forum.members import account_mail, names, queries
from forum.members.actions import confirm_password
from forum.members.bans.checks import require_usable_email
from forum.members.credentials import login_limits, mail_tokens
from forum.members.rules import CONFIRM_HOURS, DAY_SECONDS, email_key
from forum.members.signup import applications
from forum.models import MailToken, Member, Purpose


def change_email(actor: Member, *, password: str, email: str, home: str) -> None:
    """Change the actor's address: once the new one is confirmed and the old one notified, or at once without mail.

    Raises Invalid or TooSoon.
    """
    address = names.clean_email(email)
    confirm_password(actor, password)
    require_usable_email(address)
    if not login_limits.take_mail_quota(actor):
        raise TooSoon(
            say("You have changed your address too often today. Try again tomorrow."), retry_after=DAY_SECONDS
        )
    start_writing()
    if account_mail.mail_is_set_up():
        _request_confirmation(actor, address, home)
        return
    _store(actor, address)
    record("change-email", actor=actor, target=f"member:{actor.id}")


def confirm_email(secret: str) -> Member:
    """Confirm the address that a mailed secret belongs to. Raises NotFound for an invalid secret."""
    row = mail_tokens.consume(secret, Purpose.VERIFY, Purpose.CHANGE_EMAIL)
    member = mail_tokens.owner(row)
    if row.purpose == Purpose.VERIFY and member.email_key != email_key(row.email):
        raise mail_tokens.invalid_token()
    if row.purpose == Purpose.CHANGE_EMAIL:
        _apply_change(member, row)
    member.email_verified_at = clock.now()
    account_mail.use_address_again(member)
    applications.activate(member)
    record("confirm-email", actor=member, target=f"member:{member.id}")
    session.flush()
    return member


def try_again(actor: Member) -> None:
    """Mail the actor again although mail to their address has failed. Raises TooSoon after once a day."""
    if actor.email_stopped_at is None:
        return
    if wait := hit(f"mail-again:{actor.id}", limit=1, seconds=DAY_SECONDS):
        raise TooSoon(say("You have tried this address today. Try again tomorrow."), retry_after=wait)
    start_writing()
    account_mail.use_address_again(actor)
    record("use-address-again", actor=actor, target=f"member:{actor.id}")


def _request_confirmation(actor: Member, address: str, home: str) -> None:
    """Mail both addresses; an existing owner of the new one is told, without the actor learning of it."""
    secret = mail_tokens.issue(Purpose.CHANGE_EMAIL, member=actor, email=address, hours=CONFIRM_HOURS)
    owner = names.member_of_email(address)
    if owner is None or owner.id == actor.id or queries.is_waiting(owner):
        account_mail.mail_confirm_new_address(address, username=actor.username, link=f"{home}/verify/{secret}")
    else:
        account_mail.tell_of_registration(address, link=f"{home}/reset")
    if actor.email:
        account_mail.mail_notify_old_address(actor.email, username=actor.username, link=f"{home}/account/password")
    record("ask-email-change", actor=actor, target=f"member:{actor.id}")


def _apply_change(member: Member, row: MailToken) -> None:
    owner = names.member_of_email(row.email)
    if owner is not None and owner.id != member.id and queries.is_waiting(owner):
        names.take_email_from(owner)
    try:
        _store(member, row.email)
    except Invalid as error:
        raise Conflict(names.EMAIL_IS_TAKEN) from error
    mail_tokens.void(member)


def _store(member: Member, address: str) -> None:
    try:
        with session.begin_nested():
            member.email, member.email_key, member.email_verified_at = address, email_key(address), None
            account_mail.use_address_again(member)
    except IntegrityError as error:
        raise Invalid({"email": [names.EMAIL_IS_TAKEN]}) from error
    mail_tokens.void(member)
