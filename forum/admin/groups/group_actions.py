"""Groups: create, change and delete them, and change who is in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, or_, select

from forum import page_versions
from forum.admin import row_actions
from forum.admin.groups.delegation import authorize_group, may_manage_group, require_own_minutes
from forum.admin.row_types import GROUPS
from forum.admin.rules import Administrator
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.paging import SIZE, Page
from forum.infra.text.messages import say
from forum.models import BoardAccess, Group, GroupMembership, GroupRequest, Member
from forum.permissions import require
from forum.site.queries import snapshot

NEW: Mapping[str, object] = {
    **dict.fromkeys(("description", "banner_text", "banner_colour"), ""),
    "takes_requests": False,
    **dict.fromkeys(("edit_minutes", "min_messages", "min_days", "min_score")),
}
MAX_MEMBER_PAGES = 500
MAX_GROUPS_OF_MEMBER = 50


def groups_in_order() -> list[Group]:
    """All groups in the order of the admins."""
    return list(session.scalars(select(Group).order_by(Group.order, Group.id)))


def find_group(group_id: int) -> Group:
    """A group. Raises NotFound."""
    group = session.get(Group, group_id)
    if group is None:
        raise NotFound
    return group


def group_values(group: Group) -> dict[str, object]:
    """What can be changed of a group."""
    return row_actions.row_values(GROUPS, group)


def create_group(actor: Administrator, given: Mapping[str, object]) -> Group:
    """Create a group without members. Raises Invalid."""
    require_own_minutes(authorize_group(actor), given)
    return cast("Group", row_actions.create_row(actor, GROUPS, {**NEW, **_normalised(given)}))


def change_group(
    actor: Administrator, group: Group, given: Mapping[str, object], *, seen: str | None = None
) -> list[str]:
    """Change a group, also a built-in one. Raises Invalid or ChangedMeanwhile."""
    require_own_minutes(authorize_group(actor, group), given)
    changed = row_actions.change_row(actor, GROUPS, group, _normalised(given), seen=seen)
    if {"banner_text", "banner_colour"} & set(changed):
        page_versions.invalidate_removed_threads()
    return changed


def _normalised(given: Mapping[str, object]) -> Mapping[str, object]:
    colour = given.get("banner_colour")
    return {**given, "banner_colour": colour.strip().lower()} if isinstance(colour, str) else given


def move_group(actor: Administrator, group: Group, *, up: bool) -> None:
    """Move a group one place up or down in the list."""
    admin = authorize_group(actor, group)
    groups = groups_in_order()
    place = groups.index(group) + (-1 if up else 1)
    if admin is not None and 0 <= place < len(groups):
        require(may_manage_group(admin, groups[place]))  # with which it changes places
    row_actions.move_row(actor, GROUPS, group, up=up)


def delete_group(actor: Administrator, group: Group) -> None:
    """Delete a group with its memberships and its entries in access lists. Raises Conflict for a built-in one."""
    authorize_group(actor, group)
    if group.is_built_in:
        raise Conflict(say("This group is built in and cannot be deleted."))
    row_actions.delete_row(actor, GROUPS, group)
    page_versions.invalidate_removed_threads()


def add_member(actor: Administrator, group: Group, member: Member, *, until: datetime | None = None) -> None:
    """Put a member into a group, until a moment if there is one; for a member of it, change that moment.

    Raises Conflict for a built-in group, whose members follow from their roles, and Invalid.
    """
    admin = authorize_group(actor, group, member=member)
    require_created(group)
    if until is not None and until <= clock.now():
        raise Invalid({"until": [say("Choose a day after today.")]})
    store_membership(admin, group, member, until=until)


def store_membership(admin: Member | None, group: Group, member: Member, *, until: datetime | None = None) -> None:
    """Put a member into a group, and delete their request for it; the caller has checked who may. Raises Invalid."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    others = select(func.count()).where(GroupMembership.member_id == member.id, GroupMembership.group_id != group.id)
    if (session.scalar(others) or 0) >= MAX_GROUPS_OF_MEMBER:
        words = say("A member can be in at most %(num)d groups.", num=MAX_GROUPS_OF_MEMBER)
        raise Invalid({"member": [words]})
    before = kept_membership(group.id, member)
    asked = (GroupRequest.member_id == member.id, GroupRequest.group_id == group.id)
    session.execute(delete(GroupRequest).where(*asked))
    row = {"member_id": member.id, "group_id": group.id, "created_at": clock.now(), "until": until}
    row["by_id"] = admin.id if admin else None
    kept = {"until": until, "by_id": row["by_id"]}
    session.execute(
        insert_into(GroupMembership)
        .values(row)
        .on_conflict_do_update(index_elements=["member_id", "group_id"], set_=kept)
    )
    session.expire(member, ["joined_groups"])
    told = {"until": snapshot().day_of(until).isoformat()} if until else {}
    change = Change(before, kept_membership(group.id, member))
    record("join-group", actor=admin, target=f"member:{member.id}", change=change, name=group.title, **told)


