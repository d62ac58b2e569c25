"""Every command does what its help says, and refuses with one clear line and exit code 2."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from forum.cli import main
from forum.infra.settings import describe
from tests.cli.commands import environment, forum, new_forum, refusal, rows

PASSWORD = "correct horse battery staple"
COMMANDS = (
    "serve", "worker", "upgrade", "seed", "create-member", "ban", "unban", "token", "export", "import", "backup",
    "restore", "check", "reindex", "sample", "setting", "board", "set-role", "set-password", "two-factor", "doctor",
    "mail-test", "evaluate", "rename-member", "export-member", "erase-member", "merge-members",
)  # fmt: skip


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a forum with the defaults and an admin; tests do not change it."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    made = forum(
        data, "create-member", "anna", "--email", "anna@example.org", "--admin", "--password-stdin", typed=PASSWORD
    )
    assert made.returncode == 0, made.stderr
    assert "Created anna (admin" in made.stdout
    return data


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0
    assert "Usage:" in shown.output


def test_the_help_of_serve_lists_every_setting() -> None:
    shown = CliRunner().invoke(main, ["serve", "--help"]).output
    assert [name for name, _ in describe() if name not in shown] == []


def test_creating_a_member_creates_the_forum_too(seeded: Path) -> None:
    assert rows(seeded, "SELECT username, role FROM member") == [("anna", "admin")]
    assert len(rows(seeded, "SELECT id FROM board")) > 3


def test_a_member_is_named_in_any_form_of_the_name(seeded: Path) -> None:
    done = forum(seeded, "set-role", "ÁNNA", "admin")
    assert (done.returncode, done.stderr) == (0, "")
    assert "anna" in done.stdout
    assert "There is no member hanna" in refusal(seeded, "set-role", "hanna", "admin")


def test_a_member_is_banned_until_a_date_and_unbanned(tmp_path: Path) -> None:
    new_forum(tmp_path)
    for name in ("anna", "ben"):
        words = ("create-member", name, "--email", f"{name}@example.org", "--password-stdin")
        assert forum(tmp_path, *words, typed=PASSWORD).returncode == 0
    done = forum(tmp_path, "ban", "ben", "--until", "2099-05-12", "--reason", "Spam")
    assert (done.returncode, done.stdout) == (0, "ben is banned until 2099-05-12.\n")
    ban = "SELECT reason, CAST(until AS TEXT), by_id FROM sanction WHERE ended_at IS NULL"
    ((reason, until, by),) = rows(tmp_path, ban)
    assert (reason, until[:19], by) == ("Spam", "2099-05-12 00:00:00", None)
    assert forum(tmp_path, "unban", "ben").stdout == "ben can log in again.\n"
    assert forum(tmp_path, "unban", "ben").stdout == "ben was not banned.\n"
    assert rows(tmp_path, ban) == []
    assert "until: Choose a day after today." in refusal(tmp_path, "ban", "ben", "--until", "2001-01-01")
    assert "There is no member otto" in refusal(tmp_path, "ban", "otto")


def test_a_token_is_printed_once_and_stored_hashed(seeded: Path) -> None:
    done = forum(seeded, "token", "anna", "--scope", "read,write")
    assert done.returncode == 0, done.stderr
    (token,) = done.stdout.split()
    ((stored, scopes),) = rows(seeded, "SELECT token_hash, scopes FROM api_token")
    assert token not in stored
    assert scopes == "read write"


def test_an_export_is_imported_elsewhere_with_the_same_counts(seeded: Path, tmp_path: Path) -> None:
    assert forum(seeded, "export", str(tmp_path / "archive")).returncode == 0
    done = forum(tmp_path / "other", "import", str(tmp_path / "archive"))
    assert done.returncode == 0, done.stderr
    assert "lines imported" in done.stdout
    assert forum(tmp_path / "other", "check").stdout == "All counters are correct.\n"
    member = json.loads((tmp_path / "archive" / "members.jsonl").read_text())
    assert member["username"] == "anna"


def test_an_import_says_how_many_passwords_it_cannot_verify(seeded: Path, tmp_path: Path) -> None:
    assert forum(seeded, "export", str(tmp_path / "archive")).returncode == 0
    members = tmp_path / "archive" / "members.jsonl"
    (line,) = [json.loads(each) for each in members.read_text().splitlines()]
    more = {"username": "Bert", "email": "bert@example.org", "role": "member", "id": 2, "password_hash": "$2b$12$abc"}
    members.write_text("\n".join(json.dumps(each) for each in (line, line | more)) + "\n")
    done = forum(tmp_path / "other", "import", str(tmp_path / "archive"))
    assert done.returncode == 0, done.stderr
    assert "password hashes that cannot be verified: 1;" in done.stderr


def test_a_backup_is_restored_elsewhere(seeded: Path, tmp_path: Path) -> None:
    done = forum(seeded, "backup", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    assert "exists" in refusal(seeded, "backup", str(tmp_path / "copy"))
    restored = forum(tmp_path / "other", "restore", str(tmp_path / "copy"))
    assert restored.returncode == 0, restored.stderr
    assert "All counters are correct." in restored.stdout


@pytest.mark.sqlite
def test_a_restore_keeps_the_old_file(seeded: Path, tmp_path: Path) -> None:
    assert forum(seeded, "backup", str(tmp_path / "copy")).returncode == 0
    for _ in range(2):
        restored = forum(tmp_path / "other", "restore", str(tmp_path / "copy"))
    assert "The previous database is in" in restored.stdout


def test_check_exits_with_1_until_differences_are_repaired(tmp_path: Path) -> None:
    new_forum(tmp_path, "document")
    rows(tmp_path, "UPDATE member SET message_count = 1 WHERE username = 'qwerrty'")
    found = forum(tmp_path, "check")
    assert (found.returncode, found.stdout.splitlines()[0]) == (1, "member 1: message_count is 1, should be 3074")
    repaired = forum(tmp_path, "check", "--repair")
    assert (repaired.returncode, repaired.stdout.splitlines()[-1]) == (0, "Counters repaired.")
    assert forum(tmp_path, "check").returncode == 0


def test_upgrade_and_reindex_may_be_repeated(seeded: Path) -> None:
    assert forum(seeded, "upgrade").stdout.startswith("The database has schema ")
    assert forum(seeded, "reindex").returncode == 0
    assert forum(seeded, "reindex").returncode == 0


def test_a_sample_fills_a_new_forum(tmp_path: Path) -> None:
    done = forum(tmp_path, "sample", "--threads", "5", "--posts", "40", "--members", "6", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "Similar threads are found gradually" in done.stdout
    assert re.search(r"^posts: 40 of 40 \(100%\), [0-9,]+ per second$", done.stderr, re.MULTILINE)
    assert forum(tmp_path, "check").stdout == "All counters are correct.\n"


def test_refusals_are_one_line(seeded: Path, tmp_path: Path) -> None:
    assert "FORUM_LIMITS: use on or off" in refusal(seeded, "check", FORUM_LIMITS="perhaps")
    assert "There is no member otto" in refusal(seeded, "token", "otto")
    assert "does not exist" in refusal(seeded, "restore", str(tmp_path / "none"))
    assert "is not an archive" in refusal(tmp_path / "new", "import", str(tmp_path))
    assert "not empty" in refusal(seeded, "seed")
    assert "FORUM_SEED" in refusal(tmp_path / "new", "seed", FORUM_SEED="nowhere")
    assert "forum upgrade" in refusal(tmp_path / "bare", "check")
    assert "password:" in refusal(
        seeded, "create-member", "bert", "--email", "b@example.org", "--password-stdin", typed="short"
    )
    assert "username:" in refusal(
        seeded, "create-member", "ANNA", "--email", "b@example.org", "--password-stdin", typed=PASSWORD
    )


def test_an_upgrade_says_when_the_search_index_must_be_rebuilt(seeded: Path) -> None:
    assert "reindex" not in forum(seeded, "upgrade").stdout
    rows(seeded, "DELETE FROM index_state WHERE name = 'rule'")
    assert "forum reindex" in forum(seeded, "upgrade").stdout
    assert forum(seeded, "reindex").returncode == 0
    assert "reindex" not in forum(seeded, "upgrade").stdout


def test_an_unreachable_database_is_reported_in_one_line(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    assert "Database error:" in refusal(tmp_path, "check", FORUM_DATABASE_URL=url)


def test_the_command_is_installed_as_a_program(seeded: Path) -> None:
    command = [sys.executable, "-m", "forum.cli", "token", "otto"]
    done = subprocess.run(command, env=environment(seeded), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, "Error: There is no member otto.\n")
