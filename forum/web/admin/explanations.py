"""The page that answers what somebody may do in a board, and why."""

from collections.abc import Iterable

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from forum.admin.board_actions import boards_in_order
from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.members.queries import member_by_name
from forum.models import BuiltInGroup, Group
from forum.schemas.admin.shapes import MAX_SEARCH_INPUT
from forum.site.queries import snapshot
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form

blueprint = Blueprint("admin_permissions", __name__, url_prefix="/admin/permissions")


@blueprint.get("")
def permissions_page() -> Response:
    """Say what a member, or without a name a guest, may do in a board."""
    administrator()
    name, chosen = request.args.get("member", "")[:MAX_SEARCH_INPUT].strip(), request.args.get("board", "")
    boards, groups = boards_in_order(), {group.id: group for group in groups_in_order()}
    member = member_by_name(name) if name else None
    board = next((each for each in boards if str(each.id) == chosen), None)
    errors = {}
    if name and member is None:
        errors["member"] = [translate(say("There is no member with this name."))]
    if chosen and board is None:
        errors["board"] = [translate(say("There is no such board."))]
    answer = explain(member, board, groups) if board and not errors else None
    choices = [(each.id, " › ".join(up.title for up in boards.ancestors_of(each.id))) for each in boards.depth_first()]
    page = render_template(
        "admin/permissions.html",
        form=Form({"member": name, "board": chosen}, errors),
        choices=choices,
        member=member,
        board=board,
        answer=answer,
        owner=snapshot().access.counting_for(board.id).owner if board else None,
        groups=groups,
        viewable=_viewable(groups.values()),
    )
    return make_response(page, 404 if errors else 200)


def _viewable(groups: Iterable[Group]) -> list[tuple[int, str]]:
    """The groups as which an admin can view the forum, with their titles."""
    return [(group.id, group.title) for group in groups if group.id != BuiltInGroup.ADMINS]
