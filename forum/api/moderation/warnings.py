"""Warnings of members by moderators."""

from typing import Any

from flask import Response

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.lists import paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.members.queries import find_member
from forum.models import Member, MemberWarning, Post, ReasonFor, WarningKind
from forum.moderation import notes, reviews
from forum.moderation.warnings import giving, lists
from forum.schemas.listing import PageIn
from forum.schemas.moderation.warnings import (
    NewWarningIn,
    WarningKindListOut,
    WarningListOut,
    WarningOut,
    WithdrawBodyIn,
)
from forum.threads.queries import find_post

blueprint = ApiBlueprint("warnings", "Warnings of members, with the scope moderate.")
OF_MEMBER = "/members/<id:member_id>/warnings"


def _moderator() -> Member:
    actor = identity.member()
    scopes.require_scopes("moderate")
    permissions.require(reviews.may_review_some(actor))
    return actor


@blueprint.reads("/moderation/warning-kinds", WarningKindListOut, login=True)
def show_kinds() -> dict[str, Any]:
    """List what members can be warned for. Needs the scope moderate."""
    _moderator()
    names = ("id", "title", "points", "days", "text")
    return {"items": [{name: getattr(kind, name) for name in names} for kind in lists.kinds_in_use()]}


@blueprint.reads(OF_MEMBER, WarningListOut, query=PageIn, login=True)
def show_all(query: dict[str, Any], member_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """List the warnings of a member, newest first. Needs the scope moderate."""
    actor, member = _moderator(), find_member(member_id)
    permissions.require(notes.may_read_about(actor, member))
    found, page = lists.warnings_on_page(actor, "all", query["page"], of=member)
    body, headers = paginated([_shown(actor, each) for each in found], page)
    return body | {"points": lists.points_of(member)}, headers


@blueprint.writes("POST", OF_MEMBER, WarningOut, body=NewWarningIn, status=201)
def create(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Warn a member, who is told why. Reaching a threshold of points mutes or bans them, as admins have set it."""
    actor, member = _moderator(), find_member(member_id)
    post = _post(actor, body["post_id"]) if body["post_id"] is not None else None
    kind = session.get(WarningKind, body["kind"])
    warning = giving.warn(actor, member, kind, grounds=given_grounds(ReasonFor.WARN, body), post=post)
    return _shown(actor, lists.find_warning(warning.id, of=warning.member))


def _post(actor: Member, post_id: int) -> Post:
    try:
        return find_post(actor, post_id)
    except NotFound as error:
        raise Invalid({"post_id": [say("There is no such post.")]}) from error


@blueprint.writes("DELETE", f"{OF_MEMBER}/<id:warning_id>", body=WithdrawBodyIn, status=204)
def withdraw(body: dict[str, Any], member_id: int, warning_id: int) -> Response:
    """Withdraw a warning, and lift what its points led to. The body with its reason is optional."""
    actor, member = _moderator(), find_member(member_id)
    permissions.require(notes.may_read_about(actor, member))
    reason = given_grounds(ReasonFor.WITHDRAW, body).reason
    giving.withdraw(actor, lists.find_warning(warning_id, of=member), reason=reason)
    return Response(status=204)


def _shown(actor: Member, warning: MemberWarning) -> dict[str, Any]:
    post = warning.about_post
    names = ("id", "title", "points", "reason", "rule", "created_at", "expires_at", "withdrawn_at", "is_in_force")
    return {name: getattr(warning, name) for name in names} | {
        "post_id": post.id if post is not None and permissions.may_see_post(actor, post) else None,
        "by": serializers.member_ref(warning.by) if warning.by else None,
    }
