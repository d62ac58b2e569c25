"""New members in a list with boxes to tick, and cleaning up after all that are ticked in one act."""

from flask import Blueprint, make_response, render_template
from werkzeug import Response

from forum.auth import identity
from forum.body_limits import takes_many_fields
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.members.rules import MAX_BAN_REASON
from forum.models import Member, ReasonFor
from forum.moderation.cleaning import newcomers, waves
from forum.moderation.cleaning.plan import BanChoice, Plan
from forum.schemas.sanction import BanIn
from forum.site.queries import snapshot
from forum.web.addresses import page_number, query_choice, see
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error, ticked_ids
from forum.web.reasons import chosen_grounds

blueprint = Blueprint("newcomers", __name__, url_prefix="/moderation/newcomers")
MAX_IDS = 12 * waves.MAX_MEMBERS  # characters of the ids of those who are ticked


@blueprint.get("")
def show() -> str:
    """List the members who joined lately; those whose posts wait for a sign of spam are ticked."""
    days = int(query_choice("days", tuple(map(str, newcomers.DAYS))))
    listed, page = newcomers.newcomers(identity.member(), days=days, number=page_number())
    return render_template(
        "moderation/newcomers.html", listed=listed, page=page, days=days, choices=newcomers.DAYS, form=current_form()
    )


@blueprint.post("")
@takes_many_fields
@identity.defers_write_lock
def confirm() -> str:
    """Show what would be removed of those who are ticked, before anything is."""
    actor = identity.member()
    ids = ticked_ids("member") or _sent_ids()
    members = newcomers.chosen(actor, ids[: waves.MAX_MEMBERS])
    today = snapshot().day_of(clock.now())
    return render_template(
        "moderation/newcomers_clean.html",
        members=members,
        counted=newcomers.counted(actor, members),
        form=current_form(),
        most=MAX_BAN_REASON,
        today=today,
    )


@blueprint.post("/clean")
@identity.defers_write_lock
@rerenders_on_error(confirm)
def clean() -> Response:
    """Ban those who were ticked, and remove what they wrote."""
    actor, given = identity.member(), load_form(BanIn)
    until, grounds = given["until"], chosen_grounds(ReasonFor.BAN, given["reason"])
    ban = BanChoice.UNTIL if until else BanChoice.FOR_GOOD
    start_writing()
    wave = waves.start(actor, _sent_ids(), Plan(ban=ban, ban_until=until, **grounds._asdict()))
    path, entry_id = wave.path, wave.entry_id
    session.commit()
    waves.run(entry_id)
    return see(path)


def _sent_ids() -> list[int]:
    sent = (number for number in hidden_field("members", most=MAX_IDS).split(",") if number.isdecimal())
    return [int(number) for number in sent if len(number) < 10]


@blueprint.get("/<int:entry_id>")
def show_wave(entry_id: int) -> Response:
    """Show how far it is, with the button that undoes all of it."""
    actor = identity.member()
    wave = waves.find(actor, entry_id)
    done, total = waves.progress(wave)
    refused = [member for each in wave.refused if (member := session.get(Member, each)) is not None]
    is_over = not wave.step and done >= total
    page = render_template(
        "moderation/newcomers_cleaned.html",
        wave=wave,
        done=done,
        total=total,
        is_over=is_over,
        counts=waves.counts(wave),
        refused=refused,
        can_undo=bool(waves.may_undo(actor, wave)),
    )
    response = make_response(page)
    if not is_over:
        response.headers["Refresh"] = "3"
    return response


@blueprint.post("/<int:entry_id>/undo")
@identity.defers_write_lock
def undo(entry_id: int) -> Response:
    """Lift the bans, and bring back all that was removed."""
    actor = identity.member()
    start_writing()
    wave = waves.undo(actor, entry_id)
    path = wave.path
    session.commit()
    waves.run(entry_id)
    return see(path)
