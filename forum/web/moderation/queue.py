"""The approval queue: what waits, oldest first, and deciding about it with or without JavaScript."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from flask import Blueprint, jsonify, render_template, request
from werkzeug import Response

from forum.auth import identity
from forum.body_limits import takes_text
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import ForumError, NotLoggedIn, TwoFactorRequired
from forum.infra.text.messages import Message, say, say_many
from forum.interfaces import translate
from forum.members.signup.signs import Sign
from forum.models import Member, ReviewItem, ReviewKind
from forum.moderation import queue, reviews
from forum.schemas.moderation.approval import ApprovalIn, DecisionIn
from forum.threads import actions
from forum.threads.approval import holding, reasons
from forum.threads.rules import REASON_MAX, TITLE_MAX
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.fragments.view_values import When
from forum.web.moderation.signup import may_release_authors, signs_of_authors

blueprint = Blueprint("queue", __name__, url_prefix="/moderation/queue")
TOASTS = {"approve": "approved", "reject": "rejected", "spam": "spam"}


class Waiting(NamedTuple):
    """What waits, with why and for how long in words."""

    item: ReviewItem
    why: list[str]
    age: str
    opened: When
    is_open: bool
    signs: Sequence[Sign]  # of the author's registration
    may_release: bool

    @property
    def is_thread(self) -> bool:
        """Whether a new thread waits, not a reply."""
        return self.item.post is not None and self.item.post.position == 1


@blueprint.get("")
def show(item_id: int = 0) -> str:
    """Show what waits for approval in the boards that the reader moderates."""
    items, page = queue.waiting(identity.member(), page_number())
    found = signs_of_authors(items)
    return render_template(
        "moderation/queue.html",
        waiting=[_waiting(item, found.get(item.member_id, ())) for item in items],
        page=page,
        form=current_form(),
        refused_id=item_id,
        most_reason=REASON_MAX,
    )


def _waiting(item: ReviewItem, found: Sequence[Sign]) -> Waiting:
    why = [translate(sentence) for sentence in reasons.sentences(item.held_for)]
    is_open = item.decided_at is None and item.post is not None and holding.waits(item.post)
    age, may_release = translate(_age(clock.now() - item.opened_at)), may_release_authors(identity.member())
    return Waiting(item, why, age, When.of(item.opened_at), is_open, found, may_release)


def _age(waited: timedelta) -> Message:
    minutes = max(0, int(waited.total_seconds() // 60))
    if minutes < 1:
        return say("waiting for less than a minute")
    if minutes < 60:
        return say_many("waiting for %(num)d minute", "waiting for %(num)d minutes", minutes)
    if minutes < 48 * 60:
        return say_many("waiting for %(num)d hour", "waiting for %(num)d hours", minutes // 60)
    return say_many("waiting for %(num)d day", "waiting for %(num)d days", minutes // 60 // 24)


@blueprint.get("/<int:item_id>")
def show_item(item_id: int) -> str:
    """Show one item: a form to edit and approve it, or how it was decided."""
    item = queue.find(identity.member(), item_id)
    post = item.post
    return render_template(
        "moderation/queue_item.html",
        waiting=_waiting(item, signs_of_authors([item]).get(item.member_id, ())),
        form=current_form(body=post.source if post else "", title=post.thread.title if post else ""),
        most=TITLE_MAX,
    )


@blueprint.get("/posts/<int:post_id>")
def show_item_of(post_id: int) -> Response:
    """Redirect to the latest item about a post, or to the reports that have hidden it."""
    actor = identity.member()
    item = reviews.newest_case(actor, post_id)
    return see(f"/moderation/{'reports' if item.kind == ReviewKind.REPORT else 'queue'}/{item.id}")


@blueprint.post("/<int:item_id>")
def decide(item_id: int) -> Response:
    """Approve or reject; a script gets JSON, a browser without it the queue again."""
    if request.accept_mimetypes.best != "application/json":
        return _decide(item_id)
    try:
        kind = _decision(identity.member(), item_id)
    except (NotLoggedIn, TwoFactorRequired):
        raise
    except ForumError as error:
        session.rollback()
        answer = jsonify(message=translate(error.message))
        answer.status_code = error.status
        return answer
    return jsonify(text=toasts.text_of(TOASTS[kind]), undo=f"/moderation/queue/{item_id}/undo")


@rerenders_on_error(show)
def _decide(item_id: int) -> Response:
    kind = _decision(identity.member(), item_id)
    return toasts.with_toast(see(_back()), TOASTS[kind], item_id)


def _decision(actor: Member, item_id: int) -> str:
    typed = load_form(DecisionIn)
    queue.decide(actor, queue.find(actor, item_id), **typed)
    return str(typed["decision"])


def _back() -> str:
    number = page_number()
    return f"/moderation/queue?page={number}" if number > 1 else "/moderation/queue"


@blueprint.post("/<int:item_id>/approve")
@takes_text
@rerenders_on_error(show_item)
def edit_and_approve(item_id: int) -> Response:
    """Save a corrected text and title, and make them public."""
    actor, typed = identity.member(), load_form(ApprovalIn)
    item = queue.find(actor, item_id)
    post = item.post
    if post is not None:
        if post.position == 1 and typed["title"] is not None:
            actions.change_title(actor, post.thread, title=typed["title"])
        actions.edit_post(actor, post, body=typed["body"], seen_revision=typed["seen_revision"])
    queue.approve(actor, item)
    return toasts.with_toast(see("/moderation/queue"), "approved", item.id)


@blueprint.post("/<int:item_id>/undo")
def undo(item_id: int) -> Response:
    """Let wait again what was decided by mistake."""
    actor = identity.member()
    queue.reopen(actor, queue.find(actor, item_id))
    if request.accept_mimetypes.best == "application/json":
        return jsonify(text=toasts.text_of("waits-again"))
    return toasts.with_toast(see("/moderation/queue"), "waits-again")
