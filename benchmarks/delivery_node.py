"""`forum` as in the delivery trial: browsers' push services are one on loopback, and waits are seconds, not minutes.

What is shortened: the time until a notification is mailed or pushed, that for which a killed process's claim keeps
others from a message, and that until a message is tried again.
"""

import os
import ssl
from datetime import timedelta

from forum.cli import main
from forum.jobs import mail, push
from forum.notifications import mail_queue, push_queue
from forum.outside import pinned_calls, web_push

PORT, CERTIFICATE = "TRIAL_PUSH_PORT", "TRIAL_PUSH_CERTIFICATE"
SOON, CLAIM = timedelta(seconds=0.5), timedelta(seconds=4)


def shorten() -> None:
    """Shorten the waits; claims are renewed as many times as they are in earnest."""
    mail_queue.DELAY = push_queue.DELAY = SOON
    mail.CLAIM = CLAIM  # type: ignore[attr-defined]  # its rule, imported
    push.CLAIM = timedelta(seconds=web_push.SECONDS + 10)  # longer than what is claimed at once takes
    mail.FIRST_WAIT = mail.FIRST_WAIT_OF_NEWS = push.FIRST_WAIT = SOON
    mail.RENEW_SECONDS = CLAIM.total_seconds() / 3


def use_loopback() -> None:
    """Let all push services be the one of the trial."""
    trusting = ssl.create_default_context(cafile=os.environ[CERTIFICATE])
    pinned_calls.PORT = int(os.environ[PORT])
    pinned_calls.public_address = lambda host: "127.0.0.1"
    pinned_calls.tls_context = lambda: trusting  # type: ignore[assignment]  # it is cached


if __name__ == "__main__":
    shorten()
    use_loopback()
    main()
