"""The account job: deletes expired login sessions, mail tokens and unconfirmed accounts."""

from forum.infra.db import transaction
from forum.members import mail_tokens, registration, sessions

SWEEP_EVERY = 3600


def sweep_accounts() -> None:
    """Delete expired sessions, mail tokens and unconfirmed accounts."""
    with transaction():
        sessions.forget_expired()
        mail_tokens.forget_expired()
        registration.forget_unconfirmed()
