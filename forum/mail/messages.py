"""Composes e-mails from queued messages."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from urllib.parse import urlsplit

from forum import permissions
from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.infra.settings import Settings
from forum.infra.text.mail_addresses import needs_smtputf8, with_ascii_domain
from forum.infra.text.messages import one_line
from forum.mail.layout import html_of, set_parts
from forum.mail.rules import MAX_ENCODED_LINE, MAX_LINE
from forum.mail.tokens import REPLY, reply_scope, token_for
from forum.models import Mail, Member, Thread
from forum.site.queries import snapshot


def sender(settings: Settings) -> str:
    """The address that sends the forum's mail."""
    return settings.mail_from or f"forum@{host()}"


def inbox_address(word: str) -> str:
    """The address that a word of `tokens.py` makes of the mailbox that is read; empty if none is."""
    settings = current_settings()
    if not settings.inbox_url:
        return ""
    local, _, domain = (settings.inbox_address or sender(settings)).rpartition("@")
    return f"{local}+{word}@{domain}"


NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"  # all but failure notices (NDR), which stop addresses


class _HeaderPolicy(EmailPolicy):
    """Folds headers with words that are not in ASCII, and no other: folded addresses are read wrongly."""

    def fold(self, name: str, value: str) -> str:
        """A header as text."""
        return str(self._of(name, value).fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """A header as it is sent."""
        return self._of(name, value).fold_binary(name, value)

    def _of(self, name: str, value: str) -> "EmailPolicy[EmailMessage]":
        has_words = name.lower() in {"subject", "from"} and not value.isascii()
        length = MAX_ENCODED_LINE if has_words else MAX_LINE
        return SMTP.clone(utf8=self.utf8, max_line_length=length)


HEADERS = _HeaderPolicy(linesep="\r\n")


def reply_address(member: Member, thread: Thread) -> str:
    """The address to which a member answers by mail in a thread; empty if none is read, or they may not reply there.

    Call it in a transaction, as `token_for`.
    """
    if not current_settings().inbox_url or not permissions.may_reply(member, thread):
        return ""
    return inbox_address(token_for(member.id, REPLY, reply_scope(member, thread.id)))


def compose(letter: Mail, *, html: str = "") -> EmailMessage:
    """The e-mail for a queued message; its HTML part is made of its text, unless it has one.

    Raises ValueError on header or recipient injection.
    """
    stable = f"letter-{letter.id}-{int(letter.created_at.timestamp())}"
    message = headed(letter, subject=letter.subject, message_id=own_id(stable))
    set_parts(message, letter.body, html or html_of(letter.body, title=letter.subject))
    return message


def own_id(word: str) -> str:
    """A Message-ID of the forum's."""
    return f"<{word}@{host()}>"


def headed(letter: Mail, *, subject: str, message_id: str) -> EmailMessage:
    """An e-mail with its first headers; raises ValueError on header or recipient injection."""
    message = EmailMessage(policy=HEADERS)
    message["From"] = Address(display_name=one_line(snapshot().name), addr_spec=sender(current_settings()))
    message["To"] = _address(with_ascii_domain(letter.recipient))
    message["Subject"] = subject
    message["Date"] = letter.created_at
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = NO_ANSWERS
    return message


def _address(written: str) -> Address:
    """An address for a header; raises the standard library's errors for an invalid one."""
    # Address cannot parse addr_spec with non-ASCII characters, so it validates a version without them
    parsed = Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", written))
    local, _, domain = written.rpartition("@")
    return Address(username=local, domain=domain) if needs_smtputf8(written) else parsed


def list_id(name: str) -> str:
    """The List-Id (RFC 2919) of mail that goes to all who want it, by which it is sorted, such as "board-7"."""
    return f"<{name}.{host()}>"


def host() -> str:
    """The host in the forum's Message-IDs and list names."""
    return urlsplit(current_settings().base_url).hostname or "localhost"


def compose_test(recipient: str) -> EmailMessage:
    """The test message of admins and operators; raises ValueError for an invalid address."""
    if recipient.count("@") != 1 or recipient.startswith("@") or recipient.endswith("@"):
        raise ValueError(recipient)
    name = one_line(snapshot().name)
    body = f"This is a test: {name} can send mail.\n"
    return compose(Mail(id=0, recipient=recipient, subject=f"Test: {name}", body=body, created_at=clock.now()))
