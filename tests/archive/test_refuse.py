"""An invalid archive is refused with file and line, and nothing of it is stored."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.archive.errors import BadArchive
from forum.archive.load import load
from forum.infra import paths
from forum.infra.database.db import session
from forum.models import LogEntry, Member, Post, Smilie
from tests.archive.forums import empty_forum

POST = {"thread": 6, "position": 3, "author": "Riz", "created_at": "2021-03-10T00:00:00Z", "source": "Words."}
THREAD = {"id": 9, "board": "Country", "title": "A title", "starter": "Riz", "started_at": "2021-03-10T00:00:00Z"}
ACCESS = {"board": "Country", "group": "Members", "level": "see"}

WRONG: list[tuple[str, object, str]] = [
    ("members.jsonl", '{"username": "Otto"', r"members\.jsonl, line 10: not valid JSON"),
    ("members.jsonl", '["Otto"]', r"members\.jsonl, line 10: .*[Ii]nvalid"),
    ("members.jsonl", '{"username": "Otto"}\n{"username": "Ot\xff"}', r"members\.jsonl, line 11: not valid UTF-8"),
    ("members.jsonl", {"username": "Otto", "likes": 5}, r"members\.jsonl, line 10: likes: Unknown field"),
    ("members.jsonl", {"email": "a@example.org"}, r"members\.jsonl, line 10: username: Missing"),
    ("members.jsonl", {"username": "Otto", "base_message_count": -1}, r"line 10: base_message_count: Must be"),
    ("members.jsonl", {"username": "Otto", "base_message_count": "3"}, r"line 10: base_message_count: Not a valid"),
    ("members.jsonl", {"username": "Otto", "base_message_count": 2**31}, r"line 10: base_message_count: Must be"),
    ("members.jsonl", {"username": "Otto", "joined_at": "2021-03-09"}, r"line 10: joined_at: is not a moment"),
    ("members.jsonl", {"username": "Otto", "joined_at": "2021-03-09T00:00:00"}, r"line 10: joined_at: is not a moment"),
    ("members.jsonl", {"username": "Otto", "role": "god"}, r"line 10: role: Must be one of"),
    ("members.jsonl", {"username": "Ot\u202eto"}, r"line 10: username: holds control or direction marks"),
    ("members.jsonl", {"username": "x" * 61}, r"line 10: username: Length must be between 1 and 60"),
    ("members.jsonl", {"username": "administrator"}, r"line 10: username: .*reserved"),
    ("members.jsonl", {"username": "RIZ"}, r"members\.jsonl, line 10: duplicates or contradicts an earlier line"),
    ("members.jsonl", {"username": "\ufffe"}, r"line 10: username: Length must be between 1 and 60"),
    (
        "boards.jsonl",
        {"title": "Sub", "parent": "Nowhere"},
        r"boards\.jsonl, line 5: parent: there is no board “Nowhere”",
    ),
    ("boards.jsonl", {"title": "Sub", "parent": "Sub"}, r"boards\.jsonl: board 5 is its own ancestor"),
    ("boards.jsonl", {"title": "Country"}, r"boards\.jsonl, line 5: duplicates or contradicts an earlier line"),
    (
        "board_access.jsonl",
        {"board": "Country", "group": "Moderatoren", "level": "see"},
        r"board_access\.jsonl, line 1: group: there is no group “Moderatoren” in groups\.jsonl",
    ),
    ("board_access.jsonl", ACCESS | {"level": "moderate"}, r"board_access\.jsonl, line 1: level: Must be one of"),
    ("board_access.jsonl", ACCESS | {"board": "Moon"}, r"board_access\.jsonl, line 1: board: there is no board “Moon”"),
    ("board_access.jsonl", ACCESS, r"board_access\.jsonl, line 1: board: it has no has_access_list"),
    (
        "group_memberships.jsonl",
        {"member": "Riz", "group": "Admins", "created_at": "2021-03-10T00:00:00Z"},
        r"group_memberships\.jsonl, line 1: group: the members of a built-in group follow from their roles",
    ),
    ("groups.jsonl", {"title": "Members"}, r"groups\.jsonl, line 1: duplicates or contradicts an earlier line"),
    ("groups.jsonl", {"id": 2, "title": "Guests"}, r"groups\.jsonl, line 1: duplicates or contradicts an earlier"),
    (
        "group_memberships.jsonl",
        {"member": "Riz", "group": "Friends", "created_at": "2021-03-10T00:00:00Z"},
        r"group_memberships\.jsonl, line 1: group: there is no group “Friends” in groups\.jsonl",
    ),
    ("threads.jsonl", THREAD | {"board": "Moon"}, r"threads\.jsonl, line 7: board: there is no board “Moon”"),
    ("threads.jsonl", THREAD | {"starter": "Otto"}, r"threads\.jsonl, line 7: starter: there is no member “Otto”"),
    ("threads.jsonl", THREAD | {"id": 1}, r"threads\.jsonl, line 7: duplicates or contradicts an earlier line"),
    ("threads.jsonl", THREAD, r"thread 9: has 0 posts"),
    ("posts.jsonl", POST | {"thread": 77}, r"posts\.jsonl, line 3: thread: there is no thread 77 in threads\.jsonl"),
    ("posts.jsonl", POST | {"author": "riz"}, r"posts\.jsonl, line 3: author: there is no member “riz”"),
    ("posts.jsonl", POST | {"position": 2}, r"posts\.jsonl, line 3: duplicates or contradicts an earlier line"),
    ("posts.jsonl", POST | {"position": 4}, r"posts\.jsonl: thread 6: has 3 posts at positions 1 to 4"),
    ("posts.jsonl", POST | {"thread": 1, "position": 3}, r"posts\.jsonl: thread 1: has 1 posts"),
    (
        "reactions.jsonl",
        {"thread": 6, "position": 9, "member": "Riz", "kind": "like", "created_at": "2021-03-10T00:00:00Z"},
        r"reactions\.jsonl, line 1: thread: there is no post 9 of thread 6",
    ),
    (
        "reactions.jsonl",
        {"thread": 6, "position": 1, "member": "Riz", "kind": "yay", "created_at": "2021-03-10T00:00:00Z"},
        r"reactions\.jsonl, line 1: kind: there is no reaction kind “yay”",
    ),
    (
        "conversation_reactions.jsonl",
        {"conversation": 6, "position": 9, "member": "Riz", "kind": "like", "created_at": "2021-03-10T00:00:00Z"},
        r"conversation_reactions\.jsonl, line 1: conversation: there is no message 9 of conversation 6",
    ),
    ("site.json", '{"format": "forum-archive", "version": 2}', r"site\.json, line 1: version: Must be equal to 1"),
    ("site.json", '{"version": 1}', r"site\.json, line 1: format: Missing"),
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty forum, which stays empty if nothing of a refused archive is stored."""
    with empty_forum(tmp_path_factory.mktemp("empty")):
        yield


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("file", "line", "words"), WRONG, ids=[f"{w[0]}-{n}" for n, w in enumerate(WRONG)])
def test_an_invalid_line_is_named_and_nothing_is_stored(file: str, line: Any, words: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(paths.SEED / "document", archive)
    before = (archive / file).read_bytes() if (archive / file).exists() and file != "site.json" else b""
    added = line if isinstance(line, str) else json.dumps(line)
    (archive / file).write_bytes(before + added.encode("latin-1") + b"\n")
    with pytest.raises(BadArchive, match=words):
        load(archive)
    assert session.scalar(select(func.count()).select_from(Member)) == 0
    assert session.scalar(select(func.count()).select_from(Smilie)) == 0


def test_a_folder_without_a_site_file_is_no_archive(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"), pytest.raises(BadArchive, match=r"contains no site\.json"):
        load(tmp_path)


def test_an_archive_is_imported_only_into_an_empty_forum(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "data"):
        load(paths.SEED / "defaults")
        with pytest.raises(BadArchive, match="not empty"):
            load(paths.SEED / "document")


def test_lines_without_an_id_get_the_next_number(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(paths.SEED / "document", archive)
    lines = (archive / "members.jsonl").read_text().splitlines()
    (archive / "members.jsonl").write_text("\n".join([*lines, '{"username": "Otto"}', "", '{"username": "Emma"}']))
    with empty_forum(tmp_path / "data"):
        load(archive)
        found = session.execute(select(Member.username, Member.id).where(Member.id > 9).order_by(Member.id)).all()
        assert [tuple(row) for row in found] == [("Otto", 10), ("Emma", 11)]


def test_forbidden_characters_are_dropped_on_import(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(paths.SEED / "document", archive)
    entry = {"at": "2021-03-10T00:00:00Z", "action": "ban", "details": {"why": "sp\ufffeam", "more": ["\x01x"]}}
    for file, line in (
        ("members.jsonl", {"username": "Ot\0t\ufffeo", "location": "\U0001ffffBonn\ud800"}),
        ("posts.jsonl", POST | {"source": "One\x01\n\ttwo\ufdd0 \udfff"}),
        ("log.jsonl", entry),
    ):
        with (archive / file).open("a") as stream:
            stream.write(json.dumps(line) + "\n")
    with empty_forum(tmp_path / "data"):
        load(archive)
        found = session.scalars(select(Member).where(Member.username == "Otto")).one()
        post = session.scalars(select(Post).where(Post.position == 3)).one()
        assert found.location == "Bonn"
        assert post.source == "One\n\ttwo "
        assert session.scalars(select(LogEntry)).one().details == {"why": "spam", "more": ["x"]}


def test_imported_text_is_cleaned_like_typed_text(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    shutil.copytree(paths.SEED / "document", archive)
    hostile = POST | {"source": '<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror="alert(1)">'}
    with (archive / "posts.jsonl").open("a") as file:
        file.write(json.dumps(hostile) + "\n")
    with empty_forum(tmp_path / "data"):
        load(archive)
        html = session.scalars(select(Post.html).where(Post.position == 3)).one()
        assert "<script" not in html
        assert "<img" not in html
        assert "javascript:" not in html.replace("(javascript:", "")
