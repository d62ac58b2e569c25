"""What an open thread fetches and sends: its posts as its reader sees them, and that the reader is writing."""

from flask import Blueprint, Response, jsonify
from flask_babel import gettext as _

from forum import permissions
from forum.auth import identity
from forum.infra.paging import page_of
from forum.presence import typing
from forum.relations.queries import ignored_by
from forum.threads import queries
from forum.web.addresses import page_number
from forum.web.discussion.new_replies import parse_position
from forum.web.forms import hidden_field, request_value
from forum.web.fragments.page_parts import thread_counts
from forum.web.fragments.thread_posts import posts_of, waiting_posts
from forum.web.fragments.view_values import ThreadView
from forum.web.live.pages import head_mark, news

blueprint = Blueprint("live", __name__)


@blueprint.get("/threads/<int:thread_id>-<slug>/posts")
def posts(thread_id: int, slug: str) -> Response:
    """A page's posts and what surrounds them, for open pages whose readers see something else there than others."""
    actor = identity.visitor()
    opened = queries.open_thread(actor, thread_id)
    thread = opened.thread
    page = queries.page_in_thread(actor, thread, page_number())
    shown = posts_of(actor, opened, page.number)
    after = parse_position(request_value("after", most=9))
    unseen = ignored_by(actor) | ({actor.id} if actor else set())
    answer = jsonify(
        version=thread.version,
        last=thread.last_visible_position,
        head=head_mark(thread),
        around=thread_counts(ThreadView.of(thread), page, shown.count, shown.faces),
        html=shown.html,
        waiting=waiting_posts(actor, opened) if page.number >= page_of(thread.last_visible_position) else "",
        waiting_label=_("Waiting for approval"),
        new=news(thread, after, but=unseen),
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/threads/<int:thread_id>-<slug>/typing")
@identity.defers_write_lock
def sign_of_typing(thread_id: int, slug: str) -> Response:
    """Let the readers of the thread know that the member is writing a reply, or has stopped."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    permissions.require(permissions.may_reply(actor, thread))
    typing.note(thread.id, actor, is_over=bool(hidden_field("stop")))
    return Response(status=204)
