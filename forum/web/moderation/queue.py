"""The approval queue: what waits, oldest first, and deciding about it with or without JavaScript."""

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
from forum.models import Application, Member, ReviewItem, ReviewKind
from forum.models.moderation.application import MAX_QUESTION_TO_APPLICANT
from forum.moderation import applicants, deciding, queue, reviews
from forum.moderation.cleaning.plan import may_clean
from forum.schemas.moderation.approval import ApprovalIn, DecisionIn
from forum.threads import actions
from forum.threads.approval import holding, reasons
from forum.threads.rules import REASON_MAX, TITLE_MAX
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.fragments.view_values import When

blueprint = Blueprint("queue", __name__, url_prefix="/moderation/queue")
TOASTS = {"approve": "approved", "reject": "rejected", "spam": "spam"}
OF_ACCOUNTS = {"approve": "member-approved", "reject": "rejected", "spam": "spam", "ask": "asked"}
WITHOUT_UNDO = ("member-approved", "asked")


class Waiting(NamedTuple):
    """What waits, with why and for how long in words."""

    item: ReviewItem
    why: list[str]
    age: str
    opened: When
    is_open: bool
    may_clean: bool = False
    application: Application | None = None

    @property
    def is_thread(self) -> bool:
        """Whether a new thread waits, not a reply."""
        return self.item.post is not None and self.item.post.position == 1


@blueprint.get("")
def show(item_id: int = 0) -> str:
    """Show what waits for approval in the boards that the reader moderates."""
    items, page = queue.waiting(identity.member(), page_number())
    return render_template(
        "moderation/queue.html",
        waiting=_all_waiting(items),
        page=page,
        form=current_form(),
        refused_id=item_id,
        most_reason=REASON_MAX,
        most_question=MAX_QUESTION_TO_APPLICANT,
    )


def _all_waiting(items: list[ReviewItem]) -> list[Waiting]:
    written = applicants.applications_of(items)
    return [_waiting(item)._replace(application=written.get(item.member_id)) for item in items]


def _waiting(item: ReviewItem) -> Waiting:
    why = [translate(sentence) for sentence in reasons.sentences(item.held_for)]
    is_open = item.decided_at is None and (item.post is None or holding.waits(item.post))
    cleans = item.post is not None and bool(may_clean(identity.member(), item.post.author))
    return Waiting(item, why, translate(_age(clock.now() - item.opened_at)), When.of(item.opened_at), is_open, cleans)


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
    actor = identity.member()
    applicant = applicants.find_case(actor, item_id)
    if applicant is not None:
        return _applicant_page(applicant)
    item = queue.find(actor, item_id)
    post = item.post
    return render_template(
        "moderation/queue_item.html",
        waiting=_waiting(item),
        form=current_form(body=post.source if post else "", title=post.thread.title if post else ""),
        most=TITLE_MAX,
    )


def _applicant_page(item: ReviewItem) -> str:
    return render_template(
        "moderation/applicant.html",
        waiting=_all_waiting([item])[0],
        form=current_form(),
        most_question=MAX_QUESTION_TO_APPLICANT,
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
    undo = f"/moderation/queue/{item_id}/undo" if kind not in WITHOUT_UNDO else ""
    return jsonify(text=toasts.text_of(kind), undo=undo)


@rerenders_on_error(show)
def _decide(item_id: int) -> Response:
    kind = _decision(identity.member(), item_id)
    numbers = () if kind in WITHOUT_UNDO else (item_id,)
    return toasts.with_toast(see(_back()), kind, *numbers)


def _decision(actor: Member, item_id: int) -> str:
    """Decide; returns the toast about it."""
    typed = load_form(DecisionIn)
    is_about_account = deciding.decide(actor, item_id, **typed)
    return (OF_ACCOUNTS if is_about_account else TOASTS)[typed["decision"]]


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
    deciding.reopen(actor, item_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(text=toasts.text_of("waits-again"))
    return toasts.with_toast(see("/moderation/queue"), "waits-again")
