"""`forum setting` and `forum board`: what admins change in the browser, for scripts."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.commands import forum, new_forum, refusal, rows


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    new_forum(tmp_path / "data")
    return tmp_path / "data"


def test_settings_are_shown_changed_and_logged(seeded: Path) -> None:
    assert json.loads(forum(seeded, "setting", "list").stdout)["edit_window_minutes"] == 60
    assert forum(seeded, "setting", "set", "edit_window_minutes", "5").stdout == "edit_window_minutes is changed.\n"
    assert forum(seeded, "setting", "set", "edit_window_minutes", "5").stdout.endswith("already has this value.\n")
    assert forum(seeded, "setting", "get", "edit_window_minutes").stdout == "5\n"
    assert forum(seeded, "setting", "set", "remote_images", "true").returncode == 0
    assert forum(seeded, "setting", "get", "remote_images").stdout == "true\n"
    logged = rows(seeded, "SELECT actor_id, target FROM log_entry WHERE action = 'change-setting' ORDER BY id")
    assert logged == [(None, "setting:edit_window_minutes"), (None, "setting:remote_images")]


def test_a_member_who_is_created_has_a_confirmed_address_unless_asked_otherwise(seeded: Path) -> None:
    for name, options in (("anna", ()), ("bert", ("--unconfirmed",))):
        made = ("create-member", name, "--email", f"{name}@example.org", "--password-stdin", *options)
        assert forum(seeded, *made, typed="correct horse battery staple").returncode == 0
    confirmed = "SELECT username FROM member WHERE email_verified_at IS NOT NULL AND username IN ('anna', 'bert')"
    assert rows(seeded, confirmed) == [("anna",)]


def test_two_factor_authentication_is_turned_off_for_a_member(seeded: Path) -> None:
    made = ("create-member", "anna", "--email", "anna@example.org", "--password-stdin")
    assert forum(seeded, *made, typed="correct horse battery staple").returncode == 0
    assert forum(seeded, "two-factor", "off", "anna").stdout == "anna has no two-factor authentication.\n"
    rows(seeded, "UPDATE member SET two_factor_at = '2031-05-06 07:08:09' WHERE username = 'anna'")
    told = forum(seeded, "two-factor", "off", "ANNA@example.org").stdout
    assert told == "anna logs in with the password alone now.\n"
    logged = "SELECT actor_id, action FROM log_entry WHERE action = 'turn-off-two-factor'"
    assert rows(seeded, logged) == [(None, "turn-off-two-factor")]
    assert rows(seeded, "SELECT subject FROM mail") == [("Two-factor authentication is off",)]
    assert "There is no member hanna" in refusal(seeded, "two-factor", "off", "hanna")


def test_a_wrong_setting_is_refused_in_one_line(seeded: Path) -> None:
    assert "There is no setting colour. There are: name, " in refusal(seeded, "setting", "get", "colour")
    assert "There is no setting colour." in refusal(seeded, "setting", "set", "colour", "red")
    assert "Enter a number from 0 to 3,600." in refusal(seeded, "setting", "set", "flood_seconds", "-1")
    assert "Enter a language code" in refusal(seeded, "setting", "set", "language", "klingon")


def test_the_operator_invites_whatever_the_settings(seeded: Path) -> None:
    assert forum(seeded, "setting", "set", "registration", "closed").returncode == 0
    made = forum(seeded, "invite", "--email", "ben@example.org", FORUM_BASE_URL="https://forum.example")
    assert made.stdout.startswith("https://forum.example/register?invitation="), made.stderr
    assert "There is no member nora." in refusal(seeded, "invite", "--as", "nora")
    assert "registration: Must be one of: open, approval, invitation, closed." in refusal(
        seeded, "setting", "set", "registration", "maybe"
    )


def test_boards_are_created_changed_moved_and_deleted(seeded: Path) -> None:
    made = forum(seeded, "board", "create", "Staff room", "--description", "For us")
    assert made.returncode == 0, made.stderr
    number = made.stdout.split()[2]
    assert made.stdout == f"Created board {number} (/boards/{number}-staff-room).\n"
    below = forum(seeded, "board", "create", "Complaints", "--parent", number).stdout.split()[2]
    shown = forum(seeded, "board", "list").stdout
    assert f"{below:>5}    Complaints (0 threads)" in shown
    assert forum(seeded, "board", "change", below, "--parent", "0", "--title", "Praise").stdout == (
        "Changed: title, parent_id.\n"
    )
    assert f"{below:>5}  Praise (0 threads)" in forum(seeded, "board", "list").stdout
    assert forum(seeded, "board", "move", below, "up").returncode == 0
    lines = forum(seeded, "board", "list").stdout.splitlines()
    assert next(n for n, line in enumerate(lines) if "Praise" in line) < next(
        n for n, line in enumerate(lines) if "Staff room" in line
    )
    assert forum(seeded, "board", "move", below, "--inside", number, "--position", "1").stdout == "Moved.\n"
    assert "Say either up or down" in refusal(seeded, "board", "move", below)
    assert f"{below:>5}    Praise (0 threads)" in forum(seeded, "board", "list").stdout
    assert forum(seeded, "board", "close", below).stdout == "The board is closed.\n"
    assert "Praise (0 threads; closed)" in forum(seeded, "board", "list").stdout
    assert forum(seeded, "board", "open", below).stdout == "The board is open.\n"
    assert forum(seeded, "board", "move", below, "--inside", "0").stdout == "Moved.\n"
    assert forum(seeded, "board", "delete", number).returncode == 0
    assert "Staff room" not in forum(seeded, "board", "list").stdout
    assert "Choose another board" in refusal(seeded, "board", "delete", below, "--move-threads-to", below)
    assert forum(seeded, "board", "delete", below, "--move-threads-to", "2").returncode == 0
    assert "Praise" not in forum(seeded, "board", "list").stdout
    assert f"There is no board {number}." in refusal(seeded, "board", "delete", number)
    assert forum(seeded, "check").returncode == 0


def test_the_demonstration_is_removed_once_it_is_confirmed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    new_forum(data, "document")
    asked = forum(data, "empty-demonstration", typed="n\n")
    assert asked.returncode != 0
    assert "6 threads with 31 messages; 9 members; boards: Country, Military Forum, " in asked.stdout
    assert forum(data, "empty-demonstration", "--keep-boards", "--yes").returncode == 0
    assert rows(data, "SELECT (SELECT count(*) FROM thread), (SELECT count(*) FROM board)") == [(0, 4)]
    assert forum(data, "check").returncode == 0
    assert "This forum has no demonstration." in refusal(data, "empty-demonstration")


def test_a_board_is_deleted_with_its_threads_once_it_is_confirmed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    new_forum(data, "document")
    assert "This board has threads." in refusal(data, "board", "delete", "4")
    asked = forum(data, "board", "delete", "4", "--with-threads", typed="n\n")
    assert asked.returncode != 0
    assert re.search(r"^6 threads with [\d,]+ posts by \d members, deleted ones included\.\n", asked.stdout)
    assert forum(data, "board", "delete", "4", "--with-threads", "--yes").stdout.endswith("Deleted.\n")
    assert rows(data, "SELECT (SELECT count(*) FROM thread), (SELECT count(*) FROM board)") == [(0, 3)]
    assert forum(data, "check").returncode == 0


def test_jobs_are_listed_and_asked_for(seeded: Path) -> None:
    assert "send-mail            not run yet\n" in forum(seeded, "jobs").stdout
    assert forum(seeded, "jobs", "--run", "send-mail").returncode == 0
    listed = forum(seeded, "jobs").stdout
    assert "send-mail            not run yet; requested\n" in listed
    assert "E-mails waiting: 0\n" in listed
    assert refusal(seeded, "jobs", "--run", "mine-gold")
