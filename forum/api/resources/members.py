"""Members, and the caller's own account."""

from typing import Any

from forum import permissions
from forum.admin.edit_conflicts import fingerprint
from forum.admin.members.renames import rename
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.members import queries
from forum.members.lists import members_on_page
from forum.notifications.queries import unseen_count
from forum.schemas.admin.members import RenameIn
from forum.schemas.member import SCOPES, MemberListOut, MemberOut, MembersIn, MeOut

blueprint = ApiBlueprint("members", "Members and their profiles.")


@blueprint.reads("/members", MemberListOut, query=MembersIn)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the members."""
    permissions.require(permissions.may_see_members(identity.visitor()))
    members, page = members_on_page(query["sort"], query["page"])
    return paginated([serializers.member(row) for row in members], page)


@blueprint.reads("/members/<id:member_id>", MemberOut)
def show(member_id: int) -> dict[str, Any]:
    """Get a member's profile."""
    caller, member = identity.visitor(), queries.find_member(member_id)
    if caller != member:
        permissions.require(permissions.may_see_members(caller))
    return serializers.member(member)


@blueprint.writes("PATCH", "/members/<id:member_id>", MemberOut, body=RenameIn, status=200)
def change(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Give a member another name; needs the right to manage members."""
    scopes.require_scopes("admin")
    actor, member = identity.member(), queries.find_member(member_id)
    rename(actor, member, body["username"], seen=fingerprint({"username": member.username}))  # as If-Match was checked
    return serializers.member(member)


@blueprint.reads("/me", MeOut, login=True)
def show_me() -> dict[str, Any]:
    """Get the caller's own account."""
    me, held = identity.member(), identity.scopes()
    return serializers.member(me) | {
        **dict.fromkeys(("unseen_notifications", "unread_alerts"), unseen_count(me)),
        "scopes": [scope for scope in SCOPES if scope in held],
    }
