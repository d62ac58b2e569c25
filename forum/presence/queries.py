"""The viewers of a place: for the block under a thread, on a board's page and on the forum's."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Member
from forum.presence.rules import ALIVE_SECONDS, NAMED, place_of
from forum.presence.state import query_store, state
from forum.presence.store import Counts, Heartbeat
from forum.presence.visitor_key import VisitorKey

_NAMES = (
    select(Member.id, Member.username, Member.is_hidden)
    .where(Member.id.in_(bindparam("ids", expanding=True)), Member.awaits_approval_at.is_(None))
    .order_by(Member.username_key)
)


@dataclass(frozen=True)
class Viewers:
    """Members, guests and robots in a place; names are (username, path) of members who are not hidden."""

    members: int = 0
    guests: int = 0
    robots: int = 0
    names: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """The number of people, without robots."""
        return self.members + self.guests


def viewers(where: str, reader: VisitorKey | None, *, see_hidden: bool = False) -> Viewers:
    """The viewers of "thread:12", "board:3" or the "forum"; records nothing."""
    return with_reader(query_store(lambda: _counts(where, reader), Counts()), reader, see_hidden=see_hidden)


def online(reader: VisitorKey | None, *, see_hidden: bool = False) -> Viewers:
    """The viewers of the whole forum."""
    return viewers("forum", reader, see_hidden=see_hidden)


def _counts(where: str, reader: VisitorKey | None) -> Counts:
    here, now = state.here(), clock.now().timestamp()
    visitor = here.visitor(reader) if reader else "-"
    return here.presence.tally(Heartbeat(place_of(where), visitor, "", now), now - ALIVE_SECONDS)


def with_reader(counts: Counts, reader: VisitorKey | None, *, see_hidden: bool) -> Viewers:
    """Counts prepared for display, including the reader even if not recorded yet."""
    ids, guests, robots = counts.member_ids, counts.guests, counts.robots
    member = reader.member if reader else None
    if member is not None:
        ids = ids if member.id in ids else (member.id, *ids)
    elif reader is not None and not counts.includes_caller:
        guests, robots = (guests, robots + 1) if reader.is_robot else (guests + 1, robots)
    return Viewers(len(ids), guests, robots, _names(ids, member, see_hidden=see_hidden))


def _names(ids: tuple[int, ...], reader: Member | None, *, see_hidden: bool) -> tuple[tuple[str, str], ...]:
    """Names in alphabetical order; no query if the reader is the only member."""
    if reader is not None and ids == (reader.id,):
        members = [reader]
    elif ids:
        # some of the latest may be hidden, so more are read than are shown
        rows = session.execute(_NAMES, {"ids": ids[: 4 * NAMED]})
        members = [Member(id=row.id, username=row.username, is_hidden=row.is_hidden) for row in rows]
    else:
        return ()
    named = [member for member in members if see_hidden or not member.is_hidden]
    return tuple((member.username, member.path) for member in named[:NAMED])
