"""`forum mail`: the queue of e-mails, for operators."""

from pathlib import Path

import pytest

from tests.cli.commands import forum, refusal, rows

PASSWORD = "correct horse battery staple"


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    words = ("create-member", "anna", "--email", "anna@b.example", "--password-stdin")
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
