"""The pages on which notices are written."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.edit_conflicts import fingerprint
from forum.admin.notices import notice_actions
from forum.admin.notices.notice_actions import DEFAULTS, find_notice, notice_values, shown_values
from forum.auth import identity
from forum.body_limits import takes_many_fields, takes_text
from forum.infra import clock
from forum.models import Notice, NoticeAudience, NoticePlace, NoticeStyle, Right
from forum.notices.queries import MAX_SHOWN
from forum.schemas.admin.notices import NoticeFormIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import (
    Form,
    current_form,
    hidden_field,
    load_form,
    rerenders_on_error,
    seen_values,
    submitted_values,
    ticked_ids,
)
from forum.web.notices.choices import AUDIENCES, PLACES, STYLES, board_choices, group_choices, labelled, states

SWITCHES = tuple(name for name, value in DEFAULTS.items() if isinstance(value, bool))  # not sent if off
LOCAL = "%Y-%m-%dT%H:%M"
blueprint = Blueprint("admin_notices", __name__, url_prefix="/admin/notices")


@blueprint.get("")
def notices_page() -> str:
    """List all notices."""
    administrator(Right.MANAGE_NOTICES)
    rows = notice_actions.all_notices()
    return render_template("admin/notices.html", rows=rows, states=states(rows, clock.now()), most=MAX_SHOWN)


@blueprint.get("/new")
def new_notice_page() -> str:
    """Show the form for a new notice."""
    administrator(Right.MANAGE_NOTICES)
    return _form_page(None)


@blueprint.post("/new")
@takes_text
@takes_many_fields
@rerenders_on_error(new_notice_page)
def create() -> Response:
    """Create a notice."""
    notice_actions.create_notice(administrator(Right.MANAGE_NOTICES), _entered())
    return toasts.with_toast(see("/admin/notices"), "saved")


@blueprint.get("/<int:notice_id>")
def notice_page(notice_id: int) -> str:
    """Show the form of a notice."""
    administrator(Right.MANAGE_NOTICES)
    return _form_page(find_notice(notice_id))


@blueprint.post("/<int:notice_id>")
@takes_text
@takes_many_fields
@rerenders_on_error(notice_page)
def change(notice_id: int) -> Response:
    """Change a notice."""
    actor, notice = administrator(Right.MANAGE_NOTICES), find_notice(notice_id)
    notice_actions.change_notice(actor, notice, _entered(), seen=hidden_field("seen"))
    return toasts.with_toast(see("/admin/notices"), "saved")


@blueprint.post("/preview")
@takes_text
@takes_many_fields
@identity.defers_write_lock
@rerenders_on_error(new_notice_page)
def preview_new() -> str:
    """Show the form of a new notice with the notice as it would look, saving nothing."""
    administrator(Right.MANAGE_NOTICES)
    return _preview_page(None)


@blueprint.post("/<int:notice_id>/preview")
@takes_text
@takes_many_fields
@identity.defers_write_lock
@rerenders_on_error(notice_page)
def preview(notice_id: int) -> str:
    """Show the form of a notice with the notice as it would look, saving nothing."""
    administrator(Right.MANAGE_NOTICES)
    return _preview_page(find_notice(notice_id))


@blueprint.post("/<int:notice_id>/<any(up, down):direction>")
def move(notice_id: int, direction: str) -> Response:
    """Move a notice up or down."""
    actor = administrator(Right.MANAGE_NOTICES)
    notice_actions.move_notice(actor, find_notice(notice_id), up=direction == "up")
    return see(f"/admin/notices#row-{notice_id}")


@blueprint.post("/<int:notice_id>/delete")
@rerenders_on_error(notice_page)
def delete(notice_id: int) -> Response:
    """Delete a notice."""
    actor = administrator(Right.MANAGE_NOTICES)
    notice_actions.delete_notice(actor, find_notice(notice_id))
    return toasts.with_toast(see("/admin/notices"), "deleted")


def _entered() -> dict[str, Any]:
    """The form's values; of groups and boards, the ids of the ticked boxes."""
    targets = {"group_ids": ticked_ids("group"), "board_ids": ticked_ids("board")}
    return dict.fromkeys(SWITCHES, False) | load_form(NoticeFormIn) | targets


def _preview_page(notice: Notice | None) -> str:
    values = notice_actions.previewed(_entered())
    return _form_page(notice, preview=values, form=Form(submitted_values()))


def _form_page(notice: Notice | None, *, preview: dict[str, Any] | None = None, form: Form | None = None) -> str:
    values = notice_values(notice) if notice else dict(DEFAULTS)
    filled = form or current_form(**_as_fields(values))
    stored = fingerprint(shown_values(values)) if notice else ""
    return render_template(
        "admin/notice.html",
        notice=notice,
        form=filled,
        seen=filled.value("seen") if form else seen_values(filled, stored),
        preview=preview,
        zone=snapshot().time_zone,
        styles=labelled(STYLES, NoticeStyle),
        audiences=labelled(AUDIENCES, NoticeAudience),
        places=labelled(PLACES, NoticePlace),
        groups=group_choices(),
        boards=board_choices(),
    )


def _as_fields(values: dict[str, Any]) -> dict[str, object]:
    """The values as the form's fields."""
    rest = {name: _local(value) for name, value in values.items() if not isinstance(value, tuple | list)}
    groups = {f"group_{group_id}": True for group_id in values["group_ids"]}
    return rest | groups | {f"board_{board_id}": True for board_id in values["board_ids"]}


def _local(value: object) -> object:
    """A moment as day and time in the site's time zone."""
    return value.astimezone(snapshot().zone).strftime(LOCAL) if isinstance(value, datetime) else value
