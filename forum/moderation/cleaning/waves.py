"""Clean up after several new members in one act: each gets a cleaning of their own, and one undo takes back all.

All are banned before anything is removed, so that none of them goes on meanwhile.
"""

import time
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Select, func, select

from forum import permissions
from forum.audit_log import Change, in_batch, record
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, ForumError, Invalid, NotFound
from forum.infra.text.messages import one_line, say
from forum.members.rules import MAX_BAN_REASON
from forum.models import LogEntry, Member, Right, SpamCleaning, SpamWave
from forum.moderation.cleaning import actions, running
from forum.moderation.cleaning.actions import IS_UNDONE, REPEATED
from forum.moderation.cleaning.newcomers import chosen
from forum.moderation.cleaning.plan import BanChoice, Plan
from forum.verdicts import YES, Verdict

MAX_MEMBERS = 500
START, UNDO = "start", "undo"


def start(actor: Member, member_ids: Sequence[int], plan: Plan) -> SpamWave:
    """Begin to clean up after new members; the caller commits, and then calls `run`. Sent twice, it begins once.

    Raises Invalid, or Conflict if none of them can be cleaned up after.
    """
    permissions.require(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update())
    if plan.ban is BanChoice.UNTIL and (plan.ban_until is None or plan.ban_until <= clock.now()):
        raise Invalid({"until": [say("Choose a day after today.")]})
    if len(one_line(plan.reason)) > MAX_BAN_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]})
    if len(member_ids) > MAX_MEMBERS:
        raise Invalid({"member": [say("That is too many at once: at most %(num)d.", num=MAX_MEMBERS)]})
    ids = [member.id for member in chosen(actor, member_ids)]
    if (same := _sent_before(actor, ids, plan)) is not None:
        return same
    if not ids:
        raise Conflict(say("Nobody is ticked whom you can clean up after."))
    entry = record("clean-wave", actor=actor, change=Change({}, {}), number=len(ids), reason=plan.reason)
    session.flush()
    wave = SpamWave(entry_id=entry.id, plan=plan.stored(), members=ids, refused=[], step=START, cursor=0)
    session.add(wave)
    session.flush()
    return wave


def _sent_before(actor: Member, ids: Sequence[int], plan: Plan) -> SpamWave | None:
    """The actor's last wave, if it is this one, sent again."""
    theirs = select(SpamWave).join(SpamWave.entry).where(LogEntry.actor_id == actor.id, SpamWave.undo_id.is_(None))
    recent = theirs.where(LogEntry.at > clock.now() - REPEATED).order_by(SpamWave.entry_id.desc()).limit(1)
    last = session.scalars(recent).one_or_none()
    if last is None or last.plan != plan.stored():
        return None
    return last if ids and set(ids) <= set(last.members) else None


def run(entry_id: int) -> None:
    """Do what is left of a wave or of its undoing, in short transactions, for MAX_RUN_SECONDS."""
    end = time.monotonic() + running.MAX_RUN_SECONDS
    is_left = True
    while is_left and time.monotonic() < end:
        with transaction():
            is_left = _go_on(entry_id)
    while (left := end - time.monotonic()) > 0 and (cleaning_id := _next_unfinished(entry_id)) is not None:
        running.run(cleaning_id, seconds=left)


def run_pending() -> None:
    """Continue unfinished waves, then unfinished cleanings; for a job."""
    end = time.monotonic() + running.MAX_JOB_SECONDS
    unfinished = select(SpamWave.entry_id).where(SpamWave.step != "").order_by(SpamWave.entry_id).limit(1)
    while time.monotonic() < end and (entry_id := session.scalar(unfinished)) is not None:
        session.rollback()
        with transaction():
            _go_on(entry_id)
    session.rollback()
    running.run_pending()


def _go_on(entry_id: int) -> bool:
    """Begin the cleaning of the next member, or its undoing; whether any are left."""
    wave = _locked(entry_id)
    if wave is None or not wave.step:
        return False
    batch_id = entry_id if wave.step == START else wave.undo_id
    entry = session.get(LogEntry, batch_id) if batch_id is not None else None
    actor = session.get(Member, entry.actor_id) if entry is not None and entry.actor_id else None
    if actor is None or entry is None or wave.cursor >= len(wave.members):
        wave.step, wave.finished_at = "", clock.now()
        return False
    member_id = wave.members[wave.cursor]
    wave.cursor += 1
    try:
        with session.begin_nested(), in_batch(entry.id):
            if wave.step == START:
                _begin(actor, member_id, wave)
            else:
                _take_back(actor, member_id, wave)
    except ForumError:
        wave.refused = [*wave.refused, member_id]
    session.flush()
    return True


def _begin(actor: Member, member_id: int, wave: SpamWave) -> None:
    found = chosen(actor, [member_id])
    if not found:
        raise NotFound
    actions.start(actor, found[0], Plan.from_stored(wave.plan))


def _take_back(actor: Member, member_id: int, wave: SpamWave) -> None:
    theirs = _cleanings(wave.entry_id).where(SpamCleaning.member_id == member_id, SpamCleaning.undo_id.is_(None))
    cleaning = session.scalars(theirs).one_or_none()
    if cleaning is not None:
        actions.undo(actor, cleaning.entry_id)


def _locked(entry_id: int) -> SpamWave | None:
    found = select(SpamWave).where(SpamWave.entry_id == entry_id).with_for_update()
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def _cleanings(entry_id: int) -> Select[SpamCleaning]:
    return select(SpamCleaning).join(SpamCleaning.entry).where(LogEntry.batch_id == entry_id)


def _next_unfinished(entry_id: int) -> int | None:
    unfinished = _cleanings(entry_id).where(SpamCleaning.step != "").with_only_columns(SpamCleaning.entry_id)
    found = session.scalar(unfinished.order_by(SpamCleaning.entry_id).limit(1))
    session.rollback()
    return found


def may_undo(actor: Member | None, wave: SpamWave) -> Verdict:
    """Whether the actor may undo a wave: who may ban members, once."""
    may = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    return may and (YES if wave.undo_id is None else IS_UNDONE)


def undo(actor: Member, entry_id: int) -> SpamWave:
    """Begin to undo all cleanings of a wave, or as many as have begun; the caller commits and calls `run`."""
    wave = _locked(entry_id)
    if wave is None:
        raise NotFound
    permissions.require(may_undo(actor, wave))
    begun = record("undo-wave", actor=actor, change=Change({}, {}), number=len(wave.members))
    session.flush()
    wave.undo_id, wave.step, wave.cursor, wave.finished_at = begun.id, UNDO, 0, None
    session.flush()
    return wave


def find(actor: Member, entry_id: int) -> SpamWave:
    """A wave, for who may ban members. Raises NotFound."""
    permissions.require(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    wave = session.get(SpamWave, entry_id)
    if wave is None:
        raise NotFound
    return wave


def progress(wave: SpamWave) -> tuple[int, int]:
    """How many members are done, and of how many."""
    done = "undone_at" if wave.undo_id is not None else "finished_at"
    ended = _cleanings(wave.entry_id).with_only_columns(func.count())
    number = session.scalar(ended.where(getattr(SpamCleaning, done).is_not(None))) or 0
    total = session.scalar(_cleanings(wave.entry_id).with_only_columns(func.count())) or 0
    return number, total if wave.undo_id is not None else len(wave.members) - len(wave.refused)


def counts(wave: SpamWave) -> Counter[str]:
    """What the members' cleanings have done so far, in all."""
    rows = session.scalars(_cleanings(wave.entry_id).with_only_columns(SpamCleaning.counts))
    return sum((Counter(each) for each in rows), Counter())
