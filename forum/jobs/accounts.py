"""What the clock does for accounts: logins, letters' secrets and unconfirmed accounts that are over go."""

from forum.base.db import transaction
from forum.members import joining, mail_tokens, sessions

SWEEP_EVERY = 3600


def sweep_accounts() -> None:
    """Delete what is over."""
    with transaction():
        sessions.forget_expired()
        mail_tokens.forget_expired()
        joining.forget_unconfirmed()
