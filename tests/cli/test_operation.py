"""`forum mail` and `forum backups`, for operators."""

from pathlib import Path

import pytest

from tests.cli.commands import forum, new_forum, refusal, rows

PASSWORD = "correct horse battery staple"


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    words = ("create-member", "anna", "--email", "anna@b.example", "--password-stdin")
    new_forum(data)
    assert forum(data, *words, typed=PASSWORD).returncode == 0
    return data


def test_the_queue_is_shown_retried_and_dropped(seeded: Path) -> None:
    assert forum(seeded, "mail", "list").stdout == "Nothing is waiting.\n"
    again = forum(seeded, "set-password", "anna", "--password-stdin", typed="nine purple crocodiles sing")
    assert again.returncode == 0, again.stderr
    shown = forum(seeded, "mail", "list").stdout.splitlines()
    assert shown[-1] == "1 in all."
    assert "a…@b.example  Your password was changed: 0 attempts, next try" in shown[0]
    number = shown[0].split()[0]
    assert forum(seeded, "mail", "retry", number).stdout.startswith("1 message will be sent")
    assert forum(seeded, "mail", "retry", "--all").returncode == 0
    assert "Name a message, or use --all." in refusal(seeded, "mail", "retry")
    assert forum(seeded, "mail", "drop", number).stdout == "Deleted.\n"
    assert "no longer in the queue" in refusal(seeded, "mail", "drop", number)
    logged = rows(seeded, "SELECT action, target FROM log_entry WHERE action LIKE '%-mail'")
    assert logged == [("drop-mail", f"mail:{number}")]


def test_stopped_addresses_are_shown_and_lifted(seeded: Path) -> None:
    assert forum(seeded, "mail", "stopped").stdout == "No address is stopped.\n"
    rows(seeded, "UPDATE member SET email_stopped_at = '2026-11-30 10:00:00', email_stop_reason = 'failing'")
    shown = forum(seeded, "mail", "stopped").stdout.splitlines()
    assert "anna  a…@b.example: failing" in shown[0]
    assert shown[-1] == "1 in all."
    assert forum(seeded, "mail", "lift", "anna").stdout == "Mail is sent to this address again.\n"
    assert forum(seeded, "mail", "stopped").stdout == "No address is stopped.\n"
    assert "nobody" in refusal(seeded, "mail", "lift", "nobody")


def test_the_schedule_of_backups_is_shown_and_changed(seeded: Path) -> None:
    assert forum(seeded, "backups", "schedule").stdout == "every=off hour=3 keep=7\n"
    assert forum(seeded, "backups", "schedule", "--every", "day", "--keep", "2").stdout == "every=day hour=3 keep=2\n"
    logged = rows(seeded, "SELECT target FROM log_entry WHERE action = 'change-setting' ORDER BY id")
    assert logged == [("setting:backup_every",), ("setting:backup_keep",)]


def test_only_backups_of_the_forum_are_listed(seeded: Path) -> None:
    assert forum(seeded, "backups", "list").stdout == "There is no backup yet.\n"
    folder = seeded / "backups"
    folder.mkdir(parents=True)
    for name in ("forum-0.1.0-20261129T030000Z-00112233aabb.sqlite3", "other.sqlite3"):
        assert forum(seeded, "backup", str(folder / name)).returncode == 0
    shown = forum(seeded, "backups", "list").stdout.splitlines()
    assert len(shown) == 1
    assert shown[0].startswith("2026-11-29 03:00 UTC")
    assert "version 0.1.0" in shown[0]
