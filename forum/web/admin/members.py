"""The pages on which admins find members and change their accounts."""

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from forum.accounts.merging import is_merging
from forum.admin.edit_conflicts import fingerprint
from forum.admin.groups import group_actions
from forum.admin.groups.group_actions import find_group, groups_in_order, groups_of_member
from forum.admin.groups.request_actions import waiting_count
from forum.admin.members import invitations, member_actions
from forum.admin.members.member_queries import FILTERS, MemberQuery, find_account, search_members
from forum.admin.members.renames import rename
from forum.infra import clock
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.interfaces import mail_link_base, translate
from forum.members import queries, roles, sanctions
from forum.members.account_mail import mail_is_set_up
from forum.members.credentials import api_tokens, closed_accounts, sessions
from forum.models import Group, Member, Right, Role
from forum.permissions import may_use_right
from forum.schemas.admin.members import GroupChoiceIn, MemberSearchIn, MemberTitleChoiceIn, RenameIn, RoleIn
from forum.schemas.admin.shapes import MAX_SEARCH_INPUT
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.admin.dashboard import administrator
from forum.web.forms import (
    Form,
    hidden_field,
    load_form,
    load_values,
    rerenders_on_error,
    seen_values,
    shared_form,
    translated_faults,
)
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_members", __name__, url_prefix="/admin/members")
SEARCHED = ("q", "group", "address", "joined_from", "joined_to", "messages")


@blueprint.get("")
def members_page() -> str:
    """Search members by what an admin knows of them."""
    actor = administrator(Right.MANAGE_MEMBERS)
    inviter, chosen = _inviter(), query_choice("show", FILTERS)
    form, query = _asked()
    query = query._replace(chosen=chosen, invited_by=inviter.id if inviter else None)
    found, page = search_members(actor, query, page_number())
    given = {name: value for name, value in form.values.items() if value}
    return render_template(
        "admin/members.html",
        members=found,
        page=page,
        form=form,
        chosen=chosen,
        waiting=waiting_count(actor),
        inviter=inviter,
        groups=[("", translate(say("Any"))), *((group.id, group.title) for group in groups_in_order())],
        is_narrowed=bool(set(given) - {"q"}),
        shows_addresses=bool(may_use_right(actor, Right.SEE_ADDRESSES)),
        query=given | ({"invited_by": inviter.id} if inviter else {}),
    )


def _asked() -> tuple[Form, MemberQuery]:
    """The form as it was sent, and what it asks for; nothing if it is refused."""
    form = Form({name: value[:MAX_SEARCH_INPUT] for name, value in request.args.items() if name in SEARCHED})
    try:
        given = load_values(MemberSearchIn, request.args)
    except Invalid as error:
        form.errors = translated_faults(error)
        return form, MemberQuery()
    words, address, last = given.pop("q").strip(), given.pop("address").strip(), given.pop("joined_to")
    return form, MemberQuery(words, address=address, joined_to=clock.end_of(last) if last else None, **given)


