"""What the clock does for writes that could be sent twice: after a day nobody sends them again."""

from datetime import timedelta

from sqlalchemy import delete

from forum.infra import clock
from forum.infra.db import session, transaction
from forum.models import Submission

KEPT = timedelta(days=1)
SWEEP_EVERY = 600


def sweep_submissions() -> None:
    """Forget the answers of yesterday's writes."""
    with transaction():
        session.execute(delete(Submission).where(Submission.created_at < clock.now() - KEPT))
