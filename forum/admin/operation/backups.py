"""Make, schedule, download and delete backups."""

from collections.abc import Mapping

from forum.admin.edit_conflicts import require_unchanged
from forum.admin.rules import Administrator, authorize
from forum.audit_log import Change, record
from forum.backups import files, runs
from forum.backups.files import BackupFile
from forum.backups.schedule import NAMES, SINCE, Schedule, current_schedule, is_overdue
from forum.health.checks import Check, Level
from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.models import Right
from forum.site import actions as site


def request_backup(actor: Administrator) -> bool:
    """Ask for a backup now; False if one waits or is being made already."""
    admin = authorize(actor, Right.MANAGE_BACKUPS)
    is_new = runs.request(admin)
    if is_new:
        record("request-backup", actor=admin)
    return is_new


def schedule_values(schedule: Schedule) -> dict[str, object]:
    """The fields of the schedule, by the names of their settings."""
    return dict(zip(NAMES, (str(schedule.every), schedule.hour, schedule.keep), strict=True))


def change_schedule(actor: Administrator, given: Mapping[str, object], *, seen: str | None = None) -> list[str]:
    """Store the schedule and log each change; returns the names of the settings that changed.

    Raises ChangedMeanwhile.
    """
    admin = authorize(actor, Right.MANAGE_BACKUPS)
    site.lock()
    stored = schedule_values(current_schedule())
    require_unchanged(stored, given, seen=seen)
    changed = [name for name in given if given[name] != stored[name]]
    for name in changed:
        change = Change({name: stored[name]}, {name: given[name]})
        was, now = stored[name], given[name]
        record("change-setting", actor=admin, target=f"setting:{name}", change=change, was=was, now=now)
    if changed:
        site.set_values({name: given[name] for name in changed} | {SINCE: clock.now().isoformat()})
    return changed


def find_download(actor: Administrator, name: str, *, is_logged: bool) -> BackupFile:
    """A backup to send to an admin. Raises NotFound."""
    admin = authorize(actor, Right.MANAGE_BACKUPS)
    found = files.find(current_settings(), name)
    if is_logged:
        record("download-backup", actor=admin, name=name)
    return found


def backup_checks() -> list[Check]:
    """Whether backups are made; nothing if none was ever asked for."""
    last = runs.last_run()
    if last is not None and last.error:
        return [Check("backups", Level.FAULT, "the last one failed", last.error)]
    if is_overdue():
        return [Check("backups", Level.WARNING, "none was made for two periods of the schedule")]
    if last is None or last.finished_at is None:
        return []
    return [Check("backups", Level.OK, f"the last one is of {last.finished_at:%Y-%m-%d %H:%M} UTC")]


def delete_backup(actor: Administrator, name: str) -> None:
    """Delete a backup. Raises NotFound."""
    admin = authorize(actor, Right.MANAGE_BACKUPS)
    runs.forget_files(files.delete([files.find(current_settings(), name)]))
    record("delete-backup", actor=admin, name=name)
