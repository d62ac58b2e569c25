"""What admins change is in the log with its values before and after, and can be undone there."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin import board_actions, board_order, row_actions
from forum.admin.groups import access_actions, group_actions, right_actions
from forum.admin.members import member_actions
from forum.admin.row_types import SMILIES
from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings, stored_settings
from forum.admin.undo.actions import Logged, find_logged, may_undo, undo
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, NotFound
from forum.members import roles, sanctions
from forum.members.signup import invitations
from forum.models import AccessLevel, Invitation, LogEntry, Member, Right, Role, Smilie
from forum.site.access import AccessEntry
from tests.admin.conftest import Send
from tests.admin.pages import member, parsed, seen_in
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_member
from tests.middleware.guests import Writing


def newest(actor: Member) -> Logged:
    """The newest entry of the log."""
    session.flush()
    entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc())).first()
    assert entry is not None
    return find_logged(actor, entry.id, actions=())


def undo_newest(actor: Member) -> None:
    undo(actor, newest(actor))


def test_a_setting_has_its_earlier_value_again_and_the_undoing_can_be_undone(olaf: Member) -> None:
    change_settings(olaf, {"terms": "Be kind.\n" * 100})
    undo_newest(olaf)
    assert stored_settings()["terms"] == ""
    undo_newest(olaf)
    assert str(stored_settings()["terms"]).startswith("Be kind.")


def test_a_board_that_was_dragged_elsewhere_is_back_in_its_place(olaf: Member) -> None:
    one, two, three = (a_board(title) for title in ("One", "Two", "Three"))
    before = board_order.order_seen(board_actions.boards_in_order())
    board_order.place_board(olaf, one, parent_id=three.id, position=0)
    undo_newest(olaf)
    assert board_order.order_seen(board_actions.boards_in_order()) == before
    board_order.place_board(olaf, three, parent_id=None, position=0)
    undo_newest(olaf)
    assert board_order.order_seen(board_actions.boards_in_order()) == before
    assert (one.parent_id, two.parent_id) == (None, None)


def test_what_was_changed_again_since_is_not_undone(olaf: Member) -> None:
    change_settings(olaf, {"name": "One"})
    first = newest(olaf)
    change_settings(olaf, {"name": "Two"})
    with pytest.raises(Conflict, match="changed again"):
        undo(olaf, first)
    assert stored_settings()["name"] == "Two"


def test_nothing_is_undone_twice(olaf: Member) -> None:
    change_settings(olaf, {"flood_seconds": 7})
    first = newest(olaf)
    undo(olaf, first)
    change_settings(olaf, {"flood_seconds": 7})
    with pytest.raises(Conflict, match="undone already"):
        undo(olaf, first)


def test_changes_of_boards_are_undone(olaf: Member) -> None:
    top, board = a_board("Top"), a_board("Talk")
    group = a_group()
    for given in ({"title": "News"}, {"parent_id": top.id}, {"description": "New words"}):
        before = board_actions.board_values(board)
        board_actions.change_board(olaf, board, given)
        undo_newest(olaf)
        assert board_actions.board_values(board) == before
    board_actions.move_board(olaf, board, up=True)
    undo_newest(olaf)
    assert [each.title for each in board_actions.boards_in_order().children(None)] == ["Top", "Talk"]
    access_actions.set_list(olaf, board, [AccessEntry(group.id, AccessLevel.REPLY, moderates=True)])
    access_actions.set_list(olaf, board, None)
    undo_newest(olaf)
    assert access_actions.own_list(board) == (AccessEntry(group.id, AccessLevel.REPLY, moderates=True),)


def test_what_was_deleted_since_is_not_undone_even_if_its_id_is_given_again(olaf: Member) -> None:
    board = a_board("Talk")
    board_actions.change_board(olaf, board, {"description": "Words"})
    changed = newest(olaf)
    board_actions.delete_board(olaf, board)
    a_board("Other", description="Words")  # SQLite gives it the same id
    with pytest.raises(Conflict, match="no longer exists"):
        undo(olaf, changed)


def test_the_fields_of_an_entry_are_called_as_in_the_form(client: FlaskClient, admin: Send) -> None:
    seen = seen_in(client, "/admin/boards/1")
    assert admin("/admin/boards/1", title="Talk", description="", rules="Be kind.", seen=seen).status_code == 303
    page = parsed(client.get("/moderation/log"))
    entry = page.select_one("td a[href^='/moderation/log/']")
    assert entry is not None
    assert " ".join(entry.text.split()) == "Undo … – Changed board Talk"
    assert [each.text for each in parsed(client.get(str(entry["href"]))).select("main h2")] == ["Rules"]


def test_rows_are_changed_back_and_deleted_ones_made_again(olaf: Member) -> None:
    smilie = row_actions.create_row(olaf, SMILIES, {"code": ":tea:", "name": "tea", "symbol": "🍵", "text_codes": ""})
    row_actions.change_row(olaf, SMILIES, smilie, {"name": "green tea"})
    undo_newest(olaf)
    assert smilie.name == "tea"  # type: ignore[union-attr]
    row_actions.delete_row(olaf, SMILIES, smilie)
    undo_newest(olaf)
    assert session.scalars(select(Smilie).where(Smilie.code == ":tea:")).one().symbol == "🍵"
    undo_newest(olaf)
    assert session.scalars(select(Smilie).where(Smilie.code == ":tea:")).one_or_none() is None


def test_groups_rights_and_memberships_are_undone(olaf: Member) -> None:
    group, anna = a_group("Planners"), a_member("anna")
    right_actions.set_rights(olaf, group, [Right.SEE_LOG])
    undo_newest(olaf)
    assert right_actions.rights_of(group) == frozenset()
    group_actions.change_group(olaf, group, {"title": "Makers"})
    undo_newest(olaf)
    assert group.title == "Planners"
    group_actions.add_member(olaf, group, anna)
    undo_newest(olaf)
    assert group_actions.groups_of_member(anna) == []
    undo_newest(olaf)
    assert group_actions.groups_of_member(anna) == [(group, None)]


def test_what_was_decided_of_members_is_undone(olaf: Member) -> None:
    anna, board = a_member("anna"), a_board("Talk")
    sanctions.ban(olaf, anna, reason="spam")
    undo_newest(olaf)
    assert not anna.is_banned
    undo_newest(olaf)
    assert anna.is_banned
    undo_newest(olaf)
    sanctions.mute(olaf, anna, board_id=board.id, reason="noise")
    undo_newest(olaf)
    assert not anna.is_muted
    member_actions.change_title(olaf, anna, "Gardener")
    undo_newest(olaf)
    assert anna.custom_title == ""
    roles.set_role(olaf, anna, Role.MODERATOR)
    undo_newest(olaf)
    assert anna.role == Role.MEMBER


def test_withdrawn_invitations_are_open_again(olaf: Member) -> None:
    anna = a_member("anna")
    for _ in range(2):
        invitations.create(anna)
    invitations.revoke_all(olaf, anna)
    undo_newest(olaf)
    assert [row.revoked_at for row in session.scalars(select(Invitation))] == [None, None]


def test_others_neither_find_nor_undo_what_they_could_not_do(olaf: Member) -> None:
    mona, anna = a_member("mona", role="moderator"), a_member("anna")
    change_settings(olaf, {"name": "One"})
    changed = newest(olaf)
    with pytest.raises(NotFound):
        find_logged(mona, changed.entry.id, actions=("ban",))
    with pytest.raises(NotFound):
        find_logged(anna, changed.entry.id, actions=())
    assert not may_undo(mona, changed)
    with pytest.raises(Forbidden):
        undo(anna, changed)


def test_acts_of_the_operator_are_undone_by_admins(olaf: Member) -> None:
    change_settings(OPERATOR, {"name": "One"})
    undo_newest(olaf)
    assert stored_settings()["name"] != "One"


def test_the_page_shows_the_lines_that_differ_and_undoes(client: FlaskClient, admin: Send) -> None:
    for title in ("cheer", "joy"):
        assert admin("/admin/members/3/title", custom_title=title).status_code == 303
    log = client.get("/moderation/log").text
    assert "Before: <bdi>cheer</bdi>, Now: <bdi>joy</bdi>" in log
    found = re.search(r'href="/moderation/log/(\d+)"', log)
    assert found is not None
    entry_id = found[1]
    assert "joy" in client.get(f"/moderation/log/{entry_id}").text
    answer = admin(f"/moderation/log/{entry_id}/undo")
    assert answer.status_code == 303
    assert "This undid an earlier change." in client.get(answer.headers["Location"]).text
    again = admin(f"/moderation/log/{entry_id}/undo")
    assert again.status_code == 409
    assert "This is undone already." in again.text


def test_saving_one_change_offers_to_undo_it(client: FlaskClient, admin: Send) -> None:
    admin("/admin/members/3/title", custom_title="Gardener")
    assert parsed(client.get("/admin/members/3")).select_one('.toast [formaction$="/undo"]') is not None


def test_the_log_is_searched_and_downloaded(client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        change_settings(member("olaf"), {"registration_answers": "x", "registration_question": "Words about tea, é"})
        sanctions.ban(member("mona"), member("anna"), reason="advertising")
    for query, is_found in (
        ("who=mona", False),
        ("who=olaf", True),
        ("action=change-setting", True),
        ("target=setting:registration_question", True),
        ("target=anna", False),
        ("text=ABOUT TEA", True),
        ("text=é", True),
        ("text=coffee", False),
        ("first=2000-01-01", True),
        ("last=2000-01-01", False),
    ):
        assert ("Words about tea" in client.get(f"/moderation/log?{query}").text) is is_found, query
    assert "There is no member with this name." in client.get("/moderation/log?who=nobody").text
    answer = admin("/moderation/log/log.csv", action="change-setting")
    assert answer.mimetype == "text/csv"
    assert "Words about tea" in answer.text
    assert "address" in answer.text.splitlines()[0]
    assert "Downloaded the log" in client.get("/moderation/log").text


def test_moderators_search_only_what_they_may_read(client: FlaskClient, staff: None, writing: Writing) -> None:
    with writing():
        change_settings(member("olaf"), {"registration_answers": "x", "registration_question": "Secret words"})
    log_in(client, "mona")
    for query in ("", "?action=change-setting", "?text=secret", "?target=setting:registration_question"):
        assert "Secret words" not in client.get(f"/moderation/log{query}").text
    token = token_in(client.get("/moderation/log").text)
    file = client.post("/moderation/log/log.csv", data={"csrf_token": token}).text
    assert "address" not in file.splitlines()[0]
    assert "Secret words" not in file
