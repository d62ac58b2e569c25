"""Pages that show how far the work of jobs on long threads is."""

from flask import Blueprint, Response, make_response, render_template

from forum.admin.removal import thread_erasures
from forum.auth import identity
from forum.infra.database.db import session
from forum.models import ThreadMerge
from forum.moderation.long_threads import progress
from forum.web.addresses import see

blueprint = Blueprint("long_threads", __name__)
RELOAD_SECONDS = "2"


@blueprint.get("/moderation/merges/<int:entry_id>")
def show_merge(entry_id: int) -> Response:
    """Show how far the merge of two long threads is."""
    found = progress.find_merge(identity.member(), entry_id)
    return _shown(render_template("moderation/merged.html", progress=found), reloads=found.is_running)


@blueprint.get("/moderation/splits/<int:entry_id>")
def show_split(entry_id: int) -> Response:
    """Show how far a split of many posts is; of one to a thread that existed, how far the merge that ends it is."""
    found = progress.find_split(identity.member(), entry_id)
    split = found.work
    if split.merge_id is not None:
        return see(session.get_one(ThreadMerge, split.merge_id).path)
    return _shown(
        render_template("moderation/split_progress.html", progress=found, split=split), reloads=found.is_running
    )


@blueprint.get("/moderation/erasures/<int:entry_id>")
def show_erasure(entry_id: int) -> Response:
    """Show how far the deletion of a long thread for good is."""
    erasure = thread_erasures.find(identity.member(), entry_id)
    return _shown(render_template("moderation/erasing.html", erasure=erasure), reloads=bool(erasure.step))


def _shown(page: str, *, reloads: bool) -> Response:
    response = make_response(page)
    if reloads:
        response.headers["Refresh"] = RELOAD_SECONDS
    return response
