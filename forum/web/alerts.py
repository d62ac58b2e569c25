"""Alerts: who mentioned, quoted, answered or reacted to the member."""

from flask import Blueprint, Response, render_template

from forum import identity
from forum.notifications import actions, queries
from forum.web.addresses import page_number, see

blueprint = Blueprint("alerts", __name__)


@blueprint.get("/alerts")
def show() -> str:
    """The member's alerts, newest first."""
    alerts, page = queries.alerts_of(identity.member(), page_number())
    return render_template("alert/list.html", alerts=alerts, page=page)


@blueprint.post("/alerts/mark-read")
def mark_read() -> Response:
    """Count all alerts as seen."""
    actions.mark_all_read(identity.member())
    return see("/alerts")
