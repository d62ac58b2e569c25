"""The pages of reaction kinds, member titles and smilies."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin import row_actions
from forum.admin.edit_conflicts import fingerprint
from forum.admin.row_actions import find_row, row_values, rows_of
from forum.admin.row_types import ROW_TYPES, Row, RowType
from forum.infra.text.messages import Message, say
from forum.models import Right
from forum.schemas.admin.rows import ROW_SCHEMAS
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, current_form, hidden_field, load_form, rerenders_on_error, seen_values

blueprint = Blueprint("admin_rows", __name__, url_prefix="/admin/<any(reactions, titles, smilies):kind>")


@dataclass(frozen=True)
class Labels:
    """The texts of a kind's pages."""

    title: Message
    lead: Message
    add: Message


LABELS = {
    "reactions": Labels(
        say("Reactions"),
        say("What members can react with. Each adds 1 to the author's score, takes 1 away, or neither."),
        say("Add reaction"),
    ),
    "titles": Labels(
        say("Member titles"),
        say("The title under a member's name: the last one that their number of messages has reached."),
        say("Add title"),
    ),
    "smilies": Labels(
        say("Smilies"),
        say("Codes that are shown as emoji in new posts and edits."),
        say("Add smilie"),
    ),
}


@blueprint.get("")
def rows_page(kind: str) -> str:
    """List all rows of a kind."""
    administrator(Right.MANAGE_LISTS)
    row_type = ROW_TYPES[kind]
    return render_template("admin/rows.html", kind=row_type, labels=LABELS[kind], rows=rows_of(row_type))


@blueprint.get("/new")
def new_row_page(kind: str) -> str:
    """Show the form for a new row."""
    administrator(Right.MANAGE_LISTS)
    return _form_page(ROW_TYPES[kind], None, current_form(score=1))


@blueprint.post("/new")
@rerenders_on_error(new_row_page)
def create(kind: str) -> Response:
    """Create a row."""
    row_actions.create_row(administrator(Right.MANAGE_LISTS), ROW_TYPES[kind], load_form(ROW_SCHEMAS[kind]))
    return toasts.with_undo(see(f"/admin/{kind}"))


@blueprint.get("/<int:row_id>")
def row_page(kind: str, row_id: int) -> str:
    """Show the form of a row."""
    administrator(Right.MANAGE_LISTS)
    row_type = ROW_TYPES[kind]
    row = find_row(row_type, row_id)
    return _form_page(row_type, row, current_form(**row_values(row_type, row)))


@blueprint.post("/<int:row_id>")
@rerenders_on_error(row_page)
def change(kind: str, row_id: int) -> Response:
    """Change a row."""
    actor, row_type = administrator(Right.MANAGE_LISTS), ROW_TYPES[kind]
    row = find_row(row_type, row_id)
    row_actions.change_row(actor, row_type, row, load_form(ROW_SCHEMAS[kind]), seen=hidden_field("seen"))
    return toasts.with_undo(see(f"/admin/{kind}"))


@blueprint.post("/<int:row_id>/<any(up, down):direction>")
def move(kind: str, row_id: int, direction: str) -> Response:
    """Move a row up or down."""
    row_type = ROW_TYPES[kind]
    row_actions.move_row(administrator(Right.MANAGE_LISTS), row_type, find_row(row_type, row_id), up=direction == "up")
    return see(f"/admin/{kind}#row-{row_id}")


@blueprint.post("/<int:row_id>/delete")
@rerenders_on_error(row_page)
def delete(kind: str, row_id: int) -> Response:
    """Delete a row that nobody uses."""
    row_type = ROW_TYPES[kind]
    row_actions.delete_row(administrator(Right.MANAGE_LISTS), row_type, find_row(row_type, row_id))
    return toasts.with_undo(see(f"/admin/{kind}"), "deleted")


def _form_page(kind: RowType, row: Row | None, form: Form) -> str:
    return render_template(
        "admin/row.html",
        kind=kind,
        labels=LABELS[kind.name],
        row=row,
        form=form,
        is_used=bool(row and kind.is_used(row)),
        seen=seen_values(form, fingerprint(row_values(kind, row))) if row else "",
    )
