"""Answers to the forum's mail for tests."""

from email.message import EmailMessage
from itertools import count

from forum.infra import clock
from forum.infra.database.db import transaction
from forum.mail.messages import inbox_address
from forum.mail.tokens import REPLY, reply_scope, token_for
from forum.models import Member, Thread
from tests.factories import a_member

_number = count(1)
INBOX = {
    "FORUM_BASE_URL": "https://talk.example",
    "FORUM_MAIL_URL": "smtp://127.0.0.1:9",
    "FORUM_INBOX_URL": "imap://reader:s3cret@127.0.0.1:9/INBOX",
}


def a_confirmed_member(name: str | None = None) -> Member:
    """A member whose e-mail address is confirmed."""
    return a_member(name, email_verified_at=clock.now())


def address_for(member: Member, thread: Thread) -> str:
    """The address for a member's answers in a thread."""
    with transaction():
        return inbox_address(token_for(member.id, REPLY, reply_scope(member, thread.id)))


def an_answer(to: str, by: str, text: str = "Yes, it works.", **more: str) -> EmailMessage:
    """An answer by mail; `more` are headers, with underscores for hyphens."""
    message = EmailMessage()
    given = {"From": by, "To": to, "Message-ID": f"<{next(_number)}@mail.example>", "Subject": "Re: Lamps"}
    for name, value in (given | {name.replace("_", "-"): value for name, value in more.items()}).items():
        message[name] = value
    message.set_content(text)
    return message
