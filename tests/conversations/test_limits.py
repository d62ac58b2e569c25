"""Limits against mass mailing, which are stricter for new members."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from forum.conversations import access, actions, rules
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, TooSoon
from forum.infra.settings import Settings
from forum.models import BlockedLink, ConversationMessage
from forum.site.actions import set_value
from forum.site.queries import snapshot
from tests.conftest import settings_on
from tests.factories import a_conversation, a_member, a_newcomer

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def settings(home: Path) -> Settings:
    """With limits."""
    return settings_on(home, FORUM_LIMITS="on")


def later() -> None:
    """Let all messages be older, so that no pause between two is asked for."""
    session.execute(update(ConversationMessage).values(created_at=datetime(2020, 1, 1, tzinfo=UTC)))


def test_new_members_start_only_few_conversations_a_day() -> None:
    nora, others = a_newcomer("nora"), [a_member().username for _ in range(4)]
    for name in others[: snapshot().conversations_per_day_new]:
        actions.start(nora, names=name, title="Hi", body=f"Hello {name}")
        later()
    with pytest.raises(TooSoon, match="at most 3 conversations a day"):
        actions.start(nora, names=others[-1], title="Hi", body="Hello again")


def test_others_start_more_conversations_a_day_but_not_any_number() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    for number in range(snapshot().conversations_per_day):
        actions.start(anna, names="ben", title="Hi", body=f"Hello {number}")
        later()
    with pytest.raises(TooSoon, match="at most 20 conversations a day"):
        actions.start(anna, names="ben", title="Hi", body="Hello again")
    actions.start(ben, names="anna", title="Hi", body="Hello back")


def test_a_member_invites_only_so_many_a_day() -> None:
    anna = a_member("anna")
    names = [a_member().username for _ in range(snapshot().recipients_per_day + 1)]
    most = snapshot().conversation_members - 1
    for first in range(0, snapshot().recipients_per_day, most):
        some = names[first : min(first + most, snapshot().recipients_per_day)]
        talk = actions.start(anna, names=",".join(some), title="Hi", body=f"Hello {first}")
        later()
    with pytest.raises(TooSoon, match="at most 60 members a day, or invite them"):
        actions.invite(anna, talk, names=names[-1])


def test_a_conversation_has_at_most_twenty_members_at_once() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    names = [a_member().username for _ in range(snapshot().conversation_members)]
    with pytest.raises(Invalid) as raised:
        actions.start(anna, names=",".join(names), title="Hi", body="Hello")
    assert [str(each) for each in raised.value.fields["to"]] == ["A conversation can have at most 20 members."]
    talk = actions.start(anna, names=",".join([*names[:18], "ben"]), title="Hi", body="Hello")
    with pytest.raises(Invalid) as raised:
        actions.invite(anna, talk, names=names[-1])
    assert list(raised.value.fields) == ["to"]
    actions.leave(ben, talk)
    actions.invite(anna, talk, names=names[-1])


def test_a_title_that_is_too_long_is_refused_at_its_field() -> None:
    with pytest.raises(Invalid) as raised:
        rules.checked_title("x" * (rules.TITLE_MAX + 1))
    told = [str(each) for each in raised.value.fields["title"]]
    assert told == ["Titles can have at most 150 characters (you have 151)."]


def test_new_members_write_to_only_few_members() -> None:
    names = [a_member().username for _ in range(snapshot().recipients_per_day_new + 1)]
    with pytest.raises(Invalid) as raised:
        actions.start(a_newcomer(), names=",".join(names), title="Hi", body="Hello")
    assert [str(each) for each in raised.value.fields["to"]] == [
        "You can write to at most 5 members a day, or invite them."
    ]
    actions.start(a_member(), names=",".join(names), title="Hi", body="Hello")


def test_new_members_begin_no_conversation_with_a_link_but_answer_with_one() -> None:
    nora, anna = a_newcomer("nora"), a_member("anna")
    with pytest.raises(Invalid) as raised:
        actions.start(nora, names="anna", title="Hi", body="Look: https://pills.example/")
    assert list(raised.value.fields) == ["body"]
    talk = a_conversation(anna, nora)
    actions.reply(nora, talk, body="Look: https://pictures.example/")


def test_the_same_text_is_not_sent_to_one_after_the_other() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    a_conversation(anna, ben, body="Buy my boat")
    with pytest.raises(Invalid):
        a_conversation(anna, cora, body="Buy my boat")


def test_links_to_blocked_domains_are_refused() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    until = datetime(2100, 1, 1, tzinfo=UTC)
    session.add(BlockedLink(domain="pills.example", until=until, created_at=clock.now()))
    session.flush()
    with pytest.raises(Invalid):
        a_conversation(anna, ben, body="https://www.pills.example/now")


def test_staff_write_without_these_limits() -> None:
    boss = a_member(role="moderator")
    for _ in range(snapshot().conversations_per_day + 1):
        a_conversation(boss, a_member())


@pytest.mark.parametrize("name", ["conversations_per_day_new", "recipients_per_day_new"])
def test_the_operator_can_let_new_members_only_answer(name: str) -> None:
    nora, anna = a_newcomer("nora"), a_member("anna")
    set_value(name, 0)
    assert "New members cannot start" in str(access.may_start(nora).refusal)
    assert access.may_start(anna)
    with pytest.raises(Forbidden):
        actions.start(nora, names="anna", title="Hi", body="Hello")
    talk = actions.start(anna, names="nora", title="Hi", body="Hello")
    actions.reply(nora, talk, body="Hello back")


def test_a_conversation_that_is_larger_than_a_new_limit_stays_and_takes_nobody_more() -> None:
    anna = a_member("anna")
    talk = a_conversation(anna, *(a_member() for _ in range(4)))
    set_value("conversation_members", 3)
    later()
    actions.reply(anna, talk, body="We are five")
    with pytest.raises(Invalid) as of_invitation:
        actions.invite(anna, talk, names=a_member().username)
    names = ",".join(a_member().username for _ in range(3))
    later()
    with pytest.raises(Invalid) as of_start:
        actions.start(anna, names=names, title="Hi", body="Hello")
    for refused in (of_invitation, of_start):
        assert [str(each) for each in refused.value.fields["to"]] == ["A conversation can have at most 3 members."]
