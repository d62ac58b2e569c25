"""Rate limits for logins, registrations and password resets; unknown names are counted like known ones."""

from forum.audit_log import addresses_of
from forum.infra.client_ip import client_address
from forum.infra.errors import TooSoon, Words
from forum.infra.messages import say
from forum.infra.rate_limits import address_key, forgive, spend
from forum.members import sessions
from forum.members.rules import (
    DAY,
    FIRST_RESETS_BY_OTHERS_A_DAY,
    HOUR,
    LETTERS_A_DAY,
    LOGINS_A_QUARTER,
    LOGINS_AN_HOUR,
    MORE_RESETS_BY_OTHERS_A_DAY,
    QUARTER,
    REGISTRATIONS_A_DAY,
    RESETS_AN_ADDRESS_A_DAY,
    email_key,
    username_key,
)
from forum.models import Member


def spend_login(login: str, member: Member | None) -> None:
    """Count a login attempt, by IP address and by account. Raises TooSoon.

    Name and e-mail of an account share one count; unknown ones are counted by the text typed.
    """
    _spend(f"login:address:{_here()}", limit=LOGINS_AN_HOUR, seconds=HOUR)
    _spend(_login_key(login, member), limit=LOGINS_A_QUARTER, seconds=QUARTER)


def forgive_login(member: Member) -> None:
    """Reset the count of an account after the right password, and refund this attempt to the IP address."""
    forgive(_login_key("", member))
    spend(f"login:address:{_here()}", limit=LOGINS_AN_HOUR, seconds=HOUR, cost=-1)


def forgive_member(member: Member) -> None:
    """Reset the count of an account after a password reset."""
    forgive(_login_key("", member))


def _login_key(login: str, member: Member | None) -> str:
    return f"login:member:{member.id}" if member else f"login:name:{_typed(login)}"


def spend_confirmation(member: Member) -> None:
    """Count a logged-in member's attempt to confirm the password. Raises TooSoon."""
    _spend(f"confirm:{member.id}", limit=LOGINS_A_QUARTER, seconds=QUARTER)


def forgive_confirmation(member: Member) -> None:
    """Reset the count of confirmations after the right password."""
    forgive(f"confirm:{member.id}")


def spend_registration() -> None:
    """Count a registration from this IP address. Raises TooSoon."""
    words = say("At most three accounts a day can be created from one address. Try again tomorrow.")
    _spend(f"register:{_here()}", limit=REGISTRATIONS_A_DAY, seconds=DAY, words=words)


def spend_reset(login: str) -> None:
    """Count a reset request, by IP address and by the text typed from it. Raises TooSoon.

    The second count is per IP address as well, so that nobody can use up a member's limit from elsewhere.
    """
    words = say("You have asked for this too often today. Check your e-mail, or try again tomorrow.")
    _spend(f"reset:address:{_here()}", limit=RESETS_AN_ADDRESS_A_DAY, seconds=DAY, words=words)
    _spend(f"reset:name:{_here()}:{_typed(login)}", limit=LETTERS_A_DAY, seconds=DAY, words=words)


def may_get_reset(member: Member) -> bool:
    """Whether a member may get another reset link today; counts it.

    An IP address from which the member has logged in has its own limit. All others share two limits, so that a mailbox
    cannot be flooded from many addresses: one for the first link requested from an address, one for further links. A
    few strangers can use up only the second, so a member on a new address still gets a link.
    """
    here = _here()
    if here in _known_addresses(member):
        return not spend(f"reset:own:{member.id}:{here}", limit=LETTERS_A_DAY, seconds=DAY)
    is_first = not spend(f"reset:first:{member.id}:{here}", limit=1, seconds=DAY)
    kind, limit = ("first", FIRST_RESETS_BY_OTHERS_A_DAY) if is_first else ("more", MORE_RESETS_BY_OTHERS_A_DAY)
    return not spend(f"reset:others:{kind}:{member.id}", limit=limit, seconds=DAY)


def _known_addresses(member: Member) -> set[str]:
    found = addresses_of(member, actions=("login", "register")) | {login.address for login in sessions.of(member)}
    return {address_key(address) for address in found}


def may_get_letter(member: Member) -> bool:
    """Whether a member may get another account e-mail of another kind today; counts it."""
    return not spend(f"letters:{member.id}", limit=LETTERS_A_DAY, seconds=DAY)


def _spend(key: str, *, limit: int, seconds: int, words: Words | None = None) -> None:
    wait = spend(key, limit=limit, seconds=seconds)
    if wait:
        text = words or say("Too many attempts. Wait %(num)d minutes and try again.", num=-(-wait // 60))
        raise TooSoon(text, retry_after=wait)


def _typed(login: str) -> str:
    return email_key(login) if "@" in login else username_key(login)


def _here() -> str:
    return address_key(client_address().address)
