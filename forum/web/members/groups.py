"""The page on which members ask to join groups, withdraw, and leave."""

from flask import Blueprint
from werkzeug import Response

from forum.auth import identity
from forum.infra.errors import NotFound
from forum.members import group_requests
from forum.schemas.admin.groups import GroupRequestIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.account import account_page

blueprint = Blueprint("account_groups", __name__, url_prefix="/account/groups")


@blueprint.get("")
def show(**_: object) -> str:
    """List the groups that take requests, with what has become of the member's."""
    return account_page("groups", form=current_form(), groups=group_requests.open_groups(identity.member()))


@blueprint.post("/<int:group_id>/ask")
@rerenders_on_error(show)
def ask(group_id: int) -> Response:
    """Ask to join a group; asking twice is asking once."""
    group_requests.ask(identity.member(), group_id, reason=load_form(GroupRequestIn)["reason"])
    return toasts.with_toast(see("/account/groups"), "group-asked")


@blueprint.post("/<int:group_id>/<any(withdraw, leave):step>")
def withdraw_or_leave(group_id: int, step: str) -> Response:
    """Withdraw a request, or leave a group; only what the button said."""
    me = identity.member()
    if group_requests.find_open_group(me, group_id).state != ("waiting" if step == "withdraw" else "joined"):
        raise NotFound
    group_requests.withdraw_or_leave(me, group_id)
    return toasts.with_toast(see("/account/groups"), "saved")
