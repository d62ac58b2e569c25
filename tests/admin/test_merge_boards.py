"""A board is merged into another in slices: counts stay exact, nothing hidden is shown, and a killed job continues."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin import merges
from forum.admin.board_actions import change_board, create_board, delete_board
from forum.admin.merges import remaining_count, run_pending, start_merge, target_of
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.models import Board, BoardMerge, LogEntry, Member, Thread
from forum.moderation import tools
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.admin.conftest import Send
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible

THREADS = 7


@pytest.fixture
def olga(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Member:
    """An admin; the boards Old, with deleted and visible threads, and New, with one thread. A slice is two threads."""
    monkeypatch.setattr(merges, "SLICE_THREADS", 2)
    monkeypatch.setattr(merges, "MAX_TRANSACTION_SECONDS", 0.0)
    olga, old = a_member("olga", role="admin"), a_board("Old")
    threads = [a_thread(by=olga, board=old) for _ in range(THREADS)]
    a_post(thread=threads[1], by=olga)
    tools.delete_thread(olga, threads[2])
    a_thread(by=olga, board=a_board("New"))
    session.commit()
    return olga


def board(title: str) -> Board:
    return session.scalars(select(Board).where(Board.title == title)).one()


def merge() -> None:
    with transaction():
        start_merge(OPERATOR, board("Old"), board("New").id)


@pytest.mark.usefixtures("olga")
def test_all_threads_move_and_the_board_is_deleted() -> None:
    merge()
    run_pending()
    session.expire_all()
    assert session.scalars(select(Board.title)).all() == ["New"]
    new = board("New")
    assert (remaining_count(new), new.thread_count, new.post_count) == (THREADS + 1, THREADS, THREADS + 1)
    assert list(check()) == []
    assert session.scalars(select(BoardMerge)).all() == []
    ours = select(LogEntry.action).where(LogEntry.target == "board:1 (removed)")
    logged = session.scalars(ours.order_by(LogEntry.id)).all()
    assert logged == ["merge-board", "delete-board"]


@pytest.mark.usefixtures("olga")
def test_after_each_slice_every_count_is_exact_and_a_killed_job_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    merge()
    monkeypatch.setattr(merges, "MAX_RUN_SECONDS", 0.0)  # as if killed after nothing
    run_pending()
    left = [remaining_count(board("Old"))]
    while session.scalars(select(BoardMerge)).first():
        with transaction():
            merges._continue(board("Old").id)
        assert list(check()) == []
        found = session.scalars(select(Board).where(Board.title == "Old")).first()
        left.append(remaining_count(found) if found else -1)
    assert left == [7, 5, 3, 1, 0, -1]


def test_members_write_and_moderators_act_while_it_runs(olga: Member) -> None:
    merge()
    old = board("Old").id
    with transaction():
        merges._continue(old)
    visible = select(Thread.id).where(Thread.is_public).order_by(Thread.id)
    moved, left = (session.scalars(visible.where(Thread.board_id == number)).all() for number in (2, old))
    for number in (moved[0], left[0]):
        with transaction():
            actions.reply(session.merge(olga), find_thread(session.merge(olga), number), body="Meanwhile.")
    with transaction():
        tools.delete_thread(session.merge(olga), find_thread(session.merge(olga), left[1]))
    with transaction():
        a_thread(board=board("Old"))
    assert list(check()) == []
    run_pending()
    assert list(check()) == []
    assert session.scalars(select(Board.title)).all() == ["New"]


@pytest.mark.usefixtures("olga")
def test_the_board_that_receives_the_threads_stays_what_it_is() -> None:
    with transaction():
        create_board(OPERATOR, {"title": "Empty"})
    with transaction():
        start_merge(OPERATOR, board("Old"), board("Empty").id)
    with pytest.raises(Invalid) as refused:
        change_board(OPERATOR, board("Empty"), {"is_category": True})
    assert list(refused.value.fields) == ["is_category"]
    with pytest.raises(Conflict):
        delete_board(OPERATOR, board("Empty"))
    session.rollback()
    run_pending()
    assert remaining_count(board("Empty")) == THREADS


@pytest.mark.usefixtures("olga")
def test_a_thread_started_at_the_last_moment_keeps_the_board_until_it_has_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    merge()
    old, move_slice = board("Old").id, merges._move_slice

    def move_nothing_once(*boards: Board) -> int:
        monkeypatch.setattr(merges, "_move_slice", move_slice)
        return 0

    monkeypatch.setattr(merges, "_move_slice", move_nothing_once)  # as if the board had been empty when it was read
    with transaction():
        merges._continue(old)
    assert remaining_count(board("Old")) == THREADS
    run_pending()
    assert session.scalars(select(Board.title)).all() == ["New"]


@pytest.mark.usefixtures("olga")
def test_a_merge_that_makes_no_sense_is_refused() -> None:
    category = create_board(OPERATOR, {"title": "Group", "is_category": True})
    for target_id in (board("Old").id, category.id, 999):
        with pytest.raises(Invalid) as refused:
            start_merge(OPERATOR, board("Old"), target_id)
        assert list(refused.value.fields) == ["move_threads_to"]
    with pytest.raises(Forbidden):
        start_merge(a_member(role="moderator"), board("Old"), board("New").id)
    child = create_board(OPERATOR, {"title": "Child", "parent_id": board("Old").id})
    with pytest.raises(Conflict):
        start_merge(OPERATOR, board("Old"), board("New").id)
    start_merge(OPERATOR, child, board("Old").id)
    with pytest.raises(Conflict):
        start_merge(OPERATOR, board("New"), child.id)


@pytest.mark.usefixtures("olga")
def test_a_board_that_received_a_board_meanwhile_stays() -> None:
    merge()
    with transaction():
        create_board(OPERATOR, {"title": "Child", "parent_id": board("Old").id})
    run_pending()
    assert target_of(board("Old")) is None
    assert remaining_count(board("Old")) == 0


def test_threads_merged_into_a_hidden_board_disappear_for_guests(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        a_member("olga", role="admin")
        path = a_thread(board=a_board("Old"), title="The harbour in winter").path
        a_board("Hidden", audience="moderator")
    assert guest_get(client, path).status_code == 200
    with app.app_context():
        with transaction():
            start_merge(OPERATOR, board("Old"), board("Hidden").id)
        run_pending()
    wait_until_visible(app)
    for shown in (path, "/", "/whats-new", "/feed.atom", "/sitemap.xml", "/search?q=harbour"):
        assert "The harbour in winter" not in guest_get(client, shown).text


def test_the_page_shows_what_is_left_and_a_program_may_do_the_same(
    app: Flask, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        a_thread(board=a_board("Old"))
    refused = admin("/admin/boards/2/merge", move_threads_to="2")
    assert (refused.status_code, "Choose another board that holds threads." in refused.text) == (422, True)
    assert 'name="title" type="text" dir="auto" value="Old"' in refused.text, "the page's other form is as it was"
    assert admin("/admin/boards/2/merge", move_threads_to="1").headers["Location"] == "/admin/boards/2"
    assert "1 thread is still to be moved to Talk." in client.get("/admin/boards/2").text
    with app.app_context():
        run_pending()
    assert client.get("/admin/boards/2").status_code == 404
    assert client.get("/api/v1/boards/1").json["thread_count"] == 1  # type: ignore[index]
