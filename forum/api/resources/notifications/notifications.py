"""The caller's notifications, and what they want to be told."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from forum.api.blueprint import ApiBlueprint
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import absolute_url, translate
from forum.models import Channel, Member
from forum.moderation.reviews import may_review_some
from forum.notifications import choices, marks, queries
from forum.notifications.kinds import KINDS
from forum.notifications.rows import RowView, views
from forum.schemas.notifications.notifications import (
    NotificationListOut,
    NotificationsIn,
    PreferencesIn,
    PreferencesOut,
    SeenIn,
    UnseenOut,
)

blueprint = ApiBlueprint("notifications", "The caller's notifications, and what they want to be told.")
PREFERENCES = "/me/notification-preferences"
UNKNOWN = say("There is no choice about this.")


@blueprint.reads("/notifications", NotificationListOut, query=NotificationsIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the caller's notifications, newest first; this marks nothing as seen."""
    rows, page = queries.rows_of(identity.member(), query["page"], only_unread=query["unread"])
    return paginated([_notification(row) for row in views(rows)], page)


@blueprint.writes("POST", "/notifications/seen", UnseenOut, body=SeenIn, status=200)
def mark_seen(body: dict[str, Any]) -> dict[str, Any]:
    """Mark notifications as seen, which the badge then no longer counts."""
    me = identity.member()
    marks.mark_all_seen(me, upto=body["upto"])
    return {"unseen_notifications": queries.unseen_count(me)}


@blueprint.writes("PUT", "/notifications/<id:notification_id>/read", status=204)
def mark_read(notification_id: int) -> Response:
    """Mark a row of the list as read, with all that it stands for."""
    me = identity.member()
    marks.mark_these_read(me, queries.row_with(me, notification_id)[1])
    return Response(status=204)


@blueprint.reads(PREFERENCES, PreferencesOut, login=True)
def show_preferences() -> dict[str, Any]:
    """Get what the caller is told, by kind and channel."""
    return _preferences(identity.member())


@blueprint.writes("PATCH", PREFERENCES, PreferencesOut, body=PreferencesIn, status=200)
def change_preferences(body: dict[str, Any]) -> dict[str, Any]:
    """Choose what to be told; what is not sent stays as it is."""
    me = identity.member()
    choices.choose(me, _checked(body["kinds"]))
    return _preferences(me)


def _checked(given: Mapping[str, Any]) -> dict[str, dict[Channel, bool]]:
    """The choices by kind and channel; those for staff do nothing for others. Raises Invalid."""
    for kind, channels in given.items():
        if kind not in KINDS:
            raise Invalid({f"kinds.{kind[:40]}": [UNKNOWN]})
        if not isinstance(channels, Mapping):
            raise Invalid({f"kinds.{kind}": [say("Send an object of channels.")]})
        for channel, is_on in channels.items():
            if channel not in set(Channel) or not KINDS[kind].leaves_choice(Channel(channel)):
                raise Invalid({f"kinds.{kind}.{channel[:40]}": [UNKNOWN]})
            if not isinstance(is_on, bool):
                raise Invalid({f"kinds.{kind}.{channel}": [say("Send true or false.")]})
    return {kind: {Channel(name): is_on for name, is_on in channels.items()} for kind, channels in given.items()}


def _preferences(me: Member) -> dict[str, Any]:
    chosen = choices.choices_of(me, for_staff=bool(may_review_some(me)))
    return {
        "kinds": {
            choice.kind.name: {channel.value: is_on for channel, is_on in choice.channels.items()} for choice in chosen
        }
    }


def _notification(row: RowView) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "kind", "title", "reason", "count", "at", "is_seen")}
    return {
        **shown,
        "text": " ".join(filter(None, (translate(row.sentence), row.title))),
        "actor": serializers.member_ref(row.actor) if row.actor else None,
        "is_read": not row.is_unread,
        "url": absolute_url(row.path) if row.path else None,
    }
