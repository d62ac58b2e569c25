"""The caller's invitations to register."""

from typing import Any

from flask import Response

from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.interfaces import absolute_url, mail_link_base
from forum.members.signup import invitations
from forum.models import Invitation
from forum.schemas.account import InvitationIn
from forum.schemas.listing import PageIn
from forum.schemas.member import InvitationListOut, InvitationOut

blueprint = ApiBlueprint("invitations", "Invitations with which others can register.")


@blueprint.reads("/me/invitations", InvitationListOut, query=PageIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the caller's invitations."""
    rows, page = invitations.invitations_of(identity.member(), query["page"])
    return paginated([_invitation(row) for row in rows], page)


@blueprint.writes("POST", "/me/invitations", InvitationOut, body=InvitationIn, status=201)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Create an invitation; with an address, its link is mailed there and not returned."""
    return _invitation(invitations.invite(identity.member(), email=body["email"], home=mail_link_base()))


@blueprint.writes("DELETE", "/me/invitations/<id:invitation_id>", status=204)
def revoke(invitation_id: int) -> Response:
    """Revoke an invitation, so that nobody can use it any more."""
    invitations.revoke(identity.member(), invitation_id)
    return Response(status=204)


def _invitation(row: Invitation) -> dict[str, Any]:
    path = invitations.path_for_inviter(row)
    return {
        "id": row.id,
        "state": row.state.value,
        "url": absolute_url(path) if path else None,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
        "used_by": serializers.member_ref(row.used_by) if row.used_by_id and row.used_by else None,
    }
