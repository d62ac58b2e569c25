"""Boards change while the forum runs: nobody sees more than they may, and every count stays exact."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin import merges
from forum.admin.board_actions import (
    board_values,
    boards_in_order,
    change_board,
    create_board,
    delete_board,
    move_board,
)
from forum.admin.edit_conflicts import ChangedMeanwhile, fingerprint
from forum.admin.groups.access_actions import set_list
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden, ForumError, Invalid, NotFound
from forum.models import AccessLevel, Board, BoardMerge, BuiltInGroup, Member, Thread
from forum.moderation import tools
from forum.site.access import AccessEntry
from forum.site.queries import snapshot
from forum.threads.queries import find_thread
from tests.factories import a_board, a_member, a_thread
from tests.middleware.guests import guest_get, wait_until_visible
from tests.parts import examples

Writing = Callable[[], AbstractContextManager[None]]


def board(title: str) -> Board:
    return session.scalars(select(Board).where(Board.title == title)).one()


def test_a_guest_loses_a_board_at_once_when_it_is_hidden(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("olaf", role="admin")
        parent = a_board("Archive")
        thread = a_thread(board=a_board("Old news", parent_id=parent.id), title="The harbour in winter").path
        a_thread(board=a_board("Other"), title="The harbour in summer")
    places = (thread, "/boards/2-old-news", "/", "/whats-new", "/search?q=harbour+winter", "/feed.atom", "/sitemap.xml")
    for path in places:
        assert guest_get(client, path).status_code == 200
    with writing():
        set_list(OPERATOR, board("Archive"), [AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.START)])
    wait_until_visible(app)
    assert guest_get(client, thread).status_code == 404
    assert guest_get(client, "/boards/2-old-news").status_code == 404
    for path in places[2:]:
        shown = guest_get(client, path).text
        assert "The harbour in winter" not in shown, path
        assert "Old news" not in shown, path
    with writing():
        set_list(OPERATOR, board("Archive"), None)
    wait_until_visible(app)
    assert guest_get(client, thread).status_code == 200


def test_a_renamed_board_shows_its_new_name_at_once(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread(board=a_board("Talk")).path
    assert "Talk" in guest_get(client, path).text
    with writing():
        change_board(OPERATOR, board("Talk"), {"title": "Chat"})
    wait_until_visible(app)
    for shown in (path, "/", "/whats-new"):
        assert "Chat" in guest_get(client, shown).text
        assert "Talk" not in guest_get(client, shown).text


@pytest.mark.usefixtures("app_in_context")
def test_members_and_moderators_may_not_administer() -> None:
    for role in ("member", "moderator"):
        actor = a_member(role=role)
        with pytest.raises(Forbidden):
            create_board(actor, {"title": "Mine"})
        with pytest.raises(Forbidden):
            change_board(actor, a_board(), {"title": "Mine"})
        with pytest.raises(Forbidden):
            delete_board(actor, a_board())


@pytest.mark.usefixtures("app_in_context")
def test_a_board_is_never_inside_itself() -> None:
    top = a_board("Top")
    middle = a_board("Middle", parent_id=top.id)
    low = a_board("Low", parent_id=middle.id)
    for inside in (top, middle, low):
        with pytest.raises(Invalid) as refused:
            change_board(OPERATOR, top, {"parent_id": inside.id})
        assert "parent_id" in refused.value.fields


@pytest.mark.usefixtures("app_in_context")
def test_boards_are_nested_eight_deep_at_most() -> None:
    parent: Board | None = None
    for level in range(8):
        parent = create_board(OPERATOR, {"title": f"Level {level}", "parent_id": parent.id if parent else None})
    assert parent is not None
    with pytest.raises(Invalid):
        create_board(OPERATOR, {"title": "Level 8", "parent_id": parent.id})
    pair = create_board(OPERATOR, {"title": "Pair"})
    create_board(OPERATOR, {"title": "Below", "parent_id": pair.id})
    with pytest.raises(Invalid):
        change_board(OPERATOR, pair, {"parent_id": parent.parent_id})


def overlapping(app: Flask, first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """The results of two transactions; the second begins before the first commits. SQLite lets it wait."""
    begun = Event()

    def run(act: Callable[[], object], *, is_first: bool) -> str:
        with app.app_context():
            try:
                with transaction():
                    act()
                    if is_first:
                        begun.set()
                        time.sleep(0.4)
            except ForumError as error:
                return error.slug
            return "done"

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(run, first, is_first=True)
        begun.wait(10)
        other = threads.submit(run, second, is_first=False)
        return [one.result(20), other.result(20)]


def test_a_thread_is_not_lost_in_a_board_that_changes_meanwhile(app: Flask, writing: Writing) -> None:
    def post_in(title: str) -> Callable[[], object]:
        return lambda: a_thread(by=session.get_one(Member, 1), board=board(title))

    def become_category(title: str) -> Callable[[], object]:
        return lambda: change_board(OPERATOR, board(title), {"is_category": True})

    with writing():
        a_member("olaf", role="admin")
        for number in range(4):
            a_board(f"Board {number}")
    assert overlapping(app, become_category("Board 0"), post_in("Board 0")) == ["done", "forbidden"]
    assert overlapping(app, post_in("Board 1"), become_category("Board 1")) == ["done", "invalid"]
    assert overlapping(app, post_in("Board 2"), lambda: delete_board(OPERATOR, board("Board 2"))) == [
        "done",
        "conflict",
    ]
    with app.app_context():
        doomed = board("Board 3").id

    def post_in_doomed() -> None:
        found = session.get(Board, doomed)
        if found is None:
            raise NotFound
        a_thread(by=session.get_one(Member, 1), board=found)

    assert overlapping(app, lambda: delete_board(OPERATOR, board("Board 3")), post_in_doomed) == ["done", "not-found"]
    with app.app_context():
        assert list(check()) == []


def test_a_thread_is_not_started_in_a_board_that_is_closed_meanwhile(app: Flask, writing: Writing) -> None:
    def post_as_member(title: str) -> Callable[[], object]:
        def post() -> None:
            assert snapshot().version  # every request has a snapshot before it writes
            a_thread(by=session.get_one(Member, 1), board=board(title))

        return post

    def close(title: str) -> Callable[[], object]:
        return lambda: set_list(OPERATOR, board(title), [AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.REPLY)])

    with writing():
        a_member("anna")
        for number in range(2):
            a_board(f"Board {number}")
    assert overlapping(app, close("Board 0"), post_as_member("Board 0")) == ["done", "forbidden"]
    assert overlapping(app, post_as_member("Board 1"), close("Board 1")) == ["done", "done"]


@pytest.mark.usefixtures("app_in_context")
def test_a_board_with_threads_is_neither_deleted_nor_made_a_category() -> None:
    thread = a_thread(by=a_member(role="admin"), board=a_board("Talk"))
    tools.delete_thread(thread.starter, thread)
    with pytest.raises(Conflict):
        delete_board(OPERATOR, thread.board)
    with pytest.raises(Invalid) as refused:
        change_board(OPERATOR, thread.board, {"is_category": True})
    assert "is_category" in refused.value.fields
    parent = a_board("Parent")
    a_board("Child", parent_id=parent.id)
    with pytest.raises(Conflict):
        delete_board(OPERATOR, parent)


@pytest.mark.usefixtures("app_in_context")
def test_a_form_opened_before_another_change_is_refused_once_with_what_is_stored_now() -> None:
    talk = a_board("Talk")
    seen = fingerprint(board_values(talk))
    change_board(OPERATOR, talk, {"description": "The first"}, seen=seen)
    with pytest.raises(ChangedMeanwhile) as refused:
        change_board(OPERATOR, talk, {"title": "Talk", "description": "The second"}, seen=seen)
    assert list(refused.value.fields) == ["description"]
    change_board(OPERATOR, talk, {"description": "The second"}, seen=fingerprint(board_values(talk)))
    assert talk.description == "The second"


@pytest.mark.usefixtures("app_in_context")
def test_saving_what_is_already_stored_is_no_conflict_and_no_log_entry() -> None:
    talk = a_board("Talk")
    assert change_board(OPERATOR, talk, board_values(talk), seen="another") == []


def test_two_admins_who_create_the_same_board_get_one(app: Flask, writing: Writing) -> None:
    with writing():
        a_board("Before")

    def create(_: int) -> str:
        with app.app_context():
            try:
                with transaction():
                    create_board(OPERATOR, {"title": "Same"})
            except Invalid:
                return "refused"
            return "created"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(create, range(4))) == ["created", "refused", "refused", "refused"]


def continue_merges() -> None:
    for board_id in session.scalars(select(BoardMerge.board_id)).all():
        merges._continue(board_id)


LISTS: list[list[AccessEntry] | None] = [None, [], [AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.REPLY)]]


def random_change(number: random.Random, admin: Member) -> None:
    """One random act of an admin or moderator."""
    boards = list(boards_in_order())
    chosen, other = number.choice(boards), number.choice(boards)
    threads = list(session.scalars(select(Thread.id)))
    acts: list[Callable[[], object]] = [
        lambda: create_board(OPERATOR, {"title": f"Board {number.random()}", "parent_id": chosen.id}),
        lambda: change_board(OPERATOR, chosen, {"parent_id": number.choice([None, other.id])}),
        lambda: set_list(OPERATOR, chosen, number.choice(LISTS)),
        lambda: move_board(OPERATOR, chosen, up=number.random() < 0.5),
        lambda: delete_board(OPERATOR, chosen),
        lambda: merges.start_merge(OPERATOR, chosen, other.id),
        continue_merges,
        lambda: a_thread(by=admin, board=chosen),
        lambda: tools.move_thread(admin, find_thread(admin, number.choice(threads)), board=other),
        lambda: tools.delete_thread(admin, find_thread(admin, number.choice(threads))),
    ]
    number.choice(acts)()


@pytest.mark.parametrize("seed", range(examples(4)))
@pytest.mark.usefixtures("app_in_context")
def test_after_any_sequence_of_acts_every_count_is_exact(seed: int) -> None:
    number, admin = random.Random(seed), a_member(role="admin")
    a_thread(by=admin, board=a_board("First"))
    a_board("Second")
    session.commit()
    for _ in range(60):
        try:
            with transaction():
                random_change(number, session.merge(admin))
        except ForumError:
            continue
    assert list(check()) == []
