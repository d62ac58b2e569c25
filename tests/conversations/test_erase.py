"""What stays of a conversation when one of its members is erased, or merged with another account."""

import pytest

from forum.accounts.closing import close_for_member
from forum.accounts.erasing import continue_erasure
from forum.accounts.merging import continue_merge, start_merge
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.conversations import actions, queries
from forum.infra.database.db import session
from forum.models import AccountErasure, AccountMerge, Conversation
from tests.factories import a_conversation, a_member

pytestmark = pytest.mark.usefixtures("app_in_context")


def test_the_others_keep_an_erased_members_messages_without_their_name() -> None:
    anna, ben = a_member("anna"), a_member("Benjamin")
    talk = a_conversation(ben, anna, body="My own words")
    quote = "> [Benjamin said:](/conversations/1/messages/1)\n> My own words\n\nThanks @Benjamin"
    actions.reply(anna, talk, body=quote)
    close_for_member(OPERATOR, ben, at_once=True, deletes_posts=True)
    while session.get(AccountErasure, ben.id):
        continue_erasure(ben.id)
    session.expire_all()
    messages = queries.messages_between(talk.id, 1, 2)
    assert messages[0].source == "My own words"
    assert messages[0].author.username == f"Deleted member {ben.id}"
    assert "Benjamin" not in messages[1].source + messages[1].html
    assert [part.member_id for part in queries.members_of(talk.id)] == [anna.id]
    assert [str(each) for each in check()] == []


def test_a_merged_account_brings_its_conversations() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    both, his = a_conversation(anna, ben, cora), a_conversation(anna, ben)
    actions.leave(cora, both)
    start_merge(OPERATOR, ben, cora)
    while session.get(AccountMerge, ben.id):
        continue_merge(ben.id)
    session.expire_all()
    for talk in (both, his):
        assert [part.member_id for part in queries.members_of(talk.id)] == [anna.id, cora.id]
    assert [str(each) for each in check()] == []
    assert session.get_one(Conversation, his.id).last_position == 1
