"""How each kind of change in the log is undone: what is stored now, and the action that stores the earlier values.

A change is undone by the action that made it, so that permissions, validation and the log hold as they did before.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from forum import permissions
from forum.admin import board_actions, row_actions
from forum.admin.groups import group_actions, right_actions, visibility
from forum.admin.members import member_actions, renames
from forum.admin.row_types import GROUPS, ROW_TYPES, RowType
from forum.audit_log import REMOVED
from forum.decisions import earlier
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.members import roles, sanctions
from forum.members.signup import invitations, signs
from forum.models import AccessLevel, Group, LogEntry, Member, Right, Role, Visibility
from forum.moderation import campaigns, queue, reviews
from forum.site.access import AccessEntry, AccessList
from forum.verdicts import YES, Verdict

IS_GONE = Verdict(Conflict(say("What was changed here no longer exists, so this cannot be undone.")))
IN_USE = Verdict(Conflict(say("It has members, rights or access lists by now. Delete it on its page if you want to.")))
Values = Mapping[str, Any]
Put = Callable[[Member, LogEntry, Values, Values], None]


class UndoKind(NamedTuple):
    """How a kind of change is undone.

    `present` returns what is stored now under the names of the change, None if its object is gone; `put` stores the
    earlier values; `may` says whether an actor may make such changes at all.
    """

    present: Callable[[LogEntry, Values], Values | None]
    put: Put
    may: Callable[[Member, Values], Verdict]


def target_id(entry: LogEntry) -> int:
    """The id in an entry's target, "board:7"."""
    return int(entry.target.rpartition(":")[2])


def named_targets(values: Values) -> set[str]:
    """The groups and boards that values name by their ids, as the log names them once they are deleted."""
    groups = {values.get("group"), *(row[0] for row in values.get("access") or ())}
    boards = {values.get("parent_id"), values.get("board"), values.get("board_id")}
    return {f"groups:{group_id}" for group_id in groups} | {f"board:{board_id}{REMOVED}" for board_id in boards}


def require_no_wider(entry: LogEntry, was: Values) -> None:
    """Raise Wider if the earlier access list or place of a board shows threads to more people."""
    if not {"access", "parent_id"} & was.keys():
        return
    board = board_actions.find_board(target_id(entry))
    if "access" in was:
        visibility.require_no_wider_list(board, entries_of(was["access"]))
    else:
        visibility.require_no_wider_place(board, was["parent_id"])


def entries_of(rows: Sequence[Sequence[Any]] | None) -> AccessList | None:
    """An access list as an entry keeps it; None for the parent's."""
    return None if rows is None else tuple(AccessEntry(row[0], AccessLevel(row[1]), *row[2:]) for row in rows)


def for_right(right: Right | None) -> Callable[[Member, Values], Verdict]:
    """Who may undo: admins, or those with a right."""
    if right is None:
        return lambda actor, _: permissions.may_administer(actor)
    return lambda actor, _: permissions.may_use_right(actor, right)


# --- rows of lists, and groups ----------------------------------------------------------------------


