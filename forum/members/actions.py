"""Account actions: log in, change credentials and profile, end logins.

Actions that compute a password hash do so before taking any lock, and call start_writing() before their first write:
their views are marked `defers_write_lock`. `home` is the forum's base URL, for links in e-mails.
"""

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Forbidden, Invalid, NotLoggedIn
from forum.infra.password import hash_password, is_readable, needs_rehash, verify, verify_dummy
from forum.infra.text.messages import body_text, one_line, say, say_many
from forum.members import account_mail, queries
from forum.members.credentials import (
    api_tokens,
    banned_access,
    closed_accounts,
    login_limits,
    mail_tokens,
    passwords,
    pending_logins,
    sessions,
    two_factor,
)
from forum.members.rules import MAX_ABOUT, MAX_CARD_LINE, RESET_HOURS
from forum.members.sanctions import Banned, ban_of
from forum.members.signup import applications, registration
from forum.models import EmailStop, Member, MemberSession, PendingLogin, Purpose

WRONG_LOGIN = say("The name or the password is wrong.")
UNREADABLE_HASH = say("Your password was not carried over from the old forum. Reset it to log in.")
WRONG_CURRENT = say("This is not your password.")
LOGIN_OVER = say("This login has expired. Enter your password again.")

CONFIRMATION_RESENT = say(
    "Your e-mail address is not confirmed yet. We have sent you another e-mail: open the link in it, then log in. "
    "If you cannot find it, look in your spam folder."
)
CONFIRMATION_PENDING = say(
    "Your e-mail address is not confirmed yet. Open the link in the e-mail that we sent you, then log in. "
    "If you cannot find it, look in your spam folder."
)


def authenticate(login: str, password: str, *, home: str, back: str = "", keep: bool = False) -> Member:
    """The member with this name or e-mail and password; leaves a write transaction open.

    An unknown name takes the same time and gives the same message as a wrong password. An outdated hash is replaced.
    With two-factor authentication, authenticate_by_code() has to follow. With `keep`, a closed account is opened again.
    Raises Invalid, Forbidden (banned, unconfirmed or closed) or TooSoon.
    """
    member = queries.member_by_login(login)
    login_limits.spend_login(login, member)
    stored = member.password_hash if member else None
    if member is None or stored is None or not verify(stored, password):
        _refuse_login(member, password)
        words = WRONG_LOGIN if stored is None or is_readable(stored) else UNREADABLE_HASH
        raise Invalid({"password": [words]}, words)
    login_limits.forgive_login(member)
    _refuse_inactive(member, home, back)
    closed_accounts.require_open(member, keep=keep)
    fresh = hash_password(password) if needs_rehash(stored) else stored
    start_writing()
    if member.password_hash != stored:  # changed while it was being compared
        raise Invalid({"password": [WRONG_LOGIN]}, WRONG_LOGIN)
    member.password_hash = fresh
    if member.two_factor_at is None:
        _record_login(member, keep=keep)
    else:
        record("login-password", target=f"member:{member.id}")
    return member


def authenticate_by_code(pending: PendingLogin, code: str) -> Member:
    """The member of a login whose password was right, after the right code; leaves a write transaction open.

    Raises Invalid, TooSoon, or NotLoggedIn if the login has ended meanwhile.
    """
    member = pending.member
    two_factor.accept_code(member, code)
    if not pending_logins.consume(pending):
        raise NotLoggedIn(LOGIN_OVER)
    _record_login(member, keep=pending.keeps_account)
    return member


def _record_login(member: Member, *, keep: bool) -> None:
    if member.closed_at is not None:
        closed_accounts.require_open(member, keep=keep)
        closed_accounts.reopen(member, member)
    record("login", actor=member, target=f"member:{member.id}")


def _refuse_login(member: Member | None, password: str) -> None:
    """Record a failed login in a transaction of its own, and take as long as a password check."""
    if member is None or member.password_hash is None:
        verify_dummy(password)
    target = f"member:{member.id}" if member else ""
    with transaction():
        record("login-failed", target=target)


def _refuse_inactive(member: Member, home: str, back: str) -> None:
    if (ban := ban_of(member)) is not None:
        with transaction():
            refusal = Banned(ban, banned_access.open_for(member))
            record("login-failed", target=f"member:{member.id}", why="banned")
        raise refusal
    applications.require_not_rejected(member)
    if queries.is_waiting(member):
        with transaction():
            is_sent = registration.resend_confirmation(member, home, back)
        raise Forbidden(CONFIRMATION_RESENT if is_sent else CONFIRMATION_PENDING)


def confirm_password(actor: Member, password: str, *, field: str = "password") -> None:
    """Require the actor's password again. Raises Invalid at `field`, or TooSoon."""
    login_limits.spend_confirmation(actor)
    stored, target = actor.password_hash, f"member:{actor.id}"
    if stored is None or not verify(stored, password):
        with transaction():
            record("password-refused", actor=actor, target=target)
        raise Invalid({field: [WRONG_CURRENT]})
    login_limits.forgive_confirmation(actor)


