"""The approval queue: what waits, oldest first, and deciding about it with or without JavaScript."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, jsonify, render_template, request
from werkzeug import Response

from forum.auth import identity
from forum.body_limits import takes_text
from forum.decisions.actions import Grounds
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import ForumError, NotLoggedIn, TwoFactorRequired
from forum.infra.text.messages import Message, say, say_many
from forum.interfaces import translate
from forum.members.signup.signs import Sign
from forum.models import Application, HeldEdit, Member, Post, ReasonFor, ReviewItem, ReviewKind
from forum.models.signup.application import MAX_QUESTION_TO_APPLICANT
from forum.moderation import applicants, campaigns, deciding, edits, queue, reviews
from forum.moderation.cleaning.plan import may_clean
from forum.notifications import staff
from forum.notifications.marks import mark_subject_read
from forum.schemas.moderation.approval import ApprovalIn, DecisionIn
from forum.spam.actions import Likeness, likeness_of
from forum.threads import actions
from forum.threads.approval import holding, reasons
from forum.threads.approval.edits import edits_of
from forum.threads.history import DiffLine, diff
from forum.threads.rules import REASON_MAX, TITLE_MAX
from forum.threads.writing import render
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.fragments.view_values import When
from forum.web.moderation.home import path_of_case
from forum.web.moderation.members.signup import may_release_authors, signs_of_authors
from forum.web.prefetch import is_prefetch
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("queue", __name__, url_prefix="/moderation/queue")
TOASTS = {"approve": "approved", "reject": "rejected", "spam": "spam"}
OF_ACCOUNTS = {"approve": "member-approved", "reject": "rejected", "spam": "spam", "ask": "asked"}
WITHOUT_UNDO = ("member-approved", "asked")


class Change(NamedTuple):
    """What an edit would change of the post as it is now."""

    number: int
    title: str
    title_before: str
    html: str
    lines: list[DiffLine]
    is_outdated: bool

    @classmethod
    def of(cls, edit: HeldEdit, post: Post) -> "Change":
        """The change that an edit makes to its post."""
        html = render(edit.source).html if edit.source else ""
        lines = diff(post.source, edit.source) if edit.source else []
        return cls(edit.number, edit.title, post.thread.title, html, lines, edits.is_outdated(edit, post))


LOOKS = ("", *Likeness)
WORDS: Mapping[str, Message] = {
    Likeness.SPAM: say("looks like spam"),
    Likeness.UNSURE: say("unsure"),
    Likeness.FINE: say("looks fine"),
}


def _look() -> queue.QueueLook:
    looks = query_choice("looks", LOOKS)
    order = query_choice("sort", ("", "score", "age"))
    return queue.QueueLook(Likeness(looks) if looks else None, by_score=order == "score", by_age=order == "age")


def _query(look: queue.QueueLook) -> str:
    """A look as the query of the queue's address."""
    chosen = {"looks": look.likeness or "", "sort": "score" if look.by_score else "age" if look.by_age else ""}
    return urlencode({name: value for name, value in chosen.items() if value})


class Waiting(NamedTuple):
    """What waits, with why and for how long in words."""

    item: ReviewItem
    why: list[str]
    age: str
    opened: When
    is_open: bool
    likeness: str  # to the spam filter, in words; empty if it was not asked
    likeness_kind: str
    may_clean: bool
    signs: Sequence[Sign] = ()  # of the author's registration
    may_release: bool = False
    change: Change | None = None  # of an edit
    application: Application | None = None

    @property
    def is_edit(self) -> bool:
        """Whether an edit waits, not a new post."""
        return self.item.kind == ReviewKind.HELD_EDIT

    @property
    def is_thread(self) -> bool:
        """Whether it is, or is of, the first post of a thread."""
        return self.item.post is not None and self.item.post.position == 1


