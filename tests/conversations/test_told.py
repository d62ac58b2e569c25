"""Members are told once that somebody wrote to them, until they visit the conversation."""

import pytest

from forum.conversations import actions, read_state
from forum.conversations.cleanup import delete_slice
from forum.infra.database.db import session
from forum.models import Channel, Member, Notification
from forum.notifications import choices
from forum.notifications.queries import rows_of, unseen_count
from forum.notifications.rows import RowView, views
from tests.factories import a_conversation, a_member, ignored

pytestmark = pytest.mark.usefixtures("app_in_context")


def rows(member: Member) -> list[RowView]:
    session.refresh(member, ["unseen_notifications"])
    return views(rows_of(member)[0])


def told(member: Member) -> list[str]:
    """The unread rows of a member's list, as they read."""
    return [f"{row.sentence} {row.title}" for row in rows(member) if row.is_unread]


def test_the_first_unread_message_is_told_and_the_next_after_a_visit() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben, title="A trip")
    actions.reply(anna, talk, body="Shall we?")
    assert (told(anna), told(ben), unseen_count(ben)) == ([], ["anna wrote to you in A trip"], 1)
    assert (rows(ben)[0].path, rows(ben)[0].actor) == (f"/conversations/{talk.id}", anna)
    read_state.mark_read(ben, talk, 2)
    assert (told(ben), unseen_count(ben)) == ([], 0)
    actions.reply(anna, talk, body="Or not?")
    assert (told(ben), len(rows(ben)), unseen_count(ben)) == (["anna wrote to you in A trip"], 1, 1)


def test_marking_as_read_and_leaving_take_it_back_and_an_invitation_tells_again() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben, title="A trip")
    actions.mark_read(ben, talk)
    assert (told(ben), unseen_count(ben)) == ([], 0)
    actions.reply(anna, talk, body="Shall we?")
    actions.leave(ben, talk)
    assert (told(ben), unseen_count(ben)) == ([], 0)
    actions.invite(anna, talk, names="ben")
    assert (told(ben), unseen_count(ben)) == (["anna wrote to you in A trip"], 1)


def test_who_ignores_the_author_or_wants_no_word_of_messages_is_not_told() -> None:
    anna, ben, cleo, dora = (a_member(name) for name in ("anna", "ben", "cleo", "dora"))
    talk = a_conversation(anna, ben, cleo, dora)
    for member in (ben, cleo, dora):
        actions.mark_read(member, talk)
    ignored(ben, anna)
    choices.choose(cleo, {"message": {Channel.SITE: False}})
    actions.reply(anna, talk, body="Shall we?")
    assert ([told(each) for each in (ben, cleo)], len(told(dora))) == ([[], []], 1)


def test_what_was_told_says_the_new_title_and_goes_with_the_conversation() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben, title="A trip")
    actions.rename(anna, talk, title="Two trips")
    assert told(ben) == ["anna wrote to you in Two trips"]
    for member in (anna, ben):
        session.expire(talk)
        actions.leave(member, talk)
    delete_slice(talk.id)
    assert session.query(Notification).count() == 0, "another conversation may get the number"


def test_a_message_is_told_though_a_line_about_the_conversation_is_unread_before_it() -> None:
    anna, ben, cleo = a_member("anna"), a_member("ben"), a_member("cleo")
    talk = a_conversation(anna, ben, cleo, title="A trip")
    actions.mark_read(ben, talk)
    actions.rename(anna, talk, title="Two trips")
    actions.leave(cleo, talk)
    assert told(ben) == []
    actions.reply(anna, talk, body="Shall we?")
    assert (told(ben), unseen_count(ben)) == (["anna wrote to you in Two trips"], 1)
    actions.reply(anna, talk, body="Or not?")
    assert (len(rows(ben)), unseen_count(ben)) == (1, 1)


def test_a_message_is_told_though_one_of_an_ignored_member_is_unread_before_it() -> None:
    anna, ben, cleo = a_member("anna"), a_member("ben"), a_member("cleo")
    talk = a_conversation(anna, ben, cleo, title="A trip")
    actions.mark_read(ben, talk)
    ignored(ben, cleo)
    actions.reply(cleo, talk, body="Listen to me!")
    assert told(ben) == []
    actions.reply(anna, talk, body="Shall we?")
    assert (told(ben), unseen_count(ben)) == (["anna wrote to you in A trip"], 1)
