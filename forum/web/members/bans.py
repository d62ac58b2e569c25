"""Banning and unbanning members."""

from datetime import timedelta

from flask import Blueprint, render_template
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.members import queries as members
from forum.members import sanctions
from forum.members.rules import MAX_BAN_REASON
from forum.schemas.sanction import BanIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error

blueprint = Blueprint("bans", __name__)


@blueprint.get("/members/<int:member_id>-<slug>/ban")
def ban_page(member_id: int, slug: str) -> str:
    """Show the ban form: reason and end date."""
    actor, member = identity.member(), members.find_member(member_id)
    permissions.require(sanctions.may_ban(actor, member))
    ban = sanctions.ban_of(member)
    until = ban.until.date() if ban and ban.until else None
    return render_template(
        "member/ban.html",
        member=member,
        ban=ban,
        form=current_form(reason=ban.reason if ban else None, until=until),
        most=MAX_BAN_REASON,
        tomorrow=clock.now().date() + timedelta(days=1),
    )


@blueprint.post("/members/<int:member_id>-<slug>/ban")
@rerenders_on_error(ban_page)
def ban(member_id: int, slug: str) -> Response:
    """Ban the member and log out their devices at once."""
    member, given = members.find_member(member_id), load_form(BanIn)
    sanctions.ban(identity.member(), member, reason=given["reason"], until=given["until"])
    return toasts.with_toast(see(member.path), "banned", member.id)


@blueprint.post("/members/<int:member_id>-<slug>/unban")
def unban(member_id: int, slug: str) -> Response:
    """Lift the ban."""
    member = members.find_member(member_id)
    sanctions.unban(identity.member(), member)
    return toasts.with_toast(see(member.path), "unbanned")
