"""Mutes: what they stop and where, who may impose them, and what the muted are told."""

import random
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum import permissions
from forum.admin.board_actions import delete_board
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.members import sanctions
from forum.models import AccessLevel, Board, Group, LogEntry, Member, Sanction
from forum.reactions.actions import react
from forum.site.actions import bump_version
from forum.site.mutes import Muted, mute_in
from forum.threads import actions
from tests.access_rule import ancestors
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing
from tests.parts import examples


@pytest.mark.parametrize("seed", range(examples(4)))
def test_the_muted_may_do_in_no_muted_board_nor_inside_it_more_than_read(app_in_context: Flask, seed: int) -> None:
    dice, anna, ben = random.Random(seed), a_member("anna"), a_member("ben")
    boards: list[Board] = []
    for _ in range(8):
        parent = dice.choice([*boards, None])
        boards.append(a_board(parent_id=parent.id if parent else None))
    muted = {board.id for board in boards if dice.random() < 0.3}
    posts = [a_post(thread=a_thread(board=board)) for board in boards]
    own_posts = [a_post(thread=post.thread, by=anna) for post in posts]
    for board_id in muted:
        sanctions.impose_mute(None, anna, board_id=board_id)
    for board, post, own in zip(boards, posts, own_posts, strict=True):
        is_free = not muted & {above.id for above in ancestors(board, boards)}
        verdicts = [
            permissions.may_reply_in(anna, board),
            permissions.may_start_thread(anna, board),
            permissions.may_reply(anna, post.thread),
            permissions.may_react(anna, post),
            permissions.may_edit_post(anna, own, window_minutes=0),
            permissions.may_delete_post(anna, own, window_minutes=0),
        ]
        assert [bool(verdict) for verdict in verdicts] == [is_free] * 6, (seed, board.id)
        assert permissions.may_see_post(anna, post)
        assert permissions.may_reply_in(ben, board)
        assert (mute_in(anna, board.id) is None) == is_free


def test_a_mute_everywhere_stops_writing_and_reacting_but_not_rights_of_ones_own(app_in_context: Flask) -> None:
    mona, post = a_member(role="moderator"), a_post()
    until = clock.now() + timedelta(days=2)
    sanctions.impose_mute(None, mona, board_id=None, reason="Shouting", until=until)
    day = until.date()
    with pytest.raises(Muted) as refused:
        actions.reply(mona, post.thread, body="Hello")
    assert (
        str(refused.value.message) == f"You are muted here until {day}: you can read, but not write. Reason: Shouting"
    )
    for denied in (lambda: react(mona, post, kind="like"), lambda: actions.delete_post(mona, post)):
        with pytest.raises(Muted):
            denied()
    assert permissions.may_see_log(mona)
    session.expire(mona)
    with clock.frozen_at(clock.now() + timedelta(days=2, seconds=1)):
        mona.mutes = None
        actions.reply(mona, post.thread, body="Hello again")


def test_a_later_mute_replaces_the_earlier_one_of_the_same_place_only(app_in_context: Flask) -> None:
    anna, board = a_member(), a_board()
    for board_id, reason in ((board.id, "first"), (None, "everywhere"), (board.id, "second")):
        sanctions.impose_mute(None, anna, board_id=board_id, reason=reason)
    open_ones = session.scalars(select(Sanction.reason).where(Sanction.ended_at.is_(None)).order_by(Sanction.id))
    assert open_ones.all() == ["everywhere", "second"]
    assert sanctions.lift_mute(None, anna, board_id=None)
    mute = mute_in(anna, board.id)
    assert mute is not None
    assert mute.reason == "second"
    assert sanctions.lift_mute(None, anna, board_id=board.id)
    assert not sanctions.lift_mute(None, anna, board_id=board.id)
    assert not anna.is_muted
    acts = session.scalars(select(LogEntry.action).order_by(LogEntry.id)).all()
    assert acts == ["mute", "mute", "mute", "unmute", "unmute"]


