"""What an admin can choose for a notice, and the state of each, in words."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Group, Notice, NoticeAudience, NoticePlace, NoticeStyle
from forum.site.queries import snapshot

STYLES: Mapping[str, Message] = {
    NoticeStyle.INFORMATION: say("Information"),
    NoticeStyle.SUCCESS: say("Good news"),
    NoticeStyle.WARNING: say("Warning"),
}
AUDIENCES: Mapping[str, Message] = {
    NoticeAudience.EVERYBODY: say("Everybody"),
    NoticeAudience.GUESTS: say("Guests"),
    NoticeAudience.MEMBERS: say("Members"),
    NoticeAudience.GROUPS: say("Groups"),
}
PLACES: Mapping[str, Message] = {
    NoticePlace.EVERYWHERE: say("All pages"),
    NoticePlace.FRONT_PAGE: say("Front page"),
    NoticePlace.BOARDS: say("Boards"),
}


def labelled(labels: Mapping[str, Message], values: type[StrEnum]) -> list[tuple[str, str]]:
    """The values of a choice with their labels."""
    return [(value.value, translate(labels[value])) for value in values]


def group_choices() -> list[tuple[str, str]]:
    """All groups as the names and labels of boxes."""
    rows = session.execute(select(Group.id, Group.title).order_by(Group.order, Group.id))
    return [(f"group_{row.id}", row.title) for row in rows]


def board_choices() -> list[tuple[str, str, int]]:
    """All boards as the names and labels of boxes, with their depth."""
    tree = snapshot().tree
    return [(f"board_{board.id}", board.title, len(tree.ancestors_of(board.id)) - 1) for board in tree]


def states(notices: Iterable[Notice], now: datetime) -> dict[int, str]:
    """Of each notice in words whether it is shown, to whom and where."""
    return {
        notice.id: " · ".join(
            translate(words) for words in (_state(notice, now), AUDIENCES[notice.audience], PLACES[notice.place])
        )
        for notice in notices
    }


def _state(notice: Notice, now: datetime) -> Message:
    if not notice.is_on:
        return say("Off")
    if notice.ends_at is not None and notice.ends_at <= now:
        return say("Ended on %(day)s", day=snapshot().day_of(notice.ends_at))
    if notice.starts_at is not None and notice.starts_at > now:
        return say("From %(day)s", day=snapshot().day_of(notice.starts_at))
    if notice.ends_at is not None:
        return say("Shown until %(day)s", day=snapshot().day_of(notice.ends_at))
    return say("Shown")
