"""What members choose about their digests, and the link in each that ends them."""

from sqlalchemy import select, update

from forum.digests.readers import Reader, reader_of
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import Digest, Frequency, Member

_PLAIN = {"synchronize_session": False}


def choices_of(member: Member) -> Reader:
    """A member with what they have chosen, by default nothing. Raises NotFound if they are gone."""
    reader = reader_of(member.id)
    if reader is None:
        raise NotFound
    return reader


def choose_digest(member: Member, *, frequency: str, hour: int, weekday: int | None, time_zone: str) -> None:
    """Choose how often and when digests come; a job plans the next one."""
    chosen = {"frequency": frequency, "hour": hour, "weekday": weekday, "time_zone": time_zone}
    values = {**chosen, "frequency_before": None, "needs_plan": True}
    statement = insert_into(Digest).values(member_id=member.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=values))


def stop(member_id: int) -> None:
    """End all digests of a member, as a link in each does; those in the queue are not sent. Twice is as once."""
    values = {"frequency": Frequency.OFF.value, "frequency_before": ""}
    statement = insert_into(Digest).values(member_id=member_id, **values)
    session.execute(statement.on_conflict_do_nothing())
    theirs = update(Digest).where(Digest.member_id == member_id, Digest.frequency != Frequency.OFF.value)
    ended = theirs.values(frequency=Frequency.OFF.value, frequency_before=Digest.frequency, needs_plan=True)
    session.execute(ended, execution_options=_PLAIN)


def undo(member_id: int) -> None:
    """Undo `stop`, unless the member has chosen something since."""
    ended = (Digest.member_id == member_id, Digest.frequency == Frequency.OFF.value)
    theirs = update(Digest).where(*ended, Digest.frequency_before.is_not(None))
    begun = theirs.values(frequency=Digest.frequency_before, frequency_before=None, needs_plan=True)
    session.execute(begun, execution_options=_PLAIN)


def has_stopped(member_id: int) -> bool:
    """Whether a member gets no digests, because they chose so."""
    return session.scalar(select(Digest.frequency).where(Digest.member_id == member_id)) == Frequency.OFF.value
