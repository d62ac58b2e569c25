"""The pages of reaction kinds, member titles, smilies, prepared reasons, kinds of warnings and their thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin import row_actions
from forum.admin.edit_conflicts import fingerprint
from forum.admin.row_actions import find_row, row_values, rows_of
from forum.admin.row_types import OFFERED, ROW_TYPES, Row, RowType
from forum.infra.text.messages import Message, say
from forum.models import Right
from forum.schemas.admin.rows import ROW_SCHEMAS
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, current_form, hidden_field, load_form, rerenders_on_error, seen_values

# a form does not send a box that is not ticked
UNTICKED: Mapping[str, Mapping[str, object]] = {
    "reasons": dict.fromkeys(OFFERED, False),
    "warnings": {"is_active": False},
}
blueprint = Blueprint("admin_rows", __name__, url_prefix=f"/admin/<any({', '.join(ROW_TYPES)}):kind>")


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
    "reasons": Labels(
        say("Prepared reasons"),
        say("What moderators choose instead of writing the same again. Members read the text and the rule."),
        say("Add reason"),
    ),
    "warnings": Labels(
        say("Kinds of warnings"),
        say("What members are warned for. The points of warnings add up as long as they count."),
        say("Add kind of warning"),
    ),
    "thresholds": Labels(
        say("Thresholds of warnings"),
        say("What happens by itself when a member’s points reach a number. It is undone if the warning is withdrawn."),
        say("Add threshold"),
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
    return _form_page(ROW_TYPES[kind], None, current_form(score=1, is_active=True))


@blueprint.post("/new")
@rerenders_on_error(new_row_page)
def create(kind: str) -> Response:
    """Create a row."""
    row_actions.create_row(administrator(Right.MANAGE_LISTS), ROW_TYPES[kind], _given(kind))
    return toasts.with_undo(see(f"/admin/{kind}"))


def _given(kind: str) -> Mapping[str, object]:
    return {**UNTICKED.get(kind, {}), **load_form(ROW_SCHEMAS[kind])}


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
    row_actions.change_row(actor, row_type, row, _given(kind), seen=hidden_field("seen"))
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
