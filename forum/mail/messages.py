"""Composes e-mails from queued messages."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit

from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.infra.settings import Settings
from forum.infra.text.mail_addresses import needs_smtputf8, with_ascii_domain
from forum.infra.text.messages import one_line
from forum.models import Mail
from forum.site.queries import snapshot


def sender(settings: Settings) -> str:
    """The address that sends the forum's mail."""
    return settings.mail_from or f"forum@{_host()}"


def inbox_address(word: str) -> str:
    """The address that a word of `tokens.py` makes of the mailbox that is read; empty if none is."""
    settings = current_settings()
    if not settings.inbox_url:
        return ""
    local, _, domain = (settings.inbox_address or sender(settings)).rpartition("@")
    return f"{local}+{word}@{domain}"


def compose(letter: Mail) -> EmailMessage:
    """The e-mail for a queued message; raises ValueError on header or recipient injection."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=one_line(snapshot().name), addr_spec=sender(current_settings()))
    message["To"] = _address(with_ascii_domain(letter.recipient))
    message["Subject"] = letter.subject
    message["Date"] = letter.created_at
    message["Message-ID"] = f"<letter-{letter.id}-{int(letter.created_at.timestamp())}@{_host()}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, cte="quoted-printable")
    return message


def _address(written: str) -> Address:
    """An address for a header; raises the standard library's errors for an invalid one."""
    # Address cannot parse addr_spec with non-ASCII characters, so it validates a version without them
    parsed = Address(addr_spec=re.sub(r"[^\x00-\x7f]", "x", written))
    local, _, domain = written.rpartition("@")
    return Address(username=local, domain=domain) if needs_smtputf8(written) else parsed


def _host() -> str:
    return urlsplit(current_settings().base_url).hostname or "localhost"


def compose_test(recipient: str) -> EmailMessage:
    """The test message of admins and operators; raises ValueError for an invalid address."""
    if recipient.count("@") != 1 or recipient.startswith("@") or recipient.endswith("@"):
        raise ValueError(recipient)
    name = one_line(snapshot().name)
    body = f"This is a test: {name} can send mail.\n"
    return compose(Mail(id=0, recipient=recipient, subject=f"Test: {name}", body=body, created_at=clock.now()))
