"""Reactions to messages: as to posts, but only for those who are in the conversation, and for nobody's score."""

import json
import tempfile
import zipfile

import pytest
from sqlalchemy import func, select

from forum.accounts.closing import close_for_member
from forum.accounts.erasing import continue_erasure
from forum.accounts.merging import continue_merge, start_merge
from forum.accounts.own_data import write_own_data
from forum.admin import row_actions
from forum.admin.row_types import REACTIONS
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.conversations import actions, queries, reacting
from forum.conversations.cleanup import delete_slice
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.members import sanctions
from forum.models import (
    AccountErasure,
    AccountMerge,
    Conversation,
    ConversationMessage,
    Member,
    MessageReaction,
    ReactionKind,
)
from forum.reactions.queries import reactions_to_messages, who_reacted_to_message
from tests.factories import a_ban, a_conversation, a_member

pytestmark = pytest.mark.usefixtures("app_in_context")


def message_in(talk: Conversation, position: int = 1) -> ConversationMessage:
    """A message of a conversation."""
    (found,) = queries.messages_between(talk.id, position, position)
    found.conversation = talk
    return found


def shown(message: ConversationMessage, reader: Member) -> tuple[dict[str, tuple[int, tuple[str, ...]]], str]:
    """What a reader sees: how many and who reacted by kind, and how they did themselves."""
    found = reactions_to_messages([message], reader).get(message.id)
    if found is None:
        return {}, ""
    return {each.kind.key: (each.count, each.names) for each in found.counts}, found.mine.key if found.mine else ""


def stored() -> list[tuple[int, int]]:
    """The message and member of every reaction."""
    rows = select(MessageReaction.message_id, MessageReaction.member_id)
    return [(row[0], row[1]) for row in session.execute(rows.order_by(*rows.selected_columns))]


def test_a_member_reacts_changes_their_mind_and_takes_it_back() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    message = message_in(a_conversation(anna, ben, cora))
    reacting.react(ben, message, kind="like")
    reacting.react(ben, message, kind="like")
    reacting.react(cora, message, kind="like")
    assert shown(message, anna)[0]["like"][0] == 2
    reacting.react(ben, message, kind="sad")
    assert shown(message, ben) == ({"like": (1, ("cora",)), "sad": (1, ("ben",))}, "sad")
    who = {kind.key: [each.username for each in members] for kind, members in who_reacted_to_message(message)}
    assert who == {"like": ["cora"], "sad": ["ben"]}
    reacting.withdraw(ben, message)
    reacting.withdraw(ben, message)
    assert shown(message, ben) == ({"like": (1, ("cora",))}, "")


def test_reactions_to_messages_change_no_score() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    message = message_in(a_conversation(anna, ben))
    reacting.react(ben, message, kind="like")
    session.refresh(anna)
    assert (anna.positive_reactions, anna.reaction_score) == (0, 0)
    assert [str(each) for each in check()] == []


def test_an_unknown_kind_is_refused() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    with pytest.raises(Invalid):
        reacting.react(ben, message_in(a_conversation(anna, ben)), kind="hate")


def test_nobody_reacts_to_their_own_message_or_to_an_event() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    with pytest.raises(Forbidden, match="own"):
        reacting.react(anna, message_in(talk), kind="like")
    actions.rename(anna, talk, title="Renamed")
    with pytest.raises(NotFound):
        reacting.react(ben, message_in(talk, 2), kind="like")


@pytest.mark.parametrize("cause", ["muted", "banned", "left", "outside"])
def test_who_may_not_write_in_the_conversation_may_not_react(cause: str) -> None:
    boss, anna, ben, cora = a_member(role="admin"), a_member("anna"), a_member("ben"), a_member("cora")
    talk = a_conversation(anna, ben)
    message, actor = message_in(talk), cora if cause == "outside" else ben
    if cause == "muted":
        sanctions.mute(boss, ben, board_id=None, reason="Noise")
    elif cause == "banned":
        a_ban(ben)
    elif cause == "left":
        actions.leave(ben, talk)
    session.expire(ben)
    refusal = Forbidden if cause in {"muted", "banned"} else NotFound
    with pytest.raises(refusal):
        reacting.react(actor, message, kind="like")
    with pytest.raises(refusal):
        reacting.withdraw(actor, message)
    assert stored() == []


def test_a_kind_that_only_messages_have_cannot_be_deleted() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    message = message_in(a_conversation(anna, ben))
    reacting.react(ben, message, kind="sad")
    kind = session.scalars(select(ReactionKind).where(ReactionKind.key == "sad")).one()
    with pytest.raises(Conflict):
        row_actions.delete_row(OPERATOR, REACTIONS, kind)
    reacting.withdraw(ben, message)
    row_actions.delete_row(OPERATOR, REACTIONS, kind)
    with pytest.raises(Invalid):
        reacting.react(ben, message, kind="sad")


def test_reactions_go_with_a_conversation_that_nobody_is_in() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    reacting.react(ben, message_in(talk), kind="like")
    for member in (anna, ben):
        actions.leave(member, talk)
    delete_slice(talk.id)
    assert stored() == []


def test_an_erased_members_reactions_stay_without_their_name() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    message = message_in(a_conversation(anna, ben))
    reacting.react(ben, message, kind="like")
    close_for_member(OPERATOR, ben, at_once=True, deletes_posts=True)
    while session.get(AccountErasure, ben.id):
        continue_erasure(ben.id)
    session.expire_all()
    assert shown(message, anna)[0] == {"like": (1, (f"Deleted member {ben.id}",))}


def test_a_merged_account_brings_its_reactions_but_none_twice_nor_to_its_own_messages() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    talk = a_conversation(anna, ben, cora)
    actions.reply(ben, talk, body="By ben")
    actions.reply(cora, talk, body="By cora")
    actions.reply(anna, talk, body="By anna")
    for member, position in [(ben, 1), (cora, 1), (cora, 2), (ben, 3), (ben, 4)]:
        reacting.react(member, message_in(talk, position), kind="like")
    start_merge(OPERATOR, ben, cora)
    while session.get(AccountMerge, ben.id):
        continue_merge(ben.id)
    session.expire_all()
    assert stored() == [(message_in(talk, 1).id, cora.id), (message_in(talk, 4).id, cora.id)]


def test_a_members_download_has_their_reactions_and_not_those_of_others() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    reacting.react(ben, message_in(talk), kind="like")
    session.commit()
    found = {}
    for member in (anna, ben):
        with tempfile.TemporaryFile() as file:
            write_own_data(member, file)
            found[member.id] = json.loads(zipfile.ZipFile(file).read("message_reactions.json"))
    assert found[anna.id] == []
    (row,) = found[ben.id]
    assert (row["conversation_id"], row["position"], row["kind"]) == (talk.id, 1, "like")


def test_a_page_asks_once_for_all_reactions() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    for number in range(4):
        actions.reply(anna, talk, body=f"Number {number}")
        reacting.react(ben, message_in(talk, number + 2), kind="like")
    messages = queries.messages_between(talk.id, 1, 5)
    assert len(reactions_to_messages(messages, ben)) == 4
    assert session.scalar(select(func.count()).select_from(MessageReaction)) == 4
