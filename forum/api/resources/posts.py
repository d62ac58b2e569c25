"""Posts: reading, editing, deleting, reacting and previewing."""

from typing import Any

from flask import Response

from forum.admin import erasing
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.resources import serializers
from forum.auth import identity
from forum.decisions.actions import NO_GROUNDS
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.members.queries import member_by_name
from forum.models import Member, Post, ReasonFor
from forum.moderation import post_tools
from forum.reactions import actions as reactions
from forum.schemas.moderation.posts import DeleteIn, PostChangeIn
from forum.schemas.post import PostOut, PreviewOut
from forum.schemas.writing import PostIn, ReactionIn
from forum.threads import actions, queries, writing
from forum.threads.approval import edits

blueprint = ApiBlueprint("posts", "Posts, reactions and preview.")
ONE = "/posts/<id:post_id>"


@blueprint.reads(ONE, PostOut)
def show(post_id: int) -> dict[str, Any]:
    """Get a post."""
    return serializers.posts([_post(post_id)])[0]


def _post(post_id: int) -> Post:
    return queries.find_post(identity.visitor(), post_id)


def _changed(post: Post) -> dict[str, Any]:
    session.expire(post)
    return serializers.posts([_post(post.id)])[0]


@blueprint.writes("PATCH", ONE, PostOut, body=PostChangeIn, status=200)
def edit(body: dict[str, Any], post_id: int) -> dict[str, Any]:
    """Edit the post; earlier versions are kept. An edit that waits for approval is its `pending_edit`.

    Moderators also change its notice by staff and its author.
    """
    actor, post = identity.member(), _post(post_id)
    notice = body.get("staff_notice", post.staff_notice)
    is_text = notice == post.staff_notice and "author_name" not in body
    scopes.require_scopes(*(scopes.for_post(actor, post) if is_text else scopes.MODERATE))
    if "body" in body:
        grounds = given_grounds(ReasonFor.EDIT, body) if post.author_id != actor.id else NO_GROUNDS
        actions.edit_post(actor, post, body=body["body"], seen_revision=body.get("seen_revision"), grounds=grounds)
    if notice != post.staff_notice:
        post_tools.set_staff_notice(actor, post, text=notice)
    if "author_name" in body:
        post_tools.change_author(actor, post, author=_author(body["author_name"]))
    return _changed(post)


def _author(name: str) -> Member:
    author = member_by_name(name)
    if author is None:
        raise Invalid({"author_name": [say("There is no member with this name.")]})
    return author


@blueprint.writes("DELETE", f"{ONE}/pending-edit", PostOut, status=200)
def withdraw_edit(post_id: int) -> dict[str, Any]:
    """Withdraw the edit that waits for approval."""
    actor, post = identity.member(), _post(post_id)
    scopes.require_scopes("write")
    edits.withdraw_edit(actor, post)
    return _changed(post)


@blueprint.writes("DELETE", ONE, body=DeleteIn, status=204)
def delete(body: dict[str, Any], post_id: int) -> Response:
    """Delete the post; only moderators can still see it. The first post can only be deleted with its thread.

    The body with its reason is optional.
    """
    actor, post = identity.member(), _post(post_id)
    scopes.require_scopes(*scopes.for_post(actor, post))
    if body["for_good"]:
        scopes.require_scopes("admin")
        erasing.erase_post(actor, post, reason=body["reason"])
        return Response(status=204)
    grounds = given_grounds(ReasonFor.DELETE, body)
    actions.delete_post(actor, post, reason=grounds.reason, rule=grounds.rule)
    return Response(status=204)


@blueprint.writes("POST", f"{ONE}/undelete", PostOut, status=200)
def undelete(post_id: int) -> dict[str, Any]:
    """Restore the deleted post: moderators, and authors who deleted it themselves and may still edit it."""
    actor = identity.member()
    try:
        post = queries.find_deleted_post(actor, post_id)
    except NotFound:
        post = _post(post_id)  # it is restored already
    scopes.require_scopes(*scopes.for_post(actor, post))
    actions.undelete_post(actor, post)
    return _changed(post)


@blueprint.writes("PUT", f"{ONE}/reaction", PostOut, body=ReactionIn, status=200)
def react(body: dict[str, Any], post_id: int) -> dict[str, Any]:
    """React to the post; replaces an earlier reaction of the caller."""
    post = _post(post_id)
    reactions.react(identity.member(), post, kind=body["kind"])
    return _changed(post)


@blueprint.writes("DELETE", f"{ONE}/reaction", PostOut, status=200)
def take_back(post_id: int) -> dict[str, Any]:
    """Remove the caller's reaction, if any."""
    post = _post(post_id)
    reactions.withdraw_reaction(identity.member(), post)
    return _changed(post)


@blueprint.writes("POST", "/preview", PreviewOut, body=PostIn, status=200)
@identity.defers_write_lock
def preview(body: dict[str, Any]) -> dict[str, str]:
    """Render a body as a post would be; nothing is stored."""
    return {"html": writing.prepare_body(body["body"]).html}
