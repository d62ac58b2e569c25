"""Delivery trial: kill -9 again and again while members are told; all arrives once: `python -m benchmarks.delivery`.

Members watch boards by mail, and have browsers that get notifications. Two writers start threads and reply, by the
API of two nodes. A real SMTP server and a push service on loopback keep what arrives; some of it is followed by a kill
at once. It runs on SQLite and then on PostgreSQL; with `--only sqlite` or `--only postgresql` on one of them.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import services
from benchmarks.assertions import Assertions
from benchmarks.delivery_judging import Judge
from benchmarks.delivery_kills import Killer
from benchmarks.delivery_node import CERTIFICATE, PORT
from benchmarks.delivery_people import Writer, Written, fill
from benchmarks.delivery_servers import MailServer, PushService
from benchmarks.services import Service
from forum.app import create_app
from forum.archive.setup import prepare_database
from forum.infra.database.db import session
from forum.infra.settings import from_environment
from forum.models import Mail, PendingPush, PostTelling

WRITING, DRAINING = 150.0, 300.0  # seconds at most
DATABASES = ("sqlite", "postgresql")
NODES = 2
PROGRAM = [sys.executable, "-m", "benchmarks.delivery_node"]
KEY = "a key for trials, the same on both nodes"


def main() -> int:
    """Run the trial; return 1 if an assertion failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=DATABASES)
    only = parser.parse_args().only
    assertions = Assertions()
    for database in (only,) if only else DATABASES:
        with ExitStack() as stack:
            _Trial(stack, assertions, database).run()
    return assertions.report()


class _Trial:
    def __init__(self, stack: ExitStack, assertions: Assertions, database: str) -> None:
        self._stack, self._assertions, self._database = stack, assertions, database
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="delivery-")))
        self._mail, self._push = stack.enter_context(MailServer()), PushService()
        stack.enter_context(self._push.started(self._folder))
        self._settings = {
            "FORUM_SECRET_KEY": KEY,
            "FORUM_SEED": "defaults",
            "FORUM_LIMITS": "off",
            "FORUM_BASE_URL": "http://localhost",
            "FORUM_MAIL_URL": self._mail.url,
            "FORUM_DATA": str(self._folder / "data"),
            **self._database_settings(),
        }
        self._app = create_app(from_environment(self._settings))

    def _database_settings(self) -> dict[str, str]:
        if self._database == "sqlite":
            return {}
        postgres, url = services.postgres(*self._stack.enter_context(services.service_folder()))
        postgres.start()
        self._stack.callback(postgres.end, signal.SIGINT)
        return {"FORUM_DATABASE_URL": url}

    def run(self) -> None:
        """Fill the forum, let members write while parts of it are killed, wait until all is sent, and judge."""
        with self._app.app_context():
            prepare_database()
            people = fill(self._push)
            session.remove()
        nodes, ports = self._start_nodes()
        killer, written = Killer(nodes), Written()
        self._mail.accepted.on_some = self._push.accepted.on_some = killer.strike
        shares = [people.boards[first :: len(people.tokens)] for first in range(len(people.tokens))]
        writers = [Writer(token, ports, boards, written) for token, boards in zip(people.tokens, shares, strict=True)]
        for each in (*writers, killer):
            each.start()
        self._assertions.say(f"{self._database}: members write, and parts of the forum are killed")
        end = time.monotonic() + WRITING
        while time.monotonic() < end and (any(each.is_alive() for each in writers) or self._left()):
            time.sleep(0.5)
        killer.end()
        self._assertions.say(f"{self._database}: {len(killer.kills)} kills; what is left is sent in peace")
        end = time.monotonic() + DRAINING
        while time.monotonic() < end and (any(each.is_alive() for each in writers) or self._left()):
            time.sleep(0.5)
        left = self._left()
        for node in nodes:
            node.end()
        with self._app.app_context():
            found = Judge(self._assertions, self._database, people, written)
            found.acknowledged(left)
            found.notifications()
            addresses, names = zip(*people.watchers.values(), strict=True)
            found.arrived("mails", self._mail.accepted.arrivals, addresses, killer.kills)
            found.arrived("pushes", self._push.accepted.arrivals, names, killer.kills)
            session.remove()
        self._check()
        self._app.extensions["forum.ephemeral"].dispose()

    def _start_nodes(self) -> tuple[list[Service], list[int]]:
        certificate = {PORT: str(self._push.port), CERTIFICATE: str(self._folder / "certificate.pem")}
        variables = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
        nodes, ports = [], []
        for number in range(NODES):
            own = variables | self._settings | certificate
            if self._database == "postgresql":
                own["FORUM_DATA"] = str(self._folder / f"data-{number}")
            log = self._stack.enter_context((self._folder / f"log-{number}").open("wb"))
            node, port = services.node(f"node {number}", own, log.fileno(), program=PROGRAM)
            self._stack.callback(node.kill)
            node.start()
            nodes.append(node)
            ports.append(port)
        return nodes, ports

    def _left(self) -> int:
        """How much is still to be told or sent."""
        with self._app.app_context():
            queues = (Mail, PendingPush, PostTelling)
            numbers = [session.scalar(select(func.count()).select_from(queue)) or 0 for queue in queues]
            session.remove()
        return sum(numbers)

    def _check(self) -> None:
        """`forum check`, as an operator runs it."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("FORUM_")}
        command = [sys.executable, "-m", "forum.cli", "check"]
        done = subprocess.run(command, env=variables | self._settings, capture_output=True, text=True, check=False)
        words = (done.stdout + done.stderr).strip().splitlines()
        self._assertions.hold(f"{self._database}: forum check", "; ".join(words[-3:]), is_kept=done.returncode == 0)


if __name__ == "__main__":
    sys.exit(main())
