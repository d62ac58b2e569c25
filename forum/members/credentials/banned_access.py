"""How banned members read the decisions about them and appeal: by a secret link that they get for their password.

It is no login: nothing but these pages accepts it, and it ends after a day, with the ban, and with the password.
"""

from forum.infra.errors import NotFound
from forum.infra.text.messages import say
from forum.members.credentials import mail_tokens, two_factor
from forum.models import Member, Purpose

HOURS = 24


def open_for(member: Member) -> str:
    """The secret of a banned member whose password was right; with two-factor authentication the code is missing."""
    purpose = Purpose.BANNED if member.two_factor_at is None else Purpose.BANNED_CODE
    return mail_tokens.issue(purpose, member=member, email="", hours=HOURS)


def needs_code(secret: str) -> bool:
    """Whether a secret opens nothing before the code is entered. Raises NotFound if it is unknown or has expired."""
    return mail_tokens.find(secret, Purpose.BANNED, Purpose.BANNED_CODE).purpose == Purpose.BANNED_CODE


def member_of(secret: str) -> Member:
    """The banned member of a secret. Raises NotFound, also once they are no longer banned."""
    return _banned(mail_tokens.owner_of(secret, Purpose.BANNED))


def _banned(member: Member) -> Member:
    if not member.is_banned:
        raise NotFound(say("You are no longer banned. Log in to read what was decided."))
    return member


def accept_code(secret: str, code: str) -> str:
    """The secret that opens the pages, after the right code; leaves a write transaction open.

    Raises NotFound, or Invalid or TooSoon for the code.
    """
    member = _banned(mail_tokens.owner_of(secret, Purpose.BANNED_CODE))
    two_factor.accept_code(member, code)
    mail_tokens.consume(secret, Purpose.BANNED_CODE)
    return mail_tokens.issue(Purpose.BANNED, member=member, email="", hours=HOURS)
