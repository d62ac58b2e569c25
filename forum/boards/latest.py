"""The latest threads of each top-level board as guests see them, for the rail of every page: looked up once for all."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, literal, select, union_all

from forum.base.db import db, session
from forum.base.text import slug
from forum.models import Member, Thread

EACH = 5
GUEST_SECONDS, MEMBER_SECONDS = 5.0, 30.0  # a member's page spends its queries on the member


@dataclass(frozen=True)
class Place:
    """A top-level board and the ids of it and all boards below it that guests see."""

    id: int
    title: str
    path: str
    boards: tuple[int, ...]


@dataclass(frozen=True)
class Name:
    """Who posted last."""

    username: str
    path: str


@dataclass(frozen=True)
class Headline:
    """A thread as a line of the rail."""

    id: int
    title: str
    path: str
    last_posted_at: datetime
    last_poster: Name


@dataclass(frozen=True)
class Block:
    """A top-level board's latest threads."""

    board: Place
    threads: Sequence[Headline]


_held: dict[str, tuple[float, list[Block]]] = {}  # by database, so that two apps in one process do not mix


def headlines(places: Sequence[Place], *, for_member: bool) -> list[Block]:
    """The latest threads of each place, a few seconds old; one query when they are looked up again."""
    where = str(db.engine.url)
    held = _held.get(where)
    if held and time.monotonic() - held[0] < (MEMBER_SECONDS if for_member else GUEST_SECONDS):
        return held[1]
    _held[where] = (time.monotonic(), _look_up(places))
    return _held[where][1]


def _look_up(places: Sequence[Place]) -> list[Block]:
    parts = [select(_latest(place).subquery()) for place in places if place.boards]
    found: dict[int, list[Headline]] = {}
    if parts:
        every = union_all(*parts).subquery()
        named = select(every, Member.username).join(Member, Member.id == every.c.last_poster_id)
        rows = session.execute(named.order_by(every.c.last_posted_at.desc(), every.c.id.desc()))
        for thread_id, title, at, poster_id, place_id, username in rows:
            poster = Name(username, f"/members/{poster_id}-{slug(username)}")
            line = Headline(thread_id, title, f"/threads/{thread_id}-{slug(title)}", at, poster)
            found.setdefault(place_id, []).append(line)
    return [Block(place, found.get(place.id, [])) for place in places]


def _latest(place: Place) -> Select[int, str, datetime, int, int]:
    return (
        select(
            Thread.id, Thread.title, Thread.last_posted_at, Thread.last_poster_id, literal(place.id).label("place_id")
        )
        .where(Thread.board_id.in_(place.boards), Thread.deleted_at.is_(None))
        .order_by(Thread.last_posted_at.desc(), Thread.id.desc())
        .limit(EACH)
    )
