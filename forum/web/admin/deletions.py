"""The pages on which admins delete a member's account, or merge it into another."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from forum import permissions
from forum.accounts.closing import GRACE, close_for_member, reopen_for_member
from forum.accounts.merging import start_merge
from forum.admin.members.member_actions import may_change_account
from forum.admin.members.member_queries import find_account
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Right
from forum.schemas.admin.members import AccountMergeIn, DeletionByAdminIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_deletions", __name__, url_prefix="/admin/members/<int:member_id>")


@blueprint.get("/delete")
@requires_recent_password
def deletion_page(member_id: int) -> str:
    """Show the form that deletes a member's account."""
    actor, member = administrator(Right.MANAGE_MEMBERS), find_account(member_id)
    permissions.require(may_change_account(actor, member))
    return render_template("admin/member_deletion.html", member=member, form=current_form(), days=GRACE.days)


@blueprint.post("/delete")
@identity.defers_write_lock
@rerenders_on_error(deletion_page)
def delete(member_id: int) -> ResponseReturnValue:
    """Close a member's account; it is erased at once, or after some days."""
    actor, given = administrator(Right.MANAGE_MEMBERS), load_form(DeletionByAdminIn)
    close_for_member(actor, find_account(member_id), **given)
    return toasts.with_toast(see(f"/admin/members/{member_id}"), "account-closed")


@blueprint.post("/keep")
@requires_recent_password
def keep(member_id: int) -> ResponseReturnValue:
    """Open a closed account again, before it is erased."""
    reopen_for_member(administrator(Right.MANAGE_MEMBERS), find_account(member_id))
    return toasts.with_undo(see(f"/admin/members/{member_id}"))


@blueprint.get("/merge")
@requires_recent_password
def merge_page(member_id: int) -> str:
    """Show the form that merges a member's account into another."""
    administrator()
    return render_template("admin/member_merge.html", member=find_account(member_id), form=current_form())


@blueprint.post("/merge")
@identity.defers_write_lock
@rerenders_on_error(merge_page)
def merge(member_id: int) -> ResponseReturnValue:
    """Begin to move all that is a member's to another one."""
    actor, given = administrator(), load_form(AccountMergeIn)
    target = member_by_name(given["target"])
    if target is None:
        raise Invalid({"target": [say("There is no such member.")]})
    start_merge(actor, find_account(member_id), target, password=given["password"])
    return toasts.with_toast(see(f"/admin/members/{target.id}"), "accounts-merge")