def change_password(
    actor: Member,
    *,
    current: str,
    new: str,
    home: str,
    here: MemberSession | None = None,
    end_tokens: bool = False,
) -> None:
    """Change the actor's password; ends all logins but `here`, and revokes the API tokens with `end_tokens`."""
    confirm_password(actor, current, field="current_password")
    password_hash = passwords.hash_new(
        new, username=actor.username, email=actor.email or "", is_staff=actor.is_admin, field="new_password"
    )
    start_writing()
    record("change-password", actor=actor, target=f"member:{actor.id}")
    _replace_password(actor, password_hash, home=home, here=here, end_tokens=end_tokens)


def request_reset(login: str, *, home: str) -> None:
    """Mail a password reset link to the account with this name or e-mail, without revealing whether it exists."""
    login_limits.spend_reset(login)
    member = queries.member_by_login(login)
    is_to_get_it = member is not None and bool(member.email) and login_limits.take_reset_quota(member)
    start_writing()
    record("ask-reset", target=f"member:{member.id}" if member else "")
    if member is None or not member.email or not is_to_get_it:
        return
    secret = mail_tokens.issue(Purpose.RESET, member=member, email=member.email, hours=RESET_HOURS)
    account_mail.send_reset(member.email, username=member.username, link=f"{home}/reset/{secret}")


def reset_password(secret: str, *, new: str, home: str, end_tokens: bool = False) -> Member:
    """Reset the password of a mailed secret's owner; ends all logins and voids all secrets.

    Raises NotFound for an invalid secret, Invalid for a weak password.
    """
    owner = mail_tokens.owner_of(secret, Purpose.RESET)
    password_hash = passwords.hash_new(
        new, username=owner.username, email=owner.email or "", is_staff=owner.is_admin, field="new_password"
    )
    start_writing()
    mail_tokens.consume(secret, Purpose.RESET)
    owner.email_verified_at = owner.email_verified_at or clock.now()
    if owner.email_stop_reason != EmailStop.COMPLAINT:  # the link has come
        account_mail.use_address_again(owner)
    applications.activate(owner)
    record("reset-password", actor=owner, target=f"member:{owner.id}")
    _replace_password(owner, password_hash, home=home, here=None, end_tokens=end_tokens)
    login_limits.forgive_member(owner)
    return owner


def set_password(member: Member, *, new: str, home: str, end_tokens: bool = False) -> None:
    """Set a member's password as the operator: ends all logins, and activates an unconfirmed account."""
    password_hash = passwords.hash_new(
        new, username=member.username, email=member.email or "", is_staff=member.is_admin
    )
    start_writing()
    if member.awaits_approval_at is None:
        member.joined_at = member.joined_at or clock.now()
        member.read_all_at = member.read_all_at or member.joined_at
    record("set-password", target=f"member:{member.id}")
    _replace_password(member, password_hash, home=home, here=None, end_tokens=end_tokens)
    login_limits.forgive_member(member)


def _replace_password(
    member: Member, password_hash: str, *, home: str, here: MemberSession | None, end_tokens: bool
) -> None:
    member.password_hash = password_hash
    sessions.end_all(member, but=here)
    mail_tokens.void(member)
    if end_tokens:
        api_tokens.revoke_all(member)
    if member.email:
        account_mail.tell_of_new_password(member.email, username=member.username, link=f"{home}/reset")
    session.flush()


def change_card(actor: Member, *, country: str, location: str, about: str, is_hidden: bool) -> None:
    """Change the actor's public profile. Raises Invalid, or TermsNotAccepted if they have to accept the terms first."""
    permissions.require(permissions.may_write(actor))
    card = {"country": one_line(country), "location": one_line(location), "about": body_text(about)}
    limits = {"country": MAX_CARD_LINE, "location": MAX_CARD_LINE, "about": MAX_ABOUT}
    wrong = {
        name: [say_many("Use at most %(num)d character.", "Use at most %(num)d characters.", limits[name])]
        for name, text in card.items()
        if len(text) > limits[name]
    }
    if wrong:
        raise Invalid(wrong)
    for name, text in card.items():
        setattr(actor, name, text)
    actor.is_hidden = is_hidden
    session.flush()


def end_session(actor: Member, session_id: int) -> None:
    """End one of the actor's own logins. Raises NotFound."""
    row = sessions.find_own(actor, session_id)
    sessions.end(row)
    record("end-session", actor=actor, target=f"session:{session_id}")


def end_all_sessions(actor: Member) -> int:
    """End all of the actor's logins, including the current one; return their number."""
    count = sessions.end_all(actor)
    record("end-all-sessions", actor=actor, target=f"member:{actor.id}", count=count)
    return count


def end_other_sessions(actor: Member, *, here: MemberSession) -> int:
    """End all of the actor's logins except the current one; return their number."""
    count = sessions.end_all(actor, but=here)
    record("end-other-sessions", actor=actor, target=f"member:{actor.id}", count=count)
    return count
