"""Boards, threads, posts and members as dicts for their schemas, with what the caller may do with each."""

from collections.abc import Sequence
from typing import Any

from flask import current_app

from forum import permissions
from forum.api import scopes
from forum.auth import identity
from forum.infra.database.db import session
from forum.infra.text.slugs import slug
from forum.interfaces import absolute_url
from forum.models import Board, Member, Post, Thread
from forum.models.discussion.board_tree import BoardNode
from forum.reactions.queries import PostReactions, reactions_on
from forum.site.queries import snapshot
from forum.threads.lists import ThreadRow
from forum.threads.queries import visible_threads

JsonObject = dict[str, Any]


def member_ref(member: Member) -> JsonObject:
    """A short reference to a member."""
    picture = current_app.jinja_env.globals["avatar_address"](member.username)  # type: ignore[operator]
    return {
        "id": member.id,
        "url": absolute_url(member.path),
        "username": member.username,
        "title": snapshot().title_of(member),
        "avatar_url": absolute_url(picture),
    }


def member(found: Member) -> JsonObject:
    """A member's public profile."""
    shown = (
        "joined_at",
        "message_count",
        "reaction_score",
        "positive_reactions",
        "negative_reactions",
        "country",
        "location",
        "about",
        "role",
    )
    is_me = identity.visitor() == found
    return member_ref(found) | {name: getattr(found, name) for name in shown} | {"can": {"edit": is_me}}


def board_ref(place: Board | BoardNode) -> JsonObject:
    """A short reference to a board."""
    return {"id": place.id, "url": absolute_url(place.path), "title": place.title, "slug": slug(place.title)}


def boards(found: Sequence[Board]) -> list[JsonObject]:
    """Boards with their last posts; one query for all of them."""
    wanted = [board.last_thread_id for board in found if board.last_thread_id]
    threads: dict[int, Thread] = {}
    if wanted:
        statement = visible_threads(identity.visitor()).where(Thread.id.in_(wanted))
        threads = {thread.id: thread for thread in session.scalars(statement)}
    return [_board(board, threads.get(board.last_thread_id or 0)) for board in found]


def _board(board: Board, last: Thread | None) -> JsonObject:
    actor, tree = identity.visitor(), snapshot().tree
    above = tree.get(board.parent_id)
    is_shown = above is not None and above.visible_to in permissions.audiences_of(actor)
    return board_ref(board) | {
        "description": board.description,
        "parent": board_ref(above) if above is not None and is_shown else None,
        "is_category": board.is_category,
        "thread_count": board.thread_count,
        "post_count": board.post_count,
        "last_post": _last_post(last) | {"thread": thread_ref(last)} if last is not None else None,
        "can": {"post_thread": scopes.allows(permissions.may_start_thread(actor, board), "write")},
    }


def thread_ref(found: Thread) -> JsonObject:
    """A short reference to a thread."""
    return {"id": found.id, "url": absolute_url(found.path), "title": found.title, "slug": slug(found.title)}


def thread(found: Thread) -> JsonObject:
    """A thread whose board, starter and last poster are loaded."""
    actor = identity.visitor()
    shown = ("started_at", "reply_count", "view_count", "is_pinned", "is_locked", "is_deleted")
    return (
        thread_ref(found)
        | {name: getattr(found, name) for name in shown}
        | {
            "board": board_ref(found.board),
            "starter": member_ref(found.starter),
            "last_post": _last_post(found),
            "can": {
                "reply": scopes.allows(permissions.may_reply(actor, found), *scopes.for_reply(found)),
                "edit_title": scopes.allows(_may_change_title(actor, found), *scopes.for_title(actor, found)),
                "moderate": scopes.allows(permissions.may_moderate(actor, found), "moderate"),
            },
        }
    )


def _may_change_title(actor: Member | None, found: Thread) -> permissions.Verdict:
    return permissions.may_change_title(actor, found, window_minutes=snapshot().edit_window_minutes)


def thread_row(row: ThreadRow) -> JsonObject:
    """A thread in a list."""
    return thread(row.thread) | {"is_unread": row.is_unread}


def _last_post(found: Thread) -> JsonObject:
    number = found.last_post_id
    return {
        "id": number,
        "url": absolute_url(f"/posts/{number}" if number else f"{found.path}/latest"),
        "author": member_ref(found.last_poster),
        "created_at": found.last_posted_at,
    }


def posts(found: list[Post]) -> list[JsonObject]:
    """Posts with their reactions; one query for all of them."""
    reactions = reactions_on(found, identity.visitor())
    return [_post(each, reactions.get(each.id, PostReactions())) for each in found]


def post_ref(found: Post) -> JsonObject:
    """A short reference to a post."""
    return {"id": found.id, "url": absolute_url(found.path), "position": found.position}


def _post(found: Post, reactions: PostReactions) -> JsonObject:
    shown = ("created_at", "edited_at", "html", "is_deleted")
    return (
        post_ref(found)
        | {name: getattr(found, name) for name in shown}
        | {
            "thread": thread_ref(found.thread),
            "author": member_ref(found.author),
            "revision": found.revision_count,
            "body": found.source,
            "reactions": _counts(reactions),
            "my_reaction": reactions.mine.key if reactions.mine else None,
            "can": _post_can(found),
        }
    )


def _counts(reactions: PostReactions) -> list[JsonObject]:
    return [
        {
            "kind": each.kind.key,
            "name": each.kind.name,
            "symbol": each.kind.symbol,
            "score": each.kind.score,
            "count": each.count,
            "names": each.names,
        }
        for each in reactions.counts
    ]


def _post_can(found: Post) -> dict[str, bool]:
    actor, window = identity.visitor(), snapshot().edit_window_minutes
    needed = scopes.for_post(actor, found)
    return {
        "edit": scopes.allows(permissions.may_edit_post(actor, found, window_minutes=window), *needed),
        "delete": scopes.allows(permissions.may_delete_post(actor, found, window_minutes=window), *needed),
        "react": scopes.allows(permissions.may_react(actor, found), "write"),
        "quote": scopes.allows(permissions.may_reply(actor, found.thread), *scopes.for_reply(found.thread)),
    }
