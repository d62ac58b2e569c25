"""Requests for backups: a row waits until a job process, on any node, claims it and makes the backup.

A claim that is no longer renewed expires, so that a backup begun by a process that was killed is made by another.
"""

import socket
from collections.abc import Sequence
from datetime import timedelta
from threading import Event
from typing import cast

from sqlalchemy import CursorResult, Engine, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.core_statements import table_of
from forum.infra.database.db import session, transaction
from forum.models import BackupRun, Member
from forum.site import actions as site

CLAIM = timedelta(minutes=1)
RENEW_SECONDS = 15.0
MAX_ATTEMPTS = 3
MAX_ERROR = 300  # characters
KEPT_RUNS = 100
ENDED = "The process that made it was ended before it was finished, three times."


def this_node() -> str:
    """The name of this machine."""
    return socket.gethostname()[:100]


def pending() -> BackupRun | None:
    """The backup that waits or is being made."""
    return session.scalar(select(BackupRun).where(BackupRun.finished_at.is_(None)).order_by(BackupRun.id).limit(1))


def request(by: Member | None, *, is_scheduled: bool = False) -> bool:
    """Ask for a backup; False if one waits or is being made already."""
    site.lock()
    if pending() is not None:
        return False
    session.add(BackupRun(requested_at=clock.now(), by_id=by.id if by else None, is_scheduled=is_scheduled))
    session.flush()
    return True


def last_run(*, succeeded: bool = False) -> BackupRun | None:
    """The last finished run, or the last one that succeeded."""
    finished = select(BackupRun).where(BackupRun.finished_at.is_not(None)).order_by(BackupRun.id.desc()).limit(1)
    return session.scalar(finished.where(BackupRun.error == "") if succeeded else finished)


def files_elsewhere(names_here: Sequence[str]) -> list[BackupRun]:
    """The runs whose files are on other nodes, newest first."""
    made = select(BackupRun).where(BackupRun.name != "", BackupRun.node != this_node())
    rows = session.scalars(made.order_by(BackupRun.id.desc()).limit(KEPT_RUNS))
    return [row for row in rows if row.name not in names_here]


def claim() -> int | None:
    """Claim the pending run for this process; None if there is none, or another process has it."""
    waiting = pending()
    session.rollback()
    if waiting is None:
        return None
    run_id, now = waiting.id, clock.now()
    free = or_(BackupRun.claimed_until.is_(None), BackupRun.claimed_until < now)
    mine = update(BackupRun).where(BackupRun.id == run_id, BackupRun.finished_at.is_(None), free)
    values = {"attempts": BackupRun.attempts + 1, "claimed_until": now + CLAIM, "node": this_node()}
    with transaction():
        if cast("CursorResult[object]", session.execute(mine.values(values))).rowcount != 1:
            return None
        attempts = session.get_one(BackupRun, run_id, populate_existing=True).attempts
    if attempts > MAX_ATTEMPTS:
        finish(run_id, error=ENDED)
        return None
    return run_id


def keep_claimed(engine: Engine, run_id: int, done: Event) -> None:
    """Renew a claim until `done` is set; runs in a thread."""
    while not done.wait(RENEW_SECONDS):
        renewal = update(table_of(BackupRun)).where(BackupRun.id == run_id).values(claimed_until=clock.now() + CLAIM)
        try:
            with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
                connection.execute(renewal)
        except SQLAlchemyError:
            continue  # the database is away for a moment; the claim lasts a few renewals


def finish(run_id: int, *, name: str = "", error: str = "") -> None:
    """Store how a run ended, log it, and delete the oldest rows."""
    with transaction():
        run = session.get(BackupRun, run_id, with_for_update=True, populate_existing=True)
        if run is None:
            return
        run.finished_at, run.name, run.error = clock.now(), name, error[:MAX_ERROR]
        actor = session.get(Member, run.by_id) if run.by_id else None
        if error:
            record("backup-failed", actor=actor, why=error)
        else:
            record("make-backup", actor=actor, name=name)
        kept = select(BackupRun.id).order_by(BackupRun.id.desc()).limit(KEPT_RUNS)
        session.execute(delete(BackupRun).where(BackupRun.id.not_in(list(session.scalars(kept)))))


def forget_files(names: Sequence[str]) -> None:
    """Store that files were deleted."""
    session.execute(update(BackupRun).where(BackupRun.name.in_(names)).values(name=""))


def forget_pending() -> None:
    """Delete the pending run: a restored database contains the one that made it."""
    session.execute(delete(BackupRun).where(BackupRun.finished_at.is_(None)))
