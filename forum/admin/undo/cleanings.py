"""Undoing in the log: a whole cleaning of a member, and blocks of link domains."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from forum import permissions
from forum.admin.undo.kinds import UndoKind, Values, target_id
from forum.infra.database.db import session
from forum.models import BlockedLink, LogEntry, Member, Right, SpamCleaning, SpamWave
from forum.moderation.cleaning import actions, waves
from forum.spam import blocked_links
from forum.verdicts import Verdict


def _may_ban(actor: Member, _: Values) -> Verdict:
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def _present_cleaning(entry: LogEntry, _: Values) -> Values | None:
    return {} if session.get(SpamCleaning, entry.id) is not None else None


def _undo_cleaning(actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
    actions.undo(actor, entry.id)


def _present_wave(entry: LogEntry, _: Values) -> Values | None:
    return {} if session.get(SpamWave, entry.id) is not None else None


def _undo_wave(actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
    waves.undo(actor, entry.id)


def _put_block(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    row = session.get(BlockedLink, target_id(entry))
    if row is not None:
        until = cast("str | None", was["until"])
        blocked_links.set_until(actor, row, datetime.fromisoformat(until) if until else None)


_BLOCK = UndoKind(lambda entry, _: blocked_links.kept_block(target_id(entry)), _put_block, _may_ban)
CLEANING_KINDS: Mapping[str, UndoKind] = {
    "clean-member": UndoKind(_present_cleaning, _undo_cleaning, _may_ban),
    "clean-wave": UndoKind(_present_wave, _undo_wave, _may_ban),
    "block-link": _BLOCK,
    "lift-link": _BLOCK,
}
