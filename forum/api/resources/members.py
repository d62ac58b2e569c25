"""Members, whom the caller ignores and follows, and the caller's own account."""

from datetime import datetime
from typing import Any

from flask import Response

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
from forum.models import Member
from forum.notifications.queries import unseen_count
from forum.relations import actions as relations
from forum.relations.queries import followed_on_page, ignored_on_page
from forum.schemas.admin.members import RenameIn
from forum.schemas.listing import PageIn
from forum.schemas.member import SCOPES, MemberListOut, MemberOut, MembersIn, MeOut, RelatedMemberListOut

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


@blueprint.writes("PUT", "/members/<id:member_id>/ignore", status=204)
def ignore(member_id: int) -> Response:
    """Ignore a member, who is not told. Lists and threads still contain what they write: hide it by `me/ignored`."""
    relations.ignore(identity.member(), queries.find_member(member_id))
    return Response(status=204)


@blueprint.writes("DELETE", "/members/<id:member_id>/ignore", status=204)
def stop_ignoring(member_id: int) -> Response:
    """Ignore a member no longer."""
    relations.stop_ignoring(identity.member(), queries.find_member(member_id))
    return Response(status=204)


@blueprint.writes("PUT", "/members/<id:member_id>/follow", status=204)
def follow(member_id: int) -> Response:
    """Follow a member; the caller is told of the threads that they start."""
    relations.follow(identity.member(), queries.find_member(member_id))
    return Response(status=204)


@blueprint.writes("DELETE", "/members/<id:member_id>/follow", status=204)
def unfollow(member_id: int) -> Response:
    """Follow a member no longer."""
    relations.unfollow(identity.member(), queries.find_member(member_id))
    return Response(status=204)


@blueprint.reads("/me/ignored", RelatedMemberListOut, query=PageIn, login=True)
def show_ignored(query: dict[str, Any]) -> PageResponse:
    """List those whom the caller ignores."""
    rows, page = ignored_on_page(identity.member(), query["page"])
    return paginated([_related(row.ignored, row.created_at) for row in rows], page)


@blueprint.reads("/me/following", RelatedMemberListOut, query=PageIn, login=True)
def show_followed(query: dict[str, Any]) -> PageResponse:
    """List those whom the caller follows."""
    rows, page = followed_on_page(identity.member(), query["page"])
    return paginated([_related(row.followed, row.created_at) for row in rows], page)


def _related(member: Member, since: datetime) -> dict[str, Any]:
    return {"member": serializers.member_ref(member), "created_at": since}


@blueprint.reads("/me", MeOut, login=True)
def show_me() -> dict[str, Any]:
    """Get the caller's own account."""
    me, held = identity.member(), identity.scopes()
    return serializers.member(me) | {
        "unread_alerts": unseen_count(me),
        "scopes": [scope for scope in SCOPES if scope in held],
    }
