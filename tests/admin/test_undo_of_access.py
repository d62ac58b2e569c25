"""What undoing must not do: give more than was given, to others than were meant, or without asking."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin import board_actions
from forum.admin.groups import access_actions, group_actions, right_actions
from forum.admin.members import member_actions
from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.admin.undo.actions import find_logged, undo
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.members import roles, sanctions
from forum.members.signup import invitations, registration
from forum.models import AccessLevel, Board, BuiltInGroup, Group, LogEntry, Member, Right, Role
from forum.site.access import AccessEntry
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, parsed, seen_in
from tests.admin.test_undo import newest
from tests.conftest import log_in
from tests.factories import a_board, a_group, a_list, a_member, a_thread, an_entry
from tests.middleware.guests import Writing


def test_nobody_gets_into_a_group_that_was_given_the_id_of_another(olaf: Member) -> None:
    group, anna = (
        a_group("Planners", a_member("anna")),
        session.scalars(select(Member).filter_by(username="anna")).one(),
    )
    group_actions.remove_member(olaf, group, anna)
    left = newest(olaf)
    group_actions.delete_group(olaf, group)
    a_group("Board of directors")
    with pytest.raises(Conflict, match="no longer exists"):
        undo(olaf, left)
    assert group_actions.groups_of_member(anna) == []


def test_an_access_list_that_names_a_deleted_group_is_not_stored_again(olaf: Member) -> None:
    board, group = a_board(), a_group("Planners")
    access_actions.set_list(olaf, board, [AccessEntry(group.id, AccessLevel.START)])
    access_actions.set_list(olaf, board, [])
    emptied = newest(olaf)
    group_actions.delete_group(olaf, group)
    a_group("Everybody who asked")
    with pytest.raises(Conflict, match="no longer exists"):
        undo(olaf, emptied)
    assert access_actions.own_list(board) == ()


def test_a_mute_is_not_imposed_in_a_board_that_was_given_the_id_of_another(olaf: Member) -> None:
    board, anna = a_board("Talk"), a_member("anna")
    sanctions.mute(olaf, anna, board_id=board.id)
    sanctions.unmute(olaf, anna, board_id=board.id)
    lifted = newest(olaf)
    board_actions.delete_board(olaf, board)
    a_board("Other")
    with pytest.raises(Conflict, match="no longer exists"):
        undo(olaf, lifted)


def test_a_change_of_an_account_that_was_never_confirmed_is_not_undone_once_it_is_gone(olaf: Member) -> None:
    waiting = a_member("greta", joined_at=None)
    member_actions.change_title(olaf, waiting, "Gardener")
    entry_id = newest(olaf).entry.id
    registration.forget_unconfirmed()
    session.expire_all()
    with pytest.raises(Conflict, match="no longer exists"):
        undo(olaf, find_logged(olaf, entry_id, actions=()))


def test_who_may_invite_nobody_any_more_does_not_open_their_invitations_again(olaf: Member) -> None:
    anna = a_member("anna")
    invitations.revoke(anna, invitations.create(anna).id)
    revoked = newest(anna)
    right_actions.set_rights(olaf, session.get_one(Group, BuiltInGroup.MEMBERS), [Right.SEE_MEMBERS])
    with pytest.raises(Forbidden, match="cannot invite"):
        undo(anna, revoked)


def test_who_manages_groups_does_not_move_one_past_their_own_by_undoing(olaf: Member) -> None:
    mia = a_member("mia")
    own, one, two = a_group("Managers", mia), a_group("One"), a_group("Two")
    right_actions.set_rights(OPERATOR, own, [Right.MANAGE_GROUPS])
    group_actions.move_group(mia, two, up=True)
    moved = newest(mia)
    one.order, own.order = own.order, one.order  # an admin moves them
    session.flush()
    with pytest.raises(Forbidden, match="below your own"):
        undo(mia, moved)


def test_own_threads_only_is_undone_with_its_list(olaf: Member) -> None:
    board, group = a_board(), a_group()
    entry = AccessEntry(group.id, AccessLevel.START, own_threads_only=True)
    access_actions.set_list(olaf, board, [entry])
    access_actions.set_list(olaf, board, None)
    undo(olaf, newest(olaf))
    assert access_actions.own_list(board) == (entry,)


def test_undoing_asks_before_it_shows_threads_to_more_people(
    client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        board = a_board("Talk about work")
        a_thread(board=board)
        access_actions.set_list(member("olaf"), board, [])
    entry_id = newest_id(writing)
    asked = admin(f"/moderation/log/{entry_id}/undo")
    assert asked.status_code == 409
    assert "1 thread becomes visible to more people: Guests." in asked.text
    assert parsed(asked).select_one('main [name="wider"]') is not None
    assert admin(f"/moderation/log/{entry_id}/undo", wider="yes").status_code == 303


def newest_id(writing: Writing) -> int:
    with writing():
        return session.scalars(select(LogEntry.id).order_by(LogEntry.id.desc())).first() or 0


def test_showing_the_threads_of_others_is_asked_for_too(client: FlaskClient, writing: Writing, admin: Send) -> None:
    with writing():
        members = session.get_one(Group, BuiltInGroup.MEMBERS)
        a_list(support := a_board("Support"), an_entry(members, own_threads_only=True))
        a_thread(board=support)
    page, words = (
        "/admin/boards/2/access",
        "1 thread becomes visible to more people: Members. Send the form again to do it.",
    )
    asked = admin(page, list="own", **{"level-2": "start"}, seen=seen_in(client, page))
    assert (asked.status_code, error_at(asked, "access")) == (409, words)
    assert admin("/admin/boards/2/merge", move_threads_to="1").status_code == 409
    with writing():
        assert session.get_one(Board, 2).title == "Support"


def test_a_former_admin_reads_nothing_that_was_changed_after_them(
    client: FlaskClient, writing: Writing, staff: None
) -> None:
    with writing():
        a_member("rosa", role="admin")
        change_settings(member("rosa"), {"registration_question": "Two?", "registration_answers": "old answer"})
        entries = select(LogEntry.id).where(LogEntry.target == "setting:registration_answers")
        entry_id = session.scalars(entries).one()
        change_settings(member("olaf"), {"registration_answers": "new secret answer"})
        roles.set_role(member("olaf"), member("rosa"), Role.MEMBER)
    log_in(client, "rosa")
    assert "new secret answer" not in client.get(f"/moderation/log/{entry_id}").text
