"""The audit log, for admins."""

from typing import Any

from flask import Response

from forum import permissions
from forum.admin.undo import actions as undoing
from forum.admin.undo.searching import log_query, readable_actions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.audit_log import log_page
from forum.models import Right
from forum.schemas.admin.log import LogListOut, LogPageIn
from forum.site.ip_addresses import as_shown

blueprint = ApiBlueprint("log", "The log of what members and staff did; for admins, with the scope admin.")


@blueprint.reads("/log", LogListOut, query=LogPageIn, login=True)
def show(query: dict[str, Any]) -> PageResponse:
    """Look through the log, newest first."""
    actor = scopes.require_admin()
    entries, page = log_page(query["page"], log_query(actor, query))
    shows_addresses = bool(permissions.may_use_right(actor, Right.SEE_ADDRESSES))
    verdicts = undoing.states_of(actor, entries)
    items = [
        {
            "id": entry.id,
            "at": entry.at,
            "actor": serializers.member_ref(entry.actor) if entry.actor else None,
            "action": entry.action,
            "target": entry.target,
            "details": {name: str(value) for name, value in entry.details.items()},
            "address": as_shown(entry.address, entry.at) if shows_addresses else None,
            "can_undo": bool(verdicts.get(entry.id, False)),
        }
        for entry in entries
    ]
    return paginated(items, page)


@blueprint.writes("POST", "/log/<id:entry_id>/undo", status=204)
def undo(entry_id: int) -> Response:
    """Store the values before an entry again; 409 if they were changed again since."""
    actor = scopes.require_admin()
    undoing.undo(actor, undoing.find_logged(actor, entry_id, actions=readable_actions(actor)))
    return Response(status=204)
