"""Rate limits for logins, registrations and password resets; unknown names are counted like known ones."""

from forum.audit_log import recent_ip_addresses
from forum.infra.client_ip import client_address
from forum.infra.ephemeral.rate_limits import address_key, hit, range_key, reset_limit
from forum.infra.errors import MessageText, TooSoon
from forum.infra.text.messages import say, say_many
from forum.members.credentials import sessions
from forum.members.rules import (
    DAY_SECONDS,
    FIRST_RESETS_BY_OTHERS_A_DAY,
    HOUR_SECONDS,
    INVITATION_MAILS_A_DAY,
    LOGINS_AN_HOUR,
    LOGINS_PER_QUARTER_HOUR,
    MAILS_PER_DAY,
    MORE_RESETS_BY_OTHERS_A_DAY,
    MOST_REGISTRATIONS_A_RANGE,
    QUARTER_HOUR_SECONDS,
    REGISTRATIONS_A_RANGE,
    RESETS_AN_ADDRESS_A_DAY,
    WRONG_ANSWERS_AN_HOUR,
    WRONG_CODES,
    email_key,
    username_key,
)
from forum.models import Member
from forum.site.queries import snapshot


def spend_login(login: str, member: Member | None) -> None:
    """Count a login attempt, by IP address and by account. Raises TooSoon.

    Name and e-mail of an account share one count; unknown ones are counted by the text typed.
    """
    _spend(f"login:address:{_here()}", limit=LOGINS_AN_HOUR, seconds=HOUR_SECONDS)
    _spend(_login_key(login, member), limit=LOGINS_PER_QUARTER_HOUR, seconds=QUARTER_HOUR_SECONDS)


def forgive_login(member: Member) -> None:
    """Reset the count of an account after the right password, and refund this attempt to the IP address."""
    reset_limit(_login_key("", member))
    hit(f"login:address:{_here()}", limit=LOGINS_AN_HOUR, seconds=HOUR_SECONDS, cost=-1)


def forgive_member(member: Member) -> None:
    """Reset the count of an account after a password reset."""
    reset_limit(_login_key("", member))


def _login_key(login: str, member: Member | None) -> str:
    return f"login:member:{member.id}" if member else f"login:name:{_typed(login)}"


def spend_confirmation(member: Member) -> None:
    """Count a logged-in member's attempt to confirm the password. Raises TooSoon."""
    _spend(f"confirm:{member.id}", limit=LOGINS_PER_QUARTER_HOUR, seconds=QUARTER_HOUR_SECONDS)


def forgive_confirmation(member: Member) -> None:
    """Reset the count of confirmations after the right password."""
    reset_limit(f"confirm:{member.id}")


def spend_code(member: Member) -> None:
    """Count a code of the authenticator app or a recovery code, by account. Raises TooSoon."""
    for seconds, limit in WRONG_CODES.items():
        _spend(f"code:{seconds}:{member.id}", limit=limit, seconds=seconds)


def forgive_code(member: Member) -> None:
    """Refund a code that was right: only wrong ones count."""
    for seconds, limit in WRONG_CODES.items():
        hit(f"code:{seconds}:{member.id}", limit=limit, seconds=seconds, cost=-1)


