"""Fixture of the cluster trial: PostgreSQL with a replica, Redis, a mail server, and nodes behind a balancer."""

import signal
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import services
from benchmarks.assertions import Assertions
from benchmarks.balancer import Balancer
from benchmarks.services import Service
from forum.app import create_app
from forum.archive.setup import prepare_database
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import from_environment
from forum.members.credentials import sessions
from forum.models import Mail
from tests.factories import a_member, a_thread
from tests.servers import LOOPBACK, smtp_server

MEMBERS, LETTERS = 5, 20  # the last member only reads the quiet thread
BUSY_THREAD = "/threads/6-russia-china-agree-to-build-lunar-station-together"
KEY = "a key for trials, the same on both nodes"


@dataclass(frozen=True)
class Node:
    """A web node with its job process, its port and its log."""

    name: str
    service: Service
    port: int
    log: Path


class Cluster:
    """Everything that runs before the faults begin; closing the stack stops it."""

    def __init__(self, stack: ExitStack, assertions: Assertions) -> None:
        self._stack, self._assertions = stack, assertions
        self._data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trial-")))
        self.postgres, self.database_url = services.postgres(*stack.enter_context(services.service_folder()))
        self.redis, redis_url = services.redis(*stack.enter_context(services.service_folder()))
        self.mailbox = stack.enter_context(smtp_server())
        self._settings = {
            "FORUM_DATABASE_URL": self.database_url,
            "FORUM_REDIS_URL": redis_url,
            "FORUM_SECRET_KEY": KEY,
            "FORUM_LIMITS": "off",
            "FORUM_BASE_URL": f"http://{services.HOST['Host']}",
            "FORUM_MAIL_URL": self.mailbox.url,
            "FORUM_TRUSTED_PROXIES": LOOPBACK,
            "FORUM_LOG_FORMAT": "json",
            "FORUM_ACCESS_LOG": "on",
        }
        for service in (self.postgres, self.redis):
            self._start(service)
        self.app = create_app(from_environment(self._settings | {"FORUM_DATA": str(self._data / "trial")}))
        stack.callback(self._dispose)
        self.quiet, self.cookies = self._fill()
        self.replica, self.replica_url = services.replica(
            *stack.enter_context(services.service_folder()), self.database_url
        )
        self._start(self.replica)
        self._settings["FORUM_DATABASE_REPLICA_URL"] = self.replica_url
        self.logs: list[Path] = []

    def _start(self, service: Service) -> None:
        service.start()
        self._stack.callback(service.end, signal.SIGINT)

    def _dispose(self) -> None:
        self.app.extensions["forum.ephemeral"].dispose()
        with self.app.app_context():
            session.remove()

    def _fill(self) -> tuple[str, list[str]]:
        """Fill the seed forum with logged-in members, queued mail, and a thread that nobody writes in."""
        with self.app.app_context():
            prepare_database()
            with transaction():
                members = [a_member(f"Member {number}") for number in range(MEMBERS)]
                tokens = [sessions.start(member, persistent=True) for member in members]
                quiet = a_thread(by=members[0], title="A thread where nobody writes").path
                now = clock.now()
                for number in range(LETTERS):
                    letter = {"recipient": f"m{number}@example.org", "subject": f"Letter {number}", "body": "Hello."}
                    session.add(Mail(**letter, created_at=now, try_after=now, attempts=0))
            session.remove()
        return quiet, [f"forum_session={token}" for token in tokens]

    def node(self, name: str, **more: str) -> Node:
        """Start another web node and wait until it answers."""
        folder, log = self._stack.enter_context(services.service_folder())
        settings = self._settings | {"FORUM_DATA": str(self._data / name)} | more
        service, port = services.node(name, settings, log)
        service.start()
        self._stack.callback(service.kill)
        self._assertions.say(f"node {name} answers")
        self.logs.append(folder / "log")
        return Node(name, service, port, folder / "log")

    def balancer(self, nodes: list[Node]) -> int:
        """Start a balancer in front of nodes and return its port."""
        balancer = Balancer([node.port for node in nodes])
        balancer.start()
        self._stack.callback(balancer.stop)
        return balancer.port
