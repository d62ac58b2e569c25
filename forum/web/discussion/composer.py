"""JSON endpoints of the composer: preview, drafts, and suggestions of names and smilies."""

from flask import Blueprint, Response, jsonify, request

from forum.auth import identity
from forum.body_limits import takes_text
from forum.infra.errors import Invalid, NotFound
from forum.interfaces import translate
from forum.members.lists import names_like
from forum.models import Member, Thread
from forum.schemas.writing import DraftIn, PostIn
from forum.site.queries import snapshot
from forum.threads import drafts, queries, writing
from forum.web.discussion.new_replies import parse_position
from forum.web.forms import load_form

blueprint = Blueprint("composer", __name__)
MAX_SUGGESTIONS = 8


@blueprint.post("/preview")
@takes_text
@identity.defers_write_lock
@identity.allowed_while_viewing_as
def preview() -> Response:
    """Render a post's HTML as posting it would, or answer with the reason it is invalid."""
    identity.member()
    try:
        return _no_store(jsonify(html=writing.prepare_body(load_form(PostIn)["body"]).html))
    except Invalid as error:
        response = jsonify(message=translate(next(iter(error.fields.values()))[0]))
        response.status_code = error.status
        return _no_store(response)


@blueprint.get("/drafts")
def show_draft() -> Response:
    """Return the member's draft for a place such as `thread:42`."""
    draft = drafts.find(identity.member(), request.args.get("place", ""))
    return _no_store(jsonify(title=draft.title if draft else "", body=draft.body if draft else ""))


@blueprint.post("/drafts")
@takes_text
def save_draft() -> Response:
    """Save the draft."""
    drafts.save(identity.member(), **load_form(DraftIn))
    return Response(status=204)


@blueprint.get("/suggest/members")
def suggest_members() -> Response:
    """Suggest members by the beginning of their names; those who posted in the given thread come first."""
    thread = _visible_thread(identity.member(), parse_position(request.args.get("thread", "")))
    members = names_like(request.args.get("q", "")[:30], MAX_SUGGESTIONS, thread=thread)
    return _no_store(jsonify(items=[{"name": member.username, "url": member.path} for member in members]))


def _visible_thread(actor: Member, thread_id: int) -> Thread | None:
    try:
        return queries.find_thread(actor, thread_id) if thread_id else None
    except NotFound:
        return None


@blueprint.get("/suggest/smilies")
def suggest_smilies() -> Response:
    """Suggest smilies whose codes contain the typed text."""
    typed = request.args.get("q", "")[:30].casefold()
    matches = [(code, *rest) for code, rest in snapshot().smilies.items() if typed in code.casefold()]
    items = [{"code": code, "symbol": symbol, "name": name} for code, symbol, name in matches[: MAX_SUGGESTIONS * 6]]
    return _no_store(jsonify(items=items))


def _no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
