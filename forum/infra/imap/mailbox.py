"""IMAP client: opens the mailbox of FORUM_INBOX_URL, and reads, marks and deletes its messages."""

import imaplib
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any
from urllib.parse import unquote, urlsplit

from imapclient import DELETED, SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, LoginError

IMAP_ERRORS = (OSError, imaplib.IMAP4.error)
RESPONSE_SECONDS = 20.0
DEFAULT_FOLDER = "INBOX"
MAX_ERROR = 200  # characters


class NoFolder(imaplib.IMAP4.error):
    """The mailbox of the URL does not exist, or may not be opened."""


class Mailbox:
    """An open folder. Messages are addressed by their UIDs, which are valid as long as it is open."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client

    def unread(self) -> list[int]:
        """The UIDs of the messages that are neither seen nor deleted, the oldest first."""
        return sorted(self._client.search(["UNSEEN", "UNDELETED"]))

    def size(self, uid: int) -> int | None:
        """A message's size in bytes; None if it is gone."""
        found = self._client.fetch([uid], ["RFC822.SIZE"]).get(uid)
        return int(found[b"RFC822.SIZE"]) if found and b"RFC822.SIZE" in found else None

    def message(self, uid: int) -> bytes | None:
        """A message, which stays unseen; None if it is gone."""
        return self._content(uid, "BODY.PEEK[]", b"BODY[]")

    def header(self, uid: int, *, most: int) -> bytes | None:
        """The first bytes of a message's header; None if it is gone."""
        return self._content(uid, f"BODY.PEEK[HEADER]<0.{most}>", b"BODY[HEADER]<0>")

    def _content(self, uid: int, item: str, key: bytes) -> bytes | None:
        found = self._client.fetch([uid], [item]).get(uid) or {}
        content = found.get(key)
        return content if isinstance(content, bytes) else None

    def mark_seen(self, uid: int) -> None:
        """Leave a message to people who read the mailbox."""
        self._client.add_flags([uid], [SEEN], silent=True)

    def delete(self, uid: int) -> None:
        """Delete a message; a server without UIDPLUS keeps it as deleted, as others' deleted messages would go too."""
        self._client.add_flags([uid], [SEEN, DELETED], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge([uid])


@contextmanager
def opened(url: str, *, timeout: float = RESPONSE_SECONDS, total: float) -> Iterator[Mailbox]:
    """Open the mailbox of imaps://user:password@host/FOLDER, or of imap://… with STARTTLS.

    The server has `timeout` seconds for each response, and all that is done inside takes at most `total` seconds.
    Raises IMAP_ERRORS.
    """
    parts = urlsplit(url)
    client = _connected(url, timeout)
    timer = Timer(total, _abort, (client,))
    timer.daemon = True
    timer.start()
    try:
        if parts.scheme == "imap" and not _is_loopback(parts.hostname or ""):
            client.starttls(ssl.create_default_context())
        client.login(unquote(parts.username or ""), unquote(parts.password or ""))
        yield Mailbox(_selected(client, unquote(parts.path.strip("/")) or DEFAULT_FOLDER))
        with suppress(*IMAP_ERRORS):
            client.logout()
    finally:
        timer.cancel()
        with suppress(*IMAP_ERRORS):
            client.shutdown()


def _connected(url: str, timeout: float) -> IMAPClient:
    parts = urlsplit(url)
    is_tls = parts.scheme == "imaps"
    return IMAPClient(
        parts.hostname or "localhost",
        port=parts.port or (993 if is_tls else 143),
        ssl=is_tls,
        ssl_context=ssl.create_default_context() if is_tls else None,
        timeout=SocketTimeout(connect=timeout, read=timeout),
    )


def _selected(client: IMAPClient, folder: str) -> IMAPClient:
    try:
        client.select_folder(folder)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise NoFolder(str(error)) from error
    return client


def _abort(client: IMAPClient) -> None:
    """Close the line, from another thread: who waits for a response gets an error."""
    with suppress(OSError):
        client.socket().shutdown(socket.SHUT_RDWR)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def error_text(error: BaseException) -> str:
    """What an error means for an operator, with the server's words, on one line and without addresses."""
    meaning = next((words for kind, words in _MEANINGS.items() if isinstance(error, kind)), "")
    told: Any = error.strerror if isinstance(error, OSError) and error.strerror else error
    line = re.sub(r"\S+@\S+", "…", " ".join(str(told).removeprefix("b'").removesuffix("'").split()))
    return ": ".join(filter(None, (meaning, line)))[:MAX_ERROR] or type(error).__name__


# the first that matches counts
_MEANINGS: dict[type[BaseException], str] = {
    LoginError: "the server rejects the user name or the password in FORUM_INBOX_URL",
    NoFolder: "the folder in FORUM_INBOX_URL cannot be opened",
    CapabilityError: "the server does not offer what FORUM_INBOX_URL needs, such as STARTTLS",
    ssl.SSLCertVerificationError: "its certificate is not valid for its name",
    ssl.SSLError: "TLS failed; port 993 needs imaps:// in FORUM_INBOX_URL, port 143 imap://",
    socket.gaierror: "the name of the server is not known in DNS",
    TimeoutError: "the server took too long",
    ConnectionRefusedError: "nothing answers at this host and port",
}
