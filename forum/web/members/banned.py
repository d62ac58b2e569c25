"""What banned members can still do after entering their password: read the decisions about them, and appeal."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from forum.auth import identity
from forum.decisions import queries
from forum.infra.database.db import start_writing
from forum.members.credentials import banned_access
from forum.members.sanctions import ban_of
from forum.moderation.appeals import making
from forum.schemas.account import CodeIn
from forum.schemas.moderation.appeals import AppealIn
from forum.web import toasts
from forum.web.addresses import secretive, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.members.decisions import decision_values, list_values

blueprint = Blueprint("banned", __name__, url_prefix="/banned")


@blueprint.get("/<secret>")
def show(secret: str) -> ResponseReturnValue:
    """Show the ban and the decisions about a banned member, or first ask for the code."""
    if banned_access.needs_code(secret):
        return secretive(render_template("banned/code.html", form=current_form(), secret=secret))
    member = banned_access.member_of(secret)
    values = list_values(member, base=f"/banned/{secret}")
    return secretive(render_template("banned/decisions.html", member=member, ban=ban_of(member), **values))


@blueprint.post("/<secret>")
@identity.defers_write_lock
@rerenders_on_error(show)
def enter_code(secret: str) -> Response:
    """Continue after the code of two-factor authentication."""
    return see(f"/banned/{banned_access.accept_code(secret, load_form(CodeIn)['code'])}")


@blueprint.get("/<secret>/<int:decision_id>")
def show_decision(secret: str, decision_id: int) -> ResponseReturnValue:
    """Show a decision with the form to appeal against it."""
    member = banned_access.member_of(secret)
    decision = queries.find_own(member, decision_id)
    values = decision_values(member, decision, base=f"/banned/{secret}")
    return secretive(render_template("banned/decision.html", **values))


@blueprint.post("/<secret>/<int:decision_id>")
@identity.defers_write_lock
@rerenders_on_error(show_decision)
def appeal(secret: str, decision_id: int) -> Response:
    """Appeal against a decision."""
    words = load_form(AppealIn)["words"]
    banned_access.member_of(secret)
    start_writing()
    member = banned_access.member_of(secret)
    making.appeal(member, queries.find_own(member, decision_id), words)
    return toasts.with_toast(see(request.path), "appealed")
