"""The way to a mail server: connecting as FORUM_MAIL_URL says, handing in messages, and what the server answers."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from forum.infra.mail_addresses import needs_smtputf8, with_ascii_domain

PATIENCE_SECONDS = 20  # for each of the server's answers
PROBE_SECONDS = 5
SMTP_ERRORS = (OSError, smtplib.SMTPException)


class SmtpConnection(smtplib.SMTP):
    """A server that is spoken to in the clear until STARTTLS; it remembers what it said when it took a message."""

    answer = ""

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Hand in the text of a message."""
        code, said = super().data(msg)
        self.answer = _answer(code, said)
        return code, said


class CannotCarryError(smtplib.SMTPNotSupportedError):
    """The server does not carry mail to such an address."""


class TlsSmtpConnection(SmtpConnection, smtplib.SMTP_SSL):
    """A server under TLS from the start."""


def connect(url: str, *, patience: float = PATIENCE_SECONDS) -> SmtpConnection:
    """A connection to smtp://user:password@host:port, encrypted where the server can, or always to smtps://."""
    parts, context = urlsplit(url), ssl.create_default_context()
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        server: SmtpConnection = TlsSmtpConnection(host, parts.port or 465, timeout=patience, context=context)
    else:
        server = SmtpConnection(host, parts.port or 25, timeout=patience)
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
    """Whether a server takes mail to addresses with letters beyond ASCII before the @; raises what is in TROUBLE."""
    with connect(url, patience=PROBE_SECONDS) as server:
        server.ehlo_or_helo_if_needed()
        return server.has_extn("smtputf8")


def send(server: SmtpConnection, message: EmailMessage, *, to: str) -> str:
    """Hand in a message for one recipient; the answer is what the server said when it took it."""
    if needs_smtputf8(to):
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("smtputf8"):
            raise CannotCarryError("letters beyond ASCII before the @ need SMTPUTF8, which the server does not offer")
    server.send_message(message, to_addrs=[with_ascii_domain(to)])
    return server.answer


def is_final(error: Exception) -> bool:
    """Whether the server refused the recipient for good, or cannot carry mail to them."""
    if isinstance(error, CannotCarryError):
        return True
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def error_text(error: BaseException) -> str:
    """What a server or the system said, in one line and without anybody's address."""
    said: object = error
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(_answer(*each) for each in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = _answer(error.smtp_code, error.smtp_error)
    elif isinstance(error, OSError) and error.strerror:
        said = error.strerror
    return re.sub(r"\S+@\S+", "…", " ".join(str(said).split())) or type(error).__name__


def _answer(code: int, said: str | bytes) -> str:
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
