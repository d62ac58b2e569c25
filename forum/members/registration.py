"""How accounts come to be: by registering, by the operator's word, by the first admin's link."""

from urllib.parse import urlencode

from sqlalchemy.exc import IntegrityError

from forum.audit_log import record
from forum.infra import clock
from forum.infra.db import session, start_writing
from forum.infra.errors import Invalid, NotFound
from forum.infra.password import hash_password
from forum.members import account_mail, login_limits, mail_tokens, names, passwords, queries
from forum.members.rules import CONFIRM_HOURS, SETUP_HOURS, clean_name, email_key, username_key
from forum.models import Member, Purpose, Role


def register(*, username: str, email: str, password: str, home: str, back: str = "") -> Member:
    """Make an account; where mail is set up it waits for its letter to be answered (queries.is_waiting).

    Where mail is set up, an e-mail address that has an account is answered like any other: its owner
    gets a letter, and the new name an account that never opens. Without mail there is no other way
    than to say it; three accounts a day from one address bound what can be learned so.
    `back` is the page of ours that the link in the letter leads back to.
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
    """Make an account by the operator's word: open at once, and staff may have the names of staff."""
    name, address = _check(username, email, password, role=role)
    password_hash = hash_password(password)
    start_writing()
    return _enrol(name, address, password_hash, role)


def issue_setup_secret() -> str | None:
    """The secret of the first admin's link, older ones void; None when the forum has an admin."""
    if queries.has_admin():
        return None
    return mail_tokens.issue(Purpose.SETUP, member=None, email="", hours=SETUP_HOURS)


def check_setup_secret(secret: str) -> None:
    """Raise NotFound unless the first admin can be made with this secret."""
    mail_tokens.find(secret, Purpose.SETUP)
    if queries.has_admin():
        raise NotFound


def make_first_admin(secret: str, *, username: str, email: str, password: str) -> Member:
    """Make the first admin with the secret from the console; of two who try at once one succeeds."""
    check_setup_secret(secret)
    name, address = _check(username, email, password, role=Role.ADMIN)
    password_hash = hash_password(password)
    start_writing()
    mail_tokens.consume(secret, Purpose.SETUP)
    if queries.has_admin():
        raise NotFound
    return _enrol(name, address, password_hash, Role.ADMIN)


def forget_unconfirmed() -> int:
    """Delete accounts whose letter was never answered: a job's work."""
    live = {row.member_id for row in mail_tokens.valid_tokens(Purpose.VERIFY)}
    waiting = [member for member in queries.waiting_members() if member.id not in live]
    for member in waiting:
        session.delete(member)
    return len(waiting)


def _check(username: str, email: str, password: str, *, role: Role = Role.MEMBER) -> tuple[str, str]:
    """The name and address as they are stored; raises Invalid with all that is wrong."""
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
        read_all_at=now,  # what was there before is not news
    )


def _write(member: Member) -> Member:
    """Add a member; who was second with a name or an address is told so at the field."""
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
        names.take_email_from(owner)  # who proves the mailbox gets it, not who named it first
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
    """Write the letter once more to somebody who waits for it, five a day: whether it goes out, as far as is told."""
    if not login_limits.take_mail_quota(member):
        return False
    secret = mail_tokens.issue(Purpose.VERIFY, member=member, email=member.email or "", hours=CONFIRM_HOURS)
    if member.email:
        account_mail.ask_to_confirm(member.email, username=member.username, link=_link(home, secret, back))
    return True
