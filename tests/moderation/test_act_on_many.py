"""Moderators tick threads or posts in lists, act on all of them at once, and undo that at once."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.undo import running
from forum.admin.undo.actions import find_act, undo
from forum.archive.check import check, position_gaps
from forum.archive.role_lists import OPEN, list_of_roles
from forum.infra.database.db import session, transaction
from forum.models import Board, BulkAct, LogEntry, Member, Post, Thread
from forum.moderation import bulk, tools
from forum.threads import actions
from tests.admin.pages import error_at, member, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing

SELECT = "/moderation/select"


@pytest.fixture
def forum(writing: Writing) -> None:
    """A moderator of everything, mona, one of the first board, anna, 23 threads in that, and 2 elsewhere."""
    with writing():
        a_member("mona", role="moderator")
        keepers = a_group("Keepers", a_member("anna"))
        here, there = a_board("Here"), a_board("There")
        a_list(here, *list_of_roles(*OPEN), an_entry(keepers, moderates=True))
        starter = a_member("starter")
        for number in range(25):
            a_thread(board=here if number < 23 else there, by=starter, title=f"Thread {number + 1:02}")
        for _ in range(3):
            a_post(thread=session.get(Thread, 1), by=starter)


@pytest.fixture(autouse=True)
def on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be left to the job unless a test wants that."""
    monkeypatch.setattr(bulk, "MAX_RUN_SECONDS", 60.0)


class Selecting:
    """A moderator who ticks boxes, without scripts."""

    def __init__(self, client: FlaskClient, name: str, place: str) -> None:
        log_in(client, name)
        self.client = client
        self.page = client.get(f"{SELECT}?in={place}")

    def press(self, *, tick: tuple[int, ...] = (), **more: str) -> TestResponse:
        """Tick boxes and press a button."""
        form = parsed(self.page).select_one("form.select")
        assert form is not None, self.page.text
        hidden = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
        boxes = {str(box["name"]): "yes" for box in form.select("input:checked")} | {f"tick_{n}": "yes" for n in tick}
        self.sent = hidden | boxes | more
        self.page = self.client.post(SELECT, data=self.sent)
        return self.page

    def result(self) -> str:
        """The page to which the act led."""
        assert self.page.status_code == 303, self.page.text
        self.page = self.client.get(self.page.location)
        main = parsed(self.page).select_one("main")
        assert main is not None
        return " ".join(main.get_text(" ").split())

    def undo(self) -> str:
        """Press Undo on the page of the result."""
        form = parsed(self.page).select_one('main form[action$="/undo"]')
        assert form is not None, self.page.text
        self.page = self.client.post(str(form["action"]), data={"csrf_token": token_in(self.page.text), "next": "/"})
        return self.result()


def threads_of(app: Flask, condition: object) -> set[int]:
    with app.app_context():
        return set(session.scalars(select(Thread.id).where(condition)))  # type: ignore[arg-type]


def assert_exact(app: Flask) -> None:
    with app.app_context():
        assert [*map(str, check()), *position_gaps()] == []


def test_ticks_of_several_pages_are_moved_together_and_back_by_one_undo(
    app: Flask, client: FlaskClient, forum: None
) -> None:
    anna = Selecting(client, "mona", "board:1")
    anna.press(tick=(23, 22), go="2")
    assert "2 are ticked. 2 of them are on other pages." in " ".join(anna.page.text.split())
    anna.press(tick=(2,), go="1")
    assert {box["name"] for box in parsed(anna.page).select("input:checked")} == {"tick_23", "tick_22"}
    anna.press(act="move")
    assert (anna.page.status_code, error_at(anna.page, "board")) == (422, "Choose a board.")
    anna.press(act="move", board="2", reason="")
    assert anna.result().startswith("3 threads moved. Undo")
    assert threads_of(app, Thread.board_id == 2) == {2, 22, 23, 24, 25}
    assert anna.undo().startswith("3 changes undone.")
    assert threads_of(app, Thread.board_id == 2) == {24, 25}
    assert_exact(app)


def test_who_sent_the_form_twice_acted_once(app: Flask, client: FlaskClient, forum: None) -> None:
    mona = Selecting(client, "mona", "new")
    first = mona.press(tick=(25, 1), act="pin").location
    assert client.post(SELECT, data=mona.sent).location == first
    with app.app_context():
        assert len(session.scalars(select(BulkAct)).all()) == 1
    assert threads_of(app, Thread.is_pinned) == {1, 25}


