"""Acts of moderators on many threads or posts at once, and undoing acts."""

from typing import Any

from forum.admin.groups.visibility import require_no_wider_threads
from forum.admin.undo import actions as undoing
from forum.admin.undo import running
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.audit_log import changes_of_session
from forum.auth import identity
from forum.boards.queries import tree
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.interfaces import absolute_url, translate
from forum.models import BulkAct, ReasonFor
from forum.moderation import bulk
from forum.schemas.moderation.acts import BulkActIn, BulkActOut

blueprint = ApiBlueprint("acts", "Acts on many threads or posts, with the scope moderate.")
ACTS = "/moderation/acts"


@blueprint.writes("POST", ACTS, BulkActOut, body=BulkActIn, status=202)
def act_on_many(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Pin, unpin, lock, unlock, move, delete or undelete threads, or delete or undelete posts, each if allowed."""
    scopes.require_scopes("moderate")
    actor = identity.member()
    is_seen = tree(actor).get(body["board_id"]) is not None
    if body["act"] == "move" and is_seen and not body["wider"]:
        require_no_wider_threads("board_id", body["ids"], body["board_id"])
    where = {name: body[name] for name in ("board_id", "redirect_days")}
    begun = bulk.start(actor, body["act"], body["ids"], grounds=given_grounds(ReasonFor.DELETE, body), **where)
    running.run_first(begun.entry_id)
    return shown_act(begun), {"Location": absolute_url(f"/api/v1{ACTS}/{begun.entry_id}")}


@blueprint.reads(f"{ACTS}/<id:entry_id>", BulkActOut, login=True)
def show(entry_id: int) -> dict[str, Any]:
    """Get how an act on many went, or how far it is."""
    undoing.find_act(identity.member(), entry_id)
    return shown_act(_found(entry_id))


@blueprint.writes("POST", f"{ACTS}/<id:entry_id>/undo", BulkActOut, status=202)
def undo(entry_id: int) -> dict[str, Any]:
    """Undo an act on many, or one part of it or any other act on a thread or post by its entry of the log.

    409 if that was changed again since, and for an act on many that is undone already.
    """
    scopes.require_scopes("moderate")
    actor = identity.member()
    undoing.undo(actor, undoing.find_act(actor, entry_id))
    undone = changes_of_session()[-1]
    act = session.get(BulkAct, undone.id)
    if act is None:
        done = {"id": entry_id, "state": "done", "detail": ""}
        return {"id": undone.id, "act": "undo", "is_finished": True, "results": [done]}
    running.run_first(act.entry_id)
    return shown_act(act)


def _found(entry_id: int) -> BulkAct:
    act = session.get(BulkAct, entry_id)
    if act is None:
        raise NotFound
    return act


def shown_act(act: BulkAct) -> dict[str, Any]:
    """An act on many as it is answered."""
    results = [
        {"id": each.id, "state": "refused" if each.why else "done", "detail": translate(each.why) if each.why else ""}
        for each in bulk.outcomes_of(act)
    ]
    waiting = [{"id": number, "state": "waiting", "detail": ""} for number in act.pending]
    is_finished = act.finished_at is not None
    return {"id": act.entry_id, "act": act.act, "is_finished": is_finished, "results": results + waiting}
