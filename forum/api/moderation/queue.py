"""The approval queue, for moderators."""

from collections.abc import Sequence
from typing import Any

from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.decisions.actions import Grounds
from forum.infra.errors import NotFound
from forum.interfaces import translate
from forum.members.signup.signs import Sign, signs_by_member
from forum.models import HeldEdit, Member, ReviewItem, ReviewKind
from forum.moderation import queue
from forum.schemas.listing import PageIn
from forum.schemas.moderation.approval import DecisionIn, QueueItemOut, QueueOut
from forum.threads.approval import reasons
from forum.threads.approval.edits import edits_of

blueprint = ApiBlueprint("queue", "Posts and threads that wait for approval; with the scope moderate.")


def _moderator() -> Member:
    scopes.require_scopes("moderate")
    return identity.member()


@blueprint.reads("/moderation/queue", QueueOut, query=PageIn, login=True)
def show(query: dict[str, Any]) -> PageResponse:
    """List what waits in the boards that the caller moderates, oldest first."""
    items, page = queue.waiting(_moderator(), query["page"])
    if page.number != query["page"]:
        raise NotFound
    return paginated(_items(items), page)


@blueprint.writes("POST", "/moderation/queue/<id:item_id>", QueueItemOut, body=DecisionIn, status=200)
def decide(body: dict[str, Any], item_id: int) -> dict[str, Any]:
    """Approve or reject what waits; 409 if that is decided already, or if the post is not at `revision`."""
    actor = _moderator()
    item = queue.find(actor, item_id)
    grounds = Grounds(body["reason"])
    queue.decide(actor, item, decision=body["decision"], grounds=grounds, revision=body["revision"])
    return _items([queue.find(actor, item_id)])[0]


def _items(items: list[ReviewItem]) -> list[dict[str, Any]]:
    posts = serializers.posts([item.post for item in items if item.post is not None])
    edits, found = edits_of(items), signs_by_member({item.member_id for item in items}) if items else {}
    rows = zip(items, posts, strict=True)
    return [_item(item, post, edits.get(item.id), found.get(item.member_id, ())) for item, post in rows]


def _item(item: ReviewItem, post: dict[str, Any], edit: HeldEdit | None, found: Sequence[Sign]) -> dict[str, Any]:
    thread = item.post.thread if item.post is not None else None
    return {
        "id": item.id,
        "kind": _kind(item),
        "waiting_since": item.opened_at,
        "because": [translate(sentence) for sentence in reasons.sentences(item.held_for)],
        "signs": [translate(sign.sentence) for sign in found],
        "decision": item.decision or None,
        "board": serializers.board_ref(thread.board) if thread is not None else None,
        "post": post,
        "edit": serializers.pending_edit(edit),
    }


def _kind(item: ReviewItem) -> str:
    if item.kind == ReviewKind.HELD_EDIT:
        return "edit"
    return "thread" if item.post is not None and item.post.position == 1 else "post"
