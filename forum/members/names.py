"""Check whether a new account may take a name and an e-mail address."""

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.members.credentials import mail_tokens
from forum.members.queries import names_of_staff
from forum.members.reserved_names import is_reserved, pretends_to_be, uses_forum_name
from forum.members.rules import MAX_EMAIL, email_key, faults_of_name, username_key
from forum.members.smtputf8 import mail_supports_smtputf8
from forum.models import Member, SiteSetting

NAME_IS_TAKEN = say("This name, or one that looks like it, is taken.")
UNCARRIED = say("This forum cannot send e-mail to addresses with such letters before the @. Use another address.")
EMAIL_IS_TAKEN = say("An account with this e-mail address already exists.")


def faults_of_new_name(name: str, *, is_staff: bool = False) -> list[MessageText]:
    """The faults of a name for a new account; only staff may have names that claim to be staff."""
    faults = faults_of_name(name)
    if faults:
        return faults
    if is_taken(name):
        return [NAME_IS_TAKEN]
    if not is_staff and (
        is_reserved(name) or pretends_to_be(name, names_of_staff()) or uses_forum_name(name, _forum_name())
    ):
        return [say("This name is reserved, or could be mistaken for staff of this forum.")]
    return []


def _forum_name() -> str:
    named = session.get(SiteSetting, "name")
    return current_settings().site_name or (str(named.value) if named else "")


def is_taken(name: str) -> bool:
    """Whether a member has a name that looks like this one."""
    return session.scalar(select(Member.id).where(Member.username_key == username_key(name))) is not None


def member_of_email(email: str) -> Member | None:
    """The account that has an e-mail address, confirmed or not."""
    return session.scalars(select(Member).where(Member.email_key == email_key(email))).one_or_none()


def take_email_from(waiting: Member) -> None:
    """Remove the address from an account that never confirmed it."""
    waiting.email = waiting.email_key = None
    mail_tokens.void(waiting)
    session.flush()


def clean_email(typed: str, *, field: str = "email") -> str:
    """Validate an address and convert its domain to ASCII (IDNA). Raises Invalid at `field`."""
    wrong = Invalid({field: [say("This is not an e-mail address.")]})
    if not 3 <= len(typed) <= MAX_EMAIL:
        raise wrong
    try:
        parsed = validate_email(
            typed.strip(" "), check_deliverability=False, allow_smtputf8=True, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise wrong from error
    address = f"{parsed.local_part}@{parsed.ascii_domain}"
    if len(address.encode()) > MAX_EMAIL or "." not in parsed.domain:
        raise wrong
    if parsed.smtputf8 and not mail_supports_smtputf8():
        raise Invalid({field: [UNCARRIED]})
    return address
