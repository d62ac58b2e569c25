"""How far merges of long threads are."""

from typing import Any

from flask import Response, jsonify

from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.interfaces import absolute_url
from forum.models import Thread, ThreadMerge
from forum.moderation.regrouping import long_merges
from forum.moderation.regrouping.long_merges import Progress
from forum.schemas.moderation.threads import ThreadMergeOut

blueprint = ApiBlueprint("merges", "Merges of threads with many posts, with the scope moderate.")


@blueprint.reads("/moderation/merges/<id:entry_id>", ThreadMergeOut, login=True)
def show(entry_id: int) -> dict[str, Any]:
    """Get how far a merge is, of those that the caller began or whose board they moderate."""
    scopes.require_scopes("moderate")
    return _shown(long_merges.find(identity.member(), entry_id))


def merge_response(merge: ThreadMerge, into: Thread) -> Response:
    """The answer to a request that has begun a merge."""
    response = jsonify(ThreadMergeOut().dump(_shown(long_merges.progress_of(merge, into))))
    response.status_code = 202
    response.headers["Location"] = absolute_url(f"/api/v1/moderation/merges/{merge.entry_id}")
    return response


def _shown(progress: Progress) -> dict[str, Any]:
    merge = progress.merge
    state = "running" if progress.is_running else "finished"
    threads = {"source_id": merge.source_id, "into_id": merge.into_id}
    return {"id": merge.entry_id, "state": state, "planned": progress.total, "done": progress.done} | threads
