"""Banning and muting members, and lifting that."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.members import queries as members
from forum.members import sanctions
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, ReasonFor
from forum.schemas.sanction import BanIn, MuteIn, MutePlaceIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("bans", __name__)


@blueprint.get("/members/<int:member_id>-<slug>/ban")
def ban_page(member_id: int, slug: str) -> str:
    """Show the ban form: reason and end date."""
    actor, member = identity.member(), members.find_member(member_id)
    permissions.require(sanctions.may_ban(actor, member))
    ban = sanctions.ban_of(member)
    until = snapshot().day_of(ban.until) if ban and ban.until else None
    return render_template(
        "member/ban.html",
        member=member,
        ban=ban,
        form=current_form(reason=ban.reason if ban else None, until=until),
        most=MAX_BAN_REASON,
        tomorrow=snapshot().day_of(clock.now()) + timedelta(days=1),
    )


@blueprint.post("/members/<int:member_id>-<slug>/ban")
@rerenders_on_error(ban_page)
def ban(member_id: int, slug: str) -> Response:
    """Ban the member and log out their devices at once."""
    member, given = members.find_member(member_id), load_form(BanIn)
    grounds = chosen_grounds(ReasonFor.BAN, given["reason"])
    sanctions.ban(identity.member(), member, **grounds._asdict(), until=given["until"])
    return toasts.with_toast(see(member.path), "banned", member.id)


@blueprint.post("/members/<int:member_id>-<slug>/unban")
def unban(member_id: int, slug: str) -> Response:
    """Lift the ban."""
    member = members.find_member(member_id)
    sanctions.unban(identity.member(), member)
    return toasts.with_undo(see(member.path), "unbanned")


@blueprint.get("/members/<int:member_id>-<slug>/mute")
def mute_page(member_id: int, slug: str) -> str:
    """Show the mute form: where, reason and end date."""
    actor, member = identity.member(), members.find_member(member_id)
    permissions.require(sanctions.may_mute_somewhere(actor, member))
    return render_template(
        "member/mute.html",
        member=member,
        places=_places(actor, member),
        form=current_form(board=request.args.get("board", "")[:10]),
        most=MAX_BAN_REASON,
        tomorrow=snapshot().day_of(clock.now()) + timedelta(days=1),
    )


def _places(actor: Member, member: Member) -> list[tuple[str, str]]:
    """The boards in which the actor may mute a member, by id and title; first the whole forum, with an empty id."""
    tree, seen = snapshot().tree, permissions.scope_of(actor).see
    boards = [board for board in tree.depth_first() if board.id in seen and sanctions.may_mute(actor, member, board.id)]
    titles = [(str(board.id), " › ".join(above.title for above in tree.ancestors_of(board.id))) for board in boards]
    everywhere = [("", translate(say("The whole forum")))] if sanctions.may_mute(actor, member, None) else []
    return everywhere + titles


@blueprint.post("/members/<int:member_id>-<slug>/mute")
@rerenders_on_error(mute_page)
def mute(member_id: int, slug: str) -> Response:
    """Mute the member in a board or in the whole forum."""
    member, given = members.find_member(member_id), load_form(MuteIn)
    told = chosen_grounds(ReasonFor.MUTE, given["reason"])._asdict() | {"until": given["until"]}
    sanctions.mute(identity.member(), member, board_id=given["board"], **told)
    return toasts.with_undo(see(member.path), "muted")


@blueprint.post("/members/<int:member_id>-<slug>/unmute")
def unmute(member_id: int, slug: str) -> Response:
    """Lift a mute."""
    member = members.find_member(member_id)
    sanctions.unmute(identity.member(), member, board_id=load_form(MutePlaceIn)["board"])
    return toasts.with_undo(see(member.path), "unmuted")
