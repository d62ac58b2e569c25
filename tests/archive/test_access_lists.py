"""Groups and access lists survive an export and import, and the roles of older archives become lists."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.archive.load import load
from forum.infra.database.db import session, transaction
from forum.models import Board, BoardAccess, BuiltInGroup, Group
from forum.schemas.archive import ROLES
from forum.site.queries import snapshot
from tests.archive.forums import contents, empty_forum
from tests.factories import a_board, a_group, a_list, an_entry

GROUPS = {"guest": 1, "member": 2, "moderator": 3, "admin": 4}
# the boards of an older archive; fields at their default, guest and member, are not written
OLD_BOARDS = (
    {"title": "Open"},
    {"title": "Open too", "audience": "guest", "posters": "member"},
    {"title": "News", "posters": "admin"},
    {"title": "Below the news", "parent": "News"},
    {"title": "Members only", "audience": "member", "is_category": True},
    {"title": "Below members", "parent": "Members only", "audience": "member", "posters": "moderator"},
    {"title": "Staff", "audience": "moderator", "posters": "moderator"},
    {"title": "Open below staff", "parent": "Staff"},
    {"title": "Deeper below staff", "parent": "Open below staff", "audience": "member"},
    {"title": "Vault", "audience": "admin"},
)


def an_archive(folder: Path, **files: list[dict[str, object]]) -> Path:
    folder.mkdir()
    (folder / "site.json").write_text('{"format": "forum-archive", "version": 1}')
    for name, lines in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def rights_by_board(role: str) -> dict[str, set[str]]:
    """What the members of a role may do in each board."""
    scope = snapshot().access.scope_of(frozenset(GROUPS[each] for each in ROLES[: ROLES.index(role) + 1]))
    acts = ("see", "reply", "start", "moderate")
    return {
        board.title: {act for act in acts if board.id in getattr(scope, act)}
        for board in session.scalars(select(Board))
    }


def old_rights(role: str, title: str) -> set[str]:
    """What older versions allowed: to see where the role reaches every audience above, and to start by `posters`."""
    board = next(board for board in OLD_BOARDS if board["title"] == title)
    rank, line = ROLES.index(role), [board]
    while "parent" in line[-1]:
        line.append(next(board for board in OLD_BOARDS if board["title"] == line[-1]["parent"]))
    if any(rank < ROLES.index(str(each.get("audience", "guest"))) for each in line):
        return set()
    starts = rank >= ROLES.index(str(board.get("posters", "member")))
    allowed = {"see": True, "reply": rank > 0, "start": starts, "moderate": rank > 1}
    return {act for act, is_allowed in allowed.items() if is_allowed}


@pytest.mark.parametrize("role", ROLES)
def test_the_roles_of_an_older_archive_become_lists_that_allow_the_same(role: str, tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "old", boards=[dict(board) for board in OLD_BOARDS])
    with empty_forum(tmp_path / "data"):
        load(archive)
        found = rights_by_board(role)
        assert found == {str(board["title"]): old_rights(role, str(board["title"])) for board in OLD_BOARDS}
        export(tmp_path / "new")
    with empty_forum(tmp_path / "other"):
        load(tmp_path / "new")
        assert rights_by_board(role) == found
    assert "audience" not in contents(tmp_path / "new")["boards.jsonl"]


def test_only_boards_that_differ_from_their_parent_get_a_list(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "old", boards=[dict(board) for board in OLD_BOARDS])
    with empty_forum(tmp_path / "data"):
        load(archive)
        owners = set(session.scalars(select(Board.title).where(Board.has_access_list)))
    assert owners == {str(board["title"]) for board in OLD_BOARDS} - {"Open", "Open too"}


def test_an_archive_without_roles_and_lists_has_open_boards(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"):
        load(an_archive(tmp_path / "old", boards=[{"title": "Open"}]))
        assert [rights_by_board(role)["Open"] for role in ROLES[:2]] == [{"see"}, {"see", "reply", "start"}]
        assert session.scalars(select(BoardAccess)).all() == []


def test_a_renamed_built_in_group_and_an_empty_list_survive(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        with transaction():
            for number, title in ((1, "Others"), (2, "Guests"), (1, "Members")):  # titles are unique at any moment
                session.get_one(Group, number).title = title
                session.flush()
            session.get_one(Group, BuiltInGroup.MODERATORS).description = "They look after us"
            a_list(a_board("Vault"))
            a_list(a_board("Den"), an_entry(a_group("Keepers"), moderates=True), an_entry(session.get_one(Group, 2)))
        export(tmp_path / "first")
    with empty_forum(tmp_path / "data"):
        load(tmp_path / "first")
        export(tmp_path / "second")
        titles = session.execute(select(Group.id, Group.title).order_by(Group.id)).all()
        assert [tuple(row) for row in titles] == [
            *((1, "Members"), (2, "Guests"), (3, "Moderators"), (4, "Admins"), (5, "Keepers"))
        ]
        assert rights_by_board("moderator")["Vault"] == set()
        assert rights_by_board("member")["Den"] == {"see", "reply", "start"}
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


def test_guests_have_no_right_that_needs_an_account(tmp_path: Path) -> None:
    lines: list[dict[str, object]] = [{"group": "Guests", "right": "manage_settings", "is_granted": True}]
    archive = an_archive(tmp_path / "made", group_rights=lines)
    with empty_forum(tmp_path / "data"), pytest.raises(BadArchive, match=r"line 1: right: guests cannot have rights"):
        load(archive)


@pytest.mark.parametrize("entry", [{"level": "reply"}, {"level": "see", "moderates": True}])
def test_guests_can_only_see(entry: dict[str, object], tmp_path: Path) -> None:
    boards: list[dict[str, object]] = [{"title": "Den", "has_access_list": True}]
    lines: list[dict[str, object]] = [{"board": "Den", "group": "Guests"} | entry]
    archive = an_archive(tmp_path / "made", boards=boards, board_access=lines)
    with empty_forum(tmp_path / "data"), pytest.raises(BadArchive, match=r"line 1: group: guests can only see"):
        load(archive)


def test_a_groups_file_need_not_name_the_built_in_groups(tmp_path: Path) -> None:
    archive = an_archive(
        tmp_path / "made",
        groups=[{"title": "Keepers"}, {"id": 2, "title": "Gardeners"}],
        boards=[{"title": "Den", "has_access_list": True}],
        board_access=[
            {"board": "Den", "group": "Gardeners", "level": "reply"},
            {"board": "Den", "group": "Keepers", "level": "start", "moderates": True},
        ],
    )
    with empty_forum(tmp_path / "data"):
        load(archive)
        titles = session.execute(select(Group.id, Group.title).order_by(Group.id)).all()
        assert [tuple(row) for row in titles] == [
            *((1, "Guests"), (2, "Gardeners"), (3, "Moderators"), (4, "Admins"), (5, "Keepers"))
        ]
        assert rights_by_board("member")["Den"] == {"see", "reply"}
