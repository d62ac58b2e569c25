"""The approval queue, for moderators."""

from typing import Any

from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.decisions.actions import Grounds
from forum.infra.errors import NotFound
from forum.interfaces import translate
from forum.members.signup.signs import signs_by_member
from forum.models import Application, Member, ReasonFor, ReviewItem, ReviewKind
from forum.moderation import applicants, deciding, queue
from forum.schemas.listing import PageIn
from forum.schemas.moderation.approval import ItemDecisionIn, QueueItemOut, QueueOut
from forum.threads.approval import reasons
from forum.threads.approval.edits import edits_of

blueprint = ApiBlueprint("queue", "Posts and threads that wait for approval; with the scope moderate.")


def _moderator() -> Member:
    scopes.require_scopes("moderate")
    return identity.member()


@blueprint.reads("/moderation/queue", QueueOut, query=PageIn, login=True)
def show(query: dict[str, Any]) -> PageResponse:
    """List what waits in the boards that the caller moderates: oldest first, of more than 40 the least like spam."""
    items, page = queue.waiting(_moderator(), query["page"])
    if page.number != query["page"]:
        raise NotFound
    return paginated(_items(items), page)


@blueprint.writes("POST", "/moderation/queue/<id:item_id>", QueueItemOut, body=ItemDecisionIn, status=200)
def decide(body: dict[str, Any], item_id: int) -> dict[str, Any]:
    """Approve or reject what waits; 409 if that is decided already, or if the post is not at `revision`."""
    actor = _moderator()
    is_reason = body["decision"] in {"reject", "spam"}
    grounds = given_grounds(ReasonFor.REJECT, body) if is_reason else Grounds(body["reason"])
    deciding.decide(actor, item_id, decision=body["decision"], grounds=grounds, revision=body["revision"])
    return _items([applicants.find_case(actor, item_id) or queue.find(actor, item_id)])[0]


def _items(items: list[ReviewItem]) -> list[dict[str, Any]]:
    shown = [item.post for item in items if item.post is not None]
    posts = {post.id: out for post, out in zip(shown, serializers.posts(shown), strict=True)}
    written, edits = applicants.applications_of(items), edits_of(items)
    found = signs_by_member({item.member_id for item in items}) if items else {}
    return [
        _item(item, posts.get(item.post_id or 0), written.get(item.member_id))
        | {"signs": [translate(sign.sentence) for sign in found.get(item.member_id, ())]}
        | {"edit": serializers.pending_edit(edits.get(item.id))}
        for item in items
    ]


def _item(item: ReviewItem, post: dict[str, Any] | None, application: Application | None) -> dict[str, Any]:
    thread = item.post.thread if item.post is not None else None
    return {
        "id": item.id,
        "kind": _kind(item),
        "username": item.member.username,
        "application": _application(item.member, application) if item.post is None else None,
        "waiting_since": item.opened_at,
        "because": [translate(sentence) for sentence in reasons.sentences(item.held_for)],
        "decision": item.decision or None,
        "board": serializers.board_ref(thread.board) if thread is not None else None,
        "post": post,
    }


def _kind(item: ReviewItem) -> str:
    if item.kind == ReviewKind.HELD_EDIT:
        return "edit"
    if item.post is None:
        return "member"
    return "thread" if item.post.position == 1 else "post"


def _application(member: Member, row: Application | None) -> dict[str, str]:
    written = {name: getattr(row, name) if row else "" for name in ("answer", "question", "reply")}
    return written | {"email_domain": (member.email or "").rpartition("@")[2]}
