"""How far the work of jobs on long threads is."""

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema

from forum.admin.removal import thread_erasures
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.interfaces import absolute_url
from forum.models import Member, Thread, ThreadErasure, ThreadMerge, ThreadSplit
from forum.moderation.long_threads import progress
from forum.moderation.long_threads.progress import Progress
from forum.schemas.moderation.threads import ThreadErasureOut, ThreadMergeOut, ThreadSplitOut

blueprint = ApiBlueprint("merges", "Merges, splits and deletions of threads with many posts, with the scope moderate.")


@blueprint.reads("/moderation/merges/<id:entry_id>", ThreadMergeOut, login=True)
def show(entry_id: int) -> dict[str, Any]:
    """Get how far a merge is, of those that the caller began or whose board they moderate."""
    scopes.require_scopes("moderate")
    return _merge(progress.find_merge(identity.member(), entry_id))


@blueprint.reads("/moderation/splits/<id:entry_id>", ThreadSplitOut, login=True)
def show_split(entry_id: int) -> dict[str, Any]:
    """Get how far a split is, of those that the caller began or whose board they moderate."""
    scopes.require_scopes("moderate")
    return _split(progress.find_split(identity.member(), entry_id))


@blueprint.reads("/moderation/erasures/<id:entry_id>", ThreadErasureOut, login=True)
def show_erasure(entry_id: int) -> dict[str, Any]:
    """Get how far the deletion of a thread for good is; for admins."""
    scopes.require_scopes("admin")
    return _erasure(thread_erasures.find(identity.member(), entry_id))


def merge_response(merge: ThreadMerge, into: Thread) -> Response:
    """The answer to a request that has begun a merge."""
    return _begun(ThreadMergeOut(), _merge(progress.of_merge(merge, into)), merge.path)


def split_response(actor: Member, split: ThreadSplit, source: Thread) -> Response:
    """The answer to a request that has begun a split."""
    return _begun(ThreadSplitOut(), _split(progress.of_split(actor, split, source)), split.path)


def erasure_response(erasure: ThreadErasure) -> Response:
    """The answer to a request that has begun to delete a thread for good."""
    return _begun(ThreadErasureOut(), _erasure(erasure), erasure.path)


def _begun(schema: Schema, shown: dict[str, Any], path: str) -> Response:
    response = jsonify(schema.dump(shown))
    response.status_code = 202
    response.headers["Location"] = absolute_url(f"/api/v1{path}")
    return response


def _merge(found: Progress[ThreadMerge]) -> dict[str, Any]:
    return _shown(found) | {"source_id": found.work.source_id, "into_id": found.work.into_id}


def _split(found: Progress[ThreadSplit]) -> dict[str, Any]:
    split, into_id = found.work, found.into.id if found.into else None
    return _shown(found) | {"source_id": split.source_id, "into_id": into_id, "merge_id": split.merge_id}


def _shown(found: Progress[Any]) -> dict[str, Any]:
    work = found.work
    return {"id": work.entry_id, "state": _state(work.step), "planned": found.total, "done": found.done}


def _erasure(erasure: ThreadErasure) -> dict[str, Any]:
    numbers = {"planned": erasure.planned, "done": erasure.cursor, "thread_id": erasure.thread_id}
    return {"id": erasure.entry_id, "state": _state(erasure.step)} | numbers


def _state(step: str) -> str:
    return "running" if step else "finished"
