"""The page on which members create and revoke invitations."""

from flask import Blueprint
from werkzeug import Response

from forum.auth import identity
from forum.interfaces import absolute_url, claim_submission, mail_link_base
from forum.members.account_mail import mail_is_set_up
from forum.members.signup import invitations
from forum.models import Invitation
from forum.schemas.account import InvitationIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("invitations", __name__, url_prefix="/account/invitations")


@blueprint.get("")
def show() -> str:
    """List the member's invitations, with the form to create one."""
    me = identity.member()
    rows, page = invitations.invitations_of(me, page_number())
    has_no_limit = invitations.has_no_limit(me)
    return account_page(
        "invitations",
        form=current_form(),
        rows=[(row, _link(row)) for row in rows],
        page=page,
        may_create=invitations.may_invite(me),
        left=None if has_no_limit else max(0, snapshot().invitations_per_member - invitations.open_count(me)),
        sends_mail=mail_is_set_up(),
        days=invitations.LIFETIME.days,
    )


def _link(row: Invitation) -> str:
    path = invitations.path_for_inviter(row)
    return absolute_url(path) if path else ""


@blueprint.post("")
@rerenders_on_error(show)
def create() -> Response:
    """Create an invitation; sending the same form again does not create another."""
    me, email = identity.member(), load_form(InvitationIn)["email"]
    claim = claim_submission(me, hidden_field("submit_key"), content=f"invitation:{email}")
    if claim.earlier is None:
        invitations.invite(me, email=email, home=mail_link_base())
        claim.answered(status=303, location="/account/invitations")
    return toasts.with_toast(see("/account/invitations"), "invited-by-mail" if email.strip() else "invited")


@blueprint.post("/<int:invitation_id>/revoke")
def revoke(invitation_id: int) -> Response:
    """Revoke one of the member's own invitations."""
    invitations.revoke(identity.member(), invitation_id)
    return toasts.with_undo(see("/account/invitations"), "invitation-revoked")
