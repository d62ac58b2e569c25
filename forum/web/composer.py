"""What the composer asks while somebody types: preview, drafts, names and smilies."""

from flask import Blueprint, Response, jsonify, request

from forum.auth import identity
from forum.body_limits import takes_text
from forum.infra.errors import Invalid, NotFound
from forum.interfaces import translate
from forum.members.lists import names_like
from forum.models import Member, Thread
from forum.schemas.posting import DraftIn, ReplyIn
from forum.site.queries import snapshot
from forum.threads import drafts, queries, writing
from forum.web.forms import load_form
from forum.web.new_replies import parse_position

blueprint = Blueprint("composer", __name__)
MAX_SUGGESTIONS = 8


@blueprint.post("/preview")
@takes_text
@identity.reads_first
def preview() -> Response:
    """The HTML that a post would have, by the same renderer, or why it cannot be one."""
    identity.member()
    try:
        return _unkept(jsonify(html=writing.prepare_body(load_form(ReplyIn)["body"]).html))
    except Invalid as error:
        response = jsonify(message=translate(next(iter(error.fields.values()))[0]))
        response.status_code = error.status
        return _unkept(response)


@blueprint.get("/drafts")
def show_draft() -> Response:
    """The member's draft at a place."""
    draft = drafts.find(identity.member(), request.args.get("place", ""))
    return _unkept(jsonify(title=draft.title if draft else "", body=draft.body if draft else ""))


@blueprint.post("/drafts")
@takes_text
def keep_draft() -> Response:
    """Keep what is typed."""
    drafts.save(identity.member(), **load_form(DraftIn))
    return Response(status=204)


@blueprint.get("/suggest/members")
def suggest_members() -> Response:
    """Members whose names begin so, those who posted in the thread first if one is given."""
    thread = _thread_seen_by(identity.member(), parse_position(request.args.get("thread", "")))
    found = names_like(request.args.get("q", "")[:30], MAX_SUGGESTIONS, thread=thread)
    return _unkept(jsonify(items=[{"name": member.username, "url": member.path} for member in found]))


def _thread_seen_by(actor: Member, thread_id: int) -> Thread | None:
    try:
        return queries.find_thread(actor, thread_id) if thread_id else None
    except NotFound:
        return None


@blueprint.get("/suggest/smilies")
def suggest_smilies() -> Response:
    """Smilies whose codes hold what is typed."""
    typed = request.args.get("q", "")[:30].casefold()
    found = [(code, *rest) for code, rest in snapshot().smilies.items() if typed in code.casefold()]
    items = [{"code": code, "symbol": symbol, "name": name} for code, symbol, name in found[: MAX_SUGGESTIONS * 6]]
    return _unkept(jsonify(items=items))


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
