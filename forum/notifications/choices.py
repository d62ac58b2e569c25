"""What members want to be told, by which channel: their choices, and the operator's defaults."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, select

from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Channel, Member, NotificationChoice
from forum.notifications.kinds import KINDS, Kind, kind_of
from forum.site.queries import snapshot


class Choice(NamedTuple):
    """A kind, and by which channels a member is told of it."""

    kind: Kind
    channels: Mapping[Channel, bool]


def choices_of(member: Member, *, for_staff: bool) -> list[Choice]:
    """What the member has chosen or else the defaults, of every kind."""
    stored = _stored([member.id])
    kinds = [kind for kind in KINDS.values() if for_staff or not kind.is_for_staff]
    return [
        Choice(
            kind,
            {channel: _is_wanted(stored, member.id, kind.name, channel) for channel in Channel},
        )
        for kind in kinds
    ]


def choose(member: Member, given: Mapping[str, Mapping[Channel, bool]]) -> None:
    """Store choices by the names of kinds; one that equals the default is not stored, and follows when that changes."""
    rows = [
        {"member_id": member.id, "kind": kind.name, "channel": channel.value, "is_on": is_on}
        for kind in (KINDS[name] for name in given)
        for channel, is_on in given[kind.name].items()
        if kind.leaves_choice(channel)
    ]
    for row in rows:
        same = (NotificationChoice.kind == row["kind"], NotificationChoice.channel == row["channel"])
        if row["is_on"] == is_default(KINDS[str(row["kind"])], Channel(str(row["channel"]))):
            session.execute(delete(NotificationChoice).where(NotificationChoice.member_id == member.id, *same))
            continue
        statement = insert_into(NotificationChoice).values(**row)
        key = ["member_id", "kind", "channel"]
        session.execute(statement.on_conflict_do_update(index_elements=key, set_={"is_on": statement.excluded.is_on}))


def is_default(kind: Kind, channel: Channel) -> bool:
    """Whether members who have chosen nothing are told of a kind by a channel."""
    if channel is Channel.MAIL:
        return kind.name in snapshot().kinds_mailed
    return channel in kind.channels and kind.name not in snapshot().kinds_off


def nearest_wanted(causes: Mapping[int, Sequence[str]], channel: Channel = Channel.SITE) -> dict[int, str]:
    """By member, the first of some kinds of which they want to be told by a channel; without those who want none."""
    stored = _stored(causes, {kind for kinds in causes.values() for kind in kinds})
    nearest = {
        member_id: next((name for name in kinds if _is_wanted(stored, member_id, name, channel)), None)
        for member_id, kinds in causes.items()
    }
    return {member_id: name for member_id, name in nearest.items() if name is not None}


def _is_wanted(stored: Mapping[tuple[int, str, str], bool], member_id: int, name: str, channel: Channel) -> bool:
    kind = kind_of(name)
    return not kind.leaves_choice(channel) or stored.get((member_id, name, channel), is_default(kind, channel))


def _stored(members: Iterable[int], kinds: Iterable[str] | None = None) -> dict[tuple[int, str, str], bool]:
    statement = select(NotificationChoice).where(in_list(NotificationChoice.member_id, members))
    if kinds is not None:
        statement = statement.where(in_list(NotificationChoice.kind, kinds))
    return {(row.member_id, row.kind, row.channel): row.is_on for row in session.scalars(statement)}