class _Rows:
    """How changes of the rows of a kind are undone. A deleted row is made again, as the last one."""

    def __init__(self, kind: RowType) -> None:
        self.kind = kind

    def kinds(self) -> dict[str, UndoKind]:
        name, may = self.kind.name, for_right(self.kind.right)
        return {
            f"change-{name}": UndoKind(self.present, self.put, may),
            f"move-{name}": UndoKind(self.present_place, self.put_place, may),
            f"create-{name}": UndoKind(self.present, self.remove, may),
            f"delete-{name}": UndoKind(lambda _, __: {}, self.make_again, may),
        }

    def row(self, entry: LogEntry) -> Any:
        return session.get(self.kind.model, target_id(entry), populate_existing=True)

    def present(self, entry: LogEntry, now: Values) -> Values | None:
        row = self.row(entry)
        return row and {name: getattr(row, name) for name in now}

    def present_place(self, entry: LogEntry, _: Values) -> Values | None:
        row = self.row(entry)
        return row and {"place": row_actions.rows_of(self.kind).index(row) + 1}

    def put(self, actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
        row_actions.change_row(actor, self.kind, self.row(entry), was)

    def put_place(self, actor: Member, entry: LogEntry, was: Values, now: Values) -> None:
        for _ in range(abs(was["place"] - now["place"])):
            self.move(actor, self.row(entry), up=was["place"] < now["place"])

    def move(self, actor: Member, row: Any, *, up: bool) -> None:
        row_actions.move_row(actor, self.kind, row, up=up)

    def remove(self, actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
        row_actions.delete_row(actor, self.kind, self.row(entry))

    def make_again(self, actor: Member, _: LogEntry, was: Values, __: Values) -> None:
        row_actions.create_row(actor, self.kind, was)


class _Groups(_Rows):
    """Groups, which not everybody who manages some may move past others."""

    def move(self, actor: Member, row: Any, *, up: bool) -> None:
        group_actions.move_group(actor, row, up=up)

    def remove(self, actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
        group = self.row(entry)
        has_members = group_actions.member_counts().get(group.id, 0)
        is_used = has_members or group_actions.lists_with(group) or right_actions.rights_of(group)
        permissions.require(IN_USE if is_used else YES)
        group_actions.delete_group(actor, group)


def _present_group(entry: LogEntry, now: Values) -> Values | None:
    group = session.get(Group, target_id(entry), populate_existing=True)
    if group is None:
        return None
    if "rights" in now:
        return right_actions.kept_rights(right_actions.rights_of(group))
    return {name: getattr(group, name) for name in now}


def _put_group(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    group = group_actions.find_group(target_id(entry))
    if "rights" in was:
        right_actions.set_rights(actor, group, [Right(right) for right in was["rights"] if right in set(Right)])
    else:
        group_actions.change_group(actor, group, was)


# --- members ----------------------------------------------------------------------------------------


def _member(entry: LogEntry) -> Member | None:
    return session.get(Member, target_id(entry), populate_existing=True)


def _of_member(present: Callable[[Member, Values], Values | None]) -> Callable[[LogEntry, Values], Values | None]:
    """Values of a member; None if the account was closed."""

    def read(entry: LogEntry, now: Values) -> Values | None:
        member = _member(entry)
        return present(member, now) if member is not None and member.closed_at is None else None

    return read


def _for_member(put: Callable[[Member, Member, Values], None]) -> Put:
    def store(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
        member = _member(entry)
        if member is not None:
            put(actor, member, was)

    return store


def _put_hold(actor: Member, member: Member, was: Values) -> None:
    signs.hold_first_posts(actor, member, hold=was["holds_posts"], lets_fine_pass="lets_fine_pass" in was)


def _columns(member: Member, now: Values) -> Values:
    return {name: str(getattr(member, name)) for name in now}


def _present_membership(member: Member, now: Values) -> Values | None:
    is_there = session.get(Group, now["group"]) is not None
    return group_actions.kept_membership(now["group"], member) if is_there else None


def _put_membership(actor: Member, member: Member, was: Values) -> None:
    group = group_actions.find_group(was["group"])
    if was["is_member"]:
        group_actions.add_member(actor, group, member, until=_moment(was["until"]))
    else:
        group_actions.remove_member(actor, group, member)


def _put_ban(actor: Member, member: Member, was: Values) -> None:
    before = earlier.lasting(was["ban"])
    if before is None:
        earlier.require_lifted(was["ban"], lifted=sanctions.unban(actor, member))
    else:
        sanctions.ban(actor, member, reason=before.reason, until=before.until)


def _put_mute(actor: Member, member: Member, was: Values) -> None:
    board_id, before = was["board"], earlier.lasting(was["mute"])
    if before is None:
        earlier.require_lifted(was["mute"], lifted=sanctions.unmute(actor, member, board_id=board_id))
    else:
        sanctions.mute(actor, member, board_id=board_id, reason=before.reason, until=before.until)


# --- the approval queue -----------------------------------------------------------------------------


def _present_approval(entry: LogEntry, _: Values) -> Values | None:
    return queue.kept_decision(target_id(entry))


def _put_approval(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    item = queue.latest_of(actor, target_id(entry))
    if was["visibility"] == Visibility.HELD:
        queue.reopen(actor, item)
    elif was["visibility"] == Visibility.PUBLIC:
        queue.approve(actor, item)
    else:
        queue.reject(actor, item, decision=was["decision"] or "reject", reason=was["reason"])


def _present_campaign(entry: LogEntry, _: Values) -> Values | None:
    return campaigns.kept_decision(target_id(entry))


def _put_campaign(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    campaigns.put_decision(actor, target_id(entry), was["decision"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _may_mute(actor: Member, now: Values) -> Verdict:
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    moderates = now["board"] in permissions.scope_of(actor).moderate
    return permissions.unless_lacking(actor) if moderates and not verdict else verdict


def _may_invite(actor: Member, _: Values) -> Verdict:
    return permissions.may_write(actor)


_ADMIN, _BANS, _MANAGES = for_right(None), for_right(Right.BAN_MEMBERS), for_right(Right.MANAGE_MEMBERS)
_MANAGES_GROUPS = for_right(Right.MANAGE_GROUPS)
_GROUPS = _Groups(GROUPS).kinds()
_BAN = UndoKind(_of_member(lambda member, _: sanctions.kept_ban(member)), _for_member(_put_ban), _BANS)
_APPROVAL = UndoKind(_present_approval, _put_approval, lambda actor, _: reviews.may_moderate_some(actor))
_MUTE = UndoKind(
    _of_member(lambda member, now: sanctions.kept_mute(member, now["board"])), _for_member(_put_mute), _may_mute
)
_MEMBERSHIP = UndoKind(_of_member(_present_membership), _for_member(_put_membership), _MANAGES_GROUPS)
_INVITATIONS = UndoKind(
    lambda _, now: {"revoked": invitations.revoked_ids(now["revoked"])},
    lambda actor, entry, was, _: invitations.restore(actor, was["open"], target=entry.target),
    _may_invite,
)
KINDS: Mapping[str, UndoKind] = {
    **{action: kind for rows in ROW_TYPES.values() for action, kind in _Rows(rows).kinds().items()},
    "change-groups": UndoKind(_present_group, _put_group, _MANAGES_GROUPS),
    **{f"{act}-groups": _GROUPS[f"{act}-groups"] for act in ("create", "move")},
    "join-group": _MEMBERSHIP,
    "leave-group": _MEMBERSHIP,
    "change-title": UndoKind(
        _of_member(_columns),
        _for_member(lambda actor, member, was: member_actions.change_title(actor, member, was["custom_title"])),
        _MANAGES,
    ),
    "rename-member": UndoKind(
        _of_member(_columns),
        _for_member(lambda actor, member, was: renames.rename(actor, member, was["username"])),
        _MANAGES,
    ),
    "set-role": UndoKind(
        _of_member(_columns),
        _for_member(lambda actor, member, was: roles.set_role(actor, member, Role(was["role"]))),
        _ADMIN,
    ),
    "approve-post": _APPROVAL,
    "reject-post": _APPROVAL,
    "hold-post": _APPROVAL,
    "decide-campaign": UndoKind(_present_campaign, _put_campaign, lambda actor, _: reviews.may_moderate_some(actor)),
    "ban": _BAN,
    "unban": _BAN,
    "hold-first-posts": UndoKind(
        _of_member(lambda member, _: signs.kept_hold(member)),
        _for_member(_put_hold),
        _BANS,
    ),
    "mute": _MUTE,
    "unmute": _MUTE,
    "revoke-invitation": _INVITATIONS,
    "revoke-invitations": _INVITATIONS,
}
