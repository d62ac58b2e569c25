"""A board is deleted with its threads in slices: counts stay exact, nobody writes in it, and a killed job continues."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.admin import merges
from forum.admin.board_actions import create_board
from forum.admin.board_deletions import content_of, start_deletion
from forum.admin.merges import remaining_count, run_pending, start_merge
from forum.admin.rules import OPERATOR
from forum.archive.check import check, position_gaps
from forum.audit_log import record
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden
from forum.models import Board, BoardMerge, Draft, LogEntry, Member, Notification, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react
from forum.search.index.index_check import index_problems
from forum.threads import actions, drafts
from forum.threads.queries import find_thread
from tests.admin.conftest import Send
from tests.admin.pages import parsed, seen_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible


def board(title: str) -> Board:
    return session.scalars(select(Board).where(Board.title == title)).one()


def fill() -> Member:
    """The boards Old, with four threads of which one is deleted, and New, with one; olga is an admin."""
    olga, anna, old = a_member("olga", role="admin"), a_member("anna"), a_board("Old")
    threads = [a_thread(by=anna, board=old, body=f"For @olga {number}") for number in range(4)]
    for number in range(5):
        react(olga, a_post(thread=threads[0], by=anna, body=f"Reply {number}"), kind="like")
    tools.delete_thread(olga, threads[1])
    a_thread(by=anna, board=a_board("New"))
    drafts.save(olga, place=f"board:{old.id}", title="", body="unfinished")
    drafts.save(olga, place=f"thread:{threads[2].id}", title="", body="unfinished too")
    return olga


@pytest.fixture
def olga(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Member:
    """The forum of fill(); a transaction ends after each thread."""
    monkeypatch.setattr(merges, "MAX_TRANSACTION_SECONDS", 0.0)
    olga = fill()
    session.commit()
    return olga


def start() -> None:
    with transaction():
        start_deletion(OPERATOR, board("Old"), seen=content_of(board("Old")).seen)


def exact() -> list[object]:
    return [*check(), *position_gaps(), *index_problems("en")]


@pytest.mark.usefixtures("olga")
def test_the_log_of_its_threads_leads_to_no_thread_that_is_given_such_an_id() -> None:
    number = session.scalars(select(Thread.id).where(Thread.board_id == board("Old").id).limit(1)).one()
    with transaction():
        record("lock-thread", target=f"thread:{number}")
    start()
    run_pending()
    targets = select(LogEntry.target).where(LogEntry.action == "lock-thread")
    assert session.scalars(targets).all() == [f"thread:{number} (removed)"]


@pytest.mark.usefixtures("olga")
def test_the_board_goes_with_all_that_was_in_it() -> None:
    assert content_of(board("Old")) == (4, 9, 1)
    start()
    run_pending()
    session.expire_all()
    assert session.scalars(select(Board.title)).all() == ["New"]
    assert [session.scalar(select(func.count()).select_from(model)) for model in (Thread, Post, Draft)] == [1, 1, 0]
    told = [(row.post_id, row.subject.partition(":")[0]) for row in session.scalars(select(Notification))]
    assert told == [(None, "decision")]  # why moderators deleted something of theirs stays readable
    anna = session.scalars(select(Member).where(Member.username == "anna")).one()
    assert (anna.message_count, anna.positive_reactions) == (101, 0)
    assert exact() == []
    logged = session.execute(
        select(LogEntry.action, LogEntry.details).where(LogEntry.target == "board:1 (removed)")
    ).all()
    assert [row.action for row in logged] == ["delete-board-with-threads", "delete-board"]
    assert {"name": "Old", "threads": 4, "posts": 9}.items() <= logged[0].details.items()


@pytest.mark.usefixtures("olga")
def test_after_each_slice_every_count_is_exact_and_a_killed_job_continues() -> None:
    start()
    left = [remaining_count(board("Old"))]
    while session.scalars(select(BoardMerge)).first():
        with transaction():
            merges._continue(1)
        assert exact() == []
        left.append(session.scalar(select(func.count()).where(Thread.board_id == 1)) or 0)
    assert left[:5] == [4, 3, 2, 1, 0]


def test_nobody_writes_in_it_from_then_on_and_what_is_moved_out_stays(olga: Member) -> None:
    start()
    olga, threads = session.merge(olga), session.scalars(select(Thread.id).where(Thread.board_id == 1)).all()
    with pytest.raises(Forbidden, match="being deleted"):
        actions.start_thread(olga, board("Old"), title="Late", body="Too late.")
    with pytest.raises(Forbidden, match="being deleted"):
        actions.reply(olga, find_thread(olga, threads[2]), body="Too late.")
    session.rollback()
    with pytest.raises(Forbidden, match="cannot move"):
        tools.move_thread(olga, find_thread(olga, 5), board=board("Old"))
    session.rollback()
    with transaction():
        tools.move_thread(session.merge(olga), find_thread(session.merge(olga), threads[3]), board=board("New"))
    run_pending()
    assert session.scalar(select(func.count()).select_from(Thread)) == 2
    assert exact() == []


def test_nothing_is_deleted_that_was_not_in_the_numbers(olga: Member) -> None:
    seen = content_of(board("Old")).seen
    a_post(thread=find_thread(olga, 1), by=olga)
    with pytest.raises(Conflict, match="Look at the numbers again"):
        start_deletion(OPERATOR, board("Old"), seen=seen)
    create_board(OPERATOR, {"title": "Inside", "parent_id": 1})
    with pytest.raises(Conflict, match="contains other boards"):
        start_deletion(OPERATOR, board("Old"))
    with pytest.raises(Forbidden):
        start_deletion(a_member(role="moderator"), board("New"))
    start_merge(OPERATOR, board("New"), 1)
    with pytest.raises(Conflict, match="being deleted already"):
        start_deletion(OPERATOR, board("New"))


def test_an_admin_sees_the_numbers_first_and_guests_lose_the_threads(
    app: Flask, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        path = a_thread(board=a_board("Old"), title="The harbour in winter").path
    guest = app.test_client()
    assert guest_get(guest, path).status_code == 200
    page = "/admin/boards/2/delete-with-threads"
    assert "/delete-with-threads" in client.get("/admin/boards/2").text
    numbers = [number.text for number in parsed(client.get(page)).select("main dd")]
    assert numbers == ["1", "1", "1"]
    assert admin(page, seen="x").status_code == 409
    assert admin(page, seen=seen_in(client, page)).headers["Location"] == "/admin/boards/2"
    assert "1 thread is still to be deleted." in client.get("/admin/boards/2").text
    wait_until_visible(app)
    assert "This board is being deleted." in guest_get(guest, path).text
    with app.app_context():
        run_pending()
    wait_until_visible(app)
    for shown in (path, "/", "/whats-new", "/search?q=harbour", "/sitemap.xml"):
        assert "The harbour in winter" not in guest_get(guest, shown).text
    assert client.get("/admin/boards/2").status_code == 404
