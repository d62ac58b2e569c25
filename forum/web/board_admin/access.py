"""The page on which a board's access list is changed."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.board_actions import find_board
from forum.admin.edit_conflicts import fingerprint
from forum.admin.groups.access_actions import access_values, own_list, set_list
from forum.admin.groups.access_queries import groups_kept_out, list_above
from forum.admin.groups.group_actions import groups_in_order
from forum.admin.groups.visibility import require_no_wider_list
from forum.body_limits import takes_many_fields
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.models import AccessLevel, BuiltInGroup, Group
from forum.site.access import AccessEntry, AccessList
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, hidden_field, rerenders_on_error, seen_values
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_board_access", __name__, url_prefix="/admin/boards")
SAME, OWN = "same", "own"  # as the board above, or a list of its own


@blueprint.get("/<int:board_id>/access")
@requires_recent_password
def access_page(board_id: int) -> str:
    """Show the list that counts for a board, and the form of its own."""
    administrator()
    board, groups = find_board(board_id), groups_in_order()
    own, above = own_list(board), list_above(board)
    form = current_form(list=SAME if own is None else OWN, **_fields(above.entries if own is None else own))
    return render_template(
        "admin/board_access.html",
        board=board,
        parent=snapshot().tree.get(board.parent_id),
        above=above,
        form=form,
        seen=seen_values(form, fingerprint(access_values(board))),
        groups={group.id: group for group in groups},
        listed=_listed(groups),
        kept_out=groups_kept_out(board, own or (), groups),
    )


@blueprint.post("/<int:board_id>/access")
@takes_many_fields
@requires_recent_password
@rerenders_on_error(access_page)
def save_access(board_id: int) -> Response:
    """Give a board a list of its own, or that of the board above it."""
    actor, board = administrator(), find_board(board_id)
    chosen = _chosen_list()
    if not hidden_field("wider"):
        require_no_wider_list(board, chosen)
    set_list(actor, board, chosen, seen=hidden_field("seen"))
    return toasts.with_undo(see(f"/admin/boards/{board_id}/access"))


def _listed(groups: list[Group]) -> list[Group]:
    """The groups that can have an entry."""
    return [group for group in groups if group.id != BuiltInGroup.ADMINS]


def _fields(entries: AccessList) -> dict[str, object]:
    """The fields of the form that show a list."""
    levels: dict[str, object] = {f"level-{entry.group_id}": entry.level for entry in entries}
    flags = {f"moderate-{entry.group_id}": entry.moderates for entry in entries}
    return levels | flags | {f"own-{entry.group_id}": entry.own_threads_only for entry in entries}


def _chosen_list() -> AccessList | None:
    """The submitted list; None for that of the board above. Raises Invalid."""
    if hidden_field("list") == SAME:
        return None
    if hidden_field("list") != OWN:
        raise Invalid({"access": [say("Choose which list counts.")]})
    chosen = (_entry_for(group) for group in _listed(groups_in_order()))
    return tuple(entry for entry in chosen if entry is not None)


def _entry_for(group: Group) -> AccessEntry | None:
    """What was chosen for a group; None for no access. Raises Invalid."""
    level, moderates = hidden_field(f"level-{group.id}"), bool(hidden_field(f"moderate-{group.id}"))
    own_threads_only = bool(hidden_field(f"own-{group.id}"))
    if level in set(AccessLevel):
        return AccessEntry(group.id, AccessLevel(level), moderates, own_threads_only)
    if level:
        raise Invalid({"access": [say("Choose what the group “%(group)s” may do.", group=group.title)]})
    if moderates:
        words = say("The group “%(group)s” must at least see the board to moderate it.", group=group.title)
        raise Invalid({"access": [words]})
    return None
