"""The page on which an admin empties the demonstration that a new forum is filled with."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from forum.admin.demonstration import contents, emptying
from forum.infra import clock
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.schemas.admin.demonstration import EmptyDemonstrationIn
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_demonstration", __name__, url_prefix="/admin/demonstration")
RELOAD_SECONDS = 3  # while it is being emptied
MAX_PREVIEW_AGE = timedelta(days=1)


@blueprint.get("")
@requires_recent_password
def page() -> Response:
    """Show what goes, or how far it has come."""
    return _page()


def _page() -> Response:
    administrator()
    seen_at = clock.now()  # before anything is counted, so that a reply written meanwhile keeps its thread
    now = emptying.progress()
    answer = make_response(
        render_template(
            "admin/demonstration.html",
            form=current_form(),
            preview=None if now else contents.preview(),
            total=now.total if now else 0,
            remaining=now.remaining if now else 0,
            is_running=now is not None,
            seen_at=seen_at.isoformat(),
        )
    )
    if now is not None:
        answer.headers["Refresh"] = str(RELOAD_SECONDS)
    return answer


@blueprint.post("")
@requires_recent_password
@rerenders_on_error(_page)
def empty() -> ResponseReturnValue:
    """Begin to empty it; a job does the work."""
    actor, given = administrator(), load_form(EmptyDemonstrationIn)
    if not given["sure"]:
        raise Invalid({"sure": [say("Tick this to confirm.")]})
    emptying.start(
        actor,
        seen_at=_moment(given["seen_at"]),
        keeps_boards=given["keep_boards"],
        keeps_answered=given["keep_answered"],
    )
    return see("/admin/demonstration")


def _moment(text: str) -> datetime:
    """When the page was shown: replies written since keep their threads. Raises Invalid if that is a day ago."""
    now = clock.now()
    try:
        moment = datetime.fromisoformat(text)
        is_recent = now - MAX_PREVIEW_AGE <= moment
    except (TypeError, ValueError):
        is_recent = False
    if not is_recent:
        raise Invalid({"sure": [say("This page is old. Look at the numbers again, then confirm.")]})
    return moment
