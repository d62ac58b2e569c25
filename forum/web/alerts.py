"""Alerts: mentions, quotes, replies and reactions."""

from flask import Blueprint, Response, render_template

from forum.auth import identity
from forum.notifications import actions, queries
from forum.web import toasts
from forum.web.addresses import page_number, see

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/alerts")
def show() -> str:
    """List the member's alerts, newest first, and mark them all as seen."""
    me = identity.member()
    alerts, page = queries.alerts_of(me, page_number())
    has_unread = any(not each.read_at for each in alerts)
    if me.unread_alerts:
        actions.mark_all_seen(me)
    return render_template("alert/list.html", alerts=alerts, page=page, has_unread=has_unread)


@blueprint.post("/alerts/mark-read")
def mark_read() -> Response:
    """Mark all alerts as read."""
    actions.mark_all_read(identity.member())
    return toasts.after(see("/alerts"), "marked-read")
