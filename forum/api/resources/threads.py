"""Threads: their posts, viewers and similar threads, and replying."""

from typing import Any

from flask import Response

from forum.admin import erasing
from forum.admin.groups.visibility import (
    require_no_wider_posts,
    require_no_wider_starters,
    require_no_wider_threads,
)
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.lists import PageResponse, paginated, single_page
from forum.api.resources import serializers
from forum.api.resources.moderation.merges import erasure_response, merge_response, split_response
from forum.auth import identity
from forum.boards.queries import find_board
from forum.decisions.actions import NO_GROUNDS
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.interfaces import absolute_url
from forum.models import Board, Member, ReasonFor, Thread, ThreadSplit
from forum.moderation import tools
from forum.moderation.long_threads.merges import merge_or_begin
from forum.moderation.long_threads.splits import split_or_begin
from forum.moderation.regrouping import choosing
from forum.moderation.regrouping.copying import copy_posts
from forum.moderation.regrouping.lookups import find_chosen_board, find_named
from forum.moderation.regrouping.splitting import Destination
from forum.presence.queries import viewers
from forum.schemas.listing import PageIn
from forum.schemas.moderation.acts import ThreadChangeIn
from forum.schemas.moderation.posts import DeleteIn
from forum.schemas.moderation.threads import CopyIn, MergeIn, SplitIn, ThreadErasureOut, ThreadMergeOut, ThreadSplitOut
from forum.schemas.post import PostListOut, PostOut
from forum.schemas.thread import SimilarListOut, ThreadListOut, ThreadOut, ThreadsIn, ViewersOut, WhatsNewIn
from forum.schemas.writing import PostIn
from forum.similar.queries import similar_to
from forum.threads import actions, queries
from forum.threads.lists import Only, all_threads, new_threads

blueprint = ApiBlueprint("threads", "Threads and their posts.")
ONE = "/threads/<id:thread_id>"
_ACCOMPANYING = ("redirect_days", "wider", "reason", "prepared_reason")  # change nothing by themselves


@blueprint.reads("/threads", ThreadListOut, query=ThreadsIn)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List all threads, or those of one board."""
    actor = identity.visitor()
    board = find_board(actor, query["board"]) if query["board"] else None
    rows, page = all_threads(
        actor, number=query["page"], sort=query["sort"], unread=query["unread"], board=board, only=_only(query)
    )
    return paginated([serializers.thread_row(row) for row in rows], page)


@blueprint.reads("/whats-new", ThreadListOut, query=WhatsNewIn)
def show_new(query: dict[str, Any]) -> PageResponse:
    """List the threads with the latest posts, without those that the caller has muted."""
    actor = identity.visitor()
    rows, page = new_threads(actor, number=query["page"], unread=query["unread"], only=_only(query))
    return paginated([serializers.thread_row(row) for row in rows], page)


def _only(query: dict[str, Any]) -> Only:
    """The lists of a member's own that are asked for. Raises NotLoggedIn for guests."""
    names: Only = ("watched", "participated")
    only = tuple(name for name in names if query[name])
    if only:
        identity.member()
    return only


@blueprint.reads(ONE, ThreadOut)
def show(thread_id: int) -> dict[str, Any]:
    """Get a thread."""
    return serializers.thread(queries.find_thread(identity.visitor(), thread_id))


@blueprint.writes("PATCH", ONE, ThreadOut, body=ThreadChangeIn, status=200)
def change(body: dict[str, Any], thread_id: int) -> dict[str, Any]:
    """Change the thread's title; and, with the scope moderate, move, pin, unpin, lock or unlock it.

    Moving it to where more people see it is refused with 409 and type `wider`, unless `wider` is sent.
    """
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes(
        *(scopes.for_title(actor, thread) if body.keys() <= {"title", *_ACCOMPANYING} else scopes.MODERATE)
    )
    if "title" in body:
        grounds = given_grounds(ReasonFor.EDIT, body) if thread.starter_id != actor.id else NO_GROUNDS
        actions.change_title(actor, thread, title=body["title"], grounds=grounds)
    if body.keys() & {"is_pinned", "is_pinned_everywhere", "pinned_until"}:
        _change_pin(actor, thread, body)
    if body.keys() & {"is_locked", "locks_at", "locked_until", "lock_reason"}:
        _change_lock(actor, thread, body)
    if "slow_minutes" in body:
        tools.set_slow_mode(actor, thread, minutes=body["slow_minutes"])
    if "board_id" in body:
        board = _destination(actor, body["board_id"])
        if not body["wider"]:
            require_no_wider_threads("board_id", [thread.id], board.id)
        tools.move_thread(actor, thread, board=board, redirect_days=body["redirect_days"])
    return serializers.thread(queries.find_thread(actor, thread_id))


