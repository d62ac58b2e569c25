"""`forum doctor` prints a line per check and exits with 1 on a fault; `forum mail-test` prints the server's answer."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.cli.commands import forum, new_forum, refusal, rows
from tests.databases import on_postgres, on_redis
from tests.servers import free_port, redis_server, smtp_server, smtp_server_of

PASSWORD = "correct horse battery staple"
HOME: dict[str, Any] = {"FORUM_BASE_URL": "https://forum.example"}
SAID = re.compile(r"(?P<name>[a-z ]+): (?P<level>ok|warning|fault), .+|database write: ok")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a forum created just now, so that its jobs count as alive."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    words = ("create-member", "anna", "--email", "a@b.example", "--password-stdin")
    assert forum(data, *words, typed=PASSWORD).returncode == 0
    return data


@pytest.fixture
def data(seeded: Path) -> Iterator[Path]:
    """The same, with live jobs."""
    seeded.mkdir(exist_ok=True, mode=0o700)
    live(seeded, 0)
    yield seeded
    live(seeded, 0)


def live(data: Path, seconds: float) -> None:
    """Set the age of the jobs' last heartbeat."""
    now = "extract(epoch FROM now())" if on_postgres() else "strftime('%s')"
    statement = f"UPDATE volatile_health SET noted_at = {now} - {seconds} WHERE name = 'jobs'"  # noqa: S608 - ours
    if on_postgres():
        rows(data, statement)
        return
    with sqlite3.connect(data / "volatile.sqlite3") as connection:
        connection.execute(statement)
    connection.close()


def examine(data: Path, **more: str) -> CompletedProcess[str]:
    done = forum(data, "doctor", **(HOME | more))
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if not SAID.fullmatch(line)] == []
    return done


def faults(done: CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if ": fault" in line]


def test_a_healthy_forum_has_a_line_for_each_check_and_exits_with_0(data: Path) -> None:
    done = examine(data)
    assert (done.returncode, faults(done)) == (0, [])
    names = {line.split(":")[0] for line in done.stdout.splitlines()}
    more = (set() if on_postgres() else {"integrity"}) | ({"redis"} if on_redis() else set())
    always = {"settings", "files", "limits", "database", "schema", "clock", "mail", "database write", "jobs"}
    assert names == always | more


def test_a_missing_folder_is_a_fault_and_is_not_created(tmp_path: Path) -> None:
    done = forum(tmp_path / "none", "doctor", FORUM_DATABASE_URL="")
    assert (done.returncode, faults(done)) == (
        1,
        [f"settings: fault, FORUM_DATA: folder {tmp_path / 'none'} does not exist"],
    )
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"FORUM_LIMITS": "perhaps"}, "settings: fault, FORUM_LIMITS: use on or off."),
        ({"FORUM_MAILURL": "smtp://x"}, "settings: fault, unknown setting FORUM_MAILURL"),
        ({"FORUM_MAIL_URL": "smtp://127.0.0.1:{port}"}, "mail: fault, 127.0.0.1:{port}: Connection refused"),
        ({"FORUM_REDIS_URL": "redis://127.0.0.1:{port}/0"}, "redis: fault, ConnectionError: "),
        ({"FORUM_DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:{port}/x"}, "database: fault, "),
    ],
)
def test_each_fault_is_named(settings: dict[str, str], words: str, data: Path) -> None:
    port = free_port()
    done = examine(data, **{name: value.format(port=port) for name, value in settings.items()})
    assert done.returncode == 1
    assert any(line.startswith(words.format(port=port)) for line in faults(done)), done.stdout
    assert "s3cret" not in done.stdout


def test_dead_jobs_are_a_fault(data: Path) -> None:
    live(data, 3600)
    done = examine(data)
    assert (done.returncode, len(faults(done))) == (1, 1)
    assert faults(done)[0].startswith("jobs: fault, last heartbeat 1 hour ago, 0 waiting; is `forum serve`")


def test_another_schema_is_a_fault(data: Path) -> None:
    for found, words in (("0004", "run `forum upgrade` first"), ("9999", "newer version")):
        ((before,),) = rows(data, "SELECT version_num FROM alembic_version")
        rows(data, f"UPDATE alembic_version SET version_num = '{found}'")  # noqa: S608 - our own number
        done = examine(data)
        rows(data, f"UPDATE alembic_version SET version_num = '{before}'")  # noqa: S608 - our own number
        assert (done.returncode, len(faults(done)), words in faults(done)[0]) == (1, 1, True)


def test_secrets_that_others_can_read_are_a_fault(data: Path) -> None:
    (data / "secret-key").write_text("a key of the tests, long enough to be taken")
    (data / "secret-key").chmod(0o644)
    output = examine(data)
    (data / "secret-key").unlink()
    assert (output.returncode, faults(output)) == (
        1,
        [
            f"files: fault, other users of this machine can read {data / 'secret-key'}: "
            f"`chmod go= {data / 'secret-key'}`"
        ],
    )


