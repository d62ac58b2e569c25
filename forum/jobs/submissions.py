"""The submissions job: deletes idempotency keys after a day."""

from datetime import timedelta

from sqlalchemy import delete

from forum.infra import clock
from forum.infra.db import session, transaction
from forum.models import Submission

LIFETIME = timedelta(days=1)
SWEEP_EVERY = 600


def sweep_submissions() -> None:
    """Delete submissions older than LIFETIME."""
    with transaction():
        session.execute(delete(Submission).where(Submission.created_at < clock.now() - LIFETIME))
