"""Ignoring and following a member from their profile or one of their posts."""

from flask import Blueprint, Response

from forum.auth import identity
from forum.members.queries import find_member
from forum.relations import actions
from forum.web import toasts
from forum.web.addresses import next_path, see

blueprint = Blueprint("relations", __name__, url_prefix="/members/<int:member_id>-<slug>")


@blueprint.post("/ignore")
def ignore(member_id: int, slug: str) -> Response:
    """Ignore the member."""
    member = find_member(member_id)
    actions.ignore(identity.member(), member)
    return toasts.with_toast(see(next_path(member.path)), "ignored", member.id)


@blueprint.post("/unignore")
def stop_ignoring(member_id: int, slug: str) -> Response:
    """Ignore the member no longer."""
    member = find_member(member_id)
    actions.stop_ignoring(identity.member(), member)
    return toasts.with_toast(see(next_path(member.path)), "unignored")


@blueprint.post("/follow")
def follow(member_id: int, slug: str) -> Response:
    """Follow the member."""
    member = find_member(member_id)
    actions.follow(identity.member(), member)
    return toasts.with_toast(see(next_path(member.path)), "followed", member.id)


@blueprint.post("/unfollow")
def unfollow(member_id: int, slug: str) -> Response:
    """Follow the member no longer."""
    member = find_member(member_id)
    actions.unfollow(identity.member(), member)
    return toasts.with_toast(see(next_path(member.path)), "unfollowed", member.id)
