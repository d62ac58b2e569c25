"""Merge an account into another of the same person: all that is its member's moves to the other, in slices, in a job.

The account is closed at once. After a kill the job continues where it was; all counts are exact after each slice.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import or_, select

from forum.accounts import merged_posts, merged_rows, steps
from forum.accounts.erasing import clear_row
from forum.accounts.personal_data import RULES, Merge
from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.infra.text.messages import say
from forum.members import names, queries
from forum.members.actions import confirm_password
from forum.members.credentials import api_tokens, mail_tokens, sessions
from forum.members.signup import invitations
from forum.models import AccountMerge, Member
from forum.site import actions as site

BY_POST = {"post.author_id", "reaction.member_id"}
BY_THREAD = {"thread.starter_id", "thread.last_poster_id", "thread.base_last_poster_id"}


def start_merge(actor: Administrator, member: Member, target: Member | None, *, password: str = "") -> None:
    """Close a member's account and begin to move all that is theirs to `target`; the admin enters their password.

    Raises Invalid without another account as the target, Conflict if one of the two is closed or being merged, or if
    nobody can log in to the target.
    """
    admin = authorize(actor)
    if target is None or target is member:
        raise Invalid({"target": [say("Choose another member.")]})
    if admin is not None:
        confirm_password(admin, password)
        start_writing()
        authorize(actor)
    for each in sorted((member, target), key=lambda each: each.id):
        session.refresh(each, with_for_update=True)
    _require_mergeable(member, target)
    member.closed_at = clock.now()
    session.add(AccountMerge(member_id=member.id, target_id=target.id, by_id=admin.id if admin else None))
    sessions.end_all(member)
    api_tokens.revoke_all(member)
    mail_tokens.void(member)
    invitations.revoke_all(admin, member)
    record("merge-members", actor=admin, target=f"member:{target.id}", name=member.username)
    site.bump_version()


def _require_mergeable(member: Member, target: Member) -> None:
    if member.is_admin:
        site.lock()  # so that two admins cannot go at once, each because of the other
        if queries.is_last_admin(member):
            raise Forbidden(say("The forum needs at least one admin. Make another member an admin first."))
    if target.password_hash is None:
        raise Conflict(say("Nobody can log in to the other account, as it has no password."))
    if member.is_banned and target.is_admin:
        raise Conflict(say("The ban would move to an admin. Lift it first."))
    if any(each.closed_at is not None or queries.is_waiting(each) for each in (member, target)):
        raise Conflict(say("Both accounts must be open."))
    if is_merging(member) or is_merging(target):
        raise Conflict(say("This account is being merged. Wait until that is finished."))


def is_merging(member: Member) -> bool:
    """Whether the account is part of a merge."""
    parts = or_(AccountMerge.member_id == member.id, AccountMerge.target_id == member.id)
    return session.scalar(select(AccountMerge.member_id).where(parts).limit(1)) is not None


def run_pending() -> None:
    """Continue pending merges for a while; for a job."""
    steps.run_slices(lambda: session.scalar(select(AccountMerge.member_id).limit(1)), _continue)


def finish(member_id: int) -> None:
    """Run a merge to its end, in short transactions; for the command line."""
    while session.get(AccountMerge, member_id) is not None:
        _continue(member_id)


def _continue(member_id: int) -> None:
    with transaction():
        continue_merge(member_id)


def continue_merge(member_id: int) -> None:
    """Do the next slices; the last one deletes the row.

    A request that was running when the account was closed may have posted or reacted since: then it begins once more.
    """
    merge = session.get(AccountMerge, member_id, with_for_update=True, populate_existing=True)
    if merge is None:  # another process has finished it
        return
    member, target = session.get_one(Member, member_id), session.get_one(Member, merge.target_id)
    is_finished = steps.advance(merge, _steps(merge, member, target), merged_posts.LOCKING)
    if is_finished and not merged_posts.are_any_left(member):
        session.delete(merge)
        record("merged-members", target=f"member:{target.id}")
        site.bump_version()


def _steps(merge: AccountMerge, member: Member, target: Member) -> dict[str, Callable[[], int | None]]:
    def step(work: Callable[[int, Member, Member], int | None]) -> Callable[[], int | None]:
        return lambda: work(merge.done_to, member, target)

    found = {
        "posts": step(merged_posts.move_posts),
        "reactions": step(merged_posts.move_reactions),
        "threads": step(merged_posts.move_threads),
    }
    for name, rule in RULES.items():
        if rule.merge is Merge.DROP:
            found[name] = step(partial(merged_rows.drop_rows, name))
        elif rule.merge is Merge.MOVE and name not in BY_POST | BY_THREAD:
            found[name] = step(partial(merged_rows.move_rows, name))
    last = {"log": merged_rows.move_log, "name": _move_name, "mentions": merged_posts.render_mentions}
    return found | {name: step(work) for name, work in last.items()}


def _move_name(_: int, member: Member, target: Member) -> None:
    """Make the member's name a former one of the target, move what an archive counted for them, and empty their row."""
    was = member.username
    joined = [each.joined_at for each in (member, target) if each.joined_at is not None]
    clear_row(member)
    if was != member.username:  # else it runs again after a kill
        names.keep_old_name(target, was)
    for count, base in merged_rows.COUNTS.items():
        moved = getattr(member, base)
        for each, sign in ((target, 1), (member, -1)):
            setattr(each, base, getattr(each, base) + sign * moved)
            setattr(each, count, getattr(each, count) + sign * moved)
    target.joined_at = min(joined, default=None)
    session.flush()
    site.bump_version()