def spend_registration(*, is_invited: bool) -> list[str]:
    """Count a registration from this IP address and from its range; returns the signs that there are many.

    Raises TooSoon, unless there is an invitation: for those who share an address, as in a school.
    """
    most, found = snapshot().registrations_per_address, list[str]()
    range_here = range_key(client_address().address)
    wait = hit(f"register:{_here()}", limit=most, seconds=DAY_SECONDS)
    if not wait:  # what an address is refused does not count for its neighbours
        wait = hit(f"register:range:{range_here}", limit=MOST_REGISTRATIONS_A_RANGE, seconds=DAY_SECONDS)
    if wait and not is_invited:
        words = say_many(
            "Too many accounts were created from your network today. Try again in %(num)d hour, or register with an"
            " invitation.",
            "Too many accounts were created from your network today. Try again in %(num)d hours, or register with an"
            " invitation.",
            -(-wait // HOUR_SECONDS),
        )
        raise TooSoon(words, retry_after=wait)
    if wait:
        found.append("address")
    if hit(f"register:many:{range_here}", limit=REGISTRATIONS_A_RANGE, seconds=DAY_SECONDS):
        found.append("range")
    return found


def spend_confirmation_mail() -> None:
    """Count an e-mail that confirms a registration, over the whole forum, so that a wave sends few. Raises TooSoon."""
    wait = hit("register:mails", limit=snapshot().confirmation_mails_per_hour, seconds=HOUR_SECONDS)
    if wait:
        words = say_many(
            "Very many people are registering just now. Try again in %(num)d minute.",
            "Very many people are registering just now. Try again in %(num)d minutes.",
            -(-wait // 60),
        )
        raise TooSoon(words, retry_after=wait)


def spend_wrong_answer() -> None:
    """Count a wrong answer to the question of the registration form, by IP address. Raises TooSoon."""
    _spend(f"answer:{_here()}", limit=WRONG_ANSWERS_AN_HOUR, seconds=HOUR_SECONDS)


def spend_invitation_mail(member: Member) -> None:
    """Count an invitation that a member has mailed. Raises TooSoon."""
    words = say("You have mailed too many invitations today. Create one without an address, and send the link.")
    _spend(f"invite:{member.id}", limit=INVITATION_MAILS_A_DAY, seconds=DAY_SECONDS, words=words)


def spend_reset(login: str) -> None:
    """Count a reset request, by IP address and by the text typed from it. Raises TooSoon.

    The second count is per IP address as well, so that nobody can use up a member's limit from elsewhere.
    """
    words = say("You have asked for this too often today. Check your e-mail, or try again tomorrow.")
    _spend(f"reset:address:{_here()}", limit=RESETS_AN_ADDRESS_A_DAY, seconds=DAY_SECONDS, words=words)
    _spend(f"reset:name:{_here()}:{_typed(login)}", limit=MAILS_PER_DAY, seconds=DAY_SECONDS, words=words)


def take_reset_quota(member: Member) -> bool:
    """Whether a member may get another reset link today; counts it.

    An IP address from which the member has logged in has its own limit. All others share two limits, so that a mailbox
    cannot be flooded from many addresses: one for the first link requested from an address, one for further links. A
    few strangers can use up only the second, so a member on a new address still gets a link.
    """
    here = _here()
    if here in _known_addresses(member):
        return not hit(f"reset:own:{member.id}:{here}", limit=MAILS_PER_DAY, seconds=DAY_SECONDS)
    is_first = not hit(f"reset:first:{member.id}:{here}", limit=1, seconds=DAY_SECONDS)
    kind, limit = ("first", FIRST_RESETS_BY_OTHERS_A_DAY) if is_first else ("more", MORE_RESETS_BY_OTHERS_A_DAY)
    return not hit(f"reset:others:{kind}:{member.id}", limit=limit, seconds=DAY_SECONDS)


def _known_addresses(member: Member) -> set[str]:
    addresses = recent_ip_addresses(member, actions=("login", "register")) | {
        login.address for login in sessions.of(member)
    }
    return {address_key(address) for address in addresses}


def take_mail_quota(member: Member) -> bool:
    """Whether a member may get another account e-mail of another kind today; counts it."""
    return not hit(f"letters:{member.id}", limit=MAILS_PER_DAY, seconds=DAY_SECONDS)


def _spend(key: str, *, limit: int, seconds: int, words: MessageText | None = None) -> None:
    wait = hit(key, limit=limit, seconds=seconds)
    if wait:
        text = words or say("Too many attempts. Wait %(num)d minutes and try again.", num=-(-wait // 60))
        raise TooSoon(text, retry_after=wait)


def _typed(login: str) -> str:
    return email_key(login) if "@" in login else username_key(login)


def _here() -> str:
    return address_key(client_address().address)
