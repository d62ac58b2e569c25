"""The pages of groups and of their members."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.admin.edit_conflicts import fingerprint
from forum.admin.groups import group_actions, request_actions
from forum.admin.groups.delegation import may_manage_group
from forum.admin.groups.group_actions import find_group, group_values, groups_in_order
from forum.admin.members.member_queries import find_account
from forum.auth import identity
from forum.infra import clock
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Member, Right
from forum.schemas.admin.groups import GroupIn, NewGroupIn, NewGroupMemberIn, RefusalIn
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error, seen_values, shared_form
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_groups", __name__, url_prefix="/admin/groups")
UNCHECKED = {"takes_requests": False}  # a form does not send a box that is not ticked


@blueprint.get("")
def groups_page() -> str:
    """List all groups."""
    actor, groups = administrator(Right.MANAGE_GROUPS), groups_in_order()
    return render_template(
        "admin/groups.html",
        groups=groups,
        manageable={group.id for group in groups if may_manage_group(actor, group)},
        member_counts=group_actions.member_counts(),
        waiting=request_actions.waiting_count(actor),
    )


@blueprint.get("/requests")
@requires_recent_password
def requests_page(**_: object) -> str:
    """List the requests to join groups that wait."""
    actor = _who_answers()
    return render_template("admin/group_requests.html", form=current_form(), waiting=request_actions.waiting_for(actor))


@blueprint.post("/requests/<int:group_id>/<int:member_id>")
@requires_recent_password
@rerenders_on_error(requests_page)
def answer_request(group_id: int, member_id: int) -> Response:
    """Accept or refuse a request."""
    actor, group, member = _who_answers(), find_group(group_id), find_account(member_id)
    if hidden_field("answered") == "accept":
        request_actions.accept(actor, group, member)
    else:
        request_actions.refuse(actor, group, member, answer=load_form(RefusalIn)["answer"])
    return toasts.with_toast(see("/admin/groups/requests"), "saved")


def _who_answers() -> Member:
    actor = identity.member()
    permissions.require(request_actions.may_answer_some(actor))
    return actor


@blueprint.get("/new")
@requires_recent_password
def new_group_page() -> str:
    """Show the form for a new group."""
    administrator(Right.MANAGE_GROUPS)
    return render_template("admin/group.html", group=None, form=current_form(), seen="")


@blueprint.post("/new")
@requires_recent_password
@rerenders_on_error(new_group_page)
def create() -> Response:
    """Create a group, and show its page, where members are added."""
    group = group_actions.create_group(administrator(Right.MANAGE_GROUPS), UNCHECKED | load_form(NewGroupIn))
    return toasts.with_undo(see(f"/admin/groups/{group.id}"))


@blueprint.get("/<int:group_id>")
@requires_recent_password
def group_page(group_id: int) -> str:
    """Show the form of a group, and a page of its members."""
    actor, group = administrator(Right.MANAGE_GROUPS), find_group(group_id)
    permissions.require(may_manage_group(actor, group))
    form = shared_form(**group_values(group))
    memberships, page = group_actions.memberships_of(group, page_number())
    return render_template(
        "admin/group.html",
        group=group,
        form=form,
        seen=seen_values(form, fingerprint(group_values(group))),
        memberships=memberships,
        page=page,
        now=clock.now(),
        member_count=group_actions.member_counts().get(group.id, 0),
        list_count=group_actions.lists_with(group),
    )


@blueprint.post("/<int:group_id>")
@requires_recent_password
@rerenders_on_error(group_page)
def change(group_id: int) -> Response:
    """Change a group."""
    actor = administrator(Right.MANAGE_GROUPS)
    group_actions.change_group(actor, find_group(group_id), UNCHECKED | load_form(GroupIn), seen=hidden_field("seen"))
    return toasts.with_undo(see("/admin/groups"))


@blueprint.post("/<int:group_id>/<any(up, down):direction>")
@requires_recent_password
def move(group_id: int, direction: str) -> Response:
    """Move a group up or down."""
    group_actions.move_group(administrator(Right.MANAGE_GROUPS), find_group(group_id), up=direction == "up")
    return see(f"/admin/groups#group-{group_id}")


@blueprint.post("/<int:group_id>/delete")
@requires_recent_password
@rerenders_on_error(group_page)
def delete(group_id: int) -> Response:
    """Delete a group that is not built in."""
    group_actions.delete_group(administrator(Right.MANAGE_GROUPS), find_group(group_id))
    return toasts.with_toast(see("/admin/groups"), "deleted")


@blueprint.post("/<int:group_id>/members")
@requires_recent_password
@rerenders_on_error(group_page)
def add_member(group_id: int) -> Response:
    """Put a member into a group, by name."""
    actor, group, given = administrator(Right.MANAGE_GROUPS), find_group(group_id), load_form(NewGroupMemberIn)
    member = member_by_name(given["member"])
    if member is None:
        raise Invalid({"member": [say("There is no member with this name.")]})
    group_actions.add_member(actor, group, member, until=given["until"])
    return toasts.with_undo(see(f"/admin/groups/{group_id}#members"))


@blueprint.post("/<int:group_id>/members/<int:member_id>/remove")
@requires_recent_password
def remove_member(group_id: int, member_id: int) -> Response:
    """Take a member out of a group."""
    group_actions.remove_member(administrator(Right.MANAGE_GROUPS), find_group(group_id), find_account(member_id))
    return toasts.with_undo(see(f"/admin/groups/{group_id}#members"))
