"""One person in one tab counts once across logging in and out, also without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.models import Member
from forum.presence.actions import arrive, forget_member, leave
from forum.presence.queries import viewers
from forum.presence.visitor_key import VisitorKey
from tests.presence.backends import BACKENDS, bare_app_for, settings_for
from tests.presence.visitors import FIREFOX

TAB = "a1b2c3d4e5f6g7"
ANNA = Member(id=5, username="anna")
GUEST = VisitorKey("192.0.2.1", FIREFOX)
MEMBER = VisitorKey("192.0.2.1", FIREFOX, ANNA)


@pytest.fixture(params=BACKENDS)
def bare_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    with bare_app_for(settings_for(request.param, tmp_path)) as app:
        yield app


def counted() -> tuple[int, int]:
    seen = viewers("thread:1", None)
    return seen.members, seen.guests


@pytest.mark.usefixtures("bare_app")
def test_a_guest_who_logs_in_in_another_tab_becomes_a_member() -> None:
    arrive("thread:1", GUEST, tab=TAB)
    assert counted() == (0, 1)
    arrive("thread:1", MEMBER, tab=TAB)
    assert counted() == (1, 0)


@pytest.mark.usefixtures("bare_app")
def test_a_member_who_logs_out_in_another_tab_becomes_a_guest() -> None:
    arrive("thread:1", MEMBER, tab=TAB)
    arrive("thread:1", GUEST, tab=TAB)
    assert counted() == (0, 1)


@pytest.mark.usefixtures("bare_app")
def test_without_scripts_a_member_disappears_at_logout() -> None:
    arrive("thread:1", MEMBER)
    forget_member(ANNA)
    arrive("thread:1", GUEST)
    assert counted() == (0, 1)


@pytest.mark.usefixtures("bare_app")
def test_a_leave_request_with_another_user_agent_closes_the_tab() -> None:
    arrive("thread:1", GUEST, tab=TAB)
    leave("thread:1", VisitorKey("192.0.2.1", "Another/1.0"), tab=TAB)
    assert counted() == (0, 0)


@pytest.mark.usefixtures("bare_app")
def test_a_heartbeat_after_the_leave_request_brings_nobody_back() -> None:
    arrive("thread:1", MEMBER, tab=TAB)
    leave("thread:1", MEMBER, tab=TAB)
    arrive("thread:1", MEMBER, tab=TAB)
    leave("thread:1", GUEST, tab=TAB + "2")
    arrive("thread:1", GUEST, tab=TAB + "2")
    assert counted() == (0, 0)
    arrive("thread:1", MEMBER, tab=TAB + "3")
    assert counted() == (1, 0)
