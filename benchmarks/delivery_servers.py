"""The mail server and the push service of the delivery trial, which keep what arrives and report some of it at once."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.outside.push_stub import Browser, PushStub, push_service, write_certificate
from tests.servers import LOOPBACK, free_port

HOST = "push.example.com"
STRUCK = 1 / 25  # of what arrives: the forum is killed the moment it was accepted


@dataclass(frozen=True)
class Arrival:
    """Something that was accepted: by whom it is to be read, its identity, and when."""

    to: str
    identity: str
    moment: float


@dataclass
class Accepted:
    """All that was accepted, and what to do the moment some of it is."""

    arrivals: list[Arrival] = field(default_factory=list)
    on_some: Callable[[], None] | None = None

    def add(self, to: str, identity: str) -> None:
        """Keep an arrival."""
        self.arrivals.append(Arrival(to, identity, time.monotonic()))
        if self.on_some is not None and random.random() < STRUCK:  # noqa: S311 - no secret
            self.on_some()


class MailServer:
    """An SMTP server; the identity of a message is its Message-ID."""

    def __init__(self) -> None:
        self.accepted = Accepted()
        port = free_port()
        self.url = f"smtp://{LOOPBACK}:{port}"
        self._controller = Controller(self, hostname=LOOPBACK, port=port)

    def __enter__(self) -> "MailServer":
        """Start it."""
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._controller.stop()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        """Accept a message."""
        self.accepted.add(envelope.rcpt_tos[0], str(message_from_bytes(envelope.content)["Message-ID"]))
        return "250 kept"


class PushService(PushStub):
    """A push service; the identity of a message is its topic, by which a second one replaces the first."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted = Accepted()

    def started(self, folder: Path) -> AbstractContextManager[PushStub]:
        """Started in the block, with a certificate in a folder."""
        return push_service(write_certificate(folder, HOST), self)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Accept a message if everything about it is right."""
        status, answer = super().take(path, headers, body)
        if status == 201:
            self.accepted.add(path.rpartition("/")[2], headers["topic"])
        return status, answer

    def fields_of(self, name: str) -> dict[str, str]:
        """What a new browser sends to the forum."""
        browser: Browser = self.browser(name)
        return browser.fields