def _change_pin(actor: Member, thread: Thread, body: dict[str, Any]) -> None:
    """Change what is sent of how a thread is pinned; a place or an end pins it."""
    everywhere = body.get("is_pinned_everywhere", thread.is_pinned_everywhere)
    until = body.get("pinned_until", thread.pinned_until)
    pins = bool(body.get("is_pinned_everywhere") or body.get("pinned_until"))
    if body.get("is_pinned", thread.is_pinned or pins):
        tools.set_pin(actor, thread, everywhere=everywhere, until=until)
    else:
        tools.unpin(actor, thread)


def _change_lock(actor: Member, thread: Thread, body: dict[str, Any]) -> None:
    """Change what is sent of how a thread is locked; a beginning or an end locks it."""
    at = body.get("locks_at", None if body.get("is_locked") else thread.locks_at)
    until, reason = body.get("locked_until", thread.locked_until), body.get("lock_reason", thread.lock_reason)
    locks = at is not None or bool(body.get("locked_until"))
    if body.get("is_locked", thread.is_locked or locks) or (at is not None and "locks_at" in body):
        tools.set_lock(actor, thread, at=at, until=until, reason=reason)
    else:
        tools.unlock(actor, thread)


def _destination(actor: Member, board_id: int) -> Board:
    try:
        return find_board(actor, board_id)
    except NotFound:
        raise Invalid({"board_id": [say("There is no such board.")]}) from None


@blueprint.writes("DELETE", ONE, body=DeleteIn, status=204, later=ThreadErasureOut)
def delete(body: dict[str, Any], thread_id: int) -> Response:
    """Delete the thread; only moderators can still see it. The body with its reason is optional.

    A job deletes a thread of more than 1,000 posts for good: then the answer is 202 with that, and `Location`.
    """
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    if body["for_good"]:
        scopes.require_scopes("admin")
        begun = erasing.erase_thread(actor, thread, reason=body["reason"])
        return Response(status=204) if begun is None else erasure_response(begun)
    grounds = given_grounds(ReasonFor.DELETE, body)
    tools.delete_thread(actor, thread, reason=grounds.reason, rule=grounds.rule)
    return Response(status=204)


