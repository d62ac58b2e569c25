"""A message of the mailbox: to which of the forum's addresses it was sent, by whom, and whether a program wrote it."""

import hashlib
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from typing import NamedTuple
from urllib.parse import urlsplit

from forum.inbox.parts import header, headers
from forum.inbox.rules import MAX_WORDS
from forum.infra.database.db import current_settings
from forum.mail.messages import inbox_address, sender
from forum.members.rules import email_key

RECIPIENTS = (
    "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc", "Resent-To",
    "Resent-Cc",
)  # fmt: skip
MAX_COMMENTS = 20  # in a sender's address: the parser goes into each
MAX_HEADER = 20_000  # characters that are looked at
_PROGRAMS = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+-].*)?@", re.IGNORECASE)
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Mail-Autoreply", "List-Id", "X-Loop")


class Taken(NamedTuple):
    """What became of a message, in a word of at most 20 characters, and whose it was."""

    outcome: str
    member_id: int | None = None


@dataclass(frozen=True)
class Incoming:
    """A message; `is_whole` is false if only its header was fetched, as it is too large."""

    message: EmailMessage
    is_whole: bool = True

    def words(self) -> list[str]:
        """The words of tokens between "+" and "@" in the mailbox's addresses that the message was sent to."""
        local = inbox_address("").partition("+@")[0]
        pattern = re.compile(rf"(?<![\w.+-]){re.escape(local)}\+([a-z0-9._-]{{1,60}})@", re.IGNORECASE)
        found = (word for value in headers(self.message, *RECIPIENTS) for word in pattern.findall(value[:MAX_HEADER]))
        return list(dict.fromkeys(word.lower() for word in found))[:MAX_WORDS]

    def author(self) -> str:
        """The address of From; empty if there is none, or several."""
        values = list(headers(self.message, "From"))
        if len(values) != 1 or len(values[0]) > 1_000 or values[0].count("(") > MAX_COMMENTS:
            return ""
        addresses = getaddresses(values)
        return addresses[0][1] if len(addresses) == 1 else ""

    def key(self, word: str) -> str:
        """What identifies the message for one of its recipients, also if it is delivered or read twice."""
        message_id = header(self.message, "Message-ID")[:MAX_HEADER]
        content = message_id or "\n".join(f"{name}: {value}" for name, value in self.message.raw_items())
        return hashlib.sha256(f"{content}\n{word}".encode("utf-8", "surrogateescape")).hexdigest()

    def is_automatic(self) -> bool:
        """Whether a program answered, or a list passed it on; nobody is told that such a message was not posted."""
        message = self.message
        is_sent_by_program = header(message, "Auto-Submitted").partition(";")[0].strip().lower() not in {"", "no"}
        is_bulk = header(message, "Precedence").lower() in {"bulk", "junk", "list", "auto_reply"}
        has_no_sender = header(message, "Return-Path").replace(" ", "") == "<>"
        is_report = header(message, "Content-Type").lower().startswith("multipart/report")
        is_marked = any(True for _ in headers(message, *_AUTOMATIC))
        return (
            is_sent_by_program or is_bulk or has_no_sender or is_report or is_marked or self._is_ours()
            or _PROGRAMS.match(self.author()) is not None
        )  # fmt: skip

    def _is_ours(self) -> bool:
        """Whether the forum sent it: the message of a loop."""
        settings, author = current_settings(), email_key(self.author())
        box = settings.inbox_address or sender(settings)
        local, _, domain = box.rpartition("@")
        host = urlsplit(settings.base_url).hostname or "localhost"
        ours = re.fullmatch(
            rf"<(?:letter|notification|post|thread)-[^@<>]*@{re.escape(host)}>",
            header(self.message, "Message-ID"),
            re.IGNORECASE,
        )
        is_plus = author.startswith(email_key(f"{local}+")) and author.endswith(f"@{domain.lower()}")
        return ours is not None or author in {email_key(box), email_key(sender(settings))} or is_plus
