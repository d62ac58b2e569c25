"""A mail server that keeps what it is given, in tests of mail to members."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.jobs import mail
from forum.models import Member
from forum.notifications.mail_queue import DELAY
from forum.threads.queries import threads_with_names
from tests.factories import a_member
from tests.watching.told import tell

HOME = "https://forum.example"


class Sink:
    """The handler of the mail server."""

    def __init__(self) -> None:
        self.raw: list[tuple[str, bytes]] = []
        self.url = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append((envelope.rcpt_tos[0], envelope.content))
        return "250 kept"

    def taken(self) -> list[tuple[str, EmailMessage]]:
        """The messages since the last call, parsed, with their recipients."""
        raw, self.raw = self.raw, []
        return [(to, message_from_bytes(content, policy=default)) for to, content in raw]


def a_reader(name: str | None = None, **more: object) -> Member:
    """A member with a confirmed address."""
    return a_member(name, **{"email_verified_at": clock.now()} | more)  # type: ignore[arg-type]


def a_writer(name: str | None = None, **more: object) -> Member:
    """A member who is not mailed, as their address is not confirmed."""
    return a_member(name, **{"email_verified_at": None} | more)  # type: ignore[arg-type]


def send() -> int:
    """Commit, tell watchers, run the mail job when mails are due, and go on writing; returns how many were sent."""
    tell()
    session.commit()
    with clock.frozen_at(clock.now() + DELAY):
        sent = mail.send_mail()
    start_writing()
    session.scalars(threads_with_names()).all()
    return sent


def text_of(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    """The HTML part."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())
