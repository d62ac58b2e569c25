"""`forum group`, `forum board access` and `forum permissions`: who may do what in a board, for scripts."""

from pathlib import Path

import pytest

from tests.cli.commands import forum, new_forum, refusal, rows


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    """The forum of the defaults, with the member anna."""
    data = tmp_path / "data"
    new_forum(data)
    made = forum(
        data, "create-member", "anna", "--email", "a@example.org", "--password-stdin", typed="a long password\n"
    )
    assert made.returncode == 0, made.stderr
    return data


def said(data: Path, *words: str) -> list[str]:
    """The lines that a command prints."""
    done = forum(data, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_groups_are_created_changed_and_deleted(seeded: Path) -> None:
    assert said(seeded, "group", "create", "Keepers", "--description", "They tidy up") == ["Created group 5."]
    assert said(seeded, "group", "list") == [
        "    1  Guests (built in)",
        "    2  Members (built in)",
        "    3  Moderators (built in)",
        "    4  Admins (built in)",
        "    5  Keepers: They tidy up",
    ]
    assert said(seeded, "group", "change", "Keepers", "--title", "Tidy people") == ["Changed: title."]
    assert said(seeded, "group", "change", "5", "--title", "Tidy people") == ["Nothing to change."]
    assert "title: Another one has this already." in refusal(seeded, "group", "create", "Members")
    assert "This group is built in" in refusal(seeded, "group", "delete", "Members")
    assert said(seeded, "group", "delete", "Tidy people") == ["Deleted."]
    assert refusal(seeded, "group", "delete", "5").endswith("There is no group 5.")
    logged = rows(seeded, "SELECT action, actor_id FROM log_entry WHERE target = 'groups:5' ORDER BY id")
    assert logged == [(f"{act}-groups", None) for act in ("create", "change", "delete")]


def test_members_join_for_a_time_and_leave(seeded: Path) -> None:
    said(seeded, "group", "create", "Keepers")
    assert said(seeded, "group", "add", "Keepers", "anna", "--until", "2199-05-12") == [
        "anna is in Keepers until 2199-05-12."
    ]
    assert said(seeded, "group", "add", "Keepers", "anna") == ["anna is in Keepers."]
    assert "Choose a day after today." in refusal(seeded, "group", "add", "5", "anna", "--until", "2020-01-01")
    assert said(seeded, "group", "remove", "5", "anna") == ["anna is no longer in Keepers."]
    assert "anna is not in Keepers." in refusal(seeded, "group", "remove", "Keepers", "anna")
    assert "There is no member bert." in refusal(seeded, "group", "add", "Keepers", "bert")
    assert "follow from their roles" in refusal(seeded, "group", "add", "Moderators", "anna")


def test_the_list_that_counts_is_shown_replaced_and_removed(seeded: Path) -> None:
    default = ["  Guests=see", "  Members=start", "  Moderators=start+moderate"]
    assert said(seeded, "board", "access", "4")[1:] == default
    said(seeded, "group", "create", "Keepers")
    new = ["Changed.", "This board has a list of its own:", "  Members=reply", "  Keepers=start+moderate"]
    assert said(seeded, "board", "access", "4", "--set", "Keepers=start+moderate", "--set", "2=reply") == new
    assert said(seeded, "board", "access", "5") == ["This board has the list of Conversation (4):", *new[2:]]
    assert said(seeded, "board", "access", "5", "--nobody")[1:] == [new[1], "  nobody but admins"]
    assert said(seeded, "board", "access", "5", "--inherit")[1:] == [
        "This board has the list of Conversation (4):",
        *new[2:],
    ]
    assert said(seeded, "board", "access", "4", "--inherit")[2:] == default
    assert said(seeded, "board", "access", "4", "--inherit")[0] == "Nothing to change."


def test_wrong_lists_are_refused_in_one_line(seeded: Path) -> None:
    def refused(*words: str) -> str:
        return refusal(seeded, "board", "access", "4", *words)

    assert "Members=all: write GROUP=see" in refused("--set", "Members=all")
    assert "write GROUP=see" in refused("--set", "Members=see+all")
    assert "There is no group Nobody." in refused("--set", "Nobody=see")
    assert "Guests can only see." in refused("--set", "Guests=reply")
    assert "Use only one of" in refused("--set", "Guests=see", "--inherit")
    assert said(seeded, "board", "access", "4")[0].startswith("This board has no list")
    assert "There is no board 99." in refusal(seeded, "board", "access", "99")


def test_boards_that_not_everybody_sees_are_marked_in_the_list(seeded: Path) -> None:
    said(seeded, "group", "create", "Keepers")
    said(seeded, "board", "access", "4", "--set", "Members=start", "--set", "Moderators=start+moderate")
    said(seeded, "board", "access", "5", "--set", "Moderators=start", "--set", "Keepers=see")
    said(seeded, "board", "access", "6", "--nobody")
    told = [line.strip() for line in said(seeded, "board", "list")]

    assert told[0] == "1  The forum (category)"
    assert told[3] == "4  Conversation (category; seen by Members)"
    assert told[4] == "5    Introductions (0 threads; seen by Moderators, Keepers)"
    assert told[5] == "6    General discussion (0 threads; seen by admins only)"


def test_each_right_is_told_with_its_reason(seeded: Path) -> None:
    assert said(seeded, "permissions", "anna", "2") == [
        "see       yes  The list allows it to the group “Members”.",
        "reply     yes  The list allows it to the group “Members”.",
        "start     no   No entry of the list allows it to a group they are in.",
        "moderate  no   No entry of the list allows it to a group they are in.",
    ]
    assert said(seeded, "permissions", "2")[:2] == [
        "see       yes  The list allows it to the group “Guests”.",
        "reply     no   Guests must log in or register first.",
    ]
    assert "There is no member bert." in refusal(seeded, "permissions", "bert", "2")
    assert "Name a member" in refusal(seeded, "permissions", "anna")
    assert "There is no board 99." in refusal(seeded, "permissions", "99")


def test_rights_of_a_group_are_given_and_taken(seeded: Path) -> None:
    said(seeded, "group", "create", "Keepers", "--min-messages", "500")
    lines = said(seeded, "group", "rights", "Keepers", "--give", "see_log", "--give", "ban_members")
    assert [line.split()[1] for line in lines if line.startswith("yes")] == ["see_log", "ban_members"]
    lines = said(seeded, "group", "rights", "Keepers", "--take", "see_log")
    assert [line.split()[1] for line in lines if line.startswith("yes")] == ["ban_members"]
    assert said(seeded, "group", "rights", "Keepers") == lines
    assert "There is no right fly." in refusal(seeded, "group", "rights", "Keepers", "--give", "fly")
    assert "Admins have all rights." in refusal(seeded, "group", "rights", "Admins", "--take", "react")
    assert rows(seeded, "SELECT min_messages, min_days FROM member_group WHERE id = 5") == [(500, None)]
    assert said(seeded, "group", "change", "Keepers", "--min-messages", "none") == ["Changed: min_messages."]
    assert rows(seeded, "SELECT min_messages FROM member_group WHERE id = 5") == [(None,)]
    assert "min_days: Enter a number" in refusal(seeded, "group", "change", "Keepers", "--min-days", "-1")
