"""Which groups may be changed by those who have the right to manage groups without being admins.

Nobody becomes stronger by it, nor makes others stronger than themselves: they change groups below their own that may do
nothing more than they, give them only rights that they have, and put nobody into them or out of them who is staff.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select

from forum.admin.members.member_actions import can_all_that
from forum.admin.rules import MAX_EDIT_WINDOW_MINUTES, Administrator, Operator, authorize
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import say
from forum.models import Group, Member, Right
from forum.permissions import may_administer, may_use_right, require, scope_of
from forum.site.access import ACTS, OWN_ONLY, AccessEntry, AccessScope, acts_of
from forum.site.group_membership import groups_of
from forum.site.queries import snapshot
from forum.verdicts import YES, Verdict

BUILT_IN = Verdict(Forbidden(say("Only admins can change the groups that are built in.")))
ABOVE = Verdict(Forbidden(say("You can only change groups that are below your own in the list.")))
STRONGER = Verdict(Forbidden(say("This group may do more than you. Only admins can change it.")))
STAFF = Verdict(Forbidden(say("Only admins can change the groups of staff.")))


def may_manage_group(actor: Member, group: Group) -> Verdict:
    """Whether the actor may change a group, its rights and its members."""
    verdict = may_use_right(actor, Right.MANAGE_GROUPS)
    if not verdict or may_administer(actor):
        return verdict
    if group.is_built_in:
        return BUILT_IN
    if group.order <= _place_of(actor):
        return ABOVE
    return STRONGER if _allows_more(group, actor) else YES


def authorize_group(actor: Administrator, group: Group | None = None, *, member: Member | None = None) -> Member | None:
    """Require that the actor may change a group, or any, and the memberships of a member.

    Returns the actor for the log, None for the operator.
    """
    admin = authorize(actor, Right.MANAGE_GROUPS)
    if admin is not None and group is not None:
        require(may_manage_group(admin, group))
    if admin is not None and member is not None and not may_administer(admin):
        require(YES if can_all_that(admin, member) else STAFF)
    return admin


def may_answer(actor: Member, group: Group) -> Verdict:
    """Whether the actor may let members join a group who ask to: also who manages members, if it gives no more."""
    verdict = may_use_right(actor, Right.MANAGE_MEMBERS)
    if verdict and not may_administer(actor) and not group.is_built_in:
        return STRONGER if _allows_more(group, actor) else YES
    return may_manage_group(actor, group)


def authorize_answer(actor: Administrator, group: Group, member: Member) -> Member | None:
    """Require that the actor may answer a member's request; returns the actor for the log, None for the operator."""
    if isinstance(actor, Operator):
        return None
    require(may_answer(actor, group))
    require(YES if may_administer(actor) or can_all_that(actor, member) else STAFF)
    return actor


def require_own_rights(admin: Member | None, rights: Collection[Right]) -> None:
    """Raise Invalid if somebody gives rights that they do not have themselves."""
    if admin is not None and not scope_of(admin).rights.issuperset(rights):
        raise Invalid({"rights": [say("You can only give rights that you have yourself.")]})


def require_own_minutes(admin: Member | None, given: Mapping[str, object]) -> None:
    """Raise Invalid if somebody lets a group edit for longer than they may themselves."""
    minutes = given.get("edit_minutes")
    if admin is not None and isinstance(minutes, int) and minutes > _own_minutes(scope_of(admin)):
        raise Invalid({"edit_minutes": [say("You can only give as much time as you have yourself.")]})


def _own_minutes(ours: AccessScope) -> int:
    """For how long somebody may edit their posts, in minutes."""
    setting = snapshot().edit_window_minutes
    has_no_limit = not setting or Right.EDIT_WITHOUT_LIMIT in ours.rights
    return MAX_EDIT_WINDOW_MINUTES if has_no_limit else max(setting, ours.edit_minutes)


def _place_of(actor: Member) -> int:
    """The place in the list of the actor's highest group that gives the right to manage groups."""
    access = snapshot().access
    giving = [group_id for group_id in groups_of(actor) if Right.MANAGE_GROUPS in access.rights_of(group_id)]
    return session.scalar(select(func.min(Group.order)).where(Group.id.in_(giving))) or 0


def _allows_more(group: Group, actor: Member) -> bool:
    """Whether a group has a right, or a list an entry for it, that allows something that the actor may not do.

    Entries are judged one by one: a member who sees the board above by another group may gain from one of which the
    group alone gets nothing.
    """
    access, ours = snapshot().access, scope_of(actor)
    entries = ((board, entry) for board, entries in access.own.items() for entry in entries)
    named = [(board, entry) for board, entry in entries if entry.group_id == group.id]
    if (group.edit_minutes or 0) > _own_minutes(ours):
        return True
    return not access.rights_of(group.id) <= ours.rights or any(_is_beyond(ours, *each) for each in named)


def _is_beyond(ours: AccessScope, board_id: int, entry: AccessEntry) -> bool:
    acts = acts_of((entry,), frozenset({entry.group_id}))
    needed = [getattr(ours, act) for act in acts if act in ACTS] + ([] if OWN_ONLY in acts else [ours.shared])
    return not all(board_id in boards for boards in needed)
