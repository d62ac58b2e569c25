"""Groups and their members, for admins."""

from typing import Any

from flask import Response

from forum import permissions
from forum.admin.groups import group_actions, request_actions, right_actions
from forum.admin.groups.delegation import may_manage_group
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.api.lists import PageResponse, paginated, single_page
from forum.api.resources import serializers
from forum.auth import identity
from forum.infra.database.db import session
from forum.interfaces import absolute_url
from forum.members import group_requests
from forum.members.queries import find_member
from forum.models import Group, GroupMembership, GroupRequest, Member, Right
from forum.schemas.admin.groups import GroupIn, GroupRequestIn, GroupRightsIn, NewGroupIn, RefusalIn
from forum.schemas.listing import PageIn
from forum.schemas.member import (
    GroupListOut,
    GroupOut,
    GroupRequestListOut,
    GroupRightsOut,
    MembershipIn,
    MembershipListOut,
    MembershipOut,
    OwnGroupListOut,
    OwnGroupOut,
)

blueprint = ApiBlueprint("groups", "Groups of members, which access lists name; for admins, with the scope admin.")
ONE = "/groups/<id:group_id>"
MEMBER = f"{ONE}/members/<id:member_id>"


@blueprint.reads("/groups", GroupListOut, login=True)
def show_all() -> dict[str, Any]:
    """List all groups, in their order."""
    scopes.require_right(Right.MANAGE_GROUPS)
    return single_page([_group(group) for group in group_actions.groups_in_order()])


