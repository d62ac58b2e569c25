"""The pages on who invited whom."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.members import invitations
from forum.admin.members.member_queries import find_account
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.admin.dashboard import administrator

blueprint = Blueprint("admin_invitations", __name__, url_prefix="/admin/invitations")


@blueprint.get("")
def inviters_page() -> str:
    """List those who have invited, with what became of their invitations."""
    administrator(Right.MANAGE_MEMBERS)
    rows, page = invitations.inviters_on_page(page_number())
    return render_template("admin/invitations.html", member=None, rows=rows, page=page)


@blueprint.get("/<int:member_id>")
def invited_page(member_id: int) -> str:
    """Show whom a member has invited, and by whom they were invited themselves."""
    administrator(Right.MANAGE_MEMBERS)
    member = find_account(member_id)
    rows, page = invitations.invited_by(member, page_number())
    return render_template(
        "admin/invitations.html",
        member=member,
        numbers=invitations.numbers_of(member),
        line=invitations.line_of(member),
        rows=rows,
        page=page,
    )


@blueprint.post("/<int:member_id>/revoke")
def revoke_all(member_id: int) -> Response:
    """Revoke all open invitations of a member."""
    invitations.revoke_all(administrator(Right.MANAGE_MEMBERS), find_account(member_id))
    return toasts.with_undo(see(f"/admin/invitations/{member_id}"), "invitations-revoked")
