"""Every URL of the forum, filled in with existing objects."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from forum.models import Board, Member, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react
from tests.factories import a_board, a_member, a_post, a_thread

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Scene:
    """A small forum with content: ids and paths that stay valid after its session is closed."""

    values: dict[str, object]
    anna: str
    thread_path: str
    hidden_thread_path: str
    hidden_title: str


def a_scene() -> Scene:
    """Create members of every role, open and hidden boards, threads with posts, reactions and an edit."""
    anna, ben = a_member("anna"), a_member("ben")
    moderator, admin = a_member("mona", role="moderator"), a_member("olaf", role="admin")
    board, hidden = a_board("Open to all"), a_board("Behind doors", audience="admin")
    thread = a_thread(by=anna, board=board, title="A thread to read")
    post = a_post(thread=thread, by=anna, body="Words of anna")
    react(ben, post, kind="like")
    secret = a_thread(by=admin, board=hidden, title="Zanzibar secret")
    tools.pin(moderator, thread)
    return Scene(_values(board, thread, post, anna), "anna", thread.path, secret.path, secret.title)


def _values(board: Board, thread: Thread, post: Post, member: Member) -> dict[str, object]:
    return {
        "board_id": board.id,
        "thread_id": thread.id,
        "post_id": post.id,
        "member_id": member.id,
        "slug": "x",
        "act": "lock",
        "step": "leave",
        "version": "0",
        "name": "app.css",
        "token": "unknown-token",
        "kind": "reactions",
        "conversation_id": 1,
        "position": 1,
        "picture": "logo",
        "choice": "hide",
        "row_id": 1,
        "item_id": 1,
        "notice_id": 1,
        "decision_id": 1,
        "notification_id": 1,
        "note_id": 1,
        "warning_id": 1,
        "key": "nosuch",
        "direction": "down",
    }


def addresses(app: Flask, scene: Scene, methods: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each route with each of some methods, as (method, URL)."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) & set(methods)):
            yield method, _address(app, rule, scene)


def _address(app: Flask, rule: Rule, scene: Scene) -> str:
    values = {name: scene.values.get(name, scene.values["post_id"]) for name in rule.arguments}
    if rule.endpoint == "account_groups.withdraw_or_leave":
        values["act"] = "leave"
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or {"GET"})))


def rows(database: Path, *, without: tuple[str, ...] = ()) -> dict[str, list[tuple[object, ...]]]:
    """All stored rows by table, to see what a request changed."""
    with sqlite3.connect(database) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if "_index" not in name and name not in without]
        found = {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in kept}  # noqa: S608
    connection.close()
    return found
