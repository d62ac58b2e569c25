"""Sends a test message at once, and explains what a mail server's refusal means."""

import smtplib
import socket
import ssl
from email.message import EmailMessage

from forum.infra import smtp
from forum.infra.text.messages import Message, say

RESPONSE_SECONDS, CONNECT_SECONDS, MESSAGE_SECONDS = 5.0, 15.0, 15.0


def send_now(url: str, message: EmailMessage, address: str) -> str:
    """Send a message; returns the server's response. Raises one of smtp.SMTP_ERRORS."""
    server = smtp.connect(url, timeout=RESPONSE_SECONDS, total=CONNECT_SECONDS)
    with server, smtp.time_limit(server, MESSAGE_SECONDS):
        return smtp.send(server, message, to=address)


def meaning_of(error: Exception) -> Message:
    """What an error most likely means, and what to change."""
    for kind, words in _MEANINGS.items():
        if isinstance(error, kind):
            return words
    return say("The mail server gave an error.")


# the first that matches counts
_MEANINGS: dict[type[Exception], Message] = {
    smtplib.SMTPAuthenticationError: say("The mail server rejects the user name or the password in FORUM_MAIL_URL."),
    smtplib.SMTPSenderRefused: say("The mail server refuses the sender. Set FORUM_MAIL_FROM to an address it accepts."),
    smtplib.SMTPRecipientsRefused: say("The mail server refuses this recipient."),
    smtplib.SMTPNotSupportedError: say("The mail server does not offer what FORUM_MAIL_URL needs, such as a log-in."),
    smtplib.SMTPServerDisconnected: say(
        "The mail server closed the connection. Port 465 needs smtps:// in FORUM_MAIL_URL, port 587 and 25 smtp://."
    ),
    ssl.SSLCertVerificationError: say("The certificate of the mail server is not valid for its name."),
    ssl.SSLError: say("TLS failed. Port 465 needs smtps:// in FORUM_MAIL_URL, port 587 and 25 smtp://."),
    socket.gaierror: say("The name of the mail server in FORUM_MAIL_URL is not known in DNS."),
    ConnectionRefusedError: say("Nothing answers at this host and port. Check both in FORUM_MAIL_URL."),
    TimeoutError: say("The mail server does not answer. Many hosters block outgoing mail: ask yours, or use port 587."),
}
