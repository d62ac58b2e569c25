"""Blocked link domains: the list, blocking one, lifting a block."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.auth import identity
from forum.schemas.moderation.cleaning import DEFAULT_DAYS, LinkIn
from forum.spam import blocked_links
from forum.spam.blocked_links import MAX_DAYS
from forum.web import toasts
from forum.web.addresses import page_number, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.moderation.members.cleaning import own_host

blueprint = Blueprint("blocked_links", __name__, url_prefix="/moderation/links")


@blueprint.get("")
def show_all() -> str:
    """List the blocks in force."""
    rows, page = blocked_links.in_force(identity.member(), page_number())
    shown = current_form(days=DEFAULT_DAYS)
    return render_template("moderation/links.html", rows=rows, page=page, form=shown, most_days=MAX_DAYS)


@blueprint.post("")
@rerenders_on_error(show_all)
def block() -> Response:
    """Block a domain."""
    given = load_form(LinkIn)
    blocked_links.block(identity.member(), given["domain"], days=given["days"] or DEFAULT_DAYS, own_host=own_host())
    return toasts.with_undo(see("/moderation/links"), "link-blocked")


@blueprint.post("/<int:row_id>/lift")
def lift(row_id: int) -> Response:
    """Lift a block."""
    actor = identity.member()
    blocked_links.lift(actor, blocked_links.find(actor, row_id))
    return toasts.with_undo(see("/moderation/links"), "link-allowed")
