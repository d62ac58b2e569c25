"""Real servers on loopback for the duration of a test: PostgreSQL, Redis, and an SMTP server that stores mail."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from sqlalchemy import make_url

from tests.parts import require_part

LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # seconds: several start at once on a busy machine
Server = subprocess.Popen[bytes]
# A test database need not survive a crash: nothing waits for the disk.
POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
}


@dataclass
class Mailbox:
    """An SMTP server's URL, the messages it received and their envelope recipients."""

    url: str
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        """Store a message."""
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        self.recipients += envelope.rcpt_tos
        return "250 kept"


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start an empty PostgreSQL server; yields the URL of its database."""
    programs, port = Path(require_part("PostgreSQL")), free_port()
    with _folder() as folder, _log(folder) as log:
        _unprivileged([programs / "initdb", *_initdb_options(folder / "data")], folder, log).wait(PATIENCE)
        command = [
            programs / "postgres",
            "-D",
            folder / "data",
            "-h",
            LOOPBACK,
            "-p",
            str(port),
            "-k",
            folder,
            *_options(),
        ]
        with _running(_unprivileged(command, folder, log), signal.SIGINT) as server:
            _wait_for(lambda: _make_database(port), server, folder)
            yield f"postgresql+psycopg://forum@{LOOPBACK}:{port}/forum"


@contextmanager
def replica_server(primary: str) -> Iterator[str]:
    """Start a streaming replica of a server; yields the URL of its database."""
    programs, port = Path(require_part("PostgreSQL")), free_port()
    of = make_url(primary)
    with _folder() as folder, _log(folder) as log:
        copy = [
            programs / "pg_basebackup",
            "-D",
            folder / "data",
            "-h",
            LOOPBACK,
            "-p",
            str(of.port),
            "-U",
            "forum",
            "-R",
        ]
        _unprivileged([*copy, "--checkpoint=fast"], folder, log).wait(PATIENCE)
        command = [programs / "postgres", "-D", folder / "data", "-h", LOOPBACK, "-p", str(port), "-k", folder]
        with _running(_unprivileged([*command, *_options()], folder, log), signal.SIGINT) as server:
            address = of.set(port=port).render_as_string(hide_password=False)
            _wait_for(lambda: _reads(address), server, folder)
            yield address


def _reads(address: str) -> bool:
    with suppress(psycopg.OperationalError), closing(psycopg.connect(address.replace("+psycopg", ""))) as connection:
        return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
    return False


def _options() -> list[str]:
    return [item for name, value in POSTGRES_SETTINGS.items() for item in ("-c", f"{name}={value}")]


@contextmanager
def redis_server() -> Iterator[str]:
    """Start an empty Redis server without persistence; yields its URL."""
    program, port = require_part("Redis"), free_port()
    with _folder() as folder, _log(folder) as log:
        options = ["--bind", LOOPBACK, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", folder]
        with _running(_unprivileged([program, *options], folder, log), signal.SIGTERM) as server:
            _wait_for(lambda: _answers_ping(port), server, folder)
            yield f"redis://{LOOPBACK}:{port}/0"


@dataclass
class ImapServer:
    """An IMAP server's URL, and the folder of its only mailbox, in which a file is a message."""

    url: str
    folder: Path

    def deliver(self, content: bytes, name: str) -> None:
        """Put a message into the mailbox as a mail server does."""
        draft = self.folder / "tmp" / name
        draft.write_bytes(content)
        draft.chmod(0o666)
        draft.rename(self.folder / "new" / name)

    def left(self) -> list[str]:
        """The names of the messages in the mailbox, with their flags once they were looked at."""
        return sorted(file.name for part in ("new", "cur") for file in (self.folder / part).iterdir())


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    """Start Dovecot with an empty mailbox of one user, without TLS."""
    program, port = require_part("Dovecot"), free_port()
    with _folder() as folder, _log(folder) as log:
        user = _user() or pwd.getpwuid(os.getuid())
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / part).mkdir(parents=True)
        for made in (folder / "mail", *(folder / "mail").iterdir()):
            os.chown(made, user.pw_uid, user.pw_gid)
        config = folder / "dovecot.conf"
        group = grp.getgrgid(user.pw_gid).gr_name
        config.write_text(_DOVECOT.format(folder=folder, port=port, host=LOOPBACK, user=user.pw_name, group=group))
        with _running(_unprivileged([program, "-F", "-c", config], folder, log), signal.SIGTERM) as server:
            _wait_for(lambda: _greets(port), server, folder)
            yield ImapServer(f"imap://reader:s3cret@{LOOPBACK}:{port}/INBOX", folder / "mail")


_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
listen = {host}
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=s3cret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


def _greets(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        return connection.recv(16).startswith(b"* OK")
    return False


@contextmanager
def smtp_server(*, offers_smtputf8: bool = True) -> Iterator[Mailbox]:
    """Start an SMTP server that stores every message."""
    mailbox = Mailbox(url="")
    with smtp_server_of(mailbox, enable_SMTPUTF8=offers_smtputf8) as url:
        mailbox.url = url
        yield mailbox


@contextmanager
def smtp_server_of(handler: object, **options: Any) -> Iterator[str]:
    """Start an SMTP server that does with messages what an aiosmtpd handler says; its URL."""
    port = free_port()
    controller = Controller(handler, hostname=LOOPBACK, port=port, **options)
    controller.start()
    try:
        yield f"smtp://{LOOPBACK}:{port}"
    finally:
        controller.stop()


def free_port() -> int:
    """An unused loopback port."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _initdb_options(data: Path) -> list[Any]:
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    return ["-D", data, "-U", "forum", "--auth=trust", "--encoding=UTF8", f"--locale={locale}", "--no-sync"]


def _make_database(port: int) -> bool:
    with suppress(psycopg.OperationalError):
        address = f"host={LOOPBACK} port={port} user=forum dbname=postgres connect_timeout=2"
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            connection.execute("CREATE DATABASE forum")
            return True
    return False


def _answers_ping(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def _user() -> pwd.struct_passwd | None:
    """The user to run a server as if the tests run as root, because PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _unprivileged(command: list[Any], folder: Path, log: int) -> Server:
    user = _user()
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    quiet = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(command, cwd=folder, env=quiet, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **who)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for one server, with a short path: a Unix socket path has at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="forum-"))
    if user := _user():
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _log(folder: Path) -> Iterator[int]:
    with (folder / "log").open("wb") as file:
        yield file.fileno()


@contextmanager
def _running(server: Server, farewell: signal.Signals) -> Iterator[Server]:
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.send_signal(farewell)
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(is_ready: Callable[[], bool], server: Server, folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not is_ready():
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start:\n{(folder / 'log').read_text(errors='replace')}")
        time.sleep(0.05)
