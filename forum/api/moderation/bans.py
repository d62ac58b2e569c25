"""Bans of members, and blocks of addresses and e-mail."""

from typing import Any

from flask import Response

from forum import permissions
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.given_reasons import given_grounds
from forum.api.lists import PageResponse, paginated
from forum.api.resources import serializers
from forum.auth import identity
from forum.infra.errors import Invalid, NotFound
from forum.members import sanctions
from forum.members.bans import actions, holds, queries, thread_bans
from forum.members.queries import find_member
from forum.models import BlockStops, Member, ReasonFor, Right, Sanction, SignupBlock
from forum.schemas.moderation.bans import (
    BanListOut,
    BanOut,
    BansIn,
    BlockBodyIn,
    MemberBanIn,
    MemberMuteIn,
    ThreadMemberBanIn,
    UnmuteIn,
)
from forum.site.mutes import board_of, mutes_of, thread_of
from forum.threads.queries import find_thread

blueprint = ApiBlueprint("bans", "Bans of members, and blocks of addresses and e-mail; with the scope moderate.")


def _moderator() -> Member:
    scopes.require_scopes("moderate")
    return identity.member()


@blueprint.reads("/moderation/bans", BanListOut, query=BansIn, login=True)
def show_all(query: dict[str, Any]) -> PageResponse:
    """List the bans and blocks that are in force, newest first."""
    actor = _moderator()
    rows, page = queries.bans_on_page(actor, kind=query["kind"], text=query["q"], number=query["page"])
    return paginated([_listed(actor, row) for row in rows], page)


@blueprint.writes("POST", "/moderation/bans", BanOut, body=BlockBodyIn, status=201)
def block(body: dict[str, Any]) -> dict[str, Any]:
    """Block an address, a range, a domain or an e-mail address from registering."""
    actor = _moderator()
    reason, stops = given_grounds(ReasonFor.BLOCK, body).reason, BlockStops(body["stops"])
    return _block(actor, actions.block(actor, body["value"], until=body["until"], reason=reason, stops=stops))


@blueprint.writes("DELETE", "/moderation/bans/<id:block_id>", status=204)
def lift(block_id: int) -> Response:
    """Lift a block."""
    actor = _moderator()
    actions.lift_block(actor, actions.find_block(actor, block_id))
    return Response(status=204)


@blueprint.writes("POST", "/members/<id:member_id>/ban", BanOut, body=MemberBanIn, status=201)
def ban(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Ban a member from the forum."""
    actor, member = _moderator(), find_member(member_id)
    told = given_grounds(ReasonFor.BAN, body)._asdict() | {"until": body["until"]}
    sanctions.ban(actor, member, **told)
    ban = sanctions.ban_of(sanctions.account_to_sanction(member))
    if ban is None:  # it was lifted meanwhile
        raise NotFound
    return _sanction(ban)


@blueprint.writes("DELETE", "/members/<id:member_id>/ban", status=204)
def unban(member_id: int) -> Response:
    """Lift the ban of a member."""
    sanctions.unban(_moderator(), find_member(member_id))
    return Response(status=204)


@blueprint.writes("POST", "/members/<id:member_id>/mute", BanOut, body=MemberMuteIn, status=201)
def mute(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Stop a member from writing and reacting in a board and those inside it, or in the whole forum."""
    actor, member, board_id = _moderator(), find_member(member_id), body["board_id"]
    told = given_grounds(ReasonFor.MUTE, body)._asdict() | {"until": body["until"]}
    try:
        sanctions.mute(actor, member, board_id=board_id, **told)
    except Invalid as error:
        raise Invalid({{"board": "board_id"}.get(name, name): why for name, why in error.fields.items()}) from error
    mutes = mutes_of(sanctions.account_to_sanction(member))
    muted = next((row for row in mutes if thread_of(row) is None and board_of(row) == board_id), None)
    if muted is None:  # it was lifted meanwhile
        raise NotFound
    return _sanction(muted)


@blueprint.writes("DELETE", "/members/<id:member_id>/mute", body=UnmuteIn, status=204)
def unmute(body: dict[str, Any], member_id: int) -> Response:
    """Lift the mute of a member in a board, or without a body the one in the whole forum."""
    sanctions.unmute(_moderator(), find_member(member_id), board_id=body["board_id"])
    return Response(status=204)


@blueprint.writes("POST", "/members/<id:member_id>/hold", BanOut, body=MemberBanIn, status=201)
def hold(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Let everything that a member writes wait for approval; they are told why."""
    actor, member = _moderator(), find_member(member_id)
    told = given_grounds(ReasonFor.HOLD, body)._asdict() | {"until": body["until"]}
    holds.hold(actor, member, **told)
    held = holds.hold_of(sanctions.account_to_sanction(member))
    if held is None:  # it was lifted meanwhile
        raise NotFound
    return _sanction(held)


@blueprint.writes("DELETE", "/members/<id:member_id>/hold", status=204)
def lift_hold(member_id: int) -> Response:
    """Let a member's posts appear at once again; what waits already still waits."""
    holds.lift_hold(_moderator(), find_member(member_id))
    return Response(status=204)


@blueprint.writes("POST", "/threads/<id:thread_id>/bans", BanOut, body=ThreadMemberBanIn, status=201)
def ban_from_thread(body: dict[str, Any], thread_id: int) -> dict[str, Any]:
    """Ban a member from one thread, which they can still read."""
    actor = _moderator()
    thread, member = find_thread(actor, thread_id), find_member(body["member_id"])
    told = given_grounds(ReasonFor.BAN, body)._asdict() | {"until": body["until"]}
    thread_bans.ban_from_thread(actor, member, thread, **told)
    rows = thread_bans.bans_from_thread(thread)
    return _sanction(next(row for row in rows if row.member_id == sanctions.account_to_sanction(member).id))


@blueprint.writes("DELETE", "/threads/<id:thread_id>/bans/<id:member_id>", status=204)
def unban_from_thread(thread_id: int, member_id: int) -> Response:
    """Lift the ban of a member from a thread."""
    actor = _moderator()
    thread_bans.unban_from_thread(actor, find_member(member_id), find_thread(actor, thread_id))
    return Response(status=204)


def _listed(actor: Member, row: queries.Listed) -> dict[str, Any]:
    if row.block is not None:
        return _block(actor, row.block)
    return _sanction(row.sanction) if row.sanction is not None else {}


def _sanction(row: Sanction) -> dict[str, Any]:
    who = {"member": serializers.member_ref(row.member), "by": serializers.member_ref(row.by) if row.by else None}
    return _shared(row) | who | {"kind": row.kind, "scope": row.scope, "value": None, "stops": ""}


def _block(actor: Member, row: SignupBlock) -> dict[str, Any]:
    is_shown = not row.is_network or bool(permissions.may_use_right(actor, Right.SEE_ADDRESSES))
    return _shared(row) | {
        "kind": "address" if row.is_network else "email",
        "member": None,
        "scope": "",
        "value": row.value if is_shown else None,
        "stops": row.stops,
        "by": serializers.member_ref(row.by) if row.by_id and row.by else None,
    }


def _shared(row: Sanction | SignupBlock) -> dict[str, Any]:
    names = ("id", "reason", "created_at", "until")
    return {name: getattr(row, name) for name in names}
