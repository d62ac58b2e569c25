"""The notices that are switched on, as part of the site's snapshot."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from forum.infra.database.db import session
from forum.models import Notice, NoticeBoard, NoticeGroup


@dataclass(frozen=True)
class ActiveNotice:
    """A notice, the ids of the groups to which it is shown, and those of the boards in which it is."""

    key: str
    title: str
    html: str
    style: str
    audience: str
    groups: frozenset[int]
    place: str
    boards: frozenset[int]
    includes_children: bool
    starts_at: datetime | None
    ends_at: datetime | None
    is_dismissible: bool

    def is_due(self, now: datetime) -> bool:
        """Whether it has begun, and not ended."""
        return (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or now < self.ends_at)


def load_notices() -> tuple[ActiveNotice, ...]:
    """The notices that are switched on, in their order; one statement if there are none."""
    rows = list(session.scalars(select(Notice).where(Notice.is_on).order_by(Notice.order, Notice.id)))
    if not rows:
        return ()
    groups = _targets(NoticeGroup.notice_id, NoticeGroup.group_id)
    boards = _targets(NoticeBoard.notice_id, NoticeBoard.board_id)
    return tuple(_active(row, frozenset(groups[row.id]), frozenset(boards[row.id])) for row in rows)


def _active(row: Notice, groups: frozenset[int], boards: frozenset[int]) -> ActiveNotice:
    return ActiveNotice(
        key=row.key,
        title=row.title,
        html=row.html,
        style=row.style,
        audience=row.audience,
        groups=groups,
        place=row.place,
        boards=boards,
        includes_children=row.includes_children,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_dismissible=row.is_dismissible,
    )


def _targets(notice: InstrumentedAttribute[int], target: InstrumentedAttribute[int]) -> dict[int, list[int]]:
    """The targets of each notice."""
    found: dict[int, list[int]] = defaultdict(list)
    for notice_id, target_id in session.execute(select(notice, target).order_by(target)):
        found[notice_id].append(target_id)
    return found
