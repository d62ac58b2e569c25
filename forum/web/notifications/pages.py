"""The list of notifications, and the panel under the bell that shows the newest."""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template
from markupsafe import Markup

from forum.auth import identity
from forum.infra.errors import NotFound
from forum.models import Member
from forum.notifications import marks, queries
from forum.notifications.rows import BY_WAY, RowView, views
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.discussion.new_replies import notifications_of
from forum.web.forms import hidden_field
from forum.web.prefetch import is_prefetch
from forum.web.template_globals import translate, translate_many

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
def show() -> str | Response:
    """The member's notifications, newest first, which opening the page marks as seen.

    A prefetched page would be shown later without another request, so prefetching is refused.
    """
    me = identity.member()
    if is_prefetch():
        return Response(status=503, headers={"Cache-Control": "no-store"})
    values = _listed(me, page_number())
    _mark_seen(me, values["upto"])
    return render_template("notification/list.html", **values)


@blueprint.get("/alerts")
def show_at_former_address() -> Any:
    """Redirect from the address that the list had before."""
    return redirect("/notifications", 301)


@blueprint.get("/notifications/panel")
def panel() -> str:
    """The newest notifications as a part of a page; opening the panel marks them as seen by another request."""
    return render_template("notification/panel.html", **_listed(identity.member(), 1))


@blueprint.get("/notifications/count")
def count() -> Response:
    """The number on the bell, for tabs that no heartbeat keeps up to date."""
    return jsonify(**notifications_of(identity.member()))


@blueprint.post("/notifications/seen")
def seen() -> Response:
    """Mark as seen what the panel shows, and answer with the number on the bell."""
    me, upto = identity.member(), hidden_field("upto")
    if upto.isascii() and upto.isdigit() and len(upto) < 10:
        marks.mark_all_seen(me, upto=int(upto))
    return jsonify(**notifications_of(me))


@blueprint.post("/notifications/mark-read")
def mark_read() -> Response:
    """Mark all notifications as read."""
    marks.mark_all_read(identity.member())
    return toasts.with_toast(see("/notifications"), "marked-read")


@blueprint.get("/notifications/<int:notification_id>")
def visit(notification_id: int) -> Any:
    """Mark a notification as read and go to what it is about, for those that no page of their own marks."""
    me = identity.member()
    kind, ids = queries.row_with(me, notification_id)
    if kind not in BY_WAY:
        raise NotFound
    if not is_prefetch():
        marks.mark_these_read(me, ids)
    return redirect(me.path if kind == "title" else BY_WAY[kind], 303)


def _listed(me: Member, number: int) -> dict[str, Any]:
    rows, page = queries.rows_of(me, number)
    has_unread = any(row.unread for row in rows)
    shown = {"rows": views(rows), "page": page, "said": _said}
    return {**shown, "has_unread": has_unread, "upto": queries.newest_id(rows)}


def _said(row: RowView) -> Markup:
    """The sentence before the title, with the name apart from its direction."""
    name, said = Markup("<bdi>{}</bdi>").format(row.name), row.said
    if said.plural:
        return translate_many(said.msgid, said.plural, int(str(said.values["num"])), name=name)
    return translate(said.msgid, name=name)


def _mark_seen(me: Member, upto: int | None) -> None:
    if me.unseen_notifications and upto is not None:
        marks.mark_shown(me, upto)
