"""How blocks of addresses and e-mail, and bans from a thread, are undone."""

from collections.abc import Mapping

from forum import permissions
from forum.admin.undo.kinds import UndoKind, Values, target_id
from forum.decisions import earlier
from forum.infra.database.db import session
from forum.members.bans import actions as bans
from forum.members.bans import holds, thread_bans
from forum.models import LogEntry, Member, Right, SignupBlock
from forum.threads.queries import find_thread, thread_exists
from forum.verdicts import Verdict


def _present_block(entry: LogEntry, _: Values) -> Values | None:
    row = session.get(SignupBlock, target_id(entry), populate_existing=True)
    return {"in_force": row.ended_at is None} if row is not None else None


def _put_block(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    row = bans.find_block(actor, target_id(entry))
    if was["in_force"]:
        bans.restore_block(actor, row)
    else:
        bans.undo_block(actor, row)


def _member(entry: LogEntry) -> Member | None:
    return session.get(Member, target_id(entry), populate_existing=True)


def _present_thread_ban(entry: LogEntry, now: Values) -> Values | None:
    member = _member(entry)
    if member is None or member.closed_at is not None or not thread_exists(now["thread"]):
        return None
    return thread_bans.kept_thread_ban(member, now["thread"])


def _put_thread_ban(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    member, thread, before = _member(entry), find_thread(actor, was["thread"]), earlier.lasting(was["mute"])
    if member is None:
        return
    if before is None:
        earlier.require_lifted(was["mute"], lifted=thread_bans.unban_from_thread(actor, member, thread))
    else:
        thread_bans.ban_from_thread(actor, member, thread, reason=before.reason, until=before.until)


def _present_hold(entry: LogEntry, _: Values) -> Values | None:
    member = _member(entry)
    return holds.kept_hold(member) if member is not None and member.closed_at is None else None


def _put_hold(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    member, before = _member(entry), earlier.lasting(was["hold"])
    if member is None:
        return
    if before is None:
        earlier.require_lifted(was["hold"], lifted=holds.lift_hold(actor, member))
    else:
        holds.hold(actor, member, reason=before.reason, until=before.until)


def _may_ban(actor: Member, _: Values) -> Verdict:
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    return permissions.unless_lacking(actor) if permissions.scope_of(actor).moderate and not verdict else verdict


_BLOCK = UndoKind(_present_block, _put_block, lambda actor, _: bans.may_block(actor))
_THREAD_BAN = UndoKind(_present_thread_ban, _put_thread_ban, _may_ban)
_HOLD = UndoKind(_present_hold, _put_hold, lambda actor, _: permissions.may_use_right(actor, Right.BAN_MEMBERS))
BAN_KINDS: Mapping[str, UndoKind] = {
    **dict.fromkeys(("hold-member", "unhold-member"), _HOLD),
    "block-signup": _BLOCK,
    "unblock-signup": _BLOCK,
    "ban-from-thread": _THREAD_BAN,
    "unban-from-thread": _THREAD_BAN,
}
