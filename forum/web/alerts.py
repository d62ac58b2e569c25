"""Alerts: who mentioned, quoted, answered or reacted to the member."""

from flask import Blueprint, Response, render_template

from forum.auth import identity
from forum.notifications import actions, queries
from forum.web import toasts
from forum.web.addresses import page_number, see

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/alerts")
def show() -> str:
    """The member's alerts, newest first."""
    me = identity.member()
    alerts, page = queries.alerts_of(me, page_number())
    has_unread = any(not each.read_at for each in alerts)
    if me.unread_alerts:
        actions.mark_all_seen(me)
    return render_template("alert/list.html", alerts=alerts, page=page, has_unread=has_unread)


@blueprint.post("/alerts/mark-read")
def mark_read() -> Response:
    """Count all alerts as seen."""
    actions.mark_all_read(identity.member())
    return toasts.with_toast(see("/alerts"), "marked-read")