def test_what_was_not_done_is_named_with_the_reason(app: Flask, client: FlaskClient, forum: None) -> None:
    with app.app_context(), transaction():
        tools.lock(member("mona"), session.get_one(Thread, 2))
    anna = Selecting(client, "anna", "new")
    assert parsed(anna.page).select_one("[name=tick_25]") is None  # she does not moderate that board
    assert parsed(anna.page).select_one("[name=tick_23]") is not None
    anna.press(tick=(1, 2, 25, 999), act="lock")
    said = anna.result()
    assert said.startswith("1 thread locked. 1 was so already. 2 were not: Thread 25 Only moderators can do this.")
    assert "It no longer exists, or you cannot see it." in said
    assert threads_of(app, Thread.is_locked) == {1, 2}
    anna.undo()
    assert threads_of(app, Thread.is_locked) == {2}


def test_posts_are_deleted_together_but_not_the_first(app: Flask, client: FlaskClient, forum: None) -> None:
    anna = Selecting(client, "anna", "thread:1")
    with app.app_context():
        ids = tuple(session.scalars(select(Post.id).where(Post.thread_id == 1)))
    anna.press(tick=ids, act="delete-posts", reason="advertising")
    said = anna.result()
    assert said.startswith("3 posts deleted. 1 was not: Thread 01 #1 You cannot delete the first post without its")
    with app.app_context():
        assert set(session.scalars(select(Post.delete_reason).where(Post.is_deleted))) == {"advertising"}
    assert_exact(app)
    assert anna.undo().startswith("3 changes undone.")
    assert_exact(app)


def test_undo_keeps_what_others_changed_meanwhile_and_says_so(app: Flask, client: FlaskClient, forum: None) -> None:
    mona = Selecting(client, "mona", "threads-of:3")
    mona.press(tick=(1, 2, 3), act="delete", reason="spam")
    assert mona.result().startswith("3 threads deleted.")
    with app.app_context(), transaction():
        tools.undelete_thread(member("mona"), session.get_one(Thread, 2))
    assert mona.undo().startswith("2 changes undone. 1 was not: Thread 02 This was changed again since")
    assert threads_of(app, Thread.is_deleted) == set()
    assert mona.undo().startswith("2 changes undone.")  # they are deleted again
    assert threads_of(app, Thread.is_deleted) == {1, 3}
    assert_exact(app)


