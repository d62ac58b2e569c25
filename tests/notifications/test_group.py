"""Of one thing a member is told once, by its nearest cause; what is unseen is shown in groups that say how many."""

import pytest

from forum.infra.database.db import session
from forum.markup.quote_source import quote
from forum.models import Board, Channel, Member, Notification, Post, Thread
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.notifications import actions, choices, marks
from forum.notifications.kinds import KINDS, kind_of
from forum.notifications.queries import rows_of, unseen_count
from forum.notifications.rows import views
from forum.reactions.actions import react, withdraw_reaction
from forum.site.actions import bump_version, set_value
from forum.threads.actions import edit_post, reply
from tests.factories import a_board, a_member, a_post, a_thread

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def anna() -> Member:
    return a_member("anna")


@pytest.fixture
def thread(anna: Member) -> Thread:
    return a_thread(by=anna, title="Where the moon is")


def told(member: Member) -> list[str]:
    """The rows of a member's list, as they read."""
    return [f"{row.sentence} {row.title}".strip() for row in views(rows_of(member)[0])]


def first_post(thread: Thread) -> Post:
    return session.query(Post).filter_by(thread_id=thread.id, position=1).one()


def test_the_nearest_cause_counts(anna: Member, thread: Thread) -> None:
    first, ben = first_post(thread), a_member("ben")
    quoting = quote("anna", first.path, first.source)
    reply(ben, thread, body=f"{quoting}I agree, @anna")
    assert told(anna) == ["ben quoted you in Where the moon is"]
    reply(ben, thread, body="Do you, @anna?")
    assert told(anna)[0] == "ben mentioned you in Where the moon is"
    reply(ben, thread, body="I wonder.")
    assert told(anna)[0] == "ben replied to Where the moon is"


def test_who_does_not_want_the_nearest_cause_is_told_the_next(anna: Member, thread: Thread) -> None:
    choices.choose(anna, {"mention": {Channel.SITE: False}})
    reply(a_member("ben"), thread, body="Do you, @anna?")
    assert told(anna) == ["ben replied to Where the moon is"]
    choices.choose(anna, {"reply": {Channel.SITE: False}})
    reply(a_member("cleo"), thread, body="And you, @anna?")
    assert len(told(anna)) == 1


def test_a_choice_that_equals_the_default_follows_the_default(anna: Member, thread: Thread) -> None:
    choices.choose(anna, {"reply": {Channel.SITE: False}, "mention": {Channel.SITE: True}})
    choices.choose(anna, {"reply": {Channel.SITE: True}})
    set_value("notifications_off", "reply mention")
    reply(a_member("ben"), thread, body="Do you, @anna?")
    assert told(anna) == []
    choices.choose(anna, {"reply": {Channel.SITE: True}})
    reply(a_member("cleo"), thread, body="Or you, @anna?")
    assert told(anna) == ["cleo replied to Where the moon is"]


def test_decisions_are_told_to_those_who_turned_all_off(anna: Member) -> None:
    choices.choose(anna, {name: {Channel.SITE: False} for name in KINDS})
    actions.tell(anna.id, "decision", subject="decision:1", details={"decision": "warning"})
    assert told(anna) == ["A moderator warned you"]


def test_unseen_replies_are_one_row_and_the_next_begin_another(anna: Member, thread: Thread) -> None:
    other = a_thread(by=anna, title="Where the sun is")
    for number in range(3):
        a_post(thread=thread)
        if number:
            a_post(thread=other)
    assert told(anna) == ["2 new replies to Where the sun is", "3 new replies to Where the moon is"]
    assert unseen_count(anna) == 2
    marks.mark_all_seen(anna)
    assert (unseen_count(anna), len(told(anna))) == (0, 2)
    a_post(thread=thread, by=a_member("ben"))
    assert told(anna)[0] == "ben replied to Where the moon is"
    assert (unseen_count(anna), len(told(anna))) == (1, 3)


def test_a_row_leads_to_the_first_that_is_unread(anna: Member, thread: Thread) -> None:
    posts = [a_post(thread=thread) for _ in range(3)]
    assert views(rows_of(anna)[0])[0].path == posts[0].path
    marks.mark_read(anna, thread, 1, 2)
    assert [(row.path, row.is_unread) for row in views(rows_of(anna)[0])] == [
        (posts[1].path, True),
        (posts[0].path, False),
    ]