def test_an_unknown_time_zone_and_files_set_aside_are_warnings(data: Path) -> None:
    aside = data / "volatile.sqlite3.damaged-20260101T000000.000000Z"
    aside.touch()
    done = examine(data, TZ="Nowhere/Bad")
    aside.unlink()
    assert done.returncode == 0
    assert "settings: warning, TZ: unknown time zone Nowhere/Bad, using UTC" in done.stdout
    assert f"files: warning, 1 damaged files were set aside, the latest is {aside.name}" in done.stdout


@pytest.mark.sqlite
def test_a_damaged_database_is_a_fault(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "data"
    shutil.copytree(data, other)
    rows(other, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = other / "forum.sqlite3"
    whole = path.read_bytes()
    for kind in (whole[:8192] + b"\xff" * 40_000 + whole[48_192:], whole[: len(whole) // 2], b"words" * 5000):
        path.write_bytes(kind)
        done = examine(other)
        assert done.returncode == 1
        assert any(line.startswith(("integrity: fault", "database: fault")) for line in faults(done))


@pytest.mark.sqlite
def test_a_newest_post_in_the_future_is_a_fault(tmp_path: Path) -> None:
    new_forum(tmp_path / "data", "document")
    rows(tmp_path / "data", "UPDATE thread SET last_posted_at = '2099-01-01 00:00:00' WHERE id = 1")
    done = examine(tmp_path / "data")
    assert (
        "clock: fault, the newest post is dated 2099-01-01 00:00 UTC: a clock was ahead, or this one is behind"
        in faults(done)
    )


@pytest.mark.redis
def test_a_reachable_redis_is_reported(data: Path) -> None:
    with redis_server() as url:
        assert re.search(
            r"^redis: ok, [\d.]+ responds in \d+ ms$", examine(data, FORUM_REDIS_URL=url).stdout, re.MULTILINE
        )


class PickyServer:
    """A mail server that knows one user and refuses some recipients."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "250 2.0.0 queued as 4bXyz"


@pytest.fixture
def picky_server() -> Iterator[dict[str, Any]]:
    with smtp_server_of(
        PickyServer(),
        auth_require_tls=False,
        authenticator=lambda _server, _session, _envelope, _mechanism, given: _known(given),
    ) as url:
        yield HOME | {"FORUM_MAIL_URL": url.replace("//", "//anna:s3cret@")}


def _known(given: Any) -> Any:
    return AuthResult(success=given.login == b"anna" and given.password == b"s3cret", handled=False)


def test_a_mail_server_is_checked_without_sending_anything(data: Path, picky_server: dict[str, Any]) -> None:
    output = examine(data, **picky_server).stdout
    assert re.search(r"^mail: warning, 127.0.0.1:\d+ responds, unencrypted, login accepted$", output, re.MULTILINE)
    wrong = examine(
        data, **(picky_server | {"FORUM_MAIL_URL": picky_server["FORUM_MAIL_URL"].replace("s3cret", "guessed")})
    )
    assert re.search(
        r"^mail: fault, 127.0.0.1:\d+: 535 5.7.8 Authentication credentials invalid$", wrong.stdout, re.MULTILINE
    )
    assert "guessed" not in wrong.stdout


def test_mail_test_sends_one_message_and_prints_the_servers_answer(data: Path, picky_server: dict[str, Any]) -> None:
    done = forum(data, "mail-test", "otto@example.org", **picky_server)
    assert (done.returncode, done.stdout) == (0, "The mail server accepted it: 250 2.0.0 queued as 4bXyz\n")
    with smtp_server() as mailbox:
        assert forum(data, "mail-test", "otto@example.org", **(HOME | {"FORUM_MAIL_URL": mailbox.url})).returncode == 0
    (letter,) = mailbox.letters
    assert (letter["To"], letter["From"].addresses[0].addr_spec) == ("otto@example.org", "forum@forum.example")
    assert letter["Subject"] == "Test: Forum"
    assert rows(data, "SELECT count(*) FROM mail") == [(0,)]


def test_mail_test_reports_faults_in_one_line(data: Path, picky_server: dict[str, Any]) -> None:
    assert (
        refusal(data, "mail-test", "nobody@example.org", **picky_server)
        == "Error: Mail server error: 550 5.1.1 no such user."
    )
    away = HOME | {"FORUM_MAIL_URL": f"smtp://127.0.0.1:{free_port()}"}
    assert refusal(data, "mail-test", "otto@example.org", **away) == "Error: Mail server error: Connection refused."
    assert "FORUM_MAIL_URL is not set" in refusal(data, "mail-test", "otto@example.org")
    for address in ("otto", "@example.org", "a@b\nBcc: c@d", "a@b, c@d", "otto@example", "o..o@example.org"):
        assert "is not an e-mail address." in refusal(data, "mail-test", address, **picky_server)
