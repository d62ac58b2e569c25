"""The page of the search index: its state, and buttons to check and to rebuild it."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.operation.search_index import index_state, request_check, request_rebuild
from forum.boards.queries import statistics, tree
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator

PATH = "/admin/search-index"
blueprint = Blueprint("admin_search_index", __name__, url_prefix=PATH)


@blueprint.get("")
def search_index_page() -> str:
    """Show the state of the index, and how far a rebuild has come."""
    actor = administrator(Right.RUN_JOBS)
    return render_template("admin/search_index.html", index=index_state(), size=statistics(actor, tree(actor)))


@blueprint.post("/check")
def check() -> Response:
    """Ask for a check."""
    request_check(administrator(Right.RUN_JOBS))
    return toasts.with_toast(see(PATH), "job-requested")


@blueprint.post("/rebuild")
def rebuild() -> Response:
    """Ask for a rebuild."""
    request_rebuild(administrator(Right.RUN_JOBS))
    return toasts.with_toast(see(PATH), "job-requested")
