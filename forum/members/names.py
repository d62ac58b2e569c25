"""Check whether an account may take a name and an e-mail address, and keep former names."""

from datetime import timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select

from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.members.credentials import mail_tokens
from forum.members.queries import names_of_staff
from forum.members.reserved_names import is_reserved, pretends_to_be, uses_forum_name
from forum.members.rules import MAX_EMAIL, OLD_NAME_DAYS, email_key, faults_of_name, username_key
from forum.members.smtputf8 import mail_supports_smtputf8
from forum.models import Member, OldName, SiteSetting

NAME_IS_TAKEN = say("This name, or one that looks like it, is taken.")
UNCARRIED = say("This forum cannot send e-mail to addresses with such letters before the @. Use another address.")
EMAIL_IS_TAKEN = say("An account with this e-mail address already exists.")


def faults_of_new_name(name: str, *, is_staff: bool = False, of: Member | None = None) -> list[MessageText]:
    """The faults of a name for a new account, or for `of`; only staff may have names that claim to be staff."""
    faults = faults_of_name(name)
    if faults:
        return faults
    if is_taken(name, by_other_than=of):
        return [NAME_IS_TAKEN]
    if not is_staff and (
        is_reserved(name) or pretends_to_be(name, names_of_staff()) or uses_forum_name(name, _forum_name())
    ):
        return [say("This name is reserved, or could be mistaken for staff of this forum.")]
    return []


def _forum_name() -> str:
    named = session.get(SiteSetting, "name")
    return current_settings().site_name or (str(named.value) if named else "")


def is_taken(name: str, *, by_other_than: Member | None = None) -> bool:
    """Whether a member has a name that looks like this one, or had it within the last year."""
    holder = session.scalar(select(Member.id).where(Member.username_key == username_key(name)))
    former = holder_of_old_name(name) if holder is None else holder
    return former is not None and (by_other_than is None or former != by_other_than.id)


def holder_of_old_name(name: str) -> int | None:
    """The id of the member who had a name that looks like this one within the last year."""
    kept = select(OldName.member_id).where(OldName.name_key == username_key(name), OldName.until > clock.now())
    return session.scalar(kept)


def keep_old_name(member: Member, old: str) -> None:
    """Keep a member's former name for a year, once they have another one; their present name is no former one."""
    keys = {username_key(old), member.username_key}
    session.execute(delete(OldName).where(OldName.name_key.in_(keys)))
    if len(keys) > 1:
        until = clock.now() + timedelta(days=OLD_NAME_DAYS)
        session.add(OldName(member_id=member.id, name=old, name_key=username_key(old), until=until))
    session.flush()


def forget_old_names() -> None:
    """Delete former names that have been kept long enough; run by a job."""
    session.execute(delete(OldName).where(OldName.until <= clock.now()))


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
