"""SMTP client: connects to the server of FORUM_MAIL_URL, sends messages and interprets responses."""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from forum.infra.text.mail_addresses import needs_smtputf8, with_ascii_domain

RESPONSE_TIMEOUT_SECONDS = 20  # timeout for each server response
PROBE_SECONDS = 5
SMTP_ERRORS = (OSError, smtplib.SMTPException)


class SmtpConnection(smtplib.SMTP):
    """A connection in plain text until STARTTLS; `answer` is the server's response to the last message."""

    answer = ""
    _is_aborted = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send a message's content and store the response."""
        code, reply = super().data(msg)
        if self._is_aborted:  # the reply may be the first part of one
            raise smtplib.SMTPServerDisconnected("the server did not finish its response")
        self.answer = _formatted(code, reply)
        return code, reply

    def abort(self) -> None:
        """Close the line, from another thread: who waits for a response gets an error."""
        self._is_aborted = True
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


class SmtpUtf8UnsupportedError(smtplib.SMTPNotSupportedError):
    """The server cannot deliver to this kind of address."""


class TlsSmtpConnection(SmtpConnection, smtplib.SMTP_SSL):
    """A connection that uses TLS from the start."""


def connect(url: str, *, timeout: float = RESPONSE_TIMEOUT_SECONDS) -> SmtpConnection:
    """Connect to smtp://user:password@host:port, with STARTTLS if the server offers it, or to smtps:// with TLS."""
    parts, context = urlsplit(url), ssl.create_default_context()
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: SmtpConnection = TlsSmtpConnection(host, parts.port or 465, timeout=timeout, context=context)
    else:
        server = SmtpConnection(host, parts.port or 25, timeout=timeout)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def offers_smtputf8(url: str) -> bool:
    """Whether a server accepts addresses with non-ASCII letters before the @; raises SMTP_ERRORS."""
    with connect(url, timeout=PROBE_SECONDS) as server:
        server.ehlo_or_helo_if_needed()
        return server.has_extn("smtputf8")


def send(server: SmtpConnection, message: EmailMessage, *, to: str) -> str:
    """Send a message to one recipient; returns the server's response."""
    if needs_smtputf8(to):
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("smtputf8"):
            raise SmtpUtf8UnsupportedError(
                "non-ASCII characters before the @ need SMTPUTF8, which the server does not support"
            )
    server.send_message(message, to_addrs=[with_ascii_domain(to)])
    return server.answer


def is_final(error: Exception) -> bool:
    """Whether the server permanently rejected the recipient, or cannot deliver to such an address."""
    if isinstance(error, SmtpUtf8UnsupportedError):
        return True
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def error_text(error: BaseException) -> str:
    """The message of an SMTP or system error, on one line and without e-mail addresses."""
    message: object = error
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        message = "; ".join(_formatted(*response) for response in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        message = _formatted(error.smtp_code, error.smtp_error)
    elif isinstance(error, OSError) and error.strerror:
        message = error.strerror
    return re.sub(r"\S+@\S+", "…", " ".join(str(message).split())) or type(error).__name__


def _formatted(code: int, reply: str | bytes) -> str:
    return f"{code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}"
