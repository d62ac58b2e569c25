"""Login sessions as rows."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra import clock
from forum.infra.client_ip import ClientAddress, set_client_address
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.members import actions
from forum.members.credentials import sessions
from forum.models import MemberSession
from tests.factories import a_member


def test_only_the_hash_of_a_token_is_stored(app_in_context: Flask) -> None:
    token = sessions.start(a_member(), persistent=False)
    row = session.scalars(select(MemberSession)).one()
    assert len(token) >= 43
    assert token not in str(vars(row))
    assert sessions.find(row.token_hash) is None
    assert sessions.find(token) is row


def test_a_wrong_token_finds_nobody(app_in_context: Flask) -> None:
    sessions.start(a_member(), persistent=False)
    for token in ("", "x", "x" * 10_000, "\0", "'; drop table member", "\ud800"):
        assert sessions.find(token) is None


def test_a_session_ends_after_thirty_idle_days_and_after_sixty_in_all(app_in_context: Flask) -> None:
    begun = clock.now()
    token = sessions.start(a_member(), persistent=True)
    with clock.frozen_at(begun + timedelta(days=29)):
        row = sessions.find(token)
        assert row is not None
        sessions.touch(row)
    with clock.frozen_at(begun + timedelta(days=58)):
        session.expire_all()
        row = sessions.find(token)
        assert row is not None
        sessions.touch(row)
    with clock.frozen_at(begun + timedelta(days=61)):
        assert sessions.find(token) is None
        assert sessions.forget_expired() == 1
    other = sessions.start(a_member(), persistent=True)
    with clock.frozen_at(clock.now() + timedelta(days=31)):
        assert sessions.find(other) is None


def test_a_session_that_is_not_remembered_ends_after_an_idle_day(app_in_context: Flask) -> None:
    anna, begun = a_member(), clock.now()
    token, remembered = (sessions.start(anna, persistent=each) for each in (False, True))
    session.commit()
    with clock.frozen_at(begun + timedelta(hours=23)):
        row = sessions.find(token)
        assert row is not None
        assert [each.is_persistent for each in sessions.of(anna)] == [True, False]
        sessions.touch(row)
    session.rollback()  # it is stored although read requests do not commit
    with clock.frozen_at(begun + timedelta(hours=46)):
        assert sessions.find(token) is not None
        assert sessions.forget_expired() == 0
    with clock.frozen_at(begun + timedelta(hours=48)):
        assert sessions.find(token) is None
        assert sessions.find(remembered) is not None
        assert [each.is_persistent for each in sessions.of(anna)] == [True]
        assert sessions.forget_expired() == 1


def test_session_use_is_recorded_every_five_minutes(app_in_context: Flask) -> None:
    anna = a_member()
    token, begun = sessions.start(anna, persistent=False), clock.now()
    session.commit()
    for minutes, noted in ((3, 0), (6, 6), (8, 6), (12, 12)):
        with clock.frozen_at(begun + timedelta(minutes=minutes)):
            row = sessions.find(token)
            assert row is not None
            sessions.touch(row)
            session.rollback()  # it is stored although read requests do not commit
            used = session.scalars(select(MemberSession)).one().last_used_at
            assert abs(used - begun - timedelta(minutes=noted)) < timedelta(seconds=5)
    assert anna.last_seen_at is not None


def test_the_recorded_origin_is_one_line(app_in_context: Flask) -> None:
    set_client_address(ClientAddress("192.0.2.7", "Mozilla/5.0\r\nX-Evil: 1\u202e" + "x" * 500))
    sessions.start(a_member(), persistent=False)
    set_client_address(ClientAddress())
    row = session.scalars(select(MemberSession)).one()
    assert row.address == "192.0.2.7"
    assert "\n" not in row.agent
    assert len(row.agent) == 200


def test_members_end_only_their_own_sessions(app_in_context: Flask) -> None:
    anna, bert = a_member(), a_member()
    hers, his = sessions.start(anna, persistent=False), sessions.start(bert, persistent=False)
    found = sessions.find(his)
    assert found is not None
    with pytest.raises(NotFound):
        actions.end_session(anna, found.id)
    actions.end_session(bert, found.id)
    assert sessions.find(his) is None
    assert sessions.find(hers) is not None


def test_all_other_sessions_end_and_the_current_one_stays(app_in_context: Flask) -> None:
    anna, bert = a_member(), a_member()
    tokens = [sessions.start(anna, persistent=False) for _ in range(3)]
    other = sessions.start(bert, persistent=False)
    here = sessions.find(tokens[0])
    assert here is not None
    assert actions.end_other_sessions(anna, here=here) == 2
    assert [sessions.find(token) is not None for token in (*tokens, other)] == [True, False, False, True]
    assert [row.id for row in sessions.of(anna)] == [here.id]


def test_a_password_confirmation_is_valid_for_an_hour(app_in_context: Flask) -> None:
    token, begun = sessions.start(a_member(), persistent=False), clock.now()
    row = sessions.find(token)
    assert row is not None
    assert sessions.is_fresh(row)
    with clock.frozen_at(begun + timedelta(minutes=59)):
        assert sessions.is_fresh(row)
    with clock.frozen_at(begun + timedelta(minutes=61)):
        assert not sessions.is_fresh(row)
        sessions.confirm(row)
        session.refresh(row)
        assert sessions.is_fresh(row)
