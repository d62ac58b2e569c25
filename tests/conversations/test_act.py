"""Starting conversations, answering, inviting and leaving, and what is unread for whom."""

import random
from collections.abc import Sequence

import pytest

from forum.archive.check import check
from forum.conversations import access, actions, queries, read_state
from forum.conversations.cleanup import delete_slice, next_empty
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.members import sanctions
from forum.models import Conversation, Member, WhoMayWrite
from forum.notifications.queries import rows_of, unseen_count
from tests.factories import a_ban, a_conversation, a_member

pytestmark = pytest.mark.usefixtures("app_in_context")


def unread(*members: Member) -> list[int]:
    """In how many conversations something is unread for members."""
    for member in members:
        session.refresh(member, ["unread_conversations"])
    return [member.unread_conversations for member in members]


def texts(conversation: Conversation) -> list[str]:
    """The messages and events of a conversation."""
    rows = queries.messages_between(conversation.id, 1, conversation.last_position)
    return [row.event or row.source for row in rows]


def test_a_conversation_is_read_by_its_starter_and_unread_for_the_others() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    talk = actions.start(anna, names=" ben,@Cora , ben ", title=" A  trip ", body="Shall *we*?")
    assert (talk.title, talk.last_position, texts(talk)) == ("A trip", 1, ["Shall *we*?"])
    assert [part.member.username for part in queries.members_of(talk.id)] == ["anna", "ben", "cora"]
    assert unread(anna, ben, cora) == [0, 1, 1]
    assert "<em>we</em>" in queries.find_message(ben, talk.id, 1).html


def test_all_that_is_wrong_is_told_at_once_with_each_bad_name_at_the_field() -> None:
    anna = a_member("anna")
    a_member("quiet", conversations_from=WhoMayWrite.NOBODY.value)
    a_ban(a_member("gone"))
    a_member("imported", password_hash=None)
    with pytest.raises(Invalid) as raised:
        actions.start(anna, names="nobody, quiet, gone, imported, anna", title=" ", body="")
    told = {name: [str(each) for each in faults] for name, faults in raised.value.fields.items()}
    assert set(told) == {"to", "title", "body"}
    assert len(told["to"]) == 5


def test_who_takes_none_is_refused_like_one_who_cannot_but_hears_from_staff() -> None:
    anna, quiet = a_member("anna"), a_member("quiet", conversations_from=WhoMayWrite.NOBODY.value)
    assert not access.may_write_to(anna, quiet)
    assert not access.may_write_to(anna, a_member(password_hash=None))
    assert access.may_write_to(a_member(role="moderator"), quiet)
    assert not access.may_write_to(anna, anna)
    assert access.may_write_to(anna, a_member())


def test_the_muted_and_the_banned_may_not_write() -> None:
    boss, anna, ben = a_member(role="admin"), a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    sanctions.mute(boss, anna, board_id=None, reason="Noise")
    session.expire(anna)
    with pytest.raises(Forbidden):
        actions.reply(anna, talk, body="Hello?")
    with pytest.raises(Forbidden):
        actions.start(anna, names="ben", title="Again", body="Hello?")
    a_ban(ben)
    session.expire(ben)
    with pytest.raises(Forbidden):
        actions.reply(ben, talk, body="Hello?")


def test_who_is_invited_reads_from_the_beginning_and_the_others_are_told() -> None:
    anna, ben, cora = a_member("anna"), a_member("ben"), a_member("cora")
    talk = a_conversation(anna, ben)
    read_state.mark_read(ben, talk, 1)
    actions.reply(ben, talk, body="Fine.")
    read_state.mark_read(anna, talk, 2)
    actions.invite(ben, talk, names="cora")
    assert texts(talk)[2:] == ["invited"]
    assert unread(anna, ben, cora) == [1, 0, 1]
    assert queries.unread_address(queries.find(cora, talk.id)).endswith("#message-1")
    with pytest.raises(Invalid):
        actions.invite(anna, talk, names="cora")


def test_a_conversation_has_at_most_twenty_members() -> None:
    names = [a_member().username for _ in range(20)]
    anna = a_member("anna")
    with pytest.raises(Invalid):
        actions.start(anna, names=",".join(names), title="All", body="Hello")
    talk = actions.start(anna, names=",".join(names[:19]), title="All", body="Hello")
    with pytest.raises(Invalid):
        actions.invite(anna, talk, names=names[19])