@blueprint.writes("POST", "/groups", GroupOut, body=NewGroupIn, status=201)
def create(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Create a group without members."""
    group = group_actions.create_group(scopes.require_right(Right.MANAGE_GROUPS), body)
    return _group(group), {"Location": absolute_url(f"/api/v1/groups/{group.id}")}


@blueprint.reads(ONE, GroupOut, login=True)
def show(group_id: int) -> dict[str, Any]:
    """Get a group."""
    scopes.require_right(Right.MANAGE_GROUPS)
    return _group(group_actions.find_group(group_id))


@blueprint.writes("PATCH", ONE, GroupOut, body=GroupIn, status=200)
@locks_site
def change(body: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Change a group; fields that are not sent stay as they are."""
    actor = scopes.require_right(Right.MANAGE_GROUPS)
    group = group_actions.find_group(group_id)
    group_actions.change_group(actor, group, body)
    return _group(group)


@blueprint.writes("DELETE", ONE, status=204)
@locks_site
def delete(group_id: int) -> Response:
    """Delete a group with its memberships and its entries in access lists; a built-in one cannot be deleted."""
    actor = scopes.require_right(Right.MANAGE_GROUPS)
    group_actions.delete_group(actor, group_actions.find_group(group_id))
    return Response(status=204)


@blueprint.reads(f"{ONE}/grants", GroupRightsOut, login=True)
def show_rights(group_id: int) -> dict[str, Any]:
    """Get the rights of a group, which do not depend on the board."""
    scopes.require_right(Right.MANAGE_GROUPS)
    return _rights(group_actions.find_group(group_id))


@blueprint.writes("PUT", f"{ONE}/grants", GroupRightsOut, body=GroupRightsIn, status=200)
@locks_site
def set_rights(body: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Give a group exactly these rights; those of admins, who have all, cannot be changed."""
    actor = scopes.require_right(Right.MANAGE_GROUPS)
    group = group_actions.find_group(group_id)
    right_actions.set_rights(actor, group, {Right(name) for name in body["rights"]})
    return _rights(group)


@blueprint.reads(f"{ONE}/members", MembershipListOut, query=PageIn, login=True)
def show_members(query: dict[str, Any], group_id: int) -> PageResponse:
    """List a group's members by name, also those whose membership is over; those of a built-in group are not stored."""
    actor, group = scopes.require_right(Right.MANAGE_GROUPS), group_actions.find_group(group_id)
    permissions.require(may_manage_group(actor, group))
    group_actions.require_created(group)
    rows, page = group_actions.memberships_of(group, query["page"])
    return paginated([_membership(member, membership) for member, membership in rows], page)


@blueprint.writes("PUT", MEMBER, MembershipOut, body=MembershipIn, status=200)
@locks_site
def add_member(body: dict[str, Any], group_id: int, member_id: int) -> dict[str, Any]:
    """Put a member into a group, or change until when they are in it."""
    actor = scopes.require_right(Right.MANAGE_GROUPS)
    group, member = group_actions.find_group(group_id), find_member(member_id)
    group_actions.add_member(actor, group, member, until=body["until"])
    return _membership(member, session.get_one(GroupMembership, (member.id, group.id)))


@blueprint.writes("DELETE", MEMBER, status=204)
@locks_site
def remove_member(group_id: int, member_id: int) -> Response:
    """Take a member out of a group."""
    actor = scopes.require_right(Right.MANAGE_GROUPS)
    group_actions.remove_member(actor, group_actions.find_group(group_id), find_member(member_id))
    return Response(status=204)


@blueprint.reads(f"{ONE}/requests", GroupRequestListOut, login=True)
def show_requests(group_id: int) -> dict[str, Any]:
    """List the oldest requests to join a group that wait. To accept one, put its member into the group."""
    actor, group = scopes.require_right(Right.MANAGE_GROUPS), group_actions.find_group(group_id)
    permissions.require(may_manage_group(actor, group))
    waiting = request_actions.waiting_for(actor, group)
    return single_page([_request(request, member) for request, member, _ in waiting])


@blueprint.writes("DELETE", f"{ONE}/requests/<id:member_id>", body=RefusalIn, status=204)
def refuse_request(body: dict[str, Any], group_id: int, member_id: int) -> Response:
    """Refuse a member's request to join a group, with an answer that they read."""
    actor, group = scopes.require_right(Right.MANAGE_GROUPS), group_actions.find_group(group_id)
    request_actions.refuse(actor, group, find_member(member_id), answer=body["answer"])
    return Response(status=204)


@blueprint.reads("/me/groups", OwnGroupListOut, login=True)
def show_own() -> dict[str, Any]:
    """List the groups that take requests, and what has become of the caller's."""
    return single_page([_own(each) for each in group_requests.open_groups(identity.member())])


@blueprint.writes("PUT", "/me/groups/<id:group_id>", OwnGroupOut, body=GroupRequestIn, status=200)
def ask(body: dict[str, Any], group_id: int) -> dict[str, Any]:
    """Ask to join a group."""
    return _own(group_requests.ask(identity.member(), group_id, reason=body["reason"]))


@blueprint.writes("DELETE", "/me/groups/<id:group_id>", status=204)
def withdraw_or_leave(group_id: int) -> Response:
    """Withdraw the request to join a group, or leave it."""
    group_requests.withdraw_or_leave(identity.member(), group_id)
    return Response(status=204)


def _own(each: group_requests.OpenGroup) -> dict[str, Any]:
    shown = {name: getattr(each.group, name) for name in ("id", "title", "description")}
    return shown | {"state": each.state, "answer": each.request.answer if each.request else ""}


def _request(request: GroupRequest, member: Member) -> dict[str, Any]:
    return {"member": serializers.member_ref(member), "reason": request.reason, "created_at": request.created_at}


def _group(group: Group) -> dict[str, Any]:
    shown = (
        *(
            "id",
            "title",
            "description",
            "is_built_in",
            "banner_text",
            "banner_colour",
            "takes_requests",
            "edit_minutes",
        ),
        *("min_messages", "min_days", "min_score"),
    )
    return {name: getattr(group, name) for name in shown}


def _rights(group: Group) -> dict[str, Any]:
    return {"rights": sorted(right_actions.rights_of(group))}


def _membership(member: Member, membership: GroupMembership) -> dict[str, Any]:
    return {
        "member": serializers.member_ref(member),
        "created_at": membership.created_at,
        "until": membership.until,
    }
