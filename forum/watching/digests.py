"""What watching means for the digests of a member."""

from sqlalchemy import case, literal

from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.models import Digest, Frequency, WatchLevel

IN_DIGESTS = (WatchLevel.DAILY, WatchLevel.WEEKLY)


def plan_digest(member_id: int, *, starts: bool = False) -> None:
    """Let a job compute anew when a member gets their next digest.

    With `starts`, they have chosen a digest for something, so one who wanted none at all gets those again.
    """
    statement = insert_into(Digest).values(member_id=member_id)
    anew: dict[str, object] = {"needs_plan": True}
    if starts:
        is_off = Digest.frequency == Frequency.OFF.value
        anew["frequency"] = case((is_off, literal(Frequency.WATCHED.value)), else_=Digest.frequency)
    session.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=anew))
