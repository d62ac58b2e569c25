"""Erase closed accounts: an anonymous member remains, as the author of posts, and nothing else says who it was.

A job works in slices, so that no writer waits for more than one. The row in account_erasure records how far it is:
after a kill, it continues there, and a slice that runs twice does no harm. All counts are exact after each slice.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import delete, func, select, update

from forum.accounts import erased_messages, erased_posts, erased_rows, steps
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.text.messages import comparison_key
from forum.members import queries
from forum.members.rules import username_key
from forum.models import (
    AccountErasure,
    IllegalNotice,
    Invitation,
    Mail,
    Member,
    Report,
    ReviewItem,
    ReviewKind,
    Role,
    WhoMayWrite,
)
from forum.site import actions as site

Step = Callable[[AccountErasure, Member], int | None]  # the position reached; None at the end of the step


def names_of(member: Member) -> list[str]:
    """The names by which others may know the member."""
    return [member.username, *(old.name for old in queries.old_names_of(member))]


def run_pending() -> None:
    """Erase what is due for a while; for a job."""
    steps.run_slices(_next_due, _continue)


def finish(member_id: int) -> None:
    """Run an erasure that is due to its end, in short transactions; for the command line."""
    while session.get(AccountErasure, member_id) is not None:
        _continue(member_id)


def _continue(member_id: int) -> None:
    with transaction():
        continue_erasure(member_id)


def _next_due() -> int | None:
    due = select(AccountErasure.member_id).where(AccountErasure.erase_at <= clock.now())
    return session.scalar(due.order_by(AccountErasure.erase_at, AccountErasure.member_id).limit(1))


def continue_erasure(member_id: int) -> None:
    """Do the next slices until the time limit, at least one; the last one deletes the row."""
    erasure = session.get(AccountErasure, member_id, with_for_update=True, populate_existing=True)
    if erasure is None or erasure.erase_at > clock.now():  # finished by another process, or kept by its member
        return
    member = session.get_one(Member, member_id)
    if steps.advance(erasure, {name: partial(work, erasure, member) for name, work in STEPS.items()}, LOCKING):
        session.delete(erasure)
        record("erase-account", target=f"member:{member_id}")
        site.bump_version()


def _anonymise(erasure: AccountErasure, member: Member) -> None:
    erasure.names = erasure.names or "\n".join(names_of(member))
    clear_row(member)
    site.bump_version()


def clear_row(member: Member) -> None:
    """Remove all that the member's own row says about them, and mails to their address."""
    if member.email:
        session.execute(delete(Mail).where(func.lower(Mail.recipient) == member.email.lower()))
    rename_to(member, anonymous_name(member))
    member.email = member.email_key = member.password_hash = None
    member.email_stopped_at, member.email_stop_reason = None, ""
    member.email_verified_at = member.joined_at = member.last_seen_at = member.read_all_at = None
    member.two_factor_at = member.accepted_terms_at = None
    member.accepted_terms_version = 0
    member.role, member.is_hidden = Role.MEMBER, False
    session.execute(update(Invitation).where(Invitation.used_by_id == member.id).values(email=""))
    session.execute(update(IllegalNotice).where(IllegalNotice.member_id == member.id).values(name="", email=""))
    theirs = (ReviewItem.member_id == member.id, ReviewItem.kind == ReviewKind.APPEAL.value)
    session.execute(delete(ReviewItem).where(*theirs))  # with their appeals; the decisions go, too
    about = select(ReviewItem.id).where(ReviewItem.member_id == member.id, ReviewItem.post_id.is_(None))
    session.execute(update(Report).where(Report.item_id.in_(about)).values(seen_text=""))
    member.custom_title = member.country = member.location = member.about = member.dismissed_notices = ""
    member.conversations_from = WhoMayWrite.EVERYONE.value
    session.flush()


def rename_to(member: Member, name: str) -> None:
    """Store a name that is free."""
    member.username, member.username_key, member.plain_name = name, username_key(name), comparison_key(name)
    session.flush()


def anonymous_name(member: Member) -> str:
    """The name that remains: "Deleted member" and the member's number, with a letter if somebody has taken that."""
    for ending in ("", *"abcdefghijklmnopqrstuvwxyz"):
        name = f"Deleted member {member.id}{ending}"
        holder = session.scalar(select(Member.id).where(Member.username_key == username_key(name)))
        if holder in {None, member.id}:
            return name
    raise RuntimeError("all names of deleted members are taken")


STEPS: dict[str, Step] = {
    "member": _anonymise,
    "rows": erased_rows.delete_rows,
    "log": erased_rows.clean_log,
    "posts": erased_posts.delete_posts,
    "versions": erased_posts.delete_versions,
    "edits": erased_posts.clean_edits,
    "decisions": erased_posts.replace_in_decisions,
    "mentions": erased_posts.replace_in_posts,
    "mentions-before": erased_posts.replace_in_versions,
    "messages": erased_messages.replace_in_messages,
}
LOCKING = {"posts", "versions", "mentions"}