def test_who_left_reads_nothing_more_until_they_are_invited_again() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    actions.leave(ben, talk)
    assert (unread(anna, ben), texts(talk)[1:]) == ([1, 0], ["left"])
    for act in (lambda: queries.find(ben, talk.id), lambda: actions.reply(ben, talk, body="Still here?")):
        with pytest.raises(NotFound):
            act()
    actions.reply(anna, talk, body="They are gone.")
    assert unread(ben) == [0]
    actions.invite(anna, talk, names="ben")
    assert unread(ben) == [1]
    assert queries.unread_address(queries.find(ben, talk.id)).endswith("#message-2")


def test_everybody_in_it_may_rename_it_and_star_it_for_themselves() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    actions.rename(ben, talk, title="Another name")
    actions.set_star(ben, talk, is_starred=True)
    assert (talk.title, texts(talk)[1:]) == ("Another name", ["renamed"])
    assert [row.conversation.id for row in queries.on_page(ben, 1, show="starred")[0]] == [talk.id]
    assert queries.on_page(anna, 1, show="starred")[0] == []


def test_only_its_author_edits_a_message_and_only_for_a_while() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk = a_conversation(anna, ben)
    message = queries.find_message(anna, talk.id, 1)
    actions.edit(anna, message, body="Said **better**")
    assert "<strong>" in message.html
    assert message.edited_at is not None
    with pytest.raises(Forbidden):
        actions.edit(ben, queries.find_message(ben, talk.id, 1), body="Mine now")


def test_search_finds_titles_and_messages_of_ones_own_only() -> None:
    anna, ben, eve = a_member("anna"), a_member("ben"), a_member("eve")
    talk = actions.start(anna, names="ben", title="Harbour tour", body="The Äpfel are 100% ripe")
    found = [(hit.conversation.id, hit.message is not None) for hit in queries.search(ben, "harbour TOUR")]
    assert found == [(talk.id, False)]
    assert [hit.message.position for hit in queries.search(anna, "äpfel 100%") if hit.message] == [1]
    assert queries.search(anna, "100_") == queries.search(anna, "  ") == queries.search(eve, "harbour") == []
    actions.leave(ben, talk)
    assert queries.search(ben, "harbour") == []


def test_a_conversation_that_nobody_is_in_is_deleted() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    talk, other = a_conversation(anna, ben), a_conversation(anna, ben)
    actions.leave(anna, talk)
    assert next_empty() is None
    actions.leave(ben, talk)
    assert next_empty() == talk.id
    delete_slice(talk.id)
    session.expire_all()
    assert (next_empty(), session.get(Conversation, other.id) is not None) == (None, True)


@pytest.mark.parametrize("seed", range(6))
def test_the_counts_of_unread_conversations_are_right_after_any_acts(seed: int) -> None:
    dice = random.Random(seed)
    members = [a_member() for _ in range(4)]
    talks = [a_conversation(*dice.sample(members, dice.randint(2, 4))) for _ in range(3)]
    for _ in range(40):
        act_somehow(dice, members, dice.choice(talks))
        session.expire_all()
        assert_told_of_own(members)
    assert [str(each) for each in check()] == []


def assert_told_of_own(members: Sequence[Member]) -> None:
    """Each unseen notification is of a conversation that the member is in and has not read to its end."""
    for member in members:
        rows = [row.newest for row in rows_of(member)[0] if row.newest.seen_at is None]
        assert unseen_count(member) == len(rows)
        for row in rows:
            mine = queries.find(member, row.subject_id)
            assert mine.read_position < mine.conversation.last_position


def act_somehow(dice: random.Random, members: Sequence[Member], talk: Conversation) -> None:
    """One act of a member of a conversation."""
    actor = dice.choice(members)
    try:
        mine = queries.find(actor, talk.id)
    except NotFound:
        return
    away = [
        each.username for each in members if each.id not in {part.member_id for part in queries.members_of(talk.id)}
    ]
    match dice.randrange(8):
        case 0 | 1:
            actions.reply(actor, talk, body="More words")
        case 2 | 3:
            read_state.mark_read(actor, talk, dice.randint(1, talk.last_position))
        case 4:
            actions.mark_unread(actor, talk)
        case 5:
            actions.leave(actor, talk)
        case 6 if away:
            actions.invite(actor, talk, names=dice.choice(away))
        case _:
            actions.mark_read(actor, mine.conversation)
