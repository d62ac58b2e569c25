"""The pages on which admins find members and change their accounts."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from forum.admin import member_actions
from forum.admin.member_queries import FILTERS, find_account, search_members
from forum.interfaces import mail_link_base
from forum.members import queries, roles, sanctions
from forum.members.account_mail import mail_is_set_up
from forum.members.credentials import api_tokens, sessions
from forum.models import Role
from forum.schemas.admin import MAX_SEARCH_INPUT, MemberTitleChoiceIn, RoleIn
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_members", __name__, url_prefix="/admin/members")


@blueprint.get("")
def members_page() -> str:
    """Search members by name, e-mail address and role."""
    administrator()
    words, chosen = request.args.get("q", "")[:MAX_SEARCH_INPUT].strip(), query_choice("show", FILTERS)
    found, page = search_members(words, chosen, page_number())
    return render_template("admin/members.html", members=found, page=page, words=words, chosen=chosen)


@blueprint.get("/<int:member_id>")
@requires_recent_password
def member_page(member_id: int) -> str:
    """Show a member's account, with the e-mail address."""
    return _page(member_id)


def _page(member_id: int, *, link: str = "") -> str:
    actor, member = administrator(), find_account(member_id)
    return render_template(
        "admin/member.html",
        member=member,
        form=current_form(role=member.role, custom_title=member.custom_title),
        device_count=len(sessions.of(member)),
        token_count=len(api_tokens.of(member)),
        is_waiting=queries.is_waiting(member),
        may_ban=sanctions.may_ban(actor, member),
        ban=sanctions.ban_of(member) if member.is_banned else None,
        sends_mail=mail_is_set_up() and bool(member.email),
        link=link,
    )


@blueprint.post("/<int:member_id>/role")
@requires_recent_password
@rerenders_on_error(_page)
def change_role(member_id: int) -> ResponseReturnValue:
    """Change a member's role."""
    roles.set_role(administrator(), find_account(member_id), Role(load_form(RoleIn)["role"]))
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "saved")


@blueprint.post("/<int:member_id>/title")
@requires_recent_password
@rerenders_on_error(_page)
def change_title(member_id: int) -> ResponseReturnValue:
    """Change a member's own title."""
    title = load_form(MemberTitleChoiceIn)["custom_title"]
    member_actions.change_title(administrator(), find_account(member_id), title)
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "saved")


@blueprint.post("/<int:member_id>/log-out")
@requires_recent_password
def log_out(member_id: int) -> ResponseReturnValue:
    """Log a member out everywhere, and revoke their API tokens."""
    member_actions.log_out_everywhere(administrator(), find_account(member_id))
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "logged-out")


@blueprint.post("/<int:member_id>/reset")
@requires_recent_password
@rerenders_on_error(_page)
def reset(member_id: int) -> ResponseReturnValue:
    """Mail a link for a new password, or show it if mail is not set up."""
    link = member_actions.reset_link(administrator(), find_account(member_id), home=mail_link_base())
    if not link:
        return toasts.with_toast(see(f"/admin/members/{member_id}"), "reset-mailed")
    response = make_response(_page(member_id, link=link))
    response.headers["Cache-Control"] = "private, no-store"
    return response