def remove_member(actor: Administrator, group: Group, member: Member) -> None:
    """Take a member out of a group. Raises Conflict for a built-in group, and NotFound if they are not in it."""
    admin = authorize_group(actor, group, member=member)
    require_created(group)
    membership = session.get(GroupMembership, (member.id, group.id), with_for_update=True)
    if membership is None:
        raise NotFound
    before = kept_membership(group.id, member)
    session.execute(
        delete(GroupMembership).where(GroupMembership.member_id == member.id, GroupMembership.group_id == group.id)
    )
    session.expire(member, ["joined_groups"])
    change = Change(before, kept_membership(group.id, member))
    record("leave-group", actor=admin, target=f"member:{member.id}", change=change, name=group.title)


def kept_membership(group_id: int, member: Member) -> dict[str, object]:
    """Whether a member is in a group, and until when, as the log keeps it, so that a change can be undone."""
    key = (GroupMembership.member_id == member.id, GroupMembership.group_id == group_id)
    row = session.execute(select(GroupMembership.until).where(*key)).first()
    return {"group": group_id, "is_member": row is not None, "until": row[0].isoformat() if row and row[0] else None}


def require_created(group: Group) -> None:
    """Raise Conflict for a built-in group."""
    if group.is_built_in:
        raise Conflict(say("The members of this group follow from their roles. Change the role of the member."))


def memberships_of(group: Group, number: int) -> tuple[list[tuple[Member, GroupMembership]], Page]:
    """A page of a group's members by name, also of those whose membership is over. Raises NotFound past the end."""
    mine = select(Member.id).join(GroupMembership, GroupMembership.member_id == Member.id)
    ids = mine.where(GroupMembership.group_id == group.id).order_by(Member.plain_name, Member.id)
    page = bounded_count(number, ids, most=MAX_MEMBER_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    rows = (
        select(Member, GroupMembership)
        .join(GroupMembership, GroupMembership.member_id == Member.id)
        .where(GroupMembership.group_id == group.id, Member.id.in_(ids.offset(page.offset).limit(page.size)))
        .order_by(Member.plain_name, Member.id)
    )
    return [(member, membership) for member, membership in session.execute(rows)], page


def groups_of_member(member: Member) -> list[tuple[Group, datetime | None]]:
    """The groups that a member is in now without the built-in ones, and until when."""
    rows = select(Group, GroupMembership.until).join(GroupMembership, GroupMembership.group_id == Group.id)
    rows = rows.where(GroupMembership.member_id == member.id).order_by(Group.order, Group.id)
    now = clock.now()
    return [(group, until) for group, until in session.execute(rows) if until is None or until > now]


def member_counts() -> dict[int, int]:
    """The number of members of each group that has any, without those whose membership is over."""
    now = clock.now()
    counts = select(GroupMembership.group_id, func.count()).group_by(GroupMembership.group_id)
    counts = counts.where(or_(GroupMembership.until.is_(None), GroupMembership.until > now))
    return {row[0]: row[1] for row in session.execute(counts)}


def lists_with(group: Group) -> int:
    """The number of access lists that name a group."""
    return session.scalar(select(func.count()).where(BoardAccess.group_id == group.id)) or 0
