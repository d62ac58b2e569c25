"""No command prints a traceback in a broken environment: each reports the fault in one line and exits with 2."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.commands import forum
from tests.servers import free_port

pytestmark = pytest.mark.sqlite
PASSWORD = "correct horse battery staple"
NOWHERE = f"127.0.0.1:{free_port()}"
# Each command with valid arguments; with "ends" a command that would keep running ends at once.
COMMANDS: dict[str, tuple[str, ...]] = {
    "upgrade": (),
    "seed": (),
    "create-member": ("bert", "--email", "bert@example.org", "--password-stdin"),
    "set-role": ("anna", "moderator"),
    "set-password": ("anna", "--password-stdin"),
    "ban": ("anna",),
    "unban": ("anna",),
    "two-factor": ("off", "anna"),
    "doctor": (),
    "mail-test": ("anna@example.org",),
    "token": ("anna",),
    "export": ("{folder}/export",),
    "import": ("{folder}/archive",),
    "backup": ("{folder}/backup",),
    "restore": ("{folder}/copy", "--force"),
    "check": (),
    "reindex": (),
    "sample": ("--threads", "2", "--posts", "3", "--members", "2"),
    "evaluate": ("search", "{folder}/judged"),
    "worker": ("--parent", "1"),
}


@dataclass(frozen=True)
class Broken:
    """An environment with a fault."""

    do: Callable[[Path], None] = lambda _: None
    settings: dict[str, str | None] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    succeed: str = ""  # commands that may succeed despite the fault
    endless: str = ""  # commands that wait until the fault is fixed
    only: str = " ".join(name for name in COMMANDS if name != "evaluate")  # which has its own forum


def _database(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "forum.sqlite3")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def statements(*words: str) -> Callable[[Path], None]:
    return lambda data: _database(data, *words)


def content(name: str, text: bytes) -> Callable[[Path], None]:
    def write(data: Path) -> None:
        _gone(data / name)
        (data / name).write_bytes(text)

    return write


def folder(name: str) -> Callable[[Path], None]:
    def make(data: Path) -> None:
        _gone(data / name)
        (data / name).mkdir()

    return make


def _gone(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def _cut(data: Path) -> None:
    _database(data)
    os.truncate(data / "forum.sqlite3", 40_000)


def _be_a_file(data: Path) -> None:
    shutil.rmtree(data)
    data.touch()


ALL = " ".join(COMMANDS)
SCHEMA = "UPDATE alembic_version SET version_num = '{}'"
BROKEN = {
    "a folder for a database": Broken(folder("forum.sqlite3"), succeed="restore"),
    "text for a database": Broken(content("forum.sqlite3", b"words " * 2000), succeed="restore"),
    "a cut database": Broken(_cut, succeed="restore upgrade worker token create-member set-role set-password"),
    "a newer schema": Broken(statements(SCHEMA.format("9999")), succeed="restore"),
    "a foreign schema": Broken(statements(SCHEMA.format("0a1b")), succeed="restore"),
    "an older schema": Broken(statements(SCHEMA.format("0004")), succeed="restore backup"),
    "a schema without a number": Broken(statements("DELETE FROM alembic_version"), succeed="restore", endless="worker"),
    "a missing table": Broken(statements("DROP TABLE post"), succeed=ALL),
    "an empty database": Broken(content("forum.sqlite3", b""), succeed=ALL, endless="worker sample import"),
    "a file for a data folder": Broken(_be_a_file),
    "a binary secret key": Broken(content("secret-key", b"\xff\xfe" * 40), {"FORUM_SECRET_KEY": None}),
    "a folder for a secret key": Broken(folder("secret-key"), {"FORUM_SECRET_KEY": None}),
    "a folder for what may be lost": Broken(folder("volatile.sqlite3"), succeed=ALL, only="check worker doctor"),
    "a folder for the lock": Broken(folder("serve.lock"), succeed="restore", only="worker restore"),
    "nobody at PostgreSQL": Broken(settings={"FORUM_DATABASE_URL": f"postgresql://u:s3cret@{NOWHERE}/x"}),
    "no port of PostgreSQL": Broken(settings={"FORUM_DATABASE_URL": "postgresql://u:s3cret@host:port/x"}),
    "nobody at Redis": Broken(settings={"FORUM_REDIS_URL": f"redis://{NOWHERE}/0"}, succeed=ALL, only="check worker"),
    "no URL of Redis": Broken(settings={"FORUM_REDIS_URL": "notaurl"}),
    "no URL of mail": Broken(settings={"FORUM_MAIL_URL": "ftp://x"}),
    "no sender of mail": Broken(settings={"FORUM_MAIL_FROM": "nobody"}),
    "no time zone": Broken(settings={"TZ": "/etc"}),
    "a setting in Latin-1": Broken(settings={"FORUM_SITE_NAME": "\udcfc"}),
    "a full disk": Broken(limits={"RLIMIT_FSIZE": 20_000}, succeed=ALL, only=ALL),
    "few open files": Broken(limits={"RLIMIT_NOFILE": 16}, succeed=ALL, only=ALL),
}


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a forum, its backup and archive, and a judged set."""
    place = tmp_path_factory.mktemp("whole")
    made = [
        forum(place / "data", "create-member", "anna", "--email", "a@b.example", "--password-stdin", typed=PASSWORD),
        forum(place / "data", "backup", str(place / "copy")),
        forum(place / "data", "export", str(place / "archive")),
    ]
    assert [done.returncode for done in made] == [0, 0, 0]
    (place / "judged").mkdir()
    for name in ("corpus", "queries"):
        (place / "judged" / f"{name}.jsonl").write_text('{"id": "1", "title": "Moon", "body": "The moon."}\n')
    (place / "judged" / "qrels.tsv").write_text("1\t1\t1\n")
    (place / "data" / "secret-key").write_text("a key of the tests, long enough to be taken")
    return place


