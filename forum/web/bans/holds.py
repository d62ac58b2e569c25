"""Letting everything that a member writes wait for approval."""

from datetime import timedelta

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.members.bans import holds
from forum.members.queries import find_member
from forum.members.rules import MAX_BAN_REASON
from forum.models import ReasonFor
from forum.schemas.sanction import BanIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("holds", __name__)


@blueprint.get("/members/<int:member_id>-<slug>/hold")
def show(member_id: int, slug: str) -> str:
    """Show the form: why, and until when."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(holds.may_hold(actor, member))
    before = holds.hold_of(member)
    until = snapshot().day_of(before.until) if before and before.until else None
    return render_template(
        "member/hold.html",
        member=member,
        form=current_form(reason=before.reason if before else None, until=until),
        most=MAX_BAN_REASON,
        tomorrow=snapshot().day_of(clock.now()) + timedelta(days=1),
    )


@blueprint.post("/members/<int:member_id>-<slug>/hold")
@rerenders_on_error(show)
def hold(member_id: int, slug: str) -> Response:
    """Let everything that the member writes wait for approval."""
    member, given = find_member(member_id), load_form(BanIn)
    told = chosen_grounds(ReasonFor.HOLD, given["reason"])._asdict() | {"until": given["until"]}
    holds.hold(identity.member(), member, **told)
    return toasts.with_undo(see(f"{member.path}/moderate"), "member-held")
