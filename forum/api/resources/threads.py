"""Threads: their posts, viewers and similar threads, and replying."""

from typing import Any

from flask import Response

from forum.admin import erasing
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated, single_page
from forum.api.resources import serializers
from forum.auth import identity
from forum.boards.queries import find_board
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.interfaces import absolute_url
from forum.models import Board, Member
from forum.moderation import tools
from forum.moderation.regrouping.lookups import find_chosen_board, find_named
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.presence.queries import viewers
from forum.schemas.listing import PageIn
from forum.schemas.moderation.acts import ThreadChangeIn
from forum.schemas.moderation.posts import DeleteIn
from forum.schemas.post import PostListOut, PostOut
from forum.schemas.thread import SimilarListOut, ThreadListOut, ThreadOut, ThreadsIn, ViewersOut, WhatsNewIn
from forum.schemas.writing import MergeIn, PostIn, SplitIn
from forum.similar.queries import similar_to
from forum.threads import actions, queries
from forum.threads.lists import all_threads

blueprint = ApiBlueprint("threads", "Threads and their posts.")
ONE = "/threads/<id:thread_id>"


@blueprint.reads("/threads", ThreadListOut, query=ThreadsIn)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List all threads, or those of one board."""
    actor = identity.visitor()
    board = find_board(actor, query["board"]) if query["board"] else None
    rows, page = all_threads(actor, number=query["page"], sort=query["sort"], unread=query["unread"], board=board)
    return paginated([serializers.thread_row(row) for row in rows], page)


@blueprint.reads("/whats-new", ThreadListOut, query=WhatsNewIn)
def show_new(query: dict[str, Any]) -> PageResponse:
    """List the threads with the latest posts, all or only unread ones."""
    rows, page = all_threads(identity.visitor(), number=query["page"], unread=query["unread"])
    return paginated([serializers.thread_row(row) for row in rows], page)


@blueprint.reads(ONE, ThreadOut)
def show(thread_id: int) -> dict[str, Any]:
    """Get a thread."""
    return serializers.thread(queries.find_thread(identity.visitor(), thread_id))


@blueprint.writes("PATCH", ONE, ThreadOut, body=ThreadChangeIn, status=200)
def change(body: dict[str, Any], thread_id: int) -> dict[str, Any]:
    """Change the thread's title; and, with the scope moderate, move, pin, unpin, lock or unlock it."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes(*(scopes.for_title(actor, thread) if body.keys() <= {"title"} else scopes.MODERATE))
    if "title" in body:
        actions.change_title(actor, thread, title=body["title"])
    if "is_pinned" in body:
        (tools.pin if body["is_pinned"] else tools.unpin)(actor, thread)
    if "is_locked" in body:
        (tools.lock if body["is_locked"] else tools.unlock)(actor, thread)
    if "slow_minutes" in body:
        tools.set_slow_mode(actor, thread, minutes=body["slow_minutes"])
    if "board_id" in body:
        tools.move_thread(actor, thread, board=_destination(actor, body["board_id"]))
    return serializers.thread(queries.find_thread(actor, thread_id))


def _destination(actor: Member, board_id: int) -> Board:
    try:
        return find_board(actor, board_id)
    except NotFound:
        raise Invalid({"board_id": [say("There is no such board.")]}) from None


@blueprint.writes("DELETE", ONE, body=DeleteIn, status=204)
def delete(body: dict[str, Any], thread_id: int) -> Response:
    """Delete the thread; only moderators can still see it. The body with its reason is optional."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    if body["for_good"]:
        scopes.require_scopes("admin")
        erasing.erase_thread(actor, thread, reason=body["reason"])
        return Response(status=204)
    tools.delete_thread(actor, thread, reason=body["reason"])
    return Response(status=204)


@blueprint.writes("POST", f"{ONE}/undelete", ThreadOut, status=200)
def undelete(thread_id: int) -> dict[str, Any]:
    """Restore the deleted thread."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    tools.undelete_thread(actor, thread)
    return serializers.thread(queries.find_thread(actor, thread_id))


@blueprint.writes("POST", f"{ONE}/merge", ThreadOut, body=MergeIn, status=200)
def merge(body: dict[str, Any], thread_id: int) -> dict[str, Any]:
    """Move all posts of the thread to another; its address then leads there. Answers with the other thread."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    into = find_named(actor, "into", body["into"])
    merge_threads(actor, [thread], into)
    session.expire(into)
    return serializers.thread(queries.find_thread(actor, into.id))


@blueprint.writes("POST", f"{ONE}/split", ThreadOut, body=SplitIn, status=201)
def split(body: dict[str, Any], thread_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Move some posts of the thread to a new one."""
    actor = identity.member()
    thread = queries.find_thread(actor, thread_id)
    scopes.require_scopes("moderate")
    board = find_chosen_board(actor, "board_id", body["board_id"] or thread.board_id)
    made = split_posts(actor, thread, set(body["post_ids"]), Destination(body["title"], board))
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