def test_the_job_does_the_rest_and_undoing_stops_it(app: Flask, forum: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_TRANSACTION_SECONDS", 0.0)
    with app.app_context():
        with transaction():
            first = bulk.start(member("mona"), "pin", range(1, 11)).entry_id
        running.run(first, seconds=0.000001)
        assert len(session.get_one(BulkAct, first).outcomes) == 1  # the process was killed here
        running.run_pending()
        assert threads_of(app, Thread.is_pinned) == set(range(1, 11))
        with transaction():
            second = bulk.start(member("mona"), "lock", range(1, 11)).entry_id
        running.run(second, seconds=0.000001)
        with transaction():
            undo(member("mona"), find_act(member("mona"), second))
        running.run_pending()
        assert threads_of(app, Thread.is_locked) == set()


def test_a_moderator_who_is_banned_meanwhile_does_nothing_more(app: Flask, forum: None) -> None:
    with app.app_context():
        with transaction():
            begun = bulk.start(member("mona"), "pin", [1, 2]).entry_id
        with transaction():
            member("mona").role = "member"
        running.run_pending()
        assert [str(why) for _, why in bulk.outcomes_of(session.get_one(BulkAct, begun))] == [
            "Only moderators can do this."
        ] * 2


def test_only_those_who_moderate_find_the_way(client: FlaskClient, forum: None) -> None:
    pages = ("/boards/1-here", "/whats-new", "/members/3-starter", "/members/3-starter?tab=threads")
    for page in pages:
        assert "/moderation/select" not in client.get(page).text
    client = client.application.test_client()
    log_in(client, "starter")
    for page in pages:
        assert "/moderation/select" not in client.get(page).text
    assert client.get(SELECT).status_code == 403
    token = token_in(client.get("/account").text)
    assert client.post(SELECT, data={"csrf_token": token, "act": "pin", "tick_1": "yes"}).status_code == 403
    client = client.application.test_client()
    log_in(client, "anna")
    for page in pages:
        link = parsed(client.get(page)).select_one('a[href^="/moderation/select"]')
        assert link is not None, page
        assert client.get(str(link["href"])).status_code == 200
    assert "/moderation/select" not in client.get("/boards/2-there").text


def test_nothing_ticked_or_too_much_is_refused_with_the_ticks_kept(client: FlaskClient, forum: None) -> None:
    mona = Selecting(client, "mona", "board:1")
    assert "Nothing is ticked." in mona.press(act="pin").text
    many = ",".join(map(str, range(1, bulk.MAX_AT_ONCE + 10)))
    assert "That is too many at once: at most 500." in mona.press(act="pin", kept=many).text
    assert client.get(f"{SELECT}?in=board:99").status_code == 404
    assert client.get(f"{SELECT}?in=nothing").status_code == 404


def test_the_undo_in_the_toast_needs_no_password_and_can_be_undone(
    app: Flask, client: FlaskClient, forum: None
) -> None:
    log_in(client, "anna")
    token = token_in(client.get("/account").text)
    page = client.post("/threads/1-x/pin", data={"csrf_token": token}, follow_redirects=True)
    for pinned in (set[int](), {1}):
        button = parsed(page).select_one('.toast [formaction^="/moderation/acts/"]')
        assert button is not None
        page = client.post(str(button["formaction"]), data={"csrf_token": token}, follow_redirects=True)
        assert threads_of(app, Thread.is_pinned) == pinned
    client = app.test_client()
    log_in(client, "starter")
    token = token_in(client.get("/account").text)
    with app.app_context():
        entry_id = session.scalars(select(LogEntry.id).where(LogEntry.action == "pin-thread").limit(1)).one()
    assert client.post(f"/moderation/acts/{entry_id}/undo", data={"csrf_token": token}).status_code in {403, 404}


def test_the_log_shows_what_was_edited_and_undoes_acts_on_many(app: Flask, client: FlaskClient, forum: None) -> None:
    with app.app_context(), transaction():
        mona, thread = member("mona"), session.get_one(Thread, 1)
        first = session.scalars(select(Post).where(Post.thread_id == 1, Post.position == 1)).one()
        actions.edit_post(mona, first, body="Words of staff.")
        tools.move_thread(mona, thread, board=session.get_one(Board, 2))
        begun = bulk.start(mona, "lock", [1, 2]).entry_id
    with app.app_context():
        running.run_pending()
        by_action = {entry.action: entry.id for entry in session.scalars(select(LogEntry))}
    log_in(client, "mona")
    assert "Words of staff." in client.get(f"/moderation/log/{by_action['edit-post']}").text
    moved = " ".join(parsed(client.get(f"/moderation/log/{by_action['move-thread']}")).get_text(" ").split())
    assert "Before: Here Now: There" in moved
    page = client.get(f"/moderation/log/{begun}")
    assert f'href="/moderation/acts/{begun}?' in page.text
    sent = client.post(f"/moderation/log/{begun}/undo", data={"csrf_token": token_in(page.text)})
    assert sent.location.startswith("/moderation/acts/")
    assert "0 of 2 are done" in client.get(sent.location).text
    with app.app_context():
        running.run_pending()
    assert threads_of(app, Thread.is_locked) == set()
    assert "2 changes undone." in client.get(sent.location).text


def test_what_a_search_finds_in_several_boards_is_ticked_and_deleted_at_once(
    app: Flask, client: FlaskClient, forum: None
) -> None:
    mona = Selecting(client, "mona", "new")
    link = parsed(client.get("/search?q=nowhere&author=starter")).select_one('a[href^="/moderation/select"]')
    assert link is None  # nothing found, nothing to select
    found = parsed(client.get("/search?q=thread&author=starter")).select_one('a[href^="/moderation/select"]')
    assert found is not None
    mona.page = client.get(str(found["href"]))
    assert len(parsed(mona.page).select('input[type="checkbox"]')) == 20
    mona.press(go="all")
    mona.press(go="2")
    assert "20 of them are on other pages." in " ".join(mona.page.text.split())
    mona.press(go="all")
    mona.press(act="delete", reason="Spam")
    assert mona.result().startswith("25 threads deleted.")
    assert threads_of(app, Thread.is_public) == set()
    mona.undo()
    assert len(threads_of(app, Thread.is_public)) == 25
    assert_exact(app)


def test_posts_found_in_a_thread_are_ticked_and_a_broken_search_is_no_list(
    app: Flask, client: FlaskClient, forum: None
) -> None:
    mona = Selecting(client, "mona", "search&query=thread%3D1%26q%3Dpost")
    assert mona.page.status_code == 200
    for query in ("", "q%3D", "board%3Dx%26q%3Dwords", "a%3D1%26" * 40):
        assert client.get(f"{SELECT}?in=search&query={query}").status_code == 404


def test_moving_many_to_where_more_people_see_them_is_asked_first(
    app: Flask, client: FlaskClient, writing: Writing, forum: None
) -> None:
    with writing():
        hidden = a_board("Hidden")
        mona = session.query(Member).filter_by(username="mona").one()
        a_list(hidden, an_entry(a_group("Crew", mona), moderates=True))
        secret = a_thread(board=hidden, by=mona, title="Ours").id
    mona_there = Selecting(client, "mona", "board:3")
    mona_there.press(tick=(secret,), act="move", board="1", redirect_days="7")
    assert mona_there.page.status_code == 409
    assert "1 post becomes visible to more people" in mona_there.page.text
    assert parsed(mona_there.page).select_one(f'input[name="tick_{secret}"][checked]') is not None
    mona_there.press(act="move", board="1", redirect_days="7")
    assert mona_there.result().startswith("1 thread moved.")