def test_who_may_mute_whom(app_in_context: Flask) -> None:
    anna, ben, mona, olaf = a_member(), a_member(), a_member(role="moderator"), a_member(role="admin")
    board, other, gardener = a_board(), a_board(), a_member()
    a_list(board, an_entry(a_group(None, gardener), AccessLevel.START, moderates=True))
    allowed = {
        (who, whom, place)
        for who, actor in {"anna": anna, "gardener": gardener, "mona": mona, "olaf": olaf}.items()
        for whom, member in {"ben": ben, "gardener": gardener, "mona": mona, "olaf": olaf}.items()
        for place, board_id in {"board": board.id, "other": other.id, "everywhere": None}.items()
        if sanctions.may_mute(actor, member, board_id)
    }
    places = ("board", "other", "everywhere")
    assert allowed == {
        ("gardener", "ben", "board"),
        *(("mona", whom, place) for whom in ("ben", "gardener") for place in places),
        *(("olaf", whom, place) for whom in ("ben", "gardener", "mona") for place in places),
    }
    inside = a_board(parent_id=other.id)
    a_list(other, an_entry(session.get_one(Group, 2)), an_entry(a_group(None, gardener), moderates=True))
    a_list(inside, an_entry(session.get_one(Group, 2)))
    bump_version()
    assert permissions.may_moderate_in(gardener, other)
    assert not sanctions.may_mute(gardener, ben, other.id), "a mute there would count inside it, too"
    sanctions.impose_mute(None, gardener, board_id=board.id)
    assert not sanctions.may_mute(gardener, ben, board.id)
    sanctions.lift_mute(None, gardener, board_id=board.id)
    with pytest.raises(Forbidden):
        sanctions.mute(gardener, mona, board_id=board.id)
    with pytest.raises(Invalid):
        sanctions.mute(olaf, ben, board_id=999)


def test_deleting_a_board_ends_its_mutes(app_in_context: Flask) -> None:
    anna, board = a_member(), a_board()
    sanctions.impose_mute(None, anna, board_id=board.id)
    delete_board(OPERATOR, board)
    session.expire(anna)
    assert not anna.is_muted


@pytest.fixture
def ben(writing: Writing) -> str:
    """The path of a member's profile; there are a moderator of everything, and one of the first board alone."""
    with writing():
        gina = a_member("gina")
        ben = a_member("ben")
        a_member("mona", role="moderator")
        board = a_board("Garden")
        a_list(board, an_entry(a_group(None, gina), moderates=True), an_entry(session.get_one(Group, 2)))
        a_thread(by=ben, board=board, title="Roses")
        a_thread(by=ben, board=a_board("Kitchen"), title="Soup")
        return ben.path


def send(client: FlaskClient, path: str, **fields: str):  # type: ignore[no-untyped-def]
    return client.post(path, data={"csrf_token": token_in(client.get("/account").text), **fields})


def test_a_moderator_of_a_board_mutes_there_and_lifts_it(client: FlaskClient, app: Flask, ben: str) -> None:
    log_in(client, "gina")
    assert f'href="{ben}/mute"' in client.get(ben).text
    assert f'href="{ben}/ban"' not in client.get(ben).text
    page = client.get("/members/2-ben/mute").text
    assert ("Garden</option>" in page, "Kitchen</option>" in page, "The whole forum" in page) == (True, False, False)
    refused = send(client, "/members/2-ben/mute", board="2", reason="Not here", until="")
    assert (refused.status_code, 'value="Not here"' in refused.text) == (403, True)
    day = (clock.now() + timedelta(days=30)).date()
    assert send(client, "/members/2-ben/mute", board="1", reason="Weeds", until=day.isoformat()).status_code == 303
    assert "Muted in Garden until" in " ".join(client.get(ben).text.split()).replace("<bdi>", "").replace("</bdi>", "")

    muted = app.test_client()
    log_in(muted, "ben")
    garden, kitchen = muted.get("/threads/1-roses").text, muted.get("/threads/2-soup").text
    assert "you can read, but not write. Reason: Weeds" in garden
    assert ('name="body"' in garden, 'name="body"' in kitchen) == (False, True)
    assert "Muted in" in muted.get(ben).text
    answer = muted.post("/api/v1/threads/1/posts", json={"body": "x"}, headers={"X-CSRFToken": token_in(kitchen)})
    assert (answer.status_code, "You are muted here until" in answer.text) == (403, True)
    assert "Muted in" not in app.test_client().get(ben).text

    assert send(client, "/members/2-ben/unmute", board="1").status_code == 303
    assert "Muted in" not in client.get(ben).text
    assert send(muted, "/threads/1-roses/reply", body="Back again").status_code == 303


def test_moderators_read_in_the_log_who_was_muted_where(client: FlaskClient, writing: Writing, ben: str) -> None:
    with writing():
        member = session.scalars(select(Member).where(Member.username == "ben")).one()
        cellar = a_board("Cellar")
        a_list(cellar)
        sanctions.impose_mute(None, member, board_id=cellar.id, reason="Below the stairs")
    log_in(client, "mona")
    send(client, "/members/2-ben/mute", board="2", reason="Spilt soup")
    log = client.get("/moderation/log").text
    assert "Muted member" in log
    assert "Kitchen" in log
    assert "Spilt soup" in log
    assert "Cellar" not in log
    assert "Below the stairs" not in log
    assert "Muted in" in client.get(ben).text
    assert "Cellar" not in client.get(ben).text
