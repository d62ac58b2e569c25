"""The page on which moderators see everything about a member, with their notes."""

from flask import Blueprint, render_template
from werkzeug import Response
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.auth import identity
from forum.interfaces import claim_submission
from forum.members.bans import holds
from forum.members.queries import find_member
from forum.models import Member
from forum.models.moderation.staff_note import MAX_STAFF_NOTE
from forum.moderation import notes
from forum.schemas.moderation.reports import NoteIn
from forum.web import toasts
from forum.web.addresses import canonical_redirect, see
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error
from forum.web.moderation.members.sections import acts_for, may_manage, sections_for

blueprint = Blueprint("moderated_member", __name__, url_prefix="/members/<int:member_id>-<slug>")


def _about(member_id: int) -> tuple[Member, Member]:
    """The moderator and the member. Raises Forbidden for others, NotFound for moderators about themselves."""
    actor, member = identity.member(), find_member(member_id)
    permissions.require(notes.may_read_about(actor, member))
    return actor, member


@blueprint.get("/moderate")
def show(member_id: int, slug: str) -> AnyResponse | str:
    """Show everything that moderators need to know about a member."""
    actor, member = _about(member_id)
    if (answer := canonical_redirect(f"{member.path}/moderate")) is not None:
        return answer
    return _page(actor, member)


def _page(actor: Member, member: Member) -> str:
    return render_template(
        "moderation/member.html",
        member=member,
        sections=sections_for(actor, member),
        acts=acts_for(actor, member),
        may_manage=may_manage(actor),
        form=current_form(),
    )


def _again(member_id: int, slug: str) -> str:
    """The page with the note that was refused."""
    return _page(*_about(member_id))


@blueprint.post("/notes")
@rerenders_on_error(_again)
def add_note(member_id: int, slug: str) -> Response:
    """Write a note for other moderators."""
    actor, member = _about(member_id)
    text = load_form(NoteIn)["note"]
    claim = claim_submission(actor, hidden_field("submit_key"), content=f"note:{member.id}\n{text}")
    if claim.earlier is not None:
        return see(claim.earlier.location)
    notes.add(actor, member, text)
    location = f"{member.path}/moderate#notes"
    claim.answered(status=303, location=location)
    return toasts.with_toast(see(location), "saved")


@blueprint.get("/notes/<int:note_id>")
def note_page(member_id: int, slug: str, note_id: int) -> str:
    """Show the form to change a note of one's own."""
    actor, member = _about(member_id)
    note = notes.find_note(actor, member, note_id)
    permissions.require(notes.may_change(actor, note))
    form = current_form(note=note.text)
    return render_template("moderation/note.html", member=member, note=note, form=form, most=MAX_STAFF_NOTE)


@blueprint.post("/notes/<int:note_id>")
@rerenders_on_error(note_page)
def change_note(member_id: int, slug: str, note_id: int) -> Response:
    """Change a note of one's own."""
    actor, member = _about(member_id)
    notes.change(actor, notes.find_note(actor, member, note_id), load_form(NoteIn)["note"])
    return toasts.with_toast(see(f"{member.path}/moderate#notes"), "saved")


@blueprint.post("/notes/<int:note_id>/delete")
def delete_note(member_id: int, slug: str, note_id: int) -> Response:
    """Delete a note."""
    actor, member = _about(member_id)
    notes.delete(actor, notes.find_note(actor, member, note_id))
    return toasts.with_toast(see(f"{member.path}/moderate#notes"), "deleted")


@blueprint.post("/unhold")
def unhold(member_id: int, slug: str) -> Response:
    """Let a member post without approval again."""
    actor, member = _about(member_id)
    answer = see(f"{member.path}/moderate")
    return toasts.with_undo(answer, "unheld") if holds.lift_hold(actor, member) else answer
