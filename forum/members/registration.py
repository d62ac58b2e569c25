"""Create accounts: by registration, by the operator, or with the first admin's setup link."""

from urllib.parse import urlencode

from sqlalchemy.exc import IntegrityError

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Invalid, NotFound
from forum.infra.password import hash_password
from forum.members import account_mail, names, queries
from forum.members.credentials import login_limits, mail_tokens, passwords
from forum.members.rules import CONFIRM_HOURS, SETUP_HOURS, clean_name, email_key, username_key
from forum.models import Member, Purpose, Role


def register(*, username: str, email: str, password: str, home: str, back: str = "") -> Member:
    """Register an account; with mail set up it waits for confirmation (queries.is_waiting). Raises Invalid or TooSoon.

    With mail, an e-mail address that already has an account gets the same response as any other: its owner is told by
    mail, and the new account can never be confirmed. Without mail the form must reveal that the address is taken; the
    limit of three accounts a day from one IP address bounds what can be learned.
    `back` is the page of this forum that the confirmation link leads back to.
    """
    name, address = _check(username, email, password)
    login_limits.spend_registration()
    is_open = not account_mail.mail_is_set_up()
    if is_open and names.member_of_email(address):
        raise Invalid({"email": [names.EMAIL_IS_TAKEN]})
    password_hash = hash_password(password)
    start_writing()
    if not is_open:
        return _write_waiting(name, address, password_hash, home=home, back=back)
    member = _write(_new(name, password_hash, address))
    record("register", actor=member, target=f"member:{member.id}")
    return member


def create_by_operator(*, username: str, email: str, password: str, role: Role = Role.MEMBER) -> Member:
    """Create an account as the operator: active at once; staff may have names that claim to be staff."""
    name, address = _check(username, email, password, role=role)
    password_hash = hash_password(password)
    start_writing()
    return _enrol(name, address, password_hash, role)


def issue_setup_secret() -> str | None:
    """Issue the secret of the first admin's setup link and void older ones; None if the forum has an admin."""
    if queries.has_admin():
        return None
    return mail_tokens.issue(Purpose.SETUP, member=None, email="", hours=SETUP_HOURS)


def check_setup_secret(secret: str) -> None:
    """Raise NotFound unless the first admin can be made with this secret."""
    mail_tokens.find(secret, Purpose.SETUP)
    if queries.has_admin():
        raise NotFound


def make_first_admin(secret: str, *, username: str, email: str, password: str) -> Member:
    """Create the first admin with the setup secret; of two concurrent calls only one succeeds."""
    check_setup_secret(secret)
    name, address = _check(username, email, password, role=Role.ADMIN)
    password_hash = hash_password(password)
    start_writing()
    mail_tokens.consume(secret, Purpose.SETUP)
    if queries.has_admin():
        raise NotFound
    return _enrol(name, address, password_hash, Role.ADMIN)


def forget_unconfirmed() -> int:
    """Delete unconfirmed accounts whose link has expired, and return their number; run by a job."""
    live = {row.member_id for row in mail_tokens.valid_tokens(Purpose.VERIFY)}
    waiting = [member for member in queries.waiting_members() if member.id not in live]
    for member in waiting:
        session.delete(member)
    return len(waiting)


def _check(username: str, email: str, password: str, *, role: Role = Role.MEMBER) -> tuple[str, str]:
    """Validate and normalize name and address. Raises Invalid with the faults of all fields."""
    name, faults, address = clean_name(username), {}, ""
    faults["username"] = names.faults_of_new_name(name, is_staff=role != Role.MEMBER)
    try:
        address = names.clean_email(email)
    except Invalid as error:
        faults |= error.fields
    faults["password"] = passwords.faults_of(password, username=name, email=email, is_staff=role == Role.ADMIN)
    if any(faults.values()):
        raise Invalid({field: words for field, words in faults.items() if words})
    return name, address


def _new(name: str, password_hash: str, email: str | None, role: Role = Role.MEMBER) -> Member:
    now = clock.now()
    return Member(
        username=name,
        username_key=username_key(name),
        email=email,
        email_key=email_key(email) if email else None,
        password_hash=password_hash,
        role=role,
        joined_at=now,
        read_all_at=now,  # older posts count as read
    )


def _write(member: Member) -> Member:
    """Insert a member. Raises Invalid at the field if the name or address was taken meanwhile."""
    name, email = member.username, member.email
    try:
        with session.begin_nested():
            session.add(member)
    except IntegrityError as error:
        if names.is_taken(name):
            raise Invalid({"username": [names.NAME_IS_TAKEN]}) from error
        if email and names.member_of_email(email):
            raise Invalid({"email": [names.EMAIL_IS_TAKEN]}) from error
        raise
    if names.holder_of_old_name(name) is not None:  # its member was renamed meanwhile
        raise Invalid({"username": [names.NAME_IS_TAKEN]})
    return member


def _enrol(name: str, address: str, password_hash: str, role: Role) -> Member:
    owner = names.member_of_email(address)
    if owner is not None and queries.is_waiting(owner):
        names.take_email_from(owner)
    member = _write(_new(name, password_hash, address, role))
    record("enrol", target=f"member:{member.id}", role=str(role))
    return member


def _write_waiting(name: str, address: str, password_hash: str, *, home: str, back: str) -> Member:
    owner = names.member_of_email(address)
    if owner is not None and queries.is_waiting(owner):
        names.take_email_from(owner)  # the address goes to the person who confirms it, not to the first to enter it
        owner = None
    member = _new(name, password_hash, None if owner else address)
    member.joined_at = None
    _write(member)
    secret = mail_tokens.issue(Purpose.VERIFY, member=member, email=address, hours=CONFIRM_HOURS)
    if owner is None:
        account_mail.ask_to_confirm(address, username=name, link=_link(home, secret, back))
    else:
        account_mail.tell_of_registration(address, link=f"{home}/reset")
    record("register", actor=member, target=f"member:{member.id}")
    return member


def _link(home: str, secret: str, back: str) -> str:
    return f"{home}/verify/{secret}" + (f"?{urlencode({'next': back}, safe='/')}" if back else "")


def resend_confirmation(member: Member, home: str, back: str = "") -> bool:
    """Send the confirmation again, five times a day at most; return False if over the limit.

    True does not say that mail was sent: an account without an address gets none.
    """
    if not login_limits.take_mail_quota(member):
        return False
    secret = mail_tokens.issue(Purpose.VERIFY, member=member, email=member.email or "", hours=CONFIRM_HOURS)
    if member.email:
        account_mail.ask_to_confirm(member.email, username=member.username, link=_link(home, secret, back))
    return True
