"""Bans from one thread: a member reads it, but neither writes nor reacts in it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import Change, record
from forum.decisions.actions import Grounds
from forum.infra import clock
from forum.infra.database.db import session
from forum.members.sanctions import (
    Where,
    account_to_sanction,
    end_open,
    forget_sanctions,
    impose,
    kept,
    may_as_moderator_of,
    may_ban,
)
from forum.models import Member, Sanction, SanctionKind, Thread
from forum.models.members.sanction import mutes_in_force
from forum.site.mutes import mutes_of, scope_of_thread, thread_of
from forum.verdicts import Verdict

MAX_LISTED = 200  # of those who are banned from a thread


def may_ban_from_thread(actor: Member | None, member: Member, thread: Thread) -> Verdict:
    """Whether the actor may ban a member from a thread, or lift that: as for a mute in its board."""
    everywhere = may_ban(actor, member)
    if actor is None or everywhere or actor.id == member.id:
        return everywhere and permissions.may_see_thread(actor, thread)
    return may_as_moderator_of(actor, member, {thread.board_id}, everywhere)


def ban_from_thread(
    actor: Member,
    member: Member,
    thread: Thread,
    *,
    reason: str = "",
    rule: str = "",
    until: datetime | None = None,
) -> None:
    """Stop a member from writing and reacting in a thread; replaces an earlier ban from it. Raises Invalid."""
    member = account_to_sanction(member)
    permissions.require(may_ban_from_thread(actor, member, thread))
    before, where = kept_thread_ban(member, thread.id), Where(scope_of_thread(thread.id), thread)
    told = impose(SanctionKind.MUTE, actor, member, where=where, grounds=Grounds(reason, rule), until=until)
    change = Change(before, kept_thread_ban(member, thread.id))
    place = {"board": thread.board_id, "thread": thread.id}
    record("ban-from-thread", actor=actor, target=f"member:{member.id}", change=change, **place, **told)


def unban_from_thread(actor: Member, member: Member, thread: Thread) -> bool:
    """Let a member write in a thread again; return False if they were not banned from it."""
    permissions.require(may_ban_from_thread(actor, member, thread))
    before = kept_thread_ban(member, thread.id)
    end_open(SanctionKind.MUTE, member, scope=scope_of_thread(thread.id))
    forget_sanctions(member)
    if before["mute"] is None:
        return False
    change, place = Change(before, kept_thread_ban(member, thread.id)), {"board": thread.board_id, "thread": thread.id}
    record("unban-from-thread", actor=actor, target=f"member:{member.id}", change=change, **place)
    return True


def kept_thread_ban(member: Member, thread_id: int) -> dict[str, object]:
    """A ban from a thread as the log keeps it."""
    ban = next((each for each in mutes_of(member) if each.scope == scope_of_thread(thread_id)), None)
    return {"thread": thread_id, "mute": kept(ban)}


def bans_from_thread(thread: Thread) -> list[Sanction]:
    """Who is banned from a thread, the latest first, with their names."""
    bans = select(Sanction).where(Sanction.scope == scope_of_thread(thread.id), mutes_in_force())
    bans = bans.options(joinedload(Sanction.member), joinedload(Sanction.by))
    return list(session.scalars(bans.order_by(Sanction.id.desc()).limit(MAX_LISTED)))


def threads_closed_to(member: Member, board_id: int) -> list[tuple[Thread, Sanction]]:
    """The threads of a board from which a member is banned, with the ban."""
    by_thread = {thread_of(mute): mute for mute in mutes_of(member)}
    ids = [thread_id for thread_id in by_thread if thread_id is not None]
    here = select(Thread).where(Thread.id.in_(ids), Thread.board_id == board_id).order_by(Thread.id)
    return [(thread, by_thread[thread.id]) for thread in session.scalars(here)] if ids else []


def move_thread_bans(source_id: int, into_id: int) -> None:
    """Let bans from a thread that is merged into another be bans from that one."""
    ours, theirs = (Sanction.scope == scope_of_thread(thread_id) for thread_id in (source_id, into_id))
    is_open = (Sanction.kind == SanctionKind.MUTE, Sanction.ended_at.is_(None))
    already = select(Sanction.member_id).where(theirs, *is_open)
    moved = update(Sanction).where(ours, *is_open, Sanction.member_id.not_in(already))
    session.execute(moved.values(scope=scope_of_thread(into_id)), execution_options={"synchronize_session": False})
    end_bans_from(source_id)


def end_bans_from(thread_id: int) -> None:
    """End all bans from a thread that is being removed: its id may be given to another."""
    here = (Sanction.scope == scope_of_thread(thread_id), Sanction.ended_at.is_(None))
    ended = update(Sanction).where(*here).values(ended_at=clock.now())
    session.execute(ended, execution_options={"synchronize_session": False})
