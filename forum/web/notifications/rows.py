"""What a row of the list of notifications says, where it leads, and whose avatar it has."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from forum.infra.text.messages import Message
from forum.interfaces import translate
from forum.models import Member
from forum.notifications.bulk import further_of
from forum.notifications.kinds import GroupBy, kind_of
from forum.notifications.queries import Row
from forum.web.members import told
from forum.web.template_globals import translate as translate_html
from forum.web.template_globals import translate_many as translate_many_html

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
    name: str
    title: str
    path: str
    reason: str
    count: int
    at: datetime
    is_unread: bool

    @property
    def html(self) -> Markup:
        """The sentence before the title, with the name apart from its direction."""
        name = Markup("<bdi>{}</bdi>").format(self.name)
        if self.said.plural:
            number = int(str(self.said.values["num"]))
            return translate_many_html(self.said.msgid, self.said.plural, number, name=name)
        return translate_html(self.said.msgid, name=name)

    @property
    def text(self) -> str:
        """The sentence with the title, as plain text."""
        values = {**self.said.values, "name": self.name}
        return " ".join(filter(None, (translate(Message(self.said.msgid, values, self.said.plural)), self.title)))


def views(rows: list[Row]) -> list[RowView]:
    """The rows of a list as they are shown."""
    return [_view(row) for row in rows]


def _view(row: Row) -> RowView:
    newest, kind = row.newest, kind_of(row.newest.kind)
    actor = newest.actor if newest.post else None
    title = _title(row)
    return RowView(
        id=newest.id,
        kind=newest.kind,
        icon=kind.icon,
        actor=actor,
        said=_said(row, has_title=bool(title)),
        name=actor.username if actor else "",
        title=title,
        path=_path(row),
        reason=str(newest.details.get("reason") or ""),
        count=_number(row),
        at=newest.created_at,
        is_unread=row.is_unread,
    )


def _title(row: Row) -> str:
    newest = row.newest
    if newest.post is None or newest.details.get("title"):
        return str(newest.details.get("title") or "")
    is_of_board = row.count > 1 and kind_of(newest.kind).group_by is GroupBy.BOARD
    return newest.post.thread.board.title if is_of_board else newest.post.thread.title


def _said(row: Row, *, has_title: bool) -> Message:
    kind = kind_of(row.newest.kind)
    whole = _number(row)
    if whole > 1 and kind.many is not None:
        number = whole - 1 if "%(name)s" in kind.many.plural else whole
        return Message(kind.many.msgid, {"num": number}, kind.many.plural)
    if row.newest.actor_id is None or row.newest.post is None:
        return told.words_of(row.newest)
    return kind.words if has_title else kind.alone


def _number(row: Row) -> int:
    """Of how many posts or other things a row tells; further posts in a new thread are not new threads."""
    if kind_of(row.newest.kind).group_by is GroupBy.BOARD:
        return row.count
    return row.count + sum(further_of(each) for each in {row.newest, row.first})


def _path(row: Row) -> str:
    newest = row.newest
    if newest.post is not None:
        post = row.first.post or newest.post
        return post.thread.board.path if _is_of_many_threads(row) else post.path
    if newest.kind in BY_WAY:
        return f"/notifications/{newest.id}"
    return told.address_of(newest) or ""


def _is_of_many_threads(row: Row) -> bool:
    return row.count > 1 and kind_of(row.newest.kind).group_by is GroupBy.BOARD
