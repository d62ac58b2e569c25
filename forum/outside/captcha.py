"""The CAPTCHA of the registration form: a token that is refused, and one that could not be checked."""

from urllib.parse import urlsplit

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.models import Member, OutsideCheck, OutsideService
from forum.outside import cloudflare
from forum.outside.checks import CHECK, TURNSTILE, is_on
from forum.outside.http_calls import Unavailable

MISSING, AWAY = "captcha-missing", "captcha-away"  # reasons to wait


def check_token(token: str) -> str:
    """Check the token of a registration form; returns why its author's posts wait, empty if they need not.

    Raises Invalid at the field `captcha` for a token that is refused.
    """
    if not is_on(TURNSTILE):
        return ""
    if not token:
        return MISSING
    service, host = session.get_one(OutsideService, TURNSTILE), urlsplit(current_settings().base_url).hostname or ""
    secret, ip = service.secret, client_address().stored
    session.rollback()  # no transaction is open while the service is asked
    try:
        is_solved = cloudflare.is_solved(token[: cloudflare.MAX_TOKEN], secret=secret, ip=ip, host=host)
    except Unavailable:
        return AWAY
    if not is_solved:
        raise Invalid({"captcha": [say("This was not solved, or too long ago. Solve it again.")]})
    return ""


def note_doubt(member: Member, doubt: str) -> None:
    """Let the posts of a new member wait for a moderator, for whom the CAPTCHA was not checked."""
    if doubt:
        now = clock.now()
        about = {"member_id": member.id, "due_at": now, "done_at": now, "result": doubt, "tries": 1, "fields": {}}
        session.execute(insert_into(OutsideCheck).values(service=TURNSTILE, kind=CHECK, **about))
