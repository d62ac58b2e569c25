"""Change the rights of groups."""

from collections.abc import Collection

from sqlalchemy import delete, insert

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.groups.delegation import authorize_group, require_own_rights
from forum.admin.rules import Administrator
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import say
from forum.models import BuiltInGroup, Group, GroupRight, Right
from forum.models.members.group_right import DEFAULT_RIGHTS, GUEST_RIGHTS
from forum.site import actions as site
from forum.site.queries import follow_database, snapshot


def rights_of(group: Group) -> frozenset[Right]:
    """The rights of a group."""
    return snapshot().access.rights_of(group.id)


def right_values(group: Group) -> dict[str, object]:
    """The rights of a group as the value that admins edit and the log shows."""
    return {"rights": _shown(rights_of(group))}


def set_rights(actor: Administrator, group: Group, rights: Collection[Right], *, seen: str | None = None) -> bool:
    """Give a group exactly these rights; returns whether anything changed. `seen` is as in set_list().

    Raises Conflict for admins, who have all rights; Invalid for rights that guests cannot have; ChangedMeanwhile.
    """
    admin = authorize_group(actor, group)
    require_own_rights(admin, rights)
    if group.id == BuiltInGroup.GUESTS and not GUEST_RIGHTS.issuperset(rights):
        raise Invalid({"rights": [say("Guests cannot have rights that need an account.")]})
    if group.id == BuiltInGroup.ADMINS:
        raise Conflict(say("Admins have all rights."))
    site.lock()
    follow_database()
    stored, given = right_values(group), {"rights": _shown(rights)}
    require_unchanged(stored, given, seen=seen)
    if given == stored:
        return False
    before = kept_rights(rights_of(group))
    _store(group.id, rights)
    site.bump_version()
    told = {"name": "rights", "was": stored["rights"], "now": given["rights"]}
    record(
        "change-groups", actor=admin, target=f"groups:{group.id}", change=Change(before, kept_rights(rights)), **told
    )
    return True


def kept_rights(rights: Collection[Right]) -> dict[str, object]:
    """The rights as the log keeps them, so that the change can be undone."""
    return {"rights": [str(right) for right in Right if right in rights]}


def _store(group_id: int, rights: Collection[Right]) -> None:
    """Store the differences from the group's defaults."""
    changed = set(rights) ^ DEFAULT_RIGHTS.get(group_id, frozenset())
    session.execute(delete(GroupRight).where(GroupRight.group_id == group_id))
    if changed:
        rows = [{"group_id": group_id, "right": right, "is_granted": right in rights} for right in sorted(changed)]
        session.execute(insert(GroupRight), rows)


def _shown(rights: Collection[Right]) -> str:
    return ", ".join(right for right in Right if right in rights) or "–"
