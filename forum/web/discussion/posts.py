"""Single posts: permalink, editing, deletion, history, reactions and quoting."""

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.auth import identity
from forum.body_limits import takes_text
from forum.decisions.actions import NO_GROUNDS
from forum.infra.errors import NotFound
from forum.models import HeldEdit, Member, Post, ReasonFor
from forum.reactions import actions as reactions
from forum.reactions.queries import who_reacted
from forum.schemas.writing import EditWithTitleIn, QuoteIn, ReasonIn
from forum.site.queries import snapshot
from forum.threads import actions, drafts, history, queries
from forum.threads.approval import edits, holding
from forum.threads.rules import REASON_MAX, TITLE_MAX
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.discussion.quotes import quotation
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.fragments.post_views import post_views
from forum.web.reasons import chosen_grounds, delete_page

blueprint = Blueprint("posts", __name__)


@blueprint.get("/posts/<int:post_id>")
def show(post_id: int) -> AnyResponse:
    """Redirect to the post on its page of the thread, or to where it was if it was deleted."""
    actor = identity.visitor()
    try:
        post = queries.find_post(actor, post_id)
        is_in_thread = post.was_published or post.is_held or (actor is not None and post.author_id == actor.id)
        address = queries.address_of(post) if is_in_thread else f"/moderation/queue/posts/{post.id}"
        return redirect(address, 302)
    except NotFound:
        return redirect(queries.deleted_address(actor, post_id), 302)


@blueprint.get("/posts/<int:post_id>/edit")
def edit_form(post_id: int) -> str:
    """Show the composer with the post's text."""
    actor, post, draft_key = identity.member(), _post(post_id), f"post:{post_id}"
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_edit_post(actor, post, window_minutes=window))
    draft, edit = drafts.find(actor, draft_key), _own_edit(actor, post)
    texts = (draft.body if draft else "", edit.source if edit else "", post.source)
    titles = (draft.title if draft else "", edit.title if edit else "", post.thread.title)
    return render_template(
        "post/edit.html",
        post=post,
        thread=post.thread,
        crumbs=snapshot().tree.ancestors_of(post.thread.board_id),
        form=current_form(body=_first(texts), title=_first(titles)),
        original={"body": _first(texts[1:]), "title": _first(titles[1:])},
        edit=edit,
        draft_place=draft_key,
        has_draft=bool(draft),
        has_title=post.position == 1 and permissions.may_change_title(actor, post.thread, window_minutes=window),
        is_others=post.author_id != actor.id,
        most=TITLE_MAX,
        most_reason=REASON_MAX,
    )


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _own_edit(actor: Member, post: Post) -> HeldEdit | None:
    return edits.waiting_edit(post) if actor.id == post.author_id else None


def _post(post_id: int) -> Post:
    return queries.find_post(identity.visitor(), post_id)


@blueprint.post("/posts/<int:post_id>/edit")
@takes_text
@rerenders_on_error(edit_form)
def edit(post_id: int) -> Response:
    """Save the post's text, and the thread's title if it is the first post."""
    actor, post, typed = identity.member(), _post(post_id), load_form(EditWithTitleIn)
    grounds = chosen_grounds(ReasonFor.EDIT, typed["reason"]) if post.author_id != actor.id else NO_GROUNDS
    if typed["title"] is not None and post.position == 1:
        actions.change_title(actor, post.thread, title=typed["title"], grounds=grounds)
    actions.edit_post(actor, post, body=typed["body"], seen_revision=typed["seen_revision"], grounds=grounds)
    answer = see(queries.address_of(post))
    if post.has_held_edit and post.author_id == actor.id:
        return toasts.with_toast(answer, "edit-held")
    is_staff = permissions.may_moderate(actor, post.thread)
    return toasts.with_act(answer, "act-saved") if is_staff else toasts.with_toast(answer, "saved")


@blueprint.get("/posts/<int:post_id>/delete")
def delete_form(post_id: int) -> str:
    """Show the form to delete a post."""
    actor, post = identity.member(), _post(post_id)
    window = snapshot().edit_window_minutes
    permissions.require(permissions.may_delete_post(actor, post, window_minutes=window))
    return delete_page(post.thread, post)


