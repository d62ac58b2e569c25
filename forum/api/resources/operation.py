"""Backups, jobs, health, statistics and everybody's invitations, for admins."""

import os
import platform
import socket
from importlib.metadata import version
from typing import Any

from flask import Response, current_app

from forum.admin.jobs.job_actions import JobStatus, job_statuses, run_now
from forum.admin.members import invitations
from forum.admin.members.member_queries import find_account
from forum.admin.operation import backups
from forum.admin.statistics.periods import Period
from forum.admin.statistics.queries import EARLIEST, counts_of, days_before
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.api.lists import PageResponse, paginated, single_page
from forum.api.resources import serializers
from forum.backups import files, runs
from forum.backups.schedule import current_schedule
from forum.health import checks, doctor
from forum.health.sizes import sizes
from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import translate
from forum.models import Right
from forum.schemas.admin.backups import BackupScheduleIn
from forum.schemas.admin.operation import (
    BackupListOut,
    BackupRequestOut,
    BackupScheduleOut,
    CountOut,
    HealthIn,
    HealthOut,
    JobListOut,
    StatisticsOut,
)
from forum.schemas.admin.statistics import StatisticsIn
from forum.schemas.listing import PageIn
from forum.schemas.member import InviterListOut

blueprint = ApiBlueprint("operation", "What runs the forum; with the scope admin and the right to its page.")


@blueprint.reads("/backups", BackupListOut, login=True)
def show_backups() -> dict[str, Any]:
    """List the backups on this machine; they are downloaded in the browser only."""
    scopes.require_right(Right.MANAGE_BACKUPS)
    last = runs.last_run()
    shown = ("name", "byte_size", "made_at", "version")
    items = [{name: getattr(each, name) for name in shown} for each in files.listed(current_settings())]
    return single_page(items) | {"is_pending": runs.pending() is not None, "last_error": last.error if last else ""}


@blueprint.writes("POST", "/backups", BackupRequestOut, status=202)
def make_backup() -> dict[str, Any]:
    """Ask for a backup; a job makes it."""
    return {"is_new": backups.request_backup(scopes.require_right(Right.MANAGE_BACKUPS))}


@blueprint.writes("DELETE", "/backups/<name>", status=204)
def delete_backup(name: str) -> Response:
    """Delete a backup."""
    backups.delete_backup(scopes.require_right(Right.MANAGE_BACKUPS), name)
    return Response(status=204)


@blueprint.reads("/backup-schedule", BackupScheduleOut, login=True)
def show_schedule() -> dict[str, Any]:
    """Get the schedule of backups."""
    scopes.require_right(Right.MANAGE_BACKUPS)
    return backups.schedule_values(current_schedule())


@blueprint.writes("PUT", "/backup-schedule", BackupScheduleOut, body=BackupScheduleIn, status=200)
@locks_site
def change_schedule(body: dict[str, Any]) -> dict[str, Any]:
    """Change the schedule of backups."""
    backups.change_schedule(scopes.require_right(Right.MANAGE_BACKUPS), body)
    return backups.schedule_values(current_schedule())


@blueprint.reads("/jobs", JobListOut, login=True)
def show_jobs() -> dict[str, Any]:
    """List the recurring jobs, and how they went."""
    scopes.require_right(Right.RUN_JOBS)
    return single_page([_job(job) for job in job_statuses()])


def _job(job: JobStatus) -> dict[str, Any]:
    shown = ("name", "last_run_at", "seconds", "is_running", "is_requested", "failed_at")
    words = {"label": translate(job.described.label), "what": translate(job.described.what) if job.row else ""}
    return {name: getattr(job, name) for name in shown} | words


@blueprint.writes("POST", "/jobs/<job_name>/run", status=202)
def run_job(job_name: str) -> Response:
    """Ask for a run of a job at once."""
    run_now(scopes.require_right(Right.RUN_JOBS), job_name)
    return Response(status=202)


@blueprint.reads("/health", HealthOut, query=HealthIn, login=True)
def show_health(query: dict[str, Any]) -> dict[str, Any]:
    """Get the checks of the forum, versions and sizes."""
    scopes.require_right(Right.SEE_HEALTH)
    settings = current_settings()
    if query["all"]:
        session.rollback()  # no connection is held meanwhile
        found = doctor.examine(settings, os.environ, current_app.app_context)
    else:
        found = checks.readiness()
    return {
        "checks": [*found, *backups.backup_checks()],
        "sizes": sizes(settings)._asdict(),
        "database": "SQLite" if settings.is_sqlite else "PostgreSQL",
        "version": version("forum"),
        "python": platform.python_version(),
        "node": socket.gethostname(),
    }


@blueprint.reads("/statistics", StatisticsOut, query=StatisticsIn, login=True)
def show_statistics(query: dict[str, Any]) -> dict[str, Any]:
    """Get what happened by day, week or month; the last 90 days unless others are asked for."""
    actor = scopes.require_right(Right.SEE_STATISTICS)
    last = max((query["last"] or clock.now()).date(), EARLIEST)
    first = query["first"].date() if query["first"] else days_before(last)
    if first > last:
        raise Invalid({"last": [say("Choose a day that is not before the first.")]})
    counts = counts_of(actor, first, last, Period(query["per"]))
    return {"per": str(counts.period), "starts": counts.starts, "counts": counts.by_kind}


@blueprint.reads("/invitations", InviterListOut, query=PageIn, login=True)
def show_inviters(query: dict[str, Any]) -> PageResponse:
    """List who invited whom: by inviter, how many joined, are banned, and how many invitations are open."""
    scopes.require_right(Right.MANAGE_MEMBERS)
    rows, page = invitations.inviters_on_page(query["page"])
    items = [
        {"inviter": serializers.member_ref(row.member) if row.member else None}
        | {name: getattr(row, name) for name in ("joined", "banned", "open")}
        for row in rows
    ]
    return paginated(items, page)


@blueprint.writes("DELETE", "/members/<id:member_id>/invitations", CountOut, status=200)
def revoke_invitations(member_id: int) -> dict[str, Any]:
    """Revoke all open invitations of a member."""
    actor = scopes.require_right(Right.MANAGE_MEMBERS)
    return {"count": invitations.revoke_all(actor, find_account(member_id))}
