"""Access lists of boards, and what a member may do in a board and why; for admins."""

from typing import Any

from flask import Response

from forum.admin.groups import access_actions
from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.api.resources import serializers
from forum.boards.queries import find_board
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.members.queries import find_member, member_by_name
from forum.models import AccessLevel, Board, Member
from forum.schemas.board import BoardAccessIn, BoardAccessOut, PermissionsIn, PermissionsOut
from forum.schemas.shapes import MAX_ID
from forum.site.access import AccessEntry
from forum.site.queries import snapshot

blueprint = ApiBlueprint("access", "Who may do what in which boards; for admins, with the scope admin.")
ACCESS = "/boards/<id:board_id>/access"


@blueprint.reads(ACCESS, BoardAccessOut, login=True)
def show(board_id: int) -> dict[str, Any]:
    """Get the access list that counts for a board: its own, its parent's, or that of boards that have none."""
    return _access(find_board(scopes.require_admin(), board_id))


@blueprint.writes("PUT", ACCESS, BoardAccessOut, body=BoardAccessIn, status=200)
@locks_site
def replace(body: dict[str, Any], board_id: int) -> dict[str, Any]:
    """Give a board an access list of its own, in place of the one that it has."""
    actor = scopes.require_admin()
    board = find_board(actor, board_id)
    entries = [
        AccessEntry(given["group_id"], AccessLevel(given["level"]), given["moderates"], given["own_threads_only"])
        for given in body["entries"]
    ]
    try:
        access_actions.set_list(actor, board, entries)
    except Invalid as error:
        raise Invalid({"entries": error.fields["access"]}) from error
    return _access(board)


@blueprint.writes("DELETE", ACCESS, status=204)
@locks_site
def remove(board_id: int) -> Response:
    """Remove a board's own access list, so that its parent's counts."""
    actor = scopes.require_admin()
    access_actions.set_list(actor, find_board(actor, board_id), None)
    return Response(status=204)


def _access(board: Board) -> dict[str, Any]:
    counting = snapshot().access.counting_for(board.id)
    titles = {group.id: group.title for group in groups_in_order()}
    return {
        "is_own": board.has_access_list,
        "owner": serializers.board_ref(counting.owner) if counting.owner else None,
        "entries": [
            {
                "group": {"id": entry.group_id, "title": titles[entry.group_id]},
                "level": entry.level,
                "moderates": entry.moderates,
                "own_threads_only": entry.own_threads_only,
            }
            for entry in counting.entries
        ],
    }


@blueprint.reads("/permissions", PermissionsOut, query=PermissionsIn, login=True)
def show_permissions(query: dict[str, Any]) -> dict[str, Any]:
    """Get what a member, or a guest, may do in a board, and why."""
    actor = scopes.require_admin()
    board, member = find_board(actor, query["board"]), _member(query["member"])
    explanation = explain(member, board, {group.id: group for group in groups_in_order()})
    return {
        "member": serializers.member_ref(member) if member else None,
        "board": serializers.board_ref(board),
        "rights": {
            right.act: {"allowed": right.is_allowed, "because": translate(right.because)} for right in explanation.acts
        },
    }


def _member(named: str) -> Member | None:
    """The member with a name or an id; None for a guest, whom an empty name stands for. Raises Invalid."""
    if not named:
        return None
    is_id = named.isascii() and named.isdigit() and int(named) <= MAX_ID
    member = find_member(int(named)) if is_id else member_by_name(named)
    if member is None:
        raise Invalid({"member": [say("There is no such member.")]})
    return member