def run(place: Path, broken: Broken, command: str, *words: str) -> CompletedProcess[str]:
    own: dict[str, str | None] = {"FORUM_DATABASE_URL": "", "FORUM_REDIS_URL": ""}
    return forum(place / "data", command, *words, typed=PASSWORD, limits=broken.limits, **(own | broken.settings))


@pytest.mark.parametrize("kind", BROKEN)
def test_no_command_prints_a_traceback(kind: str, whole: Path, tmp_path: Path) -> None:
    broken, faults = BROKEN[kind], []
    for command in set(broken.only.split()) - set(broken.endless.split()):
        words, place = COMMANDS[command], tmp_path / command
        shutil.copytree(whole, place)
        broken.do(place / "data")
        done = run(place, broken, command, *(word.format(folder=place) for word in words))
        may_succeed = command in broken.succeed.split() or command == "doctor"  # doctor reports faults and exits with 1
        faults += [f"{command}: {fault}" for fault in _faults(done, may_succeed=may_succeed)]
    if not broken.succeed:
        faults += [
            f"serve: {fault}" for fault in _faults(run(tmp_path / "check", broken, "serve", "--port", str(free_port())))
        ]
    assert not faults, "\n".join(faults)


def _faults(done: CompletedProcess[str], *, may_succeed: bool = False) -> list[str]:
    output = done.stdout + done.stderr
    if "Traceback" in output or "s3cret" in output:
        return [output[-600:]]
    if done.returncode not in ({0, 1, 2} if may_succeed else {2}):
        return [f"ended with {done.returncode}: {output[-300:]}"]
    errors = [line for line in done.stderr.splitlines() if line.startswith(("Error:", "  File"))]
    if done.returncode == 2 and (len(errors) != 1 or errors[0] != done.stderr.strip().splitlines()[-1]):
        return [f"one line of error, at the end: {done.stderr[-300:]}"]
    return []
