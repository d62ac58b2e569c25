"""Who watches a thread or a board is told of new posts: once, in order, and only of what they may see."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.archive import check
from forum.infra.database.db import session
from forum.models import Channel, Member, Post, PostTelling, ToldOf, Visibility, WatchLevel
from forum.moderation import tools
from forum.notifications import marks, watchers
from forum.notifications.choices import choose
from forum.notifications.queries import rows_of, unseen_count
from forum.threads import actions, read_marks
from forum.threads.approval import publishing
from forum.watching.actions import choose_defaults, choose_for_board, choose_for_thread
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_post, a_thread, an_entry, join
from tests.watching.told import tell, told, told_by_watching

SITE, OFF, MUTED = WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED
pytestmark = pytest.mark.usefixtures("app_in_context")


def test_until_the_next_visit_a_watcher_has_one_notification_that_counts(app: Flask) -> None:
    thread, ben = a_thread(), a_member("ben")
    choose_for_thread(ben, thread, SITE)
    first, *_ = (a_post(thread=thread) for _ in range(3))
    tell()
    assert told(ben) == [("watched_thread", first.id, 2)]
    assert (ben.unseen_notifications, unseen_count(ben)) == (1, 1)
    marks.mark_read(ben, thread, 1, 20)
    later = a_post(thread=thread)
    tell()
    assert told(ben) == [("watched_thread", first.id, 2), ("watched_thread", later.id, 0)]
    assert list(check.check()) == []


def test_who_goes_to_the_last_page_of_a_thread_has_visited_it_and_is_told_of_the_next_reply() -> None:
    thread, ben = a_thread(), a_member("ben")
    choose_for_thread(ben, thread, SITE)
    first = a_post(thread=thread)
    named = a_post(thread=thread, body="What does @ben say?")
    last = [a_post(thread=thread) for _ in range(20)][-1]
    tell()
    marks.mark_read(ben, thread, 21, last.position)
    unread = [row.newest.kind for row in rows_of(ben)[0] if row.unread]
    assert unread == ["mention"], "what is meant for them alone is read where it is"
    later = a_post(thread=thread)
    tell()
    assert told(ben) == [("mention", named.id, 0), ("watched_thread", first.id, 20), ("watched_thread", later.id, 0)]
    assert list(check.check()) == []


def test_writing_watches_by_the_members_default_and_then_by_the_forums() -> None:
    thread, ben, cleo = a_thread(), a_member("ben"), a_member("cleo")
    choose_defaults(cleo, started="site", answered="off")
    own = a_thread(by=cleo, board=thread.board)
    a_post(thread=thread, by=ben)
    a_post(thread=thread, by=cleo)
    last = a_post(thread=thread)
    of_own = a_post(thread=own)
    tell()
    assert [post_id for post_id, _ in told_by_watching(ben)] == [last.id - 1]
    assert told(cleo) == [("reply", of_own.id, 0)], "the starter is told once, by the nearest cause"


def test_an_explicit_off_stays_when_one_writes_again_and_silences_replies_to_ones_own_thread() -> None:
    anna = a_member("anna")
    thread = a_thread(by=anna)
    choose_for_thread(anna, thread, OFF)
    a_post(thread=thread, by=anna)
    a_post(thread=thread)
    tell()
    assert told(anna) == []
    named = a_post(thread=thread, body="What does @anna say?")
    tell()
    assert told(anna) == [("mention", named.id, 0)]


def test_a_muted_thread_tells_nothing_and_a_muted_board_only_what_is_meant_for_one() -> None:
    anna, ben = a_member("anna"), a_member("ben")
    thread = a_thread(by=anna)
    choose_for_thread(anna, thread, MUTED)
    choose_for_board(ben, thread.board, MUTED)
    post = a_post(thread=thread, body="@anna and @ben, look at this.")
    tell()
    assert told(anna) == []
    assert told(ben) == [("mention", post.id, 0)]


def test_a_watched_board_tells_of_new_threads_or_of_every_post() -> None:
    board, few, all_posts = a_board(), a_member(), a_member()
    choose_for_board(few, board, SITE)
    choose_for_board(all_posts, board, SITE, told_of=ToldOf.POSTS)
    thread = a_thread(board=board)
    tell()
    assert told(few) == told(all_posts) == [("watched_board", thread.last_post_id, 0)]
    for who in (few, all_posts):
        marks.mark_read(who, thread, 1, 20)
    reply = a_post(thread=thread)
    tell()
    assert told(few) == [("watched_board", reply.id - 1, 0)]
    assert told(all_posts)[1:] == [("watched_thread", reply.id, 0)]


def test_boards_below_follow_the_nearest_choice_and_a_thread_its_own() -> None:
    top = a_board()
    middle = a_board(parent_id=top.id)
    low = a_board(parent_id=middle.id)
    ben = a_member("ben")
    choose_for_board(ben, top, SITE, told_of=ToldOf.POSTS)
    choose_for_board(ben, middle, MUTED)
    choose_for_board(ben, low, SITE)
    threads = [a_thread(board=board) for board in (top, middle, low)]
    tell()
    firsts = [post_id for post_id, _ in told_by_watching(ben)]
    assert firsts == [threads[0].last_post_id, threads[2].last_post_id]
    choose_for_thread(ben, threads[1], SITE)
    choose_for_thread(ben, threads[0], OFF)
    for thread in threads:
        marks.mark_read(ben, thread, 1, 20)
    posts = [a_post(thread=thread) for thread in threads]
    tell()
    assert [post_id for post_id, _ in told_by_watching(ben)][2:] == [posts[1].id]


def test_nobody_is_told_who_is_banned_sees_it_not_has_no_account_or_wrote_it() -> None:
    board, group = a_board(), a_group()
    thread = a_thread(board=board)
    banned, outsider, gone, keeper = (a_member() for _ in range(4))
    for who in (banned, outsider, gone, keeper):
        choose_for_thread(who, thread, SITE)
        choose_for_board(who, board, SITE, told_of=ToldOf.POSTS)
    join(keeper, group)
    a_list(board, an_entry(group))
    a_ban(banned)
    gone.password_hash = None
    writer = a_member(role="admin")
    post = a_post(thread=thread, by=writer)
    tell()
    assert [told_by_watching(who) for who in (banned, outsider, gone, writer)] == [[], [], [], []]
    assert told(keeper) == [("watched_thread", post.id, 0)]


def test_who_was_told_of_the_post_by_another_cause_is_not_told_again() -> None:
    anna, ben, cleo = a_member("anna"), a_member("ben"), a_member("cleo")
    thread = a_thread(by=anna)
    for who in (anna, ben, cleo):
        choose_for_thread(who, thread, SITE)
    quoted = a_post(thread=thread, by=cleo)
    post = a_post(thread=thread, body=f"> [cleo said:](/posts/{quoted.id})\n> so\n\n@ben knows.")
    tell()
    kinds = [[kind for kind, post_id, _ in told(who) if post_id == post.id] for who in (anna, ben, cleo)]
    assert kinds == [["reply"], ["mention"], ["quote"]]


def test_who_wants_no_such_notifications_gets_none() -> None:
    thread, ben = a_thread(), a_member()
    choose_for_thread(ben, thread, SITE)
    choose(ben, {"watched_thread": {Channel.SITE: False}})
    a_post(thread=thread)
    tell()
    assert told(ben) == []


def test_who_has_read_the_post_already_is_not_told() -> None:
    thread, ben = a_thread(), a_member()
    choose_for_thread(ben, thread, SITE)
    a_post(thread=thread)
    read_marks.mark_read(ben, thread, 2)
    tell()
    assert told(ben) == []


def test_a_post_that_is_gone_before_the_job_runs_tells_nobody_and_held_ones_tell_when_they_appear() -> None:
    thread, ben, moderator = a_thread(), a_member(), a_member(role="moderator")
    choose_for_thread(ben, thread, SITE)
    gone = a_post(thread=thread)
    actions.delete_post(moderator, gone)
    held = a_post(thread=thread)
    publishing.take_back(held)
    tell()
    assert told(ben) == []
    assert session.scalar(select(func.count()).select_from(PostTelling)) == 0
    for _ in range(2):
        publishing.publish(held)
        tell()
        assert told(ben) == [("watched_thread", held.id, 0)]
        publishing.take_back(held)
        tell()
        assert told(ben) == []
        assert ben.unseen_notifications == 0


def test_a_reply_is_noted_in_one_statement_and_only_if_somebody_watches(app: Flask) -> None:
    quiet, watched, ben = a_thread(by=a_member(watch_started="off")), a_thread(), a_member()
    choose_for_thread(ben, watched, SITE)
    writer = a_member(watch_answered="off")
    noted = [a_post(thread=thread, by=writer) for thread in (quiet, watched)]
    assert list(session.scalars(select(PostTelling.post_id))) == [noted[1].id]


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> tuple[Post, list[Member]]:
    """A reply in a thread with 25 watchers, told in parts of 4, read in parts of 10."""
    monkeypatch.setattr(watchers, "TOLD_AT_ONCE", 4)
    monkeypatch.setattr(watchers, "READ_AT_ONCE", 10)
    thread = a_thread()
    people = [a_member() for _ in range(25)]
    for number, who in enumerate(people):
        if number % 3:
            choose_for_thread(who, thread, SITE)
        if number % 2:
            choose_for_board(who, thread.board, SITE if number % 5 else MUTED, told_of=ToldOf.POSTS)
    return a_post(thread=thread), people


def expected(people: list[Member]) -> list[bool]:
    return [bool(number % 3) or bool(number % 2 and number % 5) for number in range(len(people))]


def test_many_are_told_in_parts_each_once(many: tuple[Post, list[Member]]) -> None:
    post, people = many
    tell()
    assert [told(who) == [("watched_thread", post.id, 0)] for who in people] == expected(people)
    assert [who.unseen_notifications for who in people] == [int(each) for each in expected(people)]


def test_a_job_that_is_killed_between_two_parts_goes_on_and_tells_nobody_twice(
    many: tuple[Post, list[Member]], monkeypatch: pytest.MonkeyPatch
) -> None:
    post, people = many
    session.commit()
    tell_part = watchers._tell
    for parts in (1, 2, 0, 1):
        left = iter(range(parts))

        def killed_after(*args: Any, _left: Iterator[int] = left, **more: Any) -> bool:
            if next(_left, None) is None:
                raise KeyboardInterrupt
            return tell_part(*args, **more)

        monkeypatch.setattr(watchers, "_tell", killed_after)
        with pytest.raises(KeyboardInterrupt):
            watchers.tell_pending()
        session.rollback()
    monkeypatch.setattr(watchers, "_tell", tell_part)
    tell()
    tell()
    assert [told(who) == [("watched_thread", post.id, 0)] for who in people] == expected(people)


def test_a_second_process_that_read_the_same_part_tells_nobody_again(many: tuple[Post, list[Member]]) -> None:
    post, people = many
    session.commit()
    ids = [who.id for who in people if expected(people)[people.index(who)]]
    part = watchers._Recipients(dict.fromkeys(ids[:4], "watched_thread"), ids[3], is_end=False)
    assert watchers._tell(post.id, 0, part)
    assert not watchers._tell(post.id, 0, part)
    tell()
    assert [told(who) == [("watched_thread", post.id, 0)] for who in people] == expected(people)
    assert [who.unseen_notifications for who in people] == [int(each) for each in expected(people)]


def test_a_thread_that_was_hidden_or_moved_is_told_of_where_it_is_now() -> None:
    board, other, admin = a_board(), a_board(), a_member(role="admin")
    of_board, of_other, of_thread = a_member(), a_member(), a_member()
    choose_for_board(of_board, board, SITE, told_of=ToldOf.POSTS)
    choose_for_board(of_other, other, SITE, told_of=ToldOf.POSTS)
    thread = a_thread(board=board)
    tell()
    choose_for_thread(of_thread, thread, SITE)
    tools.move_thread(admin, thread, board=other)
    post = a_post(thread=thread)
    tell()
    assert post.id not in [post_id for post_id, _ in told_by_watching(of_board)]
    assert [post_id for post_id, _ in told_by_watching(of_other)] == [post.id]
    assert [post_id for post_id, _ in told_by_watching(of_thread)] == [post.id]


def test_held_threads_tell_nobody() -> None:
    board, ben = a_board(approval="threads"), a_member()
    choose_for_board(ben, board, SITE)
    thread = a_thread(board=board)
    assert thread.visibility == Visibility.HELD
    tell()
    assert told(ben) == []
