"""The buttons and the page of watching: without JavaScript, for members only, in one click."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from forum.infra.database.db import db, session
from forum.models import BoardWatch, Member, Thread, ThreadWatch, WatchLevel
from forum.threads.queries import open_thread
from forum.watching import queries
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing
from tests.query_plans import sqlite_plans

THREAD, BOARD = "/threads/1-a-quiet-talk", "/boards/2-harbour"
SITE, MUTED = WatchLevel.SITE, WatchLevel.MUTED


@pytest.fixture(autouse=True)
def talk(writing: Writing) -> None:
    with writing():
        a_member("ben")
        a_board("Elsewhere")
        a_thread(title="A quiet talk", board=a_board("Harbour"))


@pytest.fixture
def ben(client: FlaskClient) -> FlaskClient:
    log_in(client, "ben")
    return client


def press(client: FlaskClient, path: str, level: str, **query: str) -> str:
    """The address to which a button leads; the page there says what was done."""
    form = {"csrf_token": token_in(client.get("/").text), "level": level}
    answer = client.post(f"{path}/watch", query_string=query, data=form)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def level(app: Flask, model: type[ThreadWatch | BoardWatch]) -> list[str]:
    with app.app_context():
        ben = session.scalars(select(Member).where(Member.username == "ben")).one()
        return list(session.scalars(select(model.level).where(model.member_id == ben.id)))


def test_one_click_watches_and_another_stops(app: Flask, ben: FlaskClient) -> None:
    for chosen, offered, said in (
        ("site", "Stop watching", "You watch this thread now."),
        ("off", "Watch", "You do not watch this thread any more."),
        ("muted", "Unmute", "Thread muted."),
        ("off", "Watch", "Thread unmuted."),
    ):
        page = ben.get(press(ben, THREAD, chosen)).text
        assert said in page
        assert f"<span>{offered}</span></button>" in page
        assert level(app, ThreadWatch) == [chosen]


def test_a_board_is_watched_for_threads_or_every_post(app: Flask, ben: FlaskClient) -> None:
    page = ben.get(press(ben, BOARD, "site", told_of="posts")).text
    assert "You watch this board now." in page
    assert re.search(r'aria-current="true"><span>Watch: told of every post', page)
    assert "Stop watching" in ben.get(THREAD).text, "every post of its threads is told"
    press(ben, BOARD, "site")
    assert "<span>Watch</span></button>" in ben.get(THREAD).text
    assert level(app, BoardWatch) == ["site"]


def test_the_button_leads_back_to_where_it_was_on_this_site_only(ben: FlaskClient) -> None:
    assert press(ben, THREAD, "site", next="/account/watched") == "/account/watched"
    assert press(ben, THREAD, "site", next="https://example.net/") == "/"
    assert press(ben, THREAD, "site") == THREAD


@pytest.mark.parametrize("wrong", ["", "monthly", "x" * 5000])
def test_other_levels_are_refused(app: Flask, ben: FlaskClient, wrong: str) -> None:
    form = {"csrf_token": token_in(ben.get("/").text), "level": wrong}
    assert ben.post(f"{THREAD}/watch", data=form).status_code in {413, 422}
    assert level(app, ThreadWatch) == []


def test_guests_see_no_button_and_cannot_watch(client: FlaskClient) -> None:
    for path in (THREAD, BOARD, "/whats-new?filter=watched"):
        assert "/watch?" not in client.get(path).text
    assert client.get("/account/watched").status_code == 303
    assert client.get("/api/v1/threads?watched=true").status_code == 401
    assert client.put("/api/v1/threads/1/watch", json={}).status_code == 401


def test_the_page_lists_what_is_watched_and_muted_without_what_is_hidden(ben: FlaskClient, writing: Writing) -> None:
    with writing():
        me = session.scalars(select(Member).where(Member.username == "ben")).one()
        hidden, muted = a_thread(title="Plans", board=a_board("Staff room")), a_thread(title="Noise")
        for thread, chosen in ((hidden, SITE), (muted, MUTED)):
            choose_for_thread(me, thread, chosen)
            choose_for_board(me, thread.board, chosen)
        a_list(hidden.board, an_entry(a_group()))
    press(ben, THREAD, "site")
    page = ben.get("/account/watched").text
    assert "A quiet talk" in page
    assert not {"Plans", "Staff room", "Noise"} & set(re.findall(r"Plans|Staff room|Noise", page))
    assert "Noise" in ben.get("/account/watched?show=muted").text
    assert ben.get("/account/watched?page=2").status_code == 404


def test_everything_is_stopped_in_one_act_which_asks_first_and_is_undone(app: Flask, ben: FlaskClient) -> None:
    press(ben, THREAD, "site")
    press(ben, BOARD, "muted")
    assert "/account/watched/stop" in ben.get("/account/watched").text
    token = {"csrf_token": token_in(ben.get("/account/watched/stop").text)}
    for _ in range(2):
        answer = ben.post("/account/watched/stop", data=token)
    assert answer.status_code == 303
    assert (level(app, ThreadWatch), level(app, BoardWatch)) == (["off"], ["muted"])
    ben.post("/account/watched/start-again", data=token)
    assert level(app, ThreadWatch) == ["site"]
    ben.post("/account/watched/stop", data=token)
    assert 'formaction="/account/watched/start-again"' in ben.get("/account/watched").text
    press(ben, THREAD, "muted")
    ben.post("/account/watched/start-again", data=token)
    assert level(app, ThreadWatch) == ["muted"], "what was chosen since stays"


def test_members_choose_what_is_watched_when_they_write(app: Flask, ben: FlaskClient, writing: Writing) -> None:
    form = {"csrf_token": token_in(ben.get("/account/watched").text), "started": "off", "answered": "site"}
    assert ben.post("/account/watched", data=form).status_code == 303
    with writing():
        me = session.scalars(select(Member).where(Member.username == "ben")).one()
        assert (me.watch_started, me.watch_answered) == ("off", "site")
    assert ben.post("/account/watched", data=form | {"started": "hourly"}).status_code == 422


def test_whats_new_has_tabs_for_both_filters(ben: FlaskClient, writing: Writing) -> None:
    assert "You watch no threads." in ben.get("/whats-new?filter=watched").text
    assert "You have not written in any thread yet." in ben.get("/whats-new?filter=participated").text
    with writing():
        me = session.scalars(select(Member).where(Member.username == "ben")).one()
        a_post(thread=a_thread(title="Tides"), by=me)
    for chosen in ("watched", "participated"):
        page = ben.get(f"/whats-new?filter={chosen}").text
        assert "Tides" in page
        assert "A quiet talk" not in page.split('class="rows threads"')[1]


def test_the_api_watches_mutes_and_filters(app: Flask, ben: FlaskClient) -> None:
    headers = {"X-CSRFToken": token_in(ben.get("/").text)}
    path, board = "/api/v1/threads/1/watch", "/api/v1/boards/2/watch"
    assert ben.get(path).get_json() == {"level": "off"}
    assert ben.put(path, json={"mail": False}, headers=headers).get_json() == {"level": "site"}
    assert [each["id"] for each in ben.get("/api/v1/threads?watched=true").get_json()["items"]] == [1]
    assert ben.get("/api/v1/threads?participated=true").get_json()["items"] == []
    assert (
        ben.put(path, json={"mail": True}, headers=headers).get_json() == {"level": "mail"} == ben.get(path).get_json()
    )
    ben.put(path, json={"level": "muted"}, headers=headers)
    assert ben.get("/api/v1/whats-new").get_json()["items"] == []
    assert ben.delete(path, headers=headers).status_code == 204
    assert level(app, ThreadWatch) == ["off"]
    chosen = {"level": "site", "told_of": "posts"}
    assert ben.put(board, json=chosen, headers=headers).get_json() == chosen == ben.get(board).get_json()
    assert ben.delete(board, headers=headers).status_code == 204
    assert ben.put("/api/v1/threads/999/watch", json={}, headers=headers).status_code == 404


def test_no_more_threads_than_lists_can_leave_out_are_muted(
    ben: FlaskClient, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.watching.actions.MAX_MUTED_THREADS", 1)
    with writing():
        choose_for_thread(session.scalars(select(Member).where(Member.username == "ben")).one(), a_thread(), MUTED)
    form = {"csrf_token": token_in(ben.get("/").text), "level": "muted"}
    assert ben.post(f"{THREAD}/watch", data=form).status_code == 409


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def test_a_threads_page_knows_all_choices_without_a_statement_more(app: Flask, writing: Writing) -> None:
    with writing():
        me = session.scalars(select(Member).where(Member.username == "ben")).one()
        for number, chosen in enumerate((SITE, MUTED, MUTED)):
            thread = a_thread()
            choose_for_thread(me, thread, chosen)
            choose_for_board(me, thread.board, (SITE, MUTED)[number % 2])
    with writing():
        me = session.scalars(select(Member).where(Member.username == "ben")).one()
        assert queries.default_level(me, started=True) == SITE  # loads the settings
        with statements() as asked:
            opened = open_thread(me, 2)
            watches = queries.watches_of(me)
        assert len(asked) == 1
        assert opened.watch == SITE
        assert (len(watches.boards), set(watches.muted_threads)) == (3, {3, 4})


def test_lists_ask_for_the_choices_of_those_only_who_have_any(writing: Writing) -> None:
    with writing():
        thread_id = a_thread().id
    for chosen, number in ((SITE, 0), (MUTED, 1), (SITE, 0)):
        with writing():
            me = session.scalars(select(Member).where(Member.username == "ben")).one()
            choose_for_thread(me, session.get_one(Thread, thread_id), chosen)
        with writing():
            me = session.scalars(select(Member).where(Member.username == "ben")).one()
            with statements() as asked:
                assert len(queries.watches_of(me).muted_threads) == number
            assert len(asked) == number


@pytest.mark.sqlite
def test_who_watches_thousands_of_threads_has_an_index_of_the_muted_ones(app_in_context: Flask) -> None:
    member = a_member("cleo")
    choose_for_thread(member, a_thread(), MUTED)
    session.flush()
    plans = sqlite_plans(lambda: queries.watches_of(member))
    assert any("ix_thread_watch_muted" in step for steps in plans.values() for step in steps)
    assert not any("thread_watch USING INDEX sqlite_autoindex" in step for steps in plans.values() for step in steps)
