"""What a row of the list of notifications says, where it leads, and whose avatar it has."""

from dataclasses import dataclass
from datetime import datetime

from forum.infra.text.messages import Message
from forum.models import Member
from forum.notifications import told
from forum.notifications.bulk import further_of
from forum.notifications.kinds import OF_CONVERSATIONS, GroupBy, kind_of
from forum.notifications.queries import Row

# where those lead that are read on the way there; that of a title to the profile
BY_WAY = {"title": "", "reports": "/moderation/reports", "queue": "/moderation/queue"}


@dataclass(frozen=True)
class RowView:
    """A row as it is shown; `path` is empty if what it is about has no page."""

    id: int
    kind: str
    icon: str
    actor: Member | None
    said: Message
    title: str
    path: str
    reason: str
    count: int
    at: datetime
    is_seen: bool
    is_unread: bool

    @property
    def name(self) -> str:
        """The name in the sentence; empty if it has none."""
        return self.actor.username if self.actor else ""

    @property
    def sentence(self) -> Message:
        """The sentence before the title."""
        return Message(self.said.msgid, {**self.said.values, "name": self.name}, self.said.plural)


def views(rows: list[Row]) -> list[RowView]:
    """The rows of a list as they are shown."""
    return [_view(row) for row in rows]


def _view(row: Row) -> RowView:
    newest, title = row.newest, _title(row)
    return RowView(
        id=newest.id,
        kind=newest.kind,
        icon=kind_of(newest.kind).icon,
        actor=newest.actor if newest.post or newest.kind in OF_CONVERSATIONS else None,
        said=_said(row, has_title=bool(title)),
        title=title,
        path=_path(row),
        reason=str(newest.details.get("reason") or ""),
        count=_number(row),
        at=newest.created_at,
        is_seen=newest.seen_at is not None,
        is_unread=row.unread > 0,
    )


def _title(row: Row) -> str:
    post = row.newest.post
    if post is None:
        return str(row.newest.details.get("title") or "")
    return post.thread.board.title if _has_several_threads(row) else post.thread.title


def _said(row: Row, *, has_title: bool) -> Message:
    newest, kind, number = row.newest, kind_of(row.newest.kind), _number(row)
    if number > 1 and kind.many is not None:
        number -= "%(name)s" in kind.many.plural
        return Message(kind.many.msgid, {"num": number}, kind.many.plural)
    if newest.kind == told.DECISION:
        return told.words_of(newest, has_title=has_title)
    return kind.words if has_title else kind.alone


def _number(row: Row) -> int:
    """Of how many posts or other things a row tells; further posts in a new thread are not new threads."""
    if kind_of(row.newest.kind).group_by is GroupBy.BOARD:
        return row.number
    return row.number + sum(further_of(each) for each in {row.newest, row.first})


def _path(row: Row) -> str:
    newest = row.newest
    if newest.post is not None:
        return newest.post.thread.board.path if _has_several_threads(row) else (row.first.post or newest.post).path
    if newest.kind in BY_WAY:
        return f"/notifications/{newest.id}"
    return told.address_of(newest) or ""


def _has_several_threads(row: Row) -> bool:
    return row.number > 1 and kind_of(row.newest.kind).group_by is GroupBy.BOARD