def _inviter() -> Member | None:
    """The member among whose invited ones is searched."""
    typed = request.args.get("invited_by", "")
    return find_account(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@blueprint.get("/<int:member_id>")
@requires_recent_password
def member_page(member_id: int) -> str:
    """Show a member's account, with the e-mail address."""
    return _page(member_id)


def _page(member_id: int, *, link: str = "") -> str:
    actor, member = administrator(Right.MANAGE_MEMBERS), find_account(member_id)
    memberships = groups_of_member(member)
    joined = {group.id for group, _ in memberships}
    form = shared_form(role=member.role, custom_title=member.custom_title, username=member.username)
    return render_template(
        "admin/member.html",
        member=member,
        memberships=memberships,
        group_choices=[
            (group.id, group.title) for group in groups_in_order() if not group.is_built_in and group.id not in joined
        ],
        form=form,
        seen=seen_values(form, fingerprint({"username": member.username})),
        is_merging=is_merging(member),
        erasure=closed_accounts.pending_erasure(member) if member.closed_at else None,
        old_names=queries.old_names_of(member),
        device_count=len(sessions.of(member)),
        token_count=len(api_tokens.of(member)),
        is_waiting=queries.is_waiting(member),
        inviter=invitations.inviter_of(member),
        may_change=member_actions.may_change_account(actor, member),
        may_ban=sanctions.may_ban(actor, member),
        see_addresses=Right.SEE_ADDRESSES,
        manage_mail=Right.MANAGE_MAIL,
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
    return toasts.with_undo(see(f"/admin/members/{member_id}"))


@blueprint.post("/<int:member_id>/name")
@requires_recent_password
@rerenders_on_error(_page)
def change_name(member_id: int) -> ResponseReturnValue:
    """Give a member another name."""
    actor, member = administrator(Right.MANAGE_MEMBERS), find_account(member_id)
    rename(actor, member, load_form(RenameIn)["username"], seen=hidden_field("seen"))
    return toasts.with_undo(see(f"/admin/members/{member_id}"))


@blueprint.post("/<int:member_id>/title")
@requires_recent_password
@rerenders_on_error(_page)
def change_title(member_id: int) -> ResponseReturnValue:
    """Change a member's own title."""
    title = load_form(MemberTitleChoiceIn)["custom_title"]
    member_actions.change_title(administrator(Right.MANAGE_MEMBERS), find_account(member_id), title)
    return toasts.with_undo(see(f"/admin/members/{member_id}"))


@blueprint.post("/<int:member_id>/groups")
@requires_recent_password
@rerenders_on_error(_page)
def add_to_group(member_id: int) -> ResponseReturnValue:
    """Put a member into a group."""
    actor, given = administrator(), load_form(GroupChoiceIn)
    group_actions.add_member(actor, _chosen_group(given["group"]), find_account(member_id), until=given["until"])
    return toasts.with_undo(see(f"/admin/members/{member_id}#groups"))


def _chosen_group(group_id: int) -> Group:
    try:
        return find_group(group_id)
    except NotFound as error:
        raise Invalid({"group": [say("There is no such group.")]}) from error


@blueprint.post("/<int:member_id>/groups/<int:group_id>/remove")
@requires_recent_password
def remove_from_group(member_id: int, group_id: int) -> ResponseReturnValue:
    """Take a member out of a group."""
    group_actions.remove_member(administrator(), find_group(group_id), find_account(member_id))
    return toasts.with_undo(see(f"/admin/members/{member_id}#groups"))


@blueprint.post("/<int:member_id>/log-out")
@requires_recent_password
def log_out(member_id: int) -> ResponseReturnValue:
    """Log a member out everywhere, and revoke their API tokens."""
    member_actions.log_out_everywhere(administrator(Right.MANAGE_MEMBERS), find_account(member_id))
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "logged-out")


@blueprint.post("/<int:member_id>/two-factor-off")
@requires_recent_password
def turn_off_two_factor(member_id: int) -> ResponseReturnValue:
    """Turn off a member's two-factor authentication."""
    actor, member = administrator(Right.MANAGE_MEMBERS), find_account(member_id)
    member_actions.turn_off_two_factor(actor, member, home=mail_link_base())
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "two-factor-off")


@blueprint.post("/<int:member_id>/reset")
@requires_recent_password
@rerenders_on_error(_page)
def reset(member_id: int) -> ResponseReturnValue:
    """Mail a link for a new password, or show it if mail is not set up."""
    link = member_actions.reset_link(
        administrator(Right.MANAGE_MEMBERS), find_account(member_id), home=mail_link_base()
    )
    if not link:
        return toasts.with_toast(see(f"/admin/members/{member_id}"), "reset-mailed")
    response = make_response(_page(member_id, link=link))
    response.headers["Cache-Control"] = "private, no-store"
    return response
