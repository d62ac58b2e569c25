"""The list of all bans in force, and blocking addresses and e-mail."""

from datetime import timedelta
from typing import NamedTuple

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug import Response

from forum import permissions
from forum.auth import identity
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.text.mail_addresses import with_unicode_domain
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.members.bans import actions, queries
from forum.members.bans.values import MAX_VALUE
from forum.members.rules import MAX_BAN_REASON
from forum.models import BlockStops, Member, ReasonFor, Right, Sanction, SanctionKind, SignupBlock, Thread
from forum.schemas.moderation.bans import BlockIn
from forum.site.mutes import board_of, thread_of
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, load_form, rerenders_on_error
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("all_bans", __name__, url_prefix="/moderation/bans")


EVERYWHERE = {SanctionKind.BAN: "banned", SanctionKind.MUTE: "muted", SanctionKind.HOLD: "held"}


class Place(NamedTuple):
    """Where a mute counts: the title of a board or thread, empty if the reader does not see it."""

    kind: str
    title: str = ""
    path: str = ""


@blueprint.get("")
def show_all() -> str:
    """List what is in force, and the form that blocks an address or e-mail domain."""
    actor = identity.member()
    kind, text = query_choice("kind", queries.KINDS), request.args.get("q", "")[:MAX_VALUE]
    rows, page = queries.bans_on_page(actor, kind=kind, text=text, number=page_number())
    today = snapshot().day_of(clock.now())
    stops = {
        BlockStops.REGISTERING: say("Registering"),
        BlockStops.POSTING: say("Registering, and posts by new members"),
    }
    return render_template(
        "moderation/bans.html",
        rows=rows,
        page=page,
        kind=kind,
        text=text,
        places=_places(actor, [row.sanction for row in rows if row.sanction is not None]),
        shown=lambda block: _shown(actor, block),
        form=current_form(until=today + timedelta(days=actions.DEFAULT_DAYS), value=request.args.get("value", "")),
        stops=[(each.value, translate(label)) for each, label in stops.items()],
        tomorrow=today + timedelta(days=1),
        most=MAX_VALUE,
        most_reason=MAX_BAN_REASON,
    )


def _shown(actor: Member, block: SignupBlock) -> str:
    """What a block is about; an address only for those who may see addresses."""
    if not block.is_network:
        return with_unicode_domain(block.value) if "@" in block.value else with_unicode_domain(f"@{block.value}")[1:]
    return block.value if permissions.may_use_right(actor, Right.SEE_ADDRESSES) else ""


def _places(actor: Member, sanctions: list[Sanction]) -> dict[int, Place]:
    """By the ids of bans and mutes, where they count."""
    ids = {row.id: thread_of(row) for row in sanctions}
    wanted = [thread_id for thread_id in ids.values() if thread_id is not None]
    visible = select(Thread).join(Thread.board).where(permissions.visible_threads(actor), Thread.id.in_(wanted))
    threads = {thread.id: thread for thread in session.scalars(visible)} if wanted else {}
    return {row.id: _place(actor, row, threads) for row in sanctions}


def _place(actor: Member, row: Sanction, threads: dict[int, Thread]) -> Place:
    thread_id, board_id = thread_of(row), board_of(row)
    if thread_id is not None:
        thread = threads.get(thread_id)
        return Place("thread", thread.title, thread.path) if thread else Place("thread")
    if board_id is not None:
        board = snapshot().tree.get(board_id)
        is_seen = board is not None and board_id in permissions.scope_of(actor).see
        return Place("board", board.title, board.path) if board is not None and is_seen else Place("board")
    return Place(EVERYWHERE[SanctionKind(row.kind)])


@blueprint.post("")
@rerenders_on_error(show_all)
def block() -> Response:
    """Block an address, a range, a domain or an e-mail address."""
    given = load_form(BlockIn)
    stops = BlockStops(given["stops"])
    reason = chosen_grounds(ReasonFor.BLOCK, given["reason"]).reason
    actions.block(identity.member(), given["value"], until=given["until"], reason=reason, stops=stops)
    return toasts.with_undo(see("/moderation/bans"), "blocked")


@blueprint.post("/<int:block_id>/lift")
def lift(block_id: int) -> Response:
    """Lift a block."""
    actor = identity.member()
    actions.lift_block(actor, actions.find_block(actor, block_id))
    return toasts.with_undo(see("/moderation/bans"), "block-lifted")
