"""Create accounts: by registration, by the operator, or with the first admin's setup link."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy.exc import IntegrityError

from forum.audit_log import forget_targets, record
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Forbidden, Invalid, MessageText, NotFound
from forum.infra.password import hash_password
from forum.infra.text.messages import say
from forum.members import account_mail, names, queries
from forum.members.bans.checks import require_may_register, require_usable_email
from forum.members.credentials import login_limits, mail_tokens, passwords
from forum.members.rules import CONFIRM_HOURS, SETUP_HOURS, clean_name, email_key, username_key
from forum.members.signup import applications, invitations, robot_check, signs, terms
from forum.models import Invitation, Member, Purpose, RegistrationMode, Role
from forum.site.queries import follow_database, snapshot

CLOSED = say("Registration is closed.")


@dataclass(frozen=True)
class Entry:
    """What somebody who registers enters beside the account itself, as far as the forum asks for it."""

    invitation: str = ""
    answer: str = ""
    application: str = ""
    accepts_terms: bool = False
    terms_version: int | None = None  # that the form showed
    stamp: str = ""  # of the form
    proof: str = ""  # of work, that the browser has computed
    subject_line: str = ""  # a field that people do not see

    @property
    def evidence(self) -> robot_check.Evidence:
        """What tells people from programs."""
        return robot_check.Evidence(self.answer, self.stamp, self.proof, self.subject_line)


def register(*, username: str, email: str, password: str, home: str, back: str = "", entry: Entry = Entry()) -> Member:
    """Register an account; with mail set up it waits for confirmation (queries.is_waiting).

    Raises Forbidden while registration is closed, Invalid or TooSoon.

    With mail, an e-mail address that already has an account gets the same response as any other: its owner is told by
    mail, and the new account can never be confirmed. Without mail the form must reveal that the address is taken; the
    limit of accounts a day from one IP address bounds what can be learned.
    `back` is the page of this forum that the confirmation link leads back to.
    """
    require_not_closed()
    name, address, passed = _check_all(username, email, password, entry)
    if not account_mail.mail_is_set_up() and names.member_of_email(address):
        raise Invalid({"email": [names.EMAIL_IS_TAKEN]})
    password_hash = hash_password(password)
    start_writing()
    require_not_closed()
    passed.use()
    invitation = invitations.take(entry.invitation)
    member = _new(name, password_hash, address)
    _note_terms(member, entry)
    _confirm_or_ask(member, invitation, home=home, back=back)
    signs.store(member, passed.signs)
    applications.apply(member, entry.application)
    record("register", actor=member, target=f"member:{member.id}")
    return member


def _confirm_or_ask(member: Member, invitation: Invitation | None, *, home: str, back: str) -> None:
    """Mail the link that confirms the address, unless the invitation was sent there."""
    if invitation and invitation.email and email_key(invitation.email) == member.email_key:
        _write_confirmed(member)
    else:
        _write_registered(member, home=home, back=back)
    if invitation:
        invitations.note_use(invitation, member)


def _note_terms(member: Member, entry: Entry) -> None:
    if not snapshot().asks_to_accept_terms:
        return
    if entry.terms_version not in {None, snapshot().terms_version}:
        raise Invalid({"accepts_terms": [say("The terms have changed meanwhile. Read them once more.")]})
    terms.note_acceptance(member)


def require_not_closed() -> None:
    """Raise Forbidden while nobody may register, also if another process has just closed it."""
    follow_database()
    if snapshot().registration == RegistrationMode.CLOSED:
        raise Forbidden(CLOSED)


def create_by_operator(
    *, username: str, email: str, password: str, role: Role = Role.MEMBER, is_confirmed: bool = True
) -> Member:
    """Create an account as the operator: active at once; staff may have names that claim to be staff.

    The operator vouches for the address, unless the member is to confirm it: no news are mailed there before.
    """
    name, address = _check(username, email, password, role=role)
    password_hash = hash_password(password)
    start_writing()
    member = _enrol(name, address, password_hash, role)
    member.email_verified_at = member.joined_at if is_confirmed else None
    session.flush()
    return member


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
    invitations.give_back(waiting)
    forget_targets(f"member:{member.id}" for member in waiting)
    for member in waiting:
        session.delete(member)
    return len(waiting)


def _check_all(username: str, email: str, password: str, entry: Entry) -> tuple[str, str, robot_check.Passed]:
    """Validate all that somebody who registers has sent, and count it.

    Raises Invalid with the faults of all fields, Blocked or TooSoon.
    """
    require_may_register()
    faults, passed = robot_check.check(entry.evidence, email)
    faults |= _faults_of_entry(entry)
    name, address = _check(username, email, password, more=faults)
    crowded = login_limits.spend_registration(is_invited=bool(entry.invitation.strip()))
    return name, address, replace(passed, signs=(*passed.signs, *crowded))


def _check(
    username: str, email: str, password: str, *, role: Role = Role.MEMBER, more: robot_check.Faults | None = None
) -> tuple[str, str]:
    """Validate and normalize name and address. Raises Invalid with the faults of all fields, with `more`."""
    name, faults, address = clean_name(username), dict(more or {}), ""
    faults["username"] = names.faults_of_new_name(name, is_staff=role != Role.MEMBER)
    try:
        address = names.clean_email(email)
        if more is not None:
            require_usable_email(address)
    except Invalid as error:
        faults |= error.fields
    faults["password"] = passwords.faults_of(password, username=name, email=email, is_staff=role == Role.ADMIN)
    if any(faults.values()):
        raise Invalid({field: words for field, words in faults.items() if words})
    return name, address


def _faults_of_entry(entry: Entry) -> dict[str, list[MessageText]]:
    faults: dict[str, list[MessageText]] = {"invitation": [*invitations.faults_of(entry.invitation)]}
    faults["application"] = applications.faults_of(entry.application)
    if snapshot().asks_to_accept_terms and not entry.accepts_terms:
        faults["accepts_terms"] = [say("Accept the terms of use to register.")]
    return faults


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


def _write_confirmed(member: Member) -> None:
    """Insert a member who got the code at their address, which needs no other confirmation."""
    owner = names.member_of_email(member.email or "")
    if owner is not None and queries.is_waiting(owner):
        names.take_email_from(owner)
    member.email_verified_at = member.joined_at
    _write(member)


def _write_registered(member: Member, *, home: str, back: str) -> None:
    """Insert a member who has to confirm their address first if mail is set up."""
    if not account_mail.mail_is_set_up():
        _write(member)
        return
    address = member.email or ""
    owner = names.member_of_email(address)
    if owner is not None and queries.is_waiting(owner):
        names.take_email_from(owner)  # the address goes to the person who confirms it, not to the first to enter it
        owner = None
    if owner is not None:
        member.email = member.email_key = None
    member.joined_at = None
    _write(member)
    login_limits.spend_confirmation_mail()
    secret = mail_tokens.issue(Purpose.VERIFY, member=member, email=address, hours=CONFIRM_HOURS)
    if owner is None:
        account_mail.ask_to_confirm(address, username=member.username, link=_link(home, secret, back))
    else:
        account_mail.tell_of_registration(address, link=f"{home}/reset")


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
