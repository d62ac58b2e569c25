"""The cleanup jobs: delete what has expired."""

from datetime import timedelta

from sqlalchemy import delete

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.ephemeral import rate_limits
from forum.mail import queue
from forum.members import names
from forum.members.credentials import mail_tokens, pending_logins, sessions
from forum.members.signup import invitations, registration
from forum.models import Submission
from forum.presence import actions as presence
from forum.presence import views

SUBMISSION_LIFETIME = timedelta(days=1)


def purge_ephemeral() -> None:
    """Delete expired heartbeats, views and rate-limit entries."""
    presence.purge()
    views.purge()
    rate_limits.purge()


def purge_submissions() -> None:
    """Delete submissions older than SUBMISSION_LIFETIME."""
    with transaction():
        session.execute(delete(Submission).where(Submission.created_at < clock.now() - SUBMISSION_LIFETIME))


def purge_accounts() -> None:
    """Delete expired sessions, mail tokens, unconfirmed accounts, old names, unused invitations and mail."""
    with transaction():
        queue.forget_given_up()
        sessions.forget_expired()
        pending_logins.forget_expired()
        mail_tokens.forget_expired()
        names.forget_old_names()
        registration.forget_unconfirmed()
        invitations.forget_unused()
