"""SMTP client: connects to the server of FORUM_MAIL_URL, sends messages and interprets responses."""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from threading import Timer
from typing import Any
from urllib.parse import unquote, urlsplit

from forum.infra.text.mail_addresses import needs_smtputf8, with_ascii_domain

RESPONSE_TIMEOUT_SECONDS = 20  # timeout for each server response
CONNECT_SECONDS = 60.0  # from the connection to the end of the login; a server may send a byte now and then
PROBE_SECONDS = 5
GREETING = 220
SMTP_ERRORS = (OSError, smtplib.SMTPException)


class SmtpConnection(smtplib.SMTP):
    """A connection in plain text until STARTTLS; `answer` is the server's response to the last message."""

    answer = ""
    _is_aborted = False
    _line: socket.socket | None = None  # a duplicate of `sock`, which is out of reach during a TLS handshake

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
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def open(self, host: str, port: int) -> None:
        """Connect, and read the server's greeting."""
        self._host = host  # the certificate's name, which smtplib knows from its constructor only
        code, reply = self.connect(host, port)
        if code != GREETING:
            raise smtplib.SMTPConnectError(code, reply)

    def close(self) -> None:
        """Close the line."""
        super().close()
        if self._line is not None:
            self._line.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        self._line = line.dup()
        if self._is_aborted:
            line.close()
            raise TimeoutError("the server took too long")
        return line


class SmtpUtf8UnsupportedError(smtplib.SMTPNotSupportedError):
    """The server cannot deliver to this kind of address."""


class TlsSmtpConnection(SmtpConnection):
    """A connection that uses TLS from the start."""

    default_port = smtplib.SMTP_SSL_PORT

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = super()._get_socket(host, port, timeout)
        return ssl.create_default_context().wrap_socket(line, server_hostname=host)


@contextmanager
def time_limit(server: SmtpConnection, seconds: float) -> Iterator[None]:
    """Abort the connection if the block takes longer; a socket's timeout does not notice a byte now and then."""
    timer = Timer(seconds, server.abort)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def connect(url: str, *, timeout: float = RESPONSE_TIMEOUT_SECONDS, total: float = CONNECT_SECONDS) -> SmtpConnection:
    """Connect to smtp://user:password@host:port, with STARTTLS if the server offers it, or to smtps:// with TLS.

    A server has `timeout` seconds for each response and `total` seconds until the login has ended.
    """
    server = TlsSmtpConnection(timeout=timeout) if url.startswith("smtps:") else SmtpConnection(timeout=timeout)
    try:
        with time_limit(server, total):
            _open(server, url)
    except BaseException:
        server.close()
        raise
    return server


def _open(server: SmtpConnection, url: str) -> None:
    parts = urlsplit(url)
    server.open(parts.hostname or "localhost", parts.port or server.default_port)
    server.ehlo()
    if parts.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))


def offers_smtputf8(url: str) -> bool:
    """Whether a server accepts addresses with non-ASCII letters before the @; raises SMTP_ERRORS."""
    with connect(url, timeout=PROBE_SECONDS, total=PROBE_SECONDS) as server:
        server.ehlo_or_helo_if_needed()
        return server.has_extn("smtputf8")


def send(server: SmtpConnection, message: EmailMessage, *, to: str, sender: str = "") -> str:
    """Send a message to one recipient, from the sender in its headers or another; returns the server's response."""
    if needs_smtputf8(to):
        server.ehlo_or_helo_if_needed()
        if not server.has_extn("smtputf8"):
            raise SmtpUtf8UnsupportedError(
                "non-ASCII characters before the @ need SMTPUTF8, which the server does not support"
            )
    server.send_message(message, from_addr=sender or None, to_addrs=[with_ascii_domain(to)])
    return server.answer


def is_final(error: Exception) -> bool:
    """Whether the server permanently rejected the recipient, or cannot deliver to such an address."""
    if isinstance(error, SmtpUtf8UnsupportedError):
        return True
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def answer_code(error: BaseException) -> int:
    """The code of a server's answer, such as 451; 0 if there was none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in error.recipients.values()), default=0)
    return int(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else 0


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
