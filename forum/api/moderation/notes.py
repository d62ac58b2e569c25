"""Notes among moderators on members."""

from typing import Any

from flask import Response

from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.resources import serializers
from forum.auth import identity
from forum.members.queries import find_member
from forum.models import Member, StaffNote
from forum.moderation import notes
from forum.schemas.moderation.reports import StaffNoteIn, StaffNoteListOut, StaffNoteOut

blueprint = ApiBlueprint("notes", "Notes among moderators on members, who never see them; with the scope moderate.")
OF_MEMBER = "/members/<id:member_id>/notes"
ONE = f"{OF_MEMBER}/<id:note_id>"


def _found(member_id: int) -> tuple[Member, Member]:
    """The moderator, and the member whom the notes are about."""
    scopes.require_scopes("moderate")
    return identity.member(), find_member(member_id)


@blueprint.reads(OF_MEMBER, StaffNoteListOut, login=True)
def show_all(member_id: int) -> dict[str, Any]:
    """List the newest hundred notes on a member, newest first. Nobody reads those on themselves."""
    actor, member = _found(member_id)
    return {"items": [_shown(actor, note) for note in notes.notes_on(actor, member)]}


@blueprint.writes("POST", OF_MEMBER, StaffNoteOut, body=StaffNoteIn, status=201)
def create(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Write a note on a member, for other moderators."""
    actor, member = _found(member_id)
    note = notes.add(actor, member, body["note"])
    return _shown(actor, notes.find_note(actor, member, note.id))


@blueprint.writes("PATCH", ONE, StaffNoteOut, body=StaffNoteIn, status=200)
def change(body: dict[str, Any], member_id: int, note_id: int) -> dict[str, Any]:
    """Change a note of one's own."""
    actor, member = _found(member_id)
    note = notes.find_note(actor, member, note_id)
    notes.change(actor, note, body["note"])
    return _shown(actor, note)


@blueprint.writes("DELETE", ONE, status=204)
def delete(member_id: int, note_id: int) -> Response:
    """Delete a note of one's own; admins, any. The log says that one was deleted, not what it said."""
    actor, member = _found(member_id)
    notes.delete(actor, notes.find_note(actor, member, note_id))
    return Response(status=204)


def _shown(actor: Member, note: StaffNote) -> dict[str, Any]:
    names = ("id", "text", "created_at", "edited_at")
    may = {"may_change": bool(notes.may_change(actor, note)), "may_delete": bool(notes.may_delete(actor, note))}
    return {name: getattr(note, name) for name in names} | may | {"author": serializers.member_ref(note.author)}