@blueprint.get("")
def show(item_id: int = 0) -> str:
    """Show what waits for approval in the boards that the reader moderates."""
    actor = identity.member()
    if actor.unseen_notifications and not is_prefetch():
        mark_subject_read(actor, staff.QUEUE)
    look = _look()
    items, page = queue.waiting(actor, page_number(), look)
    together = campaigns.open_campaigns(actor) if page.number == 1 else []
    return render_template(
        "moderation/queue.html",
        waiting=_all_waiting(items),
        page=page,
        campaigns=together,
        extents=campaigns.extents(actor, together),
        look=look,
        is_crowded=page.total > queue.CROWDED,
        query=_query(look),
        form=current_form(),
        refused_id=item_id,
        most_reason=REASON_MAX,
        most_question=MAX_QUESTION_TO_APPLICANT,
    )


def _all_waiting(items: list[ReviewItem]) -> list[Waiting]:
    of_items, found, written = edits_of(items), signs_of_authors(items), applicants.applications_of(items)
    return [
        _waiting(item, of_items.get(item.id), found.get(item.member_id, ()))._replace(
            application=written.get(item.member_id)
        )
        for item in items
    ]


def _waiting(item: ReviewItem, edit: HeldEdit | None, found: Sequence[Sign]) -> Waiting:
    kind = likeness_of(item.spam_score) if item.spam_score is not None else ""
    is_there = item.post is None or edit is not None or holding.waits(item.post)
    return Waiting(
        item,
        [translate(sentence) for sentence in reasons.sentences(item.held_for)],
        translate(_age(clock.now() - item.opened_at)),
        When.of(item.opened_at),
        item.decided_at is None and is_there,
        translate(WORDS[kind]) if kind else "",
        kind,
        may_clean=item.post is not None and bool(may_clean(identity.member(), item.post.author)),
        signs=found,
        may_release=may_release_authors(identity.member()),
        change=Change.of(edit, item.post) if edit is not None and item.post is not None else None,
    )


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
    post, edit = item.post, edits_of([item]).get(item.id)
    body, title = (post.source, post.thread.title) if post else ("", "")
    if edit is not None:
        body, title = edit.source or body, edit.title or title
    return render_template(
        "moderation/queue_item.html",
        waiting=_waiting(item, edit, signs_of_authors([item]).get(item.member_id, ())),
        form=current_form(body=body, title=title),
        most=TITLE_MAX,
        most_reason=REASON_MAX,
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
    return see(path_of_case(reviews.newest_case(actor, post_id)))


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
    is_reason = typed["decision"] in {"reject", "spam"}
    grounds = chosen_grounds(ReasonFor.REJECT, typed["reason"]) if is_reason else Grounds(typed["reason"])
    is_about_account = deciding.decide(
        actor, item_id, decision=typed["decision"], grounds=grounds, revision=typed["revision"]
    )
    return (OF_ACCOUNTS if is_about_account else TOASTS)[typed["decision"]]


def _back() -> str:
    number, query = page_number(), _query(_look())
    query = "&".join(filter(None, (query, f"page={number}" if number > 1 else "")))
    return "/moderation/queue" + (f"?{query}" if query else "")


@blueprint.post("/<int:item_id>/approve")
@takes_text
@rerenders_on_error(show_item)
def edit_and_approve(item_id: int) -> Response:
    """Save a corrected text and title, and make them public."""
    actor, typed = identity.member(), load_form(ApprovalIn)
    item, grounds = queue.find(actor, item_id), chosen_grounds(ReasonFor.EDIT, typed["reason"])
    post = item.post
    if item.kind == ReviewKind.HELD_EDIT:
        correction = edits.Correction(typed["body"], typed["title"], typed["seen_revision"], grounds)
        edits.approve(actor, item, number=typed["number"], correction=correction)
        return toasts.with_toast(see("/moderation/queue"), "approved", item.id)
    if post is not None:
        if post.position == 1 and typed["title"] is not None:
            actions.change_title(actor, post.thread, title=typed["title"], grounds=grounds)
        actions.edit_post(actor, post, body=typed["body"], seen_revision=typed["seen_revision"], grounds=grounds)
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