def test_reactions_to_a_post_are_one_row_with_the_newest_name(anna: Member, thread: Thread) -> None:
    first = first_post(thread)
    ben, cleo, dora = (a_member(name) for name in ("ben", "cleo", "dora"))
    react(ben, first, kind="like")
    react(cleo, first, kind="like")
    assert told(anna) == ["cleo and 1 other reacted to your post in Where the moon is"]
    react(dora, first, kind="like")
    assert told(anna) == ["dora and 2 others reacted to your post in Where the moon is"]
    withdraw_reaction(dora, first)
    withdraw_reaction(cleo, first)
    assert told(anna) == ["ben reacted to your post in Where the moon is"]


def test_a_reaction_that_is_given_again_is_not_new_to_who_has_seen_it(anna: Member, thread: Thread) -> None:
    first, ben = first_post(thread), a_member("ben")
    react(ben, first, kind="like")
    marks.mark_all_seen(anna)
    withdraw_reaction(ben, first)
    assert told(anna) == []
    react(ben, first, kind="like")
    session.expire(anna)
    assert (unseen_count(anna), len(told(anna))) == (0, 1)


def test_watched_threads_and_boards_have_their_words(anna: Member) -> None:
    ben, board = a_member("ben"), a_board("Talk")
    threads = [a_thread(by=ben, board=board, title=f"Plans, {number}") for number in (1, 2)]
    for post in (first_post(each) for each in threads):
        add(anna, "watched_board", post)
    assert told(anna) == ["2 new threads in Talk"]
    assert views(rows_of(anna)[0])[0].path == board.path
    for _ in range(2):
        add(anna, "watched_thread", a_post(thread=threads[0], by=ben))
    assert told(anna)[0] == "2 new replies in Plans, 1"
    marks.mark_all_seen(anna)
    add(anna, "watched_thread", a_post(thread=threads[0], by=ben))
    add(anna, "watched_board", first_post(a_thread(by=ben, board=board, title="Plans, 3")))
    assert told(anna)[:2] == ["ben posted the thread Plans, 3", "ben replied in Plans, 1"]


def add(member: Member, kind: str, post: Post) -> None:
    actions._add({"member_id": member.id, **actions.values_for(kind, post, post.author_id)})


def test_an_edit_tells_nobody_again(anna: Member, thread: Thread) -> None:
    ben = a_member("ben")
    post = reply(ben, thread, body="Words of mine")
    edit_post(ben, post, body="Words of mine, @anna")
    assert told(anna) == ["ben replied to Where the moon is"]


def test_posts_that_are_moved_to_another_thread_are_another_row(anna: Member, thread: Thread) -> None:
    posts = [a_post(thread=thread) for _ in range(3)]
    mona = a_member("mona", role="moderator")
    to = Destination(title="Elsewhere entirely", board=thread.board)
    split_posts(mona, thread, [posts[1].id, posts[2].id], to)
    session.expire_all()
    assert sorted(row.number for row in rows_of(anna)[0] if row.newest.kind == "reply") == [1, 2]


def test_an_unknown_kind_is_shown_in_plain_words(anna: Member) -> None:
    actions.tell(anna.id, "of-a-later-version", subject="moon:1")
    assert told(anna) == ["A moderator wrote to you"]
    assert kind_of("of-a-later-version").name == ""


def test_only_the_newest_thousand_count(anna: Member, thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.notifications.queries.MAX_LISTED", 3)
    for number in range(5):
        reply(a_member(), thread, body=f"Number {number}, @anna")
    assert (unseen_count(anna), len(told(anna))) == (3, 3)


def test_a_board_that_is_hidden_takes_back_what_was_told_of_it(anna: Member, thread: Thread) -> None:
    a_post(thread=thread)
    assert unseen_count(anna) == 1
    session.query(Board).filter_by(id=thread.board_id).update({"has_access_list": True})
    bump_version()
    assert (unseen_count(anna), told(anna)) == (0, [])
    assert session.query(Notification).count() == 1
