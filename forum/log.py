"""The log: a row for each act that somebody may later have to answer for."""

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from forum.base import clock
from forum.base.caller import origin
from forum.base.db import session
from forum.base.paging import Page
from forum.base.text import one_line
from forum.models import LogEntry, Member


def record(action: str, *, actor: Member | None = None, target: str = "", **details: object) -> None:
    """Add a line; texts are made single lines so that none can pretend to be another."""
    clean = {name: one_line(value)[:300] if isinstance(value, str) else value for name, value in details.items()}
    session.add(
        LogEntry(
            at=clock.now(),
            actor_id=actor.id if actor else None,
            action=action,
            target=one_line(target)[:60],
            address=origin().address,
            details=clean,
        )
    )


def latest(number: int, *, actions: tuple[str, ...] = ()) -> tuple[list[LogEntry], Page]:
    """A page of the log, newest first, with the actors; only some actions if named."""
    chosen = LogEntry.action.in_(actions) if actions else LogEntry.id.is_not(None)
    page = Page(number, session.scalar(select(func.count()).select_from(LogEntry).where(chosen)) or 0, 50)
    rows = select(LogEntry).where(chosen).options(joinedload(LogEntry.actor)).order_by(LogEntry.id.desc())
    return list(session.scalars(rows.offset(page.offset).limit(page.size))), page