@blueprint.writes("POST", f"{ONE}/undelete", ThreadOut, status=200)
def undelete(thread_id: int) -> dict[str, Any]:
    """Restore the deleted thread."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    tools.undelete_thread(actor, thread)
    return serializers.thread(queries.find_thread(actor, thread_id))


@blueprint.writes("POST", f"{ONE}/merge", ThreadOut, body=MergeIn, status=200, later=ThreadMergeOut)
def merge(body: dict[str, Any], thread_id: int) -> dict[str, Any] | Response:
    """Move all posts of the thread to another; its address then leads there. Answers with the other thread.

    If more than 1,000 posts get another place, a job moves them: then the answer is 202 with the merge, and `Location`.
    """
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    into = find_named(actor, "into", body["into"])
    if not body["wider"]:
        require_no_wider_threads("into", [thread.id], into.board_id)
        require_no_wider_starters("into", [thread], into)
    begun = merge_or_begin(actor, thread, into, redirect_days=body["redirect_days"])
    if begun is not None:
        return merge_response(begun, into)
    session.expire(into)
    return serializers.thread(queries.find_thread(actor, into.id))


@blueprint.writes("POST", f"{ONE}/split", ThreadOut, body=SplitIn, status=201, later=ThreadSplitOut)
def split(body: dict[str, Any], thread_id: int) -> tuple[dict[str, Any], dict[str, str]] | Response:
    """Move some posts of the thread to a new one, or to another. Answers with that thread.

    If more than 1,000 posts get another place, a job moves them: then the answer is 202 with the split, and `Location`.
    """
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    to = _split_destination(actor, thread, body)
    choice = choosing.between(thread, body["post_ids"], body["first_post_id"], body["last_post_id"])
    if not body["wider"]:
        _require_no_wider_split(thread, to, posts=len(body["post_ids"]) + max(choice.last - choice.first, 0) + 1)
    made = split_or_begin(actor, thread, choice, to)
    if isinstance(made, ThreadSplit):
        return split_response(actor, made, thread)
    session.expire(made)
    fresh = queries.find_thread(actor, made.id)
    return serializers.thread(fresh), {"Location": absolute_url(f"/api/v1/threads/{fresh.id}")}


def _split_destination(actor: Member, thread: Thread, body: dict[str, Any]) -> Destination:
    if body["into"] is not None:
        return Destination(into=find_named(actor, "into", body["into"]))
    return Destination(body["title"], find_chosen_board(actor, "board_id", body["board_id"] or thread.board_id))


def _require_no_wider_split(thread: Thread, to: Destination, *, posts: int) -> None:
    if to.into is not None:
        require_no_wider_posts("into", [thread.board_id], to.into.board_id, posts=posts)
        require_no_wider_starters("into", [thread], to.into)
    elif to.board is not None:
        require_no_wider_posts("board_id", [thread.board_id], to.board.id, posts=posts)


@blueprint.writes("POST", f"{ONE}/copy", ThreadOut, body=CopyIn, status=201)
def copy(body: dict[str, Any], thread_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Copy the thread, or some of its posts, to a new thread: the same authors, texts and times, without reactions."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    board, title = find_chosen_board(actor, "board_id", body["board_id"]), body["title"] or thread.title
    if not body["wider"]:
        number = len(body["post_ids"] or ()) or thread.reply_count + 1
        require_no_wider_posts("board_id", [thread.board_id], board.id, posts=number)
    made = copy_posts(actor, thread, board=board, title=title, post_ids=body["post_ids"])
    session.expire(made)
    fresh = queries.find_thread(actor, made.id)
    return serializers.thread(fresh), {"Location": absolute_url(f"/api/v1/threads/{fresh.id}")}


@blueprint.reads(f"{ONE}/posts", PostListOut, query=PageIn)
def show_posts(query: dict[str, Any], thread_id: int) -> PageResponse:
    """List a thread's posts; pages go by position, so deleting posts does not shift later pages."""
    actor = identity.visitor()
    thread = queries.find_thread(actor, thread_id)
    page = queries.page_in_thread(actor, thread, query["page"])
    return paginated(serializers.posts(queries.posts_on_page(actor, thread, page.number, with_source=True)), page)


@blueprint.reads(f"{ONE}/similar", SimilarListOut)
def show_similar(thread_id: int) -> dict[str, Any]:
    """List the five most similar threads."""
    actor = identity.visitor()
    thread = queries.find_thread(actor, thread_id)
    return single_page([serializers.thread(similar) for similar in similar_to(actor, thread)])


@blueprint.reads(f"{ONE}/viewers", ViewersOut)
def show_viewers(thread_id: int) -> dict[str, Any]:
    """Get the users who are viewing the thread; this request does not count as viewing."""
    thread = queries.find_thread(identity.visitor(), thread_id)
    present = viewers(f"thread:{thread.id}", identity.visitor_key())
    counts = {name: getattr(present, name) for name in ("total", "members", "guests", "robots")}
    return counts | {"names": [name for name, _ in present.names]}


@blueprint.writes("POST", f"{ONE}/posts", PostOut, body=PostIn, status=201)
def reply(body: dict[str, Any], thread_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Reply to the thread; if the post's visibility is held, it waits for a moderator's approval."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes(*scopes.for_reply(thread))
    post = actions.reply(actor, thread, body=body["body"])
    session.expire(post)
    fresh = queries.find_post(actor, post.id)
    return serializers.posts([fresh])[0], {"Location": absolute_url(f"/api/v1/posts/{fresh.id}")}
