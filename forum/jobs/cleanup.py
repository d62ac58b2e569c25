"""The cleanup jobs: delete what has expired."""

from datetime import timedelta

from sqlalchemy import delete

from forum.accounts.steps import run_slices
from forum.conversations import cleanup as conversations
from forum.inbox import entries
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.ephemeral import rate_limits
from forum.mail import queue
from forum.mail.failed.failures import forget_failures
from forum.members import names
from forum.members.bans.actions import forget_ended
from forum.members.credentials import mail_tokens, pending_logins, sessions
from forum.members.signup import applications, invitations, proof, registration
from forum.models import Submission
from forum.moderation.illegal_content import answers
from forum.notifications import expiry
from forum.presence import actions as presence
from forum.presence import views
from forum.site import ip_addresses
from forum.threads import guest_drafts

SUBMISSION_LIFETIME = timedelta(days=1)


def purge_ephemeral() -> None:
    """Delete expired heartbeats, views and rate-limit entries."""
    presence.purge()
    views.purge()
    rate_limits.purge()


def purge_submissions() -> None:
    """Delete old submissions, texts of guests who did not come back, and proofs of work that have expired."""
    with transaction():
        guest_drafts.forget_expired()
        proof.forget_expired()
        session.execute(delete(Submission).where(Submission.created_at < clock.now() - SUBMISSION_LIFETIME))


def purge_accounts() -> None:
    """Delete expired sessions, mail tokens, unconfirmed accounts, old names, blocks, unused invitations, old mail."""
    with transaction():
        queue.forget_given_up()
        forget_failures()
        entries.forget_old()
        sessions.forget_expired()
        pending_logins.forget_expired()
        mail_tokens.forget_expired()
        names.forget_old_names()
        forget_ended()
        applications.forget_rejected()
        registration.forget_unconfirmed()
        invitations.forget_unused()


def forget_notifiers() -> None:
    """Empty the names and addresses in old notices of illegal content."""
    with transaction():
        answers.forget_notifiers()


def delete_empty_conversations() -> None:
    """Delete conversations that all have left, in slices."""
    run_slices(conversations.next_empty, _delete_messages)


def _delete_messages(conversation_id: int) -> None:
    with transaction():
        conversations.delete_slice(conversation_id)


def expire_addresses() -> None:
    """Remove IP addresses older than the setting `address_days`, in slices."""
    run_slices(ip_addresses.first_expired, _expire_slice)


def expire_notifications() -> None:
    """Delete notifications older than the setting `notification_days`, in slices."""
    run_slices(expiry.first_expired, _expire_notifications)


def _expire_notifications(_: int) -> None:
    with transaction():
        expiry.expire_slice()


def _expire_slice(_: int) -> None:
    with transaction():
        ip_addresses.expire_slice()
