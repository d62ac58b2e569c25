"""Notifications in the member's browsers: a browser is subscribed by a button, and removed in the list of them."""

import hashlib
from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify
from werkzeug import Response as AnyResponse

from forum.auth import identity
from forum.infra.errors import Conflict, NotLoggedIn
from forum.interfaces import translate
from forum.members.credentials.device_names import device_name
from forum.models import Member, PushSubscription
from forum.models.notifications.push_subscription import MAX_ENDPOINT
from forum.notifications.push import keys, subscriptions
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import hidden_field

blueprint = Blueprint("notification_browsers", __name__, url_prefix="/account/notifications/browsers")


class Browser(NamedTuple):
    """A browser of the list; by `digest` a browser knows itself."""

    row: PushSubscription
    name: str
    digest: str


def browsers_of(member: Member) -> list[Browser]:
    """The browsers in which a member gets notifications."""
    return [
        Browser(row, device_name(row.agent), hashlib.sha256(row.endpoint.encode()).hexdigest())
        for row in subscriptions.browsers_of(member)
    ]


@blueprint.post("/key")
def key() -> Response:
    """The forum's public key, to which a browser subscribes."""
    identity.member()
    return jsonify(key=keys.public_key())


@blueprint.post("")
def subscribe() -> Any:
    """Send notifications to the browser of this login; called by its script, also when its address has changed."""
    me, login = identity.member(), identity.current_session()
    if login is None:
        raise NotLoggedIn
    given = {name: hidden_field(name, most=MAX_ENDPOINT + 1) for name in ("endpoint", "p256dh", "auth")}
    try:
        subscriptions.subscribe(me, login, **given)
    except Conflict as refusal:
        return jsonify(message=translate(refusal.message)), refusal.status
    return toasts.with_toast(Response(status=204), "saved")


@blueprint.post("/<int:subscription_id>/remove")
def remove(subscription_id: int) -> AnyResponse:
    """Stop sending notifications to one of the member's browsers."""
    subscriptions.remove(identity.member(), subscription_id)
    return toasts.with_toast(see("/account/notifications"), "saved")
