"""Readers of digests, and what the digests tell them, in tests."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from forum.digests import popular, queueing
from forum.digests.choices import choose_digest
from forum.digests.composing import compose_digest
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.models import Digest, Mail, Member, Thread
from forum.threads.queries import threads_with_names
from tests.factories import a_member, a_post

LONG_AGO = timedelta(days=20)


def a_reader(name: str | None = None, *, frequency: str | None = "daily", **more: Any) -> Member:
    """A member with a confirmed address who was not here for a while; without a frequency they choose nothing."""
    seen_at = clock.now() - LONG_AGO
    fields = {"email_verified_at": seen_at, "joined_at": seen_at, "last_seen_at": seen_at} | more
    member = a_member(name, **fields)
    if frequency is not None:
        choose_digest(member, frequency=frequency, hour=8, weekday=None, time_zone="")
    return member


def a_popular_thread(thread: Thread, *by: Member) -> Thread:
    """A thread to which several members have replied."""
    for member in by or (a_member(), a_member()):
        a_post(thread=thread, by=member)
    return thread


def make_due(*members: Member) -> None:
    """Let the digests of members be due now, those of the week too."""
    now = clock.now()
    for member in members:
        values = {"next_at": now, "needs_plan": False, "weekday": now.weekday()}
        row = session.get(Digest, member.id)
        if row is None:
            session.add(Digest(member_id=member.id, **values))
        else:
            session.execute(update(Digest).where(Digest.member_id == member.id).values(values))
    session.flush()


def run(*members: Member) -> int:
    """Commit, run the job with the digests of some members due, and go on writing; returns how many it queued."""
    make_due(*members)
    session.commit()
    popular.forget()
    queued = queueing.queue_due()
    start_writing()
    session.scalars(threads_with_names()).all()
    return queued


def queued_for(member: Member) -> dict[str, list[int]]:
    """The threads of the last digest in the queue, watched and popular ones; empty if there is none."""
    bodies = select(Mail.body).where(Mail.member_id == member.id, Mail.kind == "digest").order_by(Mail.id.desc())
    body = session.scalars(bodies.limit(1)).first()
    stored = json.loads(body) if body else {"watched": [], "popular": []}
    return {name: [row[0] for row in stored[name]] for name in ("watched", "popular")}


def sent_to(member: Member) -> str:
    """The text of the last digest of the queue as it would be sent now; empty if it would not be."""
    letters = select(Mail).where(Mail.member_id == member.id, Mail.kind == "digest").order_by(Mail.id.desc())
    letter = session.scalars(letters.limit(1)).one()
    session.commit()
    session.refresh(letter)
    session.expunge(letter)
    message = compose_digest(letter)
    start_writing()
    session.scalars(threads_with_names()).all()
    body = message.get_body(("plain",)) if message is not None else None
    return str(body.get_content()) if body is not None else ""


def next_of(member: Member) -> datetime | None:
    """When the next digest of a member is due."""
    return session.scalar(select(Digest.next_at).where(Digest.member_id == member.id))


__all__ = ["a_popular_thread", "a_reader", "make_due", "next_of", "queued_for", "run", "sent_to"]
