"""Erase closed accounts: an anonymous member remains, as the author of posts, and nothing else says who it was.

A job works in slices, so that no writer waits for more than one. The row in account_erasure records how far it is:
after a kill, it continues there, and a slice that runs twice does no harm. All counts are exact after each slice.
"""

import time
from collections.abc import Callable

from sqlalchemy import delete, func, select

from forum.accounts import erased_posts, erased_rows
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import on_sqlite, session, transaction
from forum.infra.text.messages import comparison_key
from forum.members import queries
from forum.members.rules import username_key
from forum.models import AccountErasure, Mail, Member, Role
from forum.site import actions as site

MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends with its slice: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which other jobs run
Step = Callable[[AccountErasure, Member], int | None]  # the position reached; None at the end of the step


def names_of(member: Member) -> list[str]:
    """The names by which others may know the member."""
    return [member.username, *(old.name for old in queries.old_names_of(member))]


def run_pending() -> None:
    """Erase what is due for MAX_RUN_SECONDS in short transactions, pausing as long between them; for a job."""
    end = time.monotonic() + MAX_RUN_SECONDS
    while time.monotonic() < end and (member_id := _next_due()) is not None:
        began = time.monotonic()
        with transaction():
            continue_erasure(member_id)
        time.sleep(time.monotonic() - began)


def finish(member_id: int) -> None:
    """Run an erasure that is due to its end, in short transactions; for the command line."""
    while session.get(AccountErasure, member_id) is not None:
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
    member, end = session.get_one(Member, member_id), time.monotonic() + MAX_TRANSACTION_SECONDS
    erasure.step = erasure.step or next(iter(STEPS))
    while erasure.step:
        reached = STEPS[erasure.step](erasure, member)
        if reached is None:
            erasure.step, erasure.done_to = _step_after(erasure.step), 0
        else:
            erasure.done_to = reached
        session.flush()
        if time.monotonic() >= end or (erasure.step in LOCKING and not on_sqlite()):
            break
    if not erasure.step:
        session.delete(erasure)
        record("erase-account", target=f"member:{member_id}")
        site.bump_version()


def _step_after(step: str) -> str:
    names = [*STEPS, ""]
    return names[names.index(step) + 1]


def _anonymise(erasure: AccountErasure, member: Member) -> None:
    """Remove all that the member's own row says about them."""
    erasure.names = erasure.names or "\n".join(names_of(member))
    if member.email:
        session.execute(delete(Mail).where(func.lower(Mail.recipient) == member.email.lower()))
    name = _free_name(member)
    member.username, member.username_key, member.plain_name = name, username_key(name), comparison_key(name)
    member.email = member.email_key = member.password_hash = None
    member.email_verified_at = member.joined_at = member.last_seen_at = member.read_all_at = None
    member.role, member.is_hidden = Role.MEMBER, False
    member.custom_title = member.country = member.location = member.about = ""
    session.flush()
    site.bump_version()


def _free_name(member: Member) -> str:
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
    "mentions": erased_posts.replace_in_posts,
    "mentions-before": erased_posts.replace_in_versions,
}
# On PostgreSQL, one post in a transaction: others may lock the same threads in another order. SQLite has one writer.
LOCKING = {"posts", "versions", "mentions"}
