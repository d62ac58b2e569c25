"""Who may read what of the log, and finding entries in it."""

import re
from collections.abc import Mapping
from typing import Any

from forum import permissions
from forum.audit_log import REMOVED, LogQuery
from forum.infra import clock
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Member

STAFF_ACTS = (
    "pin-thread",
    "unpin-thread",
    "lock-thread",
    "unlock-thread",
    "move-thread",
    "merge-thread",
    "merge-threads",
    "split-thread",
    "split-posts",
    "slow-thread",
    "delete-thread",
    "undelete-thread",
    "delete-post",
    "undelete-post",
    "edit-post",
    "edit-title",
    "approve-post",
    "reject-post",
    "hold-post",
    "moderate-in-bulk",
    "undo-in-bulk",
    "ban",
    "unban",
    "mute",
    "unmute",
    "clean-member",
    "undo-cleaning",
    "remove-reactions",
    "settle-case",
    "teach-spam",
    "restore-part",
    "block-link",
    "lift-link",
    "approve-member",
    "reject-member",
    "ask-member",
    "hold-member",
    "see-addresses",
    "ban-from-thread",
    "unban-from-thread",
    "block-signup",
    "unblock-signup",
    "hide-reported",
    "decide-report",
    "reopen-report",
)
_TARGET = re.compile(r"[a-z]+:\S+")


def readable_actions(actor: Member) -> tuple[str, ...]:
    """The actions that an actor may read of: of admins all, told by an empty tuple; of others what moderators do."""
    permissions.require(permissions.may_see_log(actor))
    return () if permissions.may_administer(actor) else STAFF_ACTS


def log_query(actor: Member, given: Mapping[str, Any]) -> LogQuery:
    """What an actor may see of what they look for. Raises Invalid for unknown names, and texts for others than admins.

    A text might be found in details that only admins see.
    """
    readable = readable_actions(actor)
    if given["text"].strip() and readable:
        raise Invalid({"text": [say("Only admins can search the details.")]})
    who, last, action = _named(given["who"]), given["last"], given["action"].strip()
    if given["who"].strip() and who is None:
        raise Invalid({"who": [say("There is no member with this name.")]})
    if action and readable and action not in readable:
        raise Invalid({"action": [say("Only admins can see these entries.")]})
    return LogQuery(
        actions=(action,) if action else readable,
        actor_id=who.id if who else None,
        targets=_targets(given["target"]),
        text=given["text"].strip(),
        since=given["first"],
        until=clock.end_of(last) if last else None,
    )


def _named(name: str) -> Member | None:
    return member_by_name(name.strip()) if name.strip() else None


def _targets(typed: str) -> tuple[str, ...]:
    """The targets that are meant: one such as "board:7", or a member by name. Raises Invalid for an unknown name.

    Also those that had the number before, and were deleted.
    """
    text = typed.strip().removesuffix(REMOVED)
    if not text or _TARGET.fullmatch(text):
        return (text, text + REMOVED) if text else ()
    member = _named(text)
    if member is None:
        raise Invalid({"target": [say("Enter the name of a member, or a kind and a number such as board:7.")]})
    return (f"member:{member.id}",)
