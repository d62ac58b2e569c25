"""Members are told that somebody reacted to their message, until they visit it, and no longer once it is taken back."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.merging import continue_merge, start_merge
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.conversations import actions, queries, reacting
from forum.conversations.cleanup import delete_slice
from forum.infra.database.db import session
from forum.models import AccountMerge, Channel, Conversation, ConversationMessage, Member, Notification
from forum.notifications import choices, marks
from forum.notifications.queries import rows_of, unseen_count
from forum.notifications.rows import RowView, views
from tests.conftest import log_in
from tests.factories import a_conversation, a_member, ignored
from tests.middleware.guests import Writing


def message_in(talk: Conversation, position: int = 1) -> ConversationMessage:
    (found,) = queries.messages_between(talk.id, position, position)
    found.conversation = talk
    return found


def rows(member: Member) -> list[RowView]:
    session.refresh(member, ["unseen_notifications"])
    return [row for row in views(rows_of(member)[0]) if row.kind == "message_reaction"]


def told(member: Member) -> list[str]:
    """The unread rows about reactions, as they read."""
    return [f"{row.sentence} {row.title}" for row in rows(member) if row.is_unread]


@pytest.fixture
def people(app_in_context: Flask) -> tuple[Member, Member, Member, Conversation]:
    """anna, who has written, and ben and cora, to whom."""
    anna, ben, cora = (a_member(name) for name in ("anna", "ben", "cora"))
    return anna, ben, cora, a_conversation(anna, ben, cora, title="A trip", body="The secret plan")


People = tuple[Member, Member, Member, Conversation]


def test_reactions_to_a_message_are_one_row_that_leads_to_it_and_says_nothing_of_its_text(people: People) -> None:
    anna, ben, cora, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    reacting.react(ben, message_in(talk), kind="sad")
    (row,) = rows(anna)
    assert (told(anna), row.actor, row.path) == (
        ["ben reacted to your message in A trip"],
        ben,
        f"/conversations/{talk.id}/messages/1",
    )
    reacting.react(cora, message_in(talk), kind="like")
    assert (told(anna), unseen_count(anna)) == (["cora and 1 other reacted to your message in A trip"], 1)
    assert "secret" not in str(session.scalars(select(Notification.details)).all())
    assert [str(each) for each in check()] == []


def test_it_is_taken_back_with_the_reaction_and_returns_with_it_under_the_new_title(people: People) -> None:
    anna, ben, cora, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    actions.rename(anna, talk, title="Two trips")
    assert told(anna) == ["ben reacted to your message in Two trips"]
    reacting.withdraw(ben, message_in(talk))
    reacting.withdraw(ben, message_in(talk))
    assert (told(anna), unseen_count(anna)) == ([], 0)
    actions.rename(anna, talk, title="Three trips")
    reacting.react(ben, message_in(talk), kind="like")
    assert told(anna) == ["ben reacted to your message in Three trips"]
    assert told(cora) == []


def test_who_ignores_the_one_who_reacted_has_left_or_does_not_want_it_is_not_told(people: People) -> None:
    anna, ben, cora, talk = people
    actions.reply(ben, talk, body="By ben")
    actions.reply(cora, talk, body="By cora")
    ignored(anna, ben)
    reacting.react(ben, message_in(talk, 1), kind="like")
    choices.choose(ben, {"message_reaction": {Channel.SITE: False}})
    reacting.react(cora, message_in(talk, 2), kind="like")
    actions.leave(cora, talk)
    reacting.react(ben, message_in(talk, 3), kind="like")
    assert session.scalars(select(Notification).where(Notification.kind == "message_reaction")).all() == []


def test_who_leaves_is_shown_nothing_of_it_any_more(people: People) -> None:
    anna, ben, _, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    actions.leave(anna, talk)
    assert (told(anna), unseen_count(anna)) == ([], 0)


def test_visiting_other_messages_leaves_it_unread(people: People) -> None:
    anna, ben, _, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    marks.mark_reactions_read(anna, talk.id, [2, 3])
    marks.mark_reactions_read(anna, talk.id + 1, [1])
    marks.mark_reactions_read(ben, talk.id, [1])
    assert len(told(anna)) == 1
    actions.mark_read(anna, talk)
    assert (told(anna), len(rows(anna)), unseen_count(anna)) == ([], 1, 0)


def test_it_goes_with_the_conversation(people: People) -> None:
    anna, ben, cora, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    for member in (anna, ben, cora):
        session.expire(talk)
        actions.leave(member, talk)
    delete_slice(talk.id)
    assert session.query(Notification).count() == 0, "another conversation may get the number"


def test_a_merged_account_is_not_told_of_its_own_reaction(people: People) -> None:
    anna, ben, cora, talk = people
    reacting.react(ben, message_in(talk), kind="like")
    reacting.react(cora, message_in(talk), kind="like")
    start_merge(OPERATOR, ben, anna)
    while session.get(AccountMerge, ben.id):
        continue_merge(ben.id)
    session.expire_all()
    assert told(anna) == ["cora reacted to your message in A trip"]
    assert [str(each) for each in check()] == []


def test_the_page_of_the_message_reads_it_and_the_bell_leads_there(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        talk = a_conversation(anna, ben, title="A trip")
        reacting.react(ben, message_in(talk), kind="like")
        path, number = talk.path, talk.id
    log_in(client, "anna")
    page = client.get("/notifications").text
    assert "reacted to your message in" in page
    assert f'href="/conversations/{number}/messages/1"' in page
    client.get(path, headers={"Sec-Purpose": "prefetch"})
    assert read_at(app) is None
    client.get(f"/conversations/{number}/messages/1", follow_redirects=True)
    assert read_at(app) is not None


def read_at(app: Flask) -> datetime | None:
    with app.app_context():
        kind = Notification.kind == "message_reaction"
        return session.scalars(select(Notification.read_at).where(kind)).one()
