"""Alerts: mentions, quotes, replies, reactions, and what staff decided."""

from flask import Blueprint, Response, render_template

from forum.auth import identity
from forum.notifications import actions, queries
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.members import told
from forum.web.prefetch import is_prefetch

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/alerts")
def show() -> str | Response:
    """The member's alerts, newest first, which opening the page marks as seen.

    A prefetched page would be shown later without another request, so prefetching is refused.
    """
    me = identity.member()
    if is_prefetch():
        return Response(status=503, headers={"Cache-Control": "no-store"})
    alerts, page = queries.alerts_of(me, page_number())
    has_unread = any(not alert.read_at for alert in alerts)
    if me.unread_alerts:
        actions.mark_all_seen(me)
    return render_template("alert/list.html", alerts=alerts, page=page, has_unread=has_unread, told=told)


@blueprint.post("/alerts/mark-read")
def mark_read() -> Response:
    """Mark all alerts as read."""
    actions.mark_all_read(identity.member())
    return toasts.with_toast(see("/alerts"), "marked-read")
