"""The page of backups: make one now, the schedule, download, delete, and how to restore."""

import shutil
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from flask import Blueprint, render_template, request, send_file
from werkzeug import Response as AnyResponse

from forum.admin.edit_conflicts import fingerprint
from forum.admin.operation import backups as actions
from forum.admin.operation.backups import schedule_values
from forum.backups import files, runs
from forum.backups.schedule import current_schedule
from forum.infra.database.db import current_settings, start_writing
from forum.infra.settings import Settings
from forum.interfaces import STREAMED
from forum.models import Right
from forum.schemas.admin.backups import BackupScheduleIn
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, hidden_field, load_form, rerenders_on_error, seen_values
from forum.web.recent_password import password_redirect, requires_recent_password

blueprint = Blueprint("admin_backups", __name__, url_prefix="/admin/backups")


@blueprint.get("")
@requires_recent_password
def backups_page() -> str:
    """List the backups, with the schedule and how to restore."""
    administrator(Right.MANAGE_BACKUPS)
    settings, pending, last = current_settings(), runs.pending(), runs.last_run()
    found, stored = files.listed(settings), schedule_values(current_schedule())
    form = current_form(**stored)
    return render_template(
        "admin/backups.html",
        form=form,
        seen=seen_values(form, fingerprint(stored)),
        pending=pending,
        failure=last if last and last.error else None,
        backups=found,
        elsewhere=runs.files_elsewhere([each.name for each in found]),
        node=runs.this_node(),
        settings=settings,
        restore=_restore_commands(settings, found[0].path if found else files.folder_of(settings) / "NAME"),
        lacks_tools=not settings.is_sqlite and not shutil.which("pg_dump"),
    )


class RestoreCommands(NamedTuple):
    """The commands that restore a backup on this machine and on another."""

    here: str
    elsewhere: str


def _restore_commands(settings: Settings, path: Path) -> RestoreCommands:
    """The commands for a backup; the address of PostgreSQL, which may contain a password, is left out."""
    here = [f"FORUM_DATA={quote(str(settings.data))}"]
    elsewhere = ["FORUM_DATA=/path/to/forum-data"]
    if not settings.is_sqlite:
        here.append("FORUM_DATABASE_URL=…")
        elsewhere.append("FORUM_DATABASE_URL=postgresql+psycopg://…")
    elif settings.database_url != f"sqlite:///{settings.data / 'forum.sqlite3'}":
        here.append(f"FORUM_DATABASE_URL={quote(settings.database_url)}")
    return RestoreCommands(
        " ".join([*here, "forum restore", quote(str(path))]), " ".join([*elsewhere, "forum restore", quote(path.name)])
    )


@blueprint.post("/make")
@requires_recent_password
def make() -> AnyResponse:
    """Ask for a backup; a job makes it."""
    is_new = actions.request_backup(administrator(Right.MANAGE_BACKUPS))
    return toasts.with_toast(see("/admin/backups"), "backup-begun" if is_new else "backup-running")


@blueprint.post("/schedule")
@requires_recent_password
@rerenders_on_error(backups_page)
def save_schedule() -> AnyResponse:
    """Store the schedule."""
    actions.change_schedule(administrator(Right.MANAGE_BACKUPS), load_form(BackupScheduleIn), seen=hidden_field("seen"))
    return toasts.with_undo(see("/admin/backups"))


@blueprint.get("/files/<name>")
def download(name: str) -> AnyResponse:
    """Send a backup, or the requested part of it; each request for one or a part is logged."""
    if (form := password_redirect(page="/admin/backups")) is not None:
        return form
    actor = administrator(Right.MANAGE_BACKUPS)
    start_writing()
    found = actions.find_download(actor, name, is_logged=request.method == "GET")
    response = send_file(
        found.path, mimetype="application/octet-stream", as_attachment=True, download_name=name, conditional=True
    )
    response.headers["Cache-Control"] = "no-store"
    request.environ[STREAMED] = True
    return response


@blueprint.post("/<name>/delete")
@requires_recent_password
def delete(name: str) -> AnyResponse:
    """Delete a backup."""
    actions.delete_backup(administrator(Right.MANAGE_BACKUPS), name)
    return toasts.with_toast(see("/admin/backups"), "deleted")
