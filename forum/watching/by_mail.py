"""The levels of watching that come by mail: what they are called, and to whom they are offered.

A level is an entry here; the buttons, the page of what is watched, the forms and the API follow. Members without a
confirmed address may have such a level nevertheless, by a default or by the API: they are told on the site alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

from forum.infra.database.db import current_settings
from forum.infra.text.messages import Message, say
from forum.models import Member, WatchLevel


class ByMail(NamedTuple):
    """A level, and its English words: in the menus of a thread and of a board, in a choice, and in a list."""

    level: str
    thread: str
    threads: str
    posts: str
    default: str
    short: str


BY_MAIL: Mapping[str, ByMail] = {
    each.level: each
    for each in (
        ByMail(
            WatchLevel.MAIL.value,
            say("Watch: by e-mail, too").msgid,
            say("Watch: new threads by e-mail, too").msgid,
            say("Watch: every post by e-mail, too").msgid,
            say("Watch, told on the site and by e-mail").msgid,
            say("by e-mail, too").msgid,
        ),
        ByMail(
            WatchLevel.DAILY.value,
            say("Watch: in a daily digest, too").msgid,
            say("Watch: new threads in a daily digest, too").msgid,
            say("Watch: every post in a daily digest, too").msgid,
            say("Watch, told on the site and in a daily digest").msgid,
            say("in a daily digest, too").msgid,
        ),
        ByMail(
            WatchLevel.WEEKLY.value,
            say("Watch: in a weekly digest, too").msgid,
            say("Watch: new threads in a weekly digest, too").msgid,
            say("Watch: every post in a weekly digest, too").msgid,
            say("Watch, told on the site and in a weekly digest").msgid,
            say("in a weekly digest, too").msgid,
        ),
    )
}
OFFERED = (WatchLevel.SITE.value, *BY_MAIL, WatchLevel.OFF.value)  # besides muting


def levels_by_mail(member: Member | None) -> tuple[ByMail, ...]:
    """The levels by mail that are offered to a member."""
    return tuple(BY_MAIL.values()) if member is not None and why_no_mail(member) is None else ()


def why_no_mail(member: Member) -> Message | None:
    """Why a member cannot be mailed of what is new, which they may have to mend; None if they can."""
    if not current_settings().mail_url:
        return say("This forum sends no e-mail about what is new.")
    if not member.email:
        return say("Your account has no e-mail address, so you are told on the site only.")
    if member.email_verified_at is None:
        return say("Your e-mail address is not confirmed, so you are told on the site only.")
    return None
