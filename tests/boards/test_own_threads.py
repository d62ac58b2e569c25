"""Who sees only their own threads in a board: its numbers and dots, which name no thread but tell of some."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.groups.access_actions import set_list
from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.admin.rules import OPERATOR
from forum.boards.queries import sections, statistics, tree
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.models import Board, BuiltInGroup, Group, Member
from forum.threads.lists import SORTS, all_threads, threads_in_board
from tests.conftest import log_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry

Writing = Callable[[], AbstractContextManager[None]]


def a_support_board() -> Board:
    """A board in which members see only their own threads, and one group all of them."""
    board = a_board("Support")
    members = session.get_one(Group, BuiltInGroup.MEMBERS)
    a_list(board, an_entry(members, own_threads_only=True), an_entry(a_group("Helpers"), moderates=True))
    return board


def asked_by(*members: Member, board: Board) -> None:
    """Each asks, and gets two answers."""
    for member in members:
        thread = a_thread(by=member, board=board)
        for _ in range(2):
            a_post(thread=thread, by=a_member(role="admin"))
    session.expire_all()


def figures(actor: Member | None, board: Board) -> tuple[int, int, bool]:
    """The numbers of threads and posts that the index shows of a board, and whether it is marked as unread."""
    rows = [row for section in sections(actor, tree(actor)) for row in section.rows if row.board.id == board.id]
    return (rows[0].thread_count, rows[0].post_count, rows[0].is_unread) if rows else (0, 0, False)


def test_the_numbers_of_a_board_count_only_what_is_seen(app_in_context: Flask) -> None:
    anna, ben, cleo, olaf = a_member(), a_member(), a_member(), a_member(role="admin")
    board = a_support_board()
    asked_by(anna, ben, board=board)
    assert [figures(each, board) for each in (anna, cleo, None)] == [(1, 3, True), (0, 0, False), (0, 0, False)]
    assert figures(olaf, board) == (2, 6, True)
    for actor, shown in ((anna, 1), (cleo, 0), (olaf, 2)):
        for sort in SORTS:
            assert threads_in_board(actor, board, number=1, sort=sort)[1].total == shown
            assert all_threads(actor, sort=sort)[1].total == shown
            assert len(all_threads(actor, sort=sort, unread=True)[0]) == shown
            assert len(all_threads(actor, sort=sort, board=board)[0]) == shown
    assert statistics(cleo, tree(cleo)).threads == 0


def test_programs_are_told_the_same_numbers(client: FlaskClient, writing: Writing) -> None:
    with writing():
        board = a_support_board()
        asked_by(a_member("anna"), a_member("ben"), board=board)
        path = f"/api/v1/boards/{board.id}"
    log_in(client, "anna")
    told = client.get(path).get_json()
    assert (told["thread_count"], told["post_count"]) == (1, 3)
    assert told["last_post"] is None, "the last thread is of somebody else"
    page = BeautifulSoup(client.get("/").text, "html.parser")
    assert "Thread number" not in page.get_text(), "nor does the index name it"


def test_why_a_member_sees_only_their_own_threads_is_said(app_in_context: Flask) -> None:
    board = a_support_board()
    explanation = explain(a_member(), board, {group.id: group for group in groups_in_order()})
    because = "The list allows it to the group “Members”, but only the threads that they started."
    assert str(explanation.acts[0].because) == because


def test_a_moderator_of_a_board_sees_all_its_threads(app_in_context: Flask) -> None:
    entry = an_entry(a_group(), moderates=True, own_threads_only=True)
    with pytest.raises(Invalid) as refused:
        set_list(OPERATOR, a_board(), [entry])
    assert list(map(str, refused.value.fields["access"])) == ["Who moderates a board sees all its threads."]
