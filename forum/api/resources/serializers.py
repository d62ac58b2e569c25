"""Boards, threads, posts and members as dicts for their schemas, with what the caller may do with each."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import select

from forum import permissions
from forum.api import scopes
from forum.auth import identity
from forum.boards.own_threads import Figures, figures_of
from forum.infra.database.db import session
from forum.infra.text.slugs import slug
from forum.interfaces import absolute_url
from forum.models import Board, HeldEdit, Member, Post, Thread, Visibility
from forum.models.discussion.board_tree import BoardNode
from forum.reactions.queries import Reactions, reactions_on
from forum.relations.actions import may_follow, may_ignore
from forum.site.group_membership import banner_of
from forum.site.queries import snapshot
from forum.threads.approval.edits import waiting_edits
from forum.threads.lists import ThreadRow
from forum.threads.queries import visible_threads
from forum.threads.writing import render
from forum.verdicts import Verdict

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


def member(member: Member) -> JsonObject:
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
    banner, caller = banner_of(member), identity.visitor()
    can = {
        "edit": caller == member,
        "ignore": bool(may_ignore(caller, member)),
        "follow": bool(may_follow(caller, member)),
    }
    return (
        member_ref(member)
        | {name: getattr(member, name) for name in shown}
        | {"banner": {"text": banner.text, "colour": banner.colour} if banner else None, "can": can}
    )


def board_ref(node: Board | BoardNode) -> JsonObject:
    """A short reference to a board."""
    return {"id": node.id, "url": absolute_url(node.path), "title": node.title, "slug": slug(node.title)}


def boards(boards: Sequence[Board]) -> list[JsonObject]:
    """Boards with their last posts; one query for all of them."""
    wanted = [board.last_thread_id for board in boards if board.last_thread_id]
    threads: dict[int, Thread] = {}
    if wanted:
        statement = visible_threads(identity.visitor()).where(Thread.id.in_(wanted))
        threads = {thread.id: thread for thread in session.scalars(statement)}
    tree = snapshot().tree
    ruled = [board.id for board in boards if (node := tree.get(board.id)) is not None and node.has_rules]
    texts = select(Board.id, Board.rules).where(Board.id.in_(ruled))
    rules = {row.id: row.rules for row in session.execute(texts)} if ruled else {}
    figures = figures_of(identity.visitor(), boards)
    return [
        _board(board, threads.get(board.last_thread_id or 0), rules.get(board.id, ""), figures[board.id])
        for board in boards
    ]


def _board(board: Board, last: Thread | None, rules: str, figures: Figures) -> JsonObject:
    actor, tree = identity.visitor(), snapshot().tree
    node = tree.get(board.id)
    above = tree.get(board.parent_id)
    is_shown = above is not None and above.id in permissions.scope_of(actor).see
    return board_ref(board) | {
        "description": board.description,
        "parent": board_ref(above) if above is not None and is_shown else None,
        "is_category": board.is_category,
        "is_closed": board.is_closed,
        "rules": rules,
        "icon_url": absolute_url(node.icon) if node is not None and node.icon else None,
        "thread_count": figures.threads,
        "post_count": figures.posts,
        "last_post": _last_post(last) | {"thread": thread_ref(last)} if last is not None else None,
        "can": {"post_thread": scopes.allows(permissions.may_start_thread(actor, board), "write")},
    }


def thread_ref(thread: Thread) -> JsonObject:
    """A short reference to a thread."""
    return {"id": thread.id, "url": absolute_url(thread.path), "title": thread.title, "slug": slug(thread.title)}


_OF_THREAD = (
    *("started_at", "reply_count", "view_count", "is_deleted"),
    *("is_pinned", "is_pinned_everywhere", "pinned_until", "is_locked", "locks_at", "locked_until", "lock_reason"),
    "slow_minutes",
)


def thread(thread: Thread) -> JsonObject:
    """A thread whose board, starter and last poster are loaded."""
    actor, shown = identity.visitor(), _OF_THREAD
    return (
        thread_ref(thread)
        | {name: getattr(thread, name) for name in shown}
        | {
            "board": board_ref(thread.board),
            "starter": member_ref(thread.starter),
            "visibility": visibility_name(thread.visibility),
            "last_post": _last_post(thread),
            "can": {
                "reply": scopes.allows(permissions.may_reply(actor, thread), *scopes.for_reply(thread)),
                "edit_title": scopes.allows(_may_change_title(actor, thread), *scopes.for_title(actor, thread)),
                "moderate": scopes.allows(permissions.may_moderate(actor, thread), "moderate"),
            },
        }
    )


def _may_change_title(actor: Member | None, thread: Thread) -> Verdict:
    return permissions.may_change_title(actor, thread, window_minutes=snapshot().edit_window_minutes)


def thread_row(row: ThreadRow) -> JsonObject:
    """A thread in a list."""
    return thread(row.thread) | {"is_unread": row.is_unread}


def _last_post(thread: Thread) -> JsonObject:
    number = thread.last_post_id
    return {
        "id": number,
        "url": absolute_url(f"/posts/{number}" if number else f"{thread.path}/latest"),
        "author": member_ref(thread.last_poster),
        "created_at": thread.last_posted_at,
    }


def visibility_name(visibility: int) -> str:
    """Who sees a thread or post, in a word."""
    return Visibility(visibility).name.lower()


def posts(posts: list[Post]) -> list[JsonObject]:
    """Posts with their reactions; one query for all of them, another if edits wait that the visitor sees."""
    actor = identity.visitor()
    reactions = reactions_on(posts, actor)
    edits = waiting_edits(post for post in posts if _sees_edit(actor, post))
    return [_post(post, reactions.get(post.id, Reactions()), edits.get(post.id)) for post in posts]


def _sees_edit(actor: Member | None, post: Post) -> bool:
    is_own = actor is not None and post.author_id == actor.id
    return is_own or permissions.may_see_hidden(actor, post.thread.board_id)


def pending_edit(edit: HeldEdit | None) -> JsonObject | None:
    """An edit that waits for approval."""
    if edit is None:
        return None
    html = render(edit.source).html if edit.source else None
    body, title = edit.source or None, edit.title or None
    return {"number": edit.number, "body": body, "html": html, "title": title, "edited_at": edit.edited_at}


def post_ref(post: Post) -> JsonObject:
    """A short reference to a post."""
    return {"id": post.id, "url": absolute_url(post.path), "position": post.position if post.was_published else None}


def _post(post: Post, reactions: Reactions, edit: HeldEdit | None) -> JsonObject:
    shown = ("created_at", "edited_at", "html", "is_deleted", "staff_notice")
    visibility = post.visibility if post.position != 1 or not post.is_public else post.thread.visibility
    return (
        post_ref(post)
        | {name: getattr(post, name) for name in shown}
        | {
            "thread": thread_ref(post.thread),
            "author": member_ref(post.author),
            "visibility": visibility_name(visibility),
            "revision": post.revision_count,
            "body": post.source,
            "reactions": counts_of(reactions),
            "my_reaction": reactions.mine.key if reactions.mine else None,
            "pending_edit": pending_edit(edit),
            "can": _post_can(post),
        }
    )


def counts_of(reactions: Reactions) -> list[JsonObject]:
    """Reactions by kind."""
    return [
        {
            "kind": reaction.kind.key,
            "name": reaction.kind.name,
            "symbol": reaction.kind.symbol,
            "score": reaction.kind.score,
            "count": reaction.count,
            "names": reaction.names,
        }
        for reaction in reactions.counts
    ]


def _post_can(post: Post) -> dict[str, bool]:
    actor, window = identity.visitor(), snapshot().edit_window_minutes
    needed = scopes.for_post(actor, post)
    return {
        "edit": scopes.allows(permissions.may_edit_post(actor, post, window_minutes=window), *needed),
        "delete": scopes.allows(permissions.may_delete_post(actor, post, window_minutes=window), *needed),
        "react": scopes.allows(permissions.may_react(actor, post), "write"),
        "quote": post.was_published
        and scopes.allows(permissions.may_reply(actor, post.thread), *scopes.for_reply(post.thread)),
    }