@blueprint.post("/posts/<int:post_id>/edit/withdraw")
def withdraw_edit(post_id: int) -> Response:
    """Withdraw an edit that waits for approval; its text becomes a draft."""
    actor, post = identity.member(), _post(post_id)
    edits.withdraw_edit(actor, post)
    return toasts.with_toast(see(queries.address_of(post)), "edit-withdrawn")


@blueprint.post("/posts/<int:post_id>/delete")
@rerenders_on_error(delete_form)
def delete(post_id: int) -> Response:
    """Hide the post from all but moderators."""
    actor, post = identity.member(), _post(post_id)
    grounds = chosen_grounds(ReasonFor.DELETE, load_form(ReasonIn)["reason"])
    actions.delete_post(actor, post, reason=grounds.reason, rule=grounds.rule)
    is_shown = permissions.may_see_hidden(actor, post.thread.board_id)
    address = queries.address_of(post) if is_shown else queries.deleted_address(actor, post_id)
    return toasts.with_toast(see(address), "post-deleted", post_id)


@blueprint.post("/posts/<int:post_id>/withdraw")
def withdraw(post_id: int) -> Response:
    """Withdraw a post, or the thread that it begins, which waits for approval; its text becomes a draft."""
    actor, post = identity.member(), _post(post_id)
    holding.withdraw(actor, post)
    thread = post.thread
    address = f"{thread.board.path}/post-thread" if post.position == 1 else f"{thread.path}/reply"
    return toasts.with_toast(see(address), "withdrawn")


@blueprint.post("/posts/<int:post_id>/undelete")
def undelete(post_id: int) -> Response:
    """Restore the post."""
    actor = identity.member()
    try:
        post = queries.find_deleted_post(actor, post_id)
    except NotFound:
        post = _post(post_id)  # already restored, or never deleted
    actions.undelete_post(actor, post)
    return toasts.with_toast(see(queries.address_of(post)), "post-restored")


@blueprint.get("/posts/<int:post_id>/history")
def show_history(post_id: int) -> str:
    """Show the post's text before each edit."""
    post = _post(post_id)
    permissions.require(permissions.may_see_history(identity.member(), post))
    crumbs = snapshot().tree.ancestors_of(post.thread.board_id)
    revisions, page = history.revisions_with_diffs(post, page_number())
    return render_template("post/history.html", post=post, crumbs=crumbs, revisions=revisions, page=page)


@blueprint.post("/posts/<int:post_id>/reaction")
def react(post_id: int) -> AnyResponse | str:
    """Add, change or (without a kind) remove the member's reaction."""
    actor, post = identity.member(), _post(post_id)
    kind = hidden_field("kind")
    if kind:
        reactions.react(actor, post, kind=kind)
    else:
        reactions.withdraw_reaction(actor, post)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(html=render_template("thread/_reactions.html", view=post_views(actor, [post])[0]))
    return see(queries.address_of(post))


@blueprint.get("/posts/<int:post_id>/reactions")
def show_reactions(post_id: int) -> str:
    """Show who reacted to the post, and how."""
    post = _post(post_id)
    (view,) = post_views(identity.visitor(), [post])
    crumbs = snapshot().tree.ancestors_of(post.thread.board_id)
    return render_template("post/reactions.html", post=post, view=view, crumbs=crumbs, who=who_reacted(post))


@blueprint.get("/posts/<int:post_id>/quote")
def quote(post_id: int) -> Response:
    """Return the post as an attributed quote in Markdown, for the composer."""
    identity.member()
    return jsonify(markdown=quotation(_post(post_id)))


@blueprint.post("/posts/<int:post_id>/quote")
@identity.defers_write_lock
def quote_words(post_id: int) -> Response:
    """Return a selected part of the post's displayed text as an attributed quote in Markdown."""
    identity.member()
    return jsonify(markdown=quotation(_post(post_id), load_form(QuoteIn)["text"]))
