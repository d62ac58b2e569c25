"""What digests tell: what is new in what a member watches, and what is popular, and nothing that they know."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Mail, Member, Reaction, ToldOf, Visibility, WatchLevel
from forum.moderation import tools
from forum.site.queries import snapshot
from forum.threads import read_marks
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.digests.told import a_popular_thread, a_reader, next_of, queued_for, run, sent_to
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_post, a_thread, an_entry, hide, ignored

DAILY, WEEKLY, SITE, OFF, MUTED = (
    *(WatchLevel.DAILY, WatchLevel.WEEKLY, WatchLevel.SITE),
    *(WatchLevel.OFF, WatchLevel.MUTED),
)
pytestmark = pytest.mark.usefixtures("app_in_context")


def test_new_posts_of_a_watched_thread_are_told_once_and_again_when_there_are_more() -> None:
    thread, ben = a_thread(title="The towpath at night"), a_reader("ben")
    choose_for_thread(ben, thread, DAILY)
    a_post(thread=thread, body="Bring a lamp.")
    assert run(ben) == 1
    assert queued_for(ben)["watched"] == [thread.id]
    text = sent_to(ben)
    assert "The towpath at night" in text
    assert "2 new posts" in text
    assert run(ben) == 0, "nothing is new since"
    a_post(thread=thread, body="And boots.")
    assert run(ben) == 1
    text = sent_to(ben)
    assert "1 new post" in text
    assert "And boots." in text


def test_a_thread_that_was_read_is_not_told() -> None:
    thread, ben = a_thread(), a_reader("ben")
    choose_for_thread(ben, thread, DAILY)
    read_marks.mark_read(ben, thread, 1)
    assert run(ben) == 0
    a_post(thread=thread)
    assert run(ben) == 1
    read_marks.mark_read(ben, thread, 2)
    assert sent_to(ben) == "", "it was read before the e-mail was sent"


@pytest.mark.parametrize("told_of", list(ToldOf))
def test_a_watched_board_tells_of_new_threads_or_of_every_post(told_of: ToldOf) -> None:
    ben, board = a_reader("ben", frequency="watched"), a_board()
    old = a_thread(board=board)
    read_marks.mark_read(ben, old, 1)
    below = a_board(parent_id=board.id)
    choose_for_board(ben, board, DAILY, told_of=told_of)
    new, other = a_thread(board=below), a_thread(board=a_board())
    a_post(thread=old)
    assert run(ben) == 1
    expected = [old.id, new.id] if told_of == ToldOf.POSTS else [new.id]
    assert sorted(queued_for(ben)["watched"]) == sorted(expected)
    assert other.id not in queued_for(ben)["watched"]


def test_weekly_threads_wait_for_the_day_of_the_week() -> None:
    ben, thread = a_reader("ben", frequency="watched"), a_thread()
    other = a_thread()
    choose_for_thread(ben, thread, WEEKLY)
    choose_for_thread(ben, other, DAILY)
    a_member()
    run(ben)
    assert sorted(queued_for(ben)["watched"]) == sorted([thread.id, other.id]), "today is that day"
    a_post(thread=thread)
    a_post(thread=other)
    session.execute(update(Mail).values(body="{}"))
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        from forum.digests.readers import due_for, reader_of  # noqa: PLC0415

        reader = reader_of(ben.id)
        assert reader is not None
        assert due_for(reader, clock.now(), is_weekly=False).levels == (DAILY,)


def test_popular_threads_are_those_with_most_members_and_each_is_told_once() -> None:
    ben, anna, cleo, dora = a_reader("ben"), a_member(), a_member(), a_member()
    quiet, liked, busy, other = (a_thread() for _ in range(4))
    a_popular_thread(busy, anna, cleo, dora)
    a_popular_thread(other, anna, cleo)
    a_post(thread=quiet, by=anna)
    kind = next(kind for kind in snapshot().reaction_kinds if kind.score > 0)
    first = a_post(thread=liked)
    for member in (anna, cleo, dora):
        session.add(Reaction(post_id=first.id, member_id=member.id, kind_id=kind.id, created_at=clock.now()))
    assert run(ben) == 1
    assert queued_for(ben) == {"watched": [], "popular": [busy.id, liked.id, other.id]}
    text = sent_to(ben)
    assert "3 members replied" in text
    assert "1 member replied, 3 members reacted" in text
    a_popular_thread(busy)
    assert run(ben) == 0, "it was told"


def test_two_popular_threads_alone_are_not_worth_an_email() -> None:
    ben, (one, two, three) = a_reader("ben"), (a_popular_thread(a_thread()) for _ in range(3))
    read_marks.mark_read(ben, one, 1)
    assert run(ben) == 0
    assert next_of(ben) is not None
    choose_for_thread(ben, two, SITE)
    run(ben)
    assert queued_for(ben) == {"watched": [two.id], "popular": [three.id]}


def test_nothing_is_told_that_a_member_may_not_see_muted_or_ignores() -> None:
    ben, ignored_one, group = a_reader("ben"), a_member(), a_group()
    ignored(ben, ignored_one)
    secret, muted = a_board(), a_board()
    a_list(secret, an_entry(group))
    for board in (secret, muted):
        a_popular_thread(a_thread(board=board, by=a_member(role="admin")), *(a_member(role="admin") for _ in range(3)))
    choose_for_board(ben, muted, MUTED)
    by_ignored = a_popular_thread(a_thread(by=ignored_one))
    own = a_popular_thread(a_thread(by=ben))
    choose_for_thread(ben, own, OFF)
    muted_thread = a_popular_thread(a_thread())
    choose_for_thread(ben, muted_thread, MUTED)
    held = a_popular_thread(a_thread())
    session.flush()
    hide(held, visibility=Visibility.HELD)
    written = a_thread()
    a_post(thread=written, by=ben)
    a_popular_thread(written)
    choose_for_thread(ben, written, OFF)
    assert by_ignored.id
    assert run(ben) == 0
    for _ in range(3):
        a_popular_thread(a_thread())
    assert run(ben) == 1


def test_posts_of_the_ignored_and_ones_own_are_not_new() -> None:
    ben, thread, other = a_reader("ben"), a_thread(), a_member()
    ignored(ben, other)
    choose_for_thread(ben, thread, DAILY)
    read_marks.mark_read(ben, thread, 1)
    a_post(thread=thread, by=other)
    a_post(thread=thread, by=ben)
    assert run(ben) == 0
    last = a_post(thread=thread)
    assert run(ben) == 1
    text = sent_to(ben)
    assert "1 new post" in text
    assert f"/posts/{last.id}" in text


def test_what_became_hidden_or_unwatched_since_is_not_sent() -> None:
    ben, board = a_reader("ben"), a_board()
    threads = [a_thread(board=board) for _ in range(2)]
    for thread in threads:
        choose_for_thread(ben, thread, DAILY)
    run(ben)
    tools.delete_thread(a_member(role="admin"), threads[0])
    text = sent_to(ben)
    assert threads[0].title not in text
    assert threads[1].title in text
    choose_for_thread(ben, threads[1], OFF)
    assert sent_to(ben) == ""


def test_popular_threads_are_left_out_whose_starter_or_board_is_silenced_before_the_email_is_sent() -> None:
    ben, other, board = a_reader("ben"), a_member(), a_board()
    by_other, in_board = a_popular_thread(a_thread(by=other)), a_popular_thread(a_thread(board=board))
    kept = [a_popular_thread(a_thread()) for _ in range(3)]
    run(ben)
    ignored(ben, other)
    choose_for_board(ben, board, MUTED)
    text = sent_to(ben)
    assert [each.title for each in (by_other, in_board, *kept) if each.title in text] == [each.title for each in kept]


def test_members_who_chose_nothing_get_one_only_while_they_are_away() -> None:
    now = clock.now()
    away, here, gone = (a_reader(frequency=None, last_seen_at=now - timedelta(days=days)) for days in (8, 6, 400))
    unconfirmed = a_reader(frequency=None, email_verified_at=None)
    banned = a_reader(frequency=None)
    a_ban(banned)
    for _ in range(3):
        a_popular_thread(a_thread())
    everybody = [away, here, gone, unconfirmed, banned]
    assert run(*everybody) == 1
    assert len(queued_for(away)["popular"]) == 3
    assert session.scalar(select(func.count()).select_from(Mail).where(Mail.kind == "digest")) == 1


def test_threads_that_were_popular_before_the_last_visit_are_not_told() -> None:
    ben = a_reader("ben")
    for _ in range(3):
        a_popular_thread(a_thread())
    session.execute(update(Member).where(Member.id == ben.id).values(last_seen_at=clock.now()))
    assert run(ben) == 0


def test_a_digest_has_at_most_ten_threads_and_says_how_many_more_there_are(app: Flask) -> None:
    ben, board = a_reader("ben"), a_board()
    for _ in range(7):
        choose_for_thread(ben, a_thread(board=board), DAILY)
    popular = [a_popular_thread(a_thread(board=board)) for _ in range(6)]
    run(ben)
    told = queued_for(ben)
    assert (len(told["watched"]), len(told["popular"])) == (5, 5)
    text = sent_to(ben)
    assert "2 more: https://forum.example/whats-new?filter=watched" in text
    assert run(ben) == 1
    assert len(queued_for(ben)["watched"]) == 2, "the others come in the next one"
    assert {each.id for each in popular} == {*told["popular"], *queued_for(ben)["popular"]}
