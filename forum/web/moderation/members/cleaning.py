"""The form that cleans up after a spammer, with its preview, and the page that says how it went and undoes it."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, make_response, render_template, request
from werkzeug import Response

from forum import permissions
from forum.admin.edit_conflicts import fingerprint
from forum.auth import identity
from forum.boards.queries import tree
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.interfaces import absolute_url, translate
from forum.markup.plain_text import excerpt
from forum.members.queries import find_member
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, ReasonFor
from forum.models.spam.blocked_link import MAX_DOMAIN
from forum.moderation import tools
from forum.moderation.cleaning import actions, results, running
from forum.moderation.cleaning.addresses import networks_of
from forum.moderation.cleaning.plan import BanChoice, Period, Plan, is_old, may_clean
from forum.moderation.cleaning.preview import link_domains, newest_posts, preview
from forum.schemas.moderation.cleaning import DEFAULT_DAYS, CleaningFormIn
from forum.web.addresses import see
from forum.web.forms import Form, current_form, load_form, rerenders_on_error, submitted_values, ticked_values
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("cleaning", __name__)
MOST_NAMED = 50  # threads that stay, on the page of the result
PERIODS = {
    Period.ALL: say("All time"),
    Period.HOUR: say("The last hour"),
    Period.DAY: say("The last 24 hours"),
    Period.WEEK: say("The last 7 days"),
}
BANS = {
    BanChoice.FOR_GOOD: say("For good"),
    BanChoice.UNTIL: say("Until a day"),
    BanChoice.NONE: say("No ban"),
}


def own_host() -> str:
    """The host of the forum, which is never blocked."""
    return urlsplit(absolute_url("/")).hostname or ""


@blueprint.get("/members/<int:member_id>-<slug>/clean")
def form(member_id: int, slug: str) -> str:
    """Show what a cleaning of a member would remove, and let the moderator choose."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(may_clean(actor, member))
    shown = current_form(
        posts=True, pending=True, reactions=True, teach=True, addresses=True, ban=BanChoice.FOR_GOOD.value
    )
    plan = _plan(shown) if shown.is_sent and request.method == "POST" else Plan()
    return _page(actor, member, shown, plan)


def _page(actor: Member, member: Member, shown: Form, plan: Plan) -> str:
    now = plan.at(clock.now())
    links = link_domains(actor, member, now, own_host=own_host())
    first = request.method != "POST"
    ticked = {each.domain for each in links if not each.is_common} if first else set(plan.links)
    boards = [board for board in tree(actor) if tools.may_move_to(actor, board)]
    return render_template(
        "moderation/clean.html",
        member=member,
        form=shown,
        preview=preview(actor, member, now),
        newest=newest_posts(actor, member, now),
        excerpt=excerpt,
        seen=_fingerprint(plan),
        links=links,
        addresses=len(networks_of(member)),
        ticked=ticked,
        boards=[(board.id, board.title) for board in boards],
        periods=[(period.value, translate(words)) for period, words in PERIODS.items()],
        bans=[(choice.value, translate(words)) for choice, words in BANS.items()],
        is_old=is_old(member),
        last=actions.latest_of(member),
        most=MAX_BAN_REASON,
        days=DEFAULT_DAYS,
    )


def _plan(sent: Form) -> Plan:
    """What is ticked in a form that was sent, also if something in it is wrong."""
    period, ban, board = sent.value("period"), sent.value("ban"), sent.value("board")
    return Plan(
        posts=bool(sent.value("posts")),
        pending=bool(sent.value("pending")),
        reactions=bool(sent.value("reactions")),
        teach=bool(sent.value("teach")),
        addresses=bool(sent.value("addresses")),
        period=Period(period) if period in set(Period) else Period.ALL,
        ban=BanChoice(ban) if ban in set(BanChoice) else BanChoice.NONE,
        board_id=int(board) if board.isdecimal() and len(board) < 10 else None,
        links=tuple(sorted(ticked_values("link", most=MAX_DOMAIN))),
    )


def _fingerprint(plan: Plan) -> str:
    """Of all that changes what is removed: the moderator has seen the numbers of it."""
    names = ("posts", "pending", "reactions", "period", "board_id")
    return fingerprint({name: getattr(plan, name) for name in names})


@blueprint.post("/members/<int:member_id>-<slug>/clean")
@identity.defers_write_lock
@rerenders_on_error(form)
def clean(member_id: int, slug: str) -> Response | str:
    """Show the numbers for what is chosen, or clean up; the ban is imposed at once."""
    actor, member, given = identity.member(), find_member(member_id), load_form(CleaningFormIn)
    permissions.require(may_clean(actor, member))
    sent = Form(submitted_values())
    chosen = _plan(sent)
    if given["step"] != "clean":
        return _page(actor, member, sent, chosen)
    if given["seen"] != _fingerprint(chosen):
        raise Conflict(say("You have changed what is removed. Read the numbers, then press the button again."))
    more: dict[str, Any] = {
        "ban_until": given["ban_until"],
        **chosen_grounds(ReasonFor.BAN, given["reason"])._asdict(),
        "block_days": given["block_days"] or 0,
    }
    start_writing()
    member = find_member(member_id)
    plan = replace(chosen, **more)
    cleaning = actions.start(identity.member(), member, plan, name=given["name"], own_host=own_host())
    return _run(cleaning.entry_id)


def _run(entry_id: int) -> Response:
    session.commit()
    running.run(entry_id)
    return see(f"/moderation/cleanings/{entry_id}")


@blueprint.get("/moderation/cleanings/<int:entry_id>")
def show(entry_id: int) -> Response:
    """Show how a cleaning went, with the button that undoes all of it; how far it is, while it runs."""
    actor = identity.member()
    cleaning = actions.find(actor, entry_id)
    member = session.get_one(Member, cleaning.member_id)
    page = render_template(
        "moderation/cleaned.html",
        cleaning=cleaning,
        member=member,
        plan=Plan.from_stored(cleaning.plan),
        progress=results.progress_of(cleaning),
        left=actions.threads_left(actor, cleaning, most=MOST_NAMED),
        can_undo=actions.may_undo(actor, cleaning, member),
    )
    response = make_response(page)
    if cleaning.is_running:
        response.headers["Refresh"] = "2"
    return response


@blueprint.post("/moderation/cleanings/<int:entry_id>/undo")
@identity.defers_write_lock
def undo(entry_id: int) -> Response:
    """Undo all of a cleaning."""
    start_writing()
    actor = identity.member()
    cleaning = actions.find(actor, entry_id)
    if cleaning.undo_id is None:  # otherwise the button was pressed twice
        actions.undo(actor, entry_id)
    return _run(entry_id)
