"""What the clock does for accounts: logins, letters' secrets and unconfirmed accounts that are over go."""

from forum.infra.db import transaction
from forum.members import mail_tokens, registration, sessions

SWEEP_EVERY = 3600


def sweep_accounts() -> None:
    """Delete what is over."""
    with transaction():
        sessions.forget_expired()
        mail_tokens.forget_expired()
        registration.forget_unconfirmed()
