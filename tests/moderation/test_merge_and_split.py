"""Merging threads and splitting posts off: order, counters, read marks, drafts and the search index."""

from types import SimpleNamespace

import pytest
from flask import Flask

from forum.archive.check import check, position_gaps
from forum.boards.redirects import redirect_of
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.models import Board, Draft, LogEntry, Member, Post, Thread, ThreadRead, Visibility
from forum.moderation import tools
from forum.moderation.regrouping import order
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.search.index.index_check import index_problems
from forum.threads import actions as threads
from forum.threads import drafts, read_marks
from tests.factories import a_board, a_member, a_post, a_thread, hide


def bodies(thread: Thread) -> list[str]:
    """The texts of a thread's posts, whose positions are dense."""
    posts = session.query(Post).filter_by(thread_id=thread.id).order_by(Post.position).all()
    assert [post.position for post in posts] == list(range(1, len(posts) + 1))
    return [post.source for post in posts]


def in_turns(board: Board | None = None) -> tuple[Thread, Thread]:
    """Two threads, written in turns: one1 two1 one2 two2 one3 two3."""
    one = a_thread(title="Thread one", body="one1", board=board)
    two = a_thread(title="Thread two", body="two1", board=board)
    for number in (2, 3):
        a_post(thread=one, body=f"one{number}")
        a_post(thread=two, body=f"two{number}")
    return one, two


def problems() -> list[str]:
    session.flush()
    return [*map(str, check()), *position_gaps(), *index_problems("en")]


def ids_of(thread: Thread, *positions: int) -> list[int]:
    found = session.query(Post).filter(Post.thread_id == thread.id, Post.position.in_(positions))
    return [post.id for post in found.order_by(Post.position)]


def read(member: Member, thread: Thread, position: int) -> None:
    read_marks.mark_read(member, thread, position)
    session.flush()


def mark_of(member: Member, thread: Thread) -> int:
    found = session.query(ThreadRead.position).filter_by(member_id=member.id, thread_id=thread.id).scalar()
    return found or 0


@pytest.mark.parametrize("is_older_target", [True, False])
def test_merged_posts_are_in_the_order_in_which_they_were_written(app_in_context: Flask, is_older_target: bool) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    starter, started = one.starter_id, one.started_at
    one.view_count, two.view_count = 3, 4
    session.flush()
    source, target = (two, one) if is_older_target else (one, two)
    source_id = source.id
    merge_threads(moderator, [source], target)
    assert problems() == []
    assert bodies(target) == ["one1", "two1", "one2", "two2", "one3", "two3"]
    assert (target.starter_id, target.reply_count, target.view_count) == (starter, 5, 7)
    assert abs((target.started_at - started).total_seconds()) < 1
    assert session.get(Thread, source_id) is None
    assert session.query(Thread).filter_by(id=source_id).count() == 0


def test_deleted_posts_keep_their_place_and_held_ones_come_along_without_one(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    gone, held = (session.get_one(Post, ids_of(two, position)[0]) for position in (2, 3))
    threads.delete_post(moderator, gone)
    hide(held, visibility=Visibility.HELD)
    merge_threads(moderator, [two], one)
    assert bodies(one) == ["one1", "two1", "one2", "two2", "one3", "two3"]
    session.expire_all()
    assert (one.reply_count, one.last_position, one.last_visible_position) == (3, 6, 5)
    assert [*map(str, check())] == []


def test_threads_of_several_boards_are_merged_at_once_and_their_boards_count_right(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    three = a_thread(body="three1")
    boards = [thread.board for thread in (one, two, three)]
    merge_threads(moderator, [one, three], two)
    assert problems() == []
    assert [(board.thread_count, board.post_count) for board in boards] == [(0, 0), (1, 7), (0, 0)]
    assert boards[1].last_thread_id == two.id


def test_only_what_moves_changes_in_a_long_thread(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moderator, long = a_member(role="moderator"), a_thread(body="long1")
    for number in range(2, 9):
        a_post(thread=long, body=f"long{number}")
    short = a_thread(body="short1")
    last = a_post(thread=long, body="long9")
    monkeypatch.setattr(order, "MAX_POSTS", 3)
    reader = a_member()
    read(reader, long, 5)
    merge_threads(moderator, [short], long)
    assert problems() == []
    assert bodies(long)[-2:] == ["short1", "long9"]
    assert (last.position, mark_of(reader, long)) == (10, 5)
    old = a_thread(body="old")
    for number in range(4):
        a_post(thread=long, body=f"later{number}")
    with pytest.raises(Conflict, match="More than 3 posts"):
        merge_threads(moderator, [old], long)
    assert session.get(Thread, old.id) is not None


def test_nobody_has_read_more_than_before_and_as_much_as_positions_can_say(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    both, first_of_two, only_one, none_but_two = (a_member() for _ in range(4))
    for thread in (one, two):
        read(both, thread, 3)
    read(first_of_two, one, 3)
    read(first_of_two, two, 1)
    read(only_one, one, 3)
    read(none_but_two, two, 3)
    merge_threads(moderator, [two], one)
    assert bodies(one) == ["one1", "two1", "one2", "two2", "one3", "two3"]
    assert [mark_of(member, one) for member in (both, first_of_two, only_one, none_but_two)] == [6, 3, 1, 0]


def test_a_page_from_before_a_merge_marks_nothing_as_read(app_in_context: Flask) -> None:
    moderator, reader, (one, two) = a_member(role="moderator"), a_member(), in_turns()
    before = SimpleNamespace(id=one.id, generation=one.generation)
    gone = SimpleNamespace(id=two.id, generation=two.generation)
    merge_threads(moderator, [two], one)
    for thread in (before, gone):
        read_marks.mark_read(reader, thread, 3)  # type: ignore[arg-type]
    session.flush()
    assert session.query(ThreadRead).filter_by(member_id=reader.id).count() == 0
    read(reader, one, 3)
    assert mark_of(reader, one) == 3


def test_threads_read_with_their_board_stay_read(app_in_context: Flask) -> None:
    moderator, board, elsewhere = a_member(role="moderator"), a_board(), a_board()
    by_board, by_all = a_member(), a_member()
    old = a_thread(body="old", board=board)
    read_marks.mark_board_read(by_board, board)
    read_marks.mark_all_read(by_all)
    new = a_thread(body="new", board=elsewhere)
    a_post(thread=new, body="newer")
    merge_threads(moderator, [old], new)
    assert bodies(new) == ["old", "new", "newer"]
    assert [mark_of(member, new) for member in (by_board, by_all)] == [1, 1]


def test_read_marks_follow_split_posts(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_thread(body="1")
    for number in range(2, 7):
        a_post(thread=thread, body=str(number))
    half, whole = a_member(), a_member()
    read(half, thread, 3)
    read(whole, thread, 6)
    new = split_posts(moderator, thread, ids_of(thread, 2, 4, 5), Destination("Split off", thread.board))
    assert (bodies(thread), bodies(new)) == (["1", "3", "6"], ["2", "4", "5"])
    assert [mark_of(half, each) for each in (thread, new)] == [2, 1]
    assert [mark_of(whole, each) for each in (thread, new)] == [3, 3]
    assert problems() == []


def test_the_first_post_can_be_split_off(app_in_context: Flask) -> None:
    moderator, thread, board, ben = a_member(role="moderator"), a_thread(body="1"), a_board(), a_member("ben")
    first_starter = thread.starter_id
    threads.delete_post(moderator, a_post(thread=thread, body="2"))
    a_post(thread=thread, body="3", by=ben)
    new = split_posts(moderator, thread, ids_of(thread, 1), Destination("  Split   off ", board))
    assert problems() == []
    assert (new.title, new.starter_id, new.board_id) == ("Split off", first_starter, board.id)
    assert (bodies(thread), thread.starter_id) == (["3", "2"], ben.id)
    assert [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)][-2:] == [
        "split-thread",
        "split-posts",
    ]


def test_posts_are_split_into_a_thread_that_exists(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    assert split_posts(moderator, one, ids_of(one, 1, 3), Destination(into=two)) is two
    assert (bodies(one), bodies(two)) == (["one2"], ["one1", "two1", "two2", "one3", "two3"])
    assert problems() == []


def test_what_cannot_be_split_is_refused_at_its_field(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    to, category = Destination("A title", one.board), a_board(is_category=True)
    gone = session.get_one(Post, ids_of(one, 3)[0])
    threads.delete_post(moderator, gone)
    for post_ids, destination, field in (
        ([], to, "post_ids"),
        (ids_of(one, 1, 2), to, "post_ids"),  # all that are public
        (ids_of(one, 3), to, "post_ids"),  # only deleted ones
        (ids_of(two, 2), to, "post_ids"),
        (ids_of(one, 2), Destination("?", one.board), "title"),
        (ids_of(one, 2), Destination("A title", category), "board"),
        (ids_of(one, 2), Destination(into=one), "into"),
    ):
        with pytest.raises(Invalid) as refused:
            split_posts(moderator, one, post_ids, destination)
        assert list(refused.value.fields) == [field]
    assert problems() == []


def test_only_moderators_of_both_boards_merge_and_nothing_deleted(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    with pytest.raises(Forbidden):
        merge_threads(a_member(), [one], two)
    with pytest.raises(Invalid):
        merge_threads(moderator, [one], one)
    hidden = a_thread(by=a_member(role="admin"), board=a_board(audience="admin"))
    for source, target in ((one, hidden), (hidden, one)):
        with pytest.raises(NotFound):
            merge_threads(moderator, [source], target)
    tools.delete_thread(moderator, two)
    for source, target in ((one, two), (two, one)):
        with pytest.raises(Conflict, match="Restore it first"):
            merge_threads(moderator, [source], target)


def test_threads_of_an_archive_without_their_first_posts_can_only_be_merged_into(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    two.base_post_count, two.board.post_count = 40, two.board.post_count + 40
    for post in session.query(Post).filter_by(thread_id=two.id).order_by(Post.position.desc()):
        post.position += 40
        session.flush()
    two.reply_count, two.last_position, two.last_visible_position = 42, 43, 43
    session.flush()
    with pytest.raises(Conflict, match="are not in this forum"):
        merge_threads(moderator, [two], one)
    starter = two.starter_id
    merge_threads(moderator, [one], two)
    session.expire_all()
    positions = [post.position for post in session.query(Post).filter_by(thread_id=two.id).order_by(Post.position)]
    assert positions == list(range(41, 47))
    assert (two.starter_id, two.reply_count) == (starter, 45)
    assert [*map(str, check()), *position_gaps()] == []


def test_drafts_go_to_the_thread_that_stays(app_in_context: Flask) -> None:
    moderator, anna, ben, (one, two) = a_member(role="moderator"), a_member(), a_member(), in_turns()
    drafts.save(anna, place=f"thread:{one.id}", body="mine")
    drafts.save(ben, place=f"thread:{one.id}", body="here")
    drafts.save(ben, place=f"thread:{two.id}", body="there")
    merge_threads(moderator, [one], two)
    kept = {draft.member_id: draft.body for draft in session.query(Draft).filter_by(place=f"thread:{two.id}")}
    assert kept == {anna.id: "mine", ben.id: "there\n\nhere"}
    assert session.query(Draft).count() == 2


def test_redirects_of_redirects_are_shortened_and_ids_never_used_again(app_in_context: Flask) -> None:
    moderator, (one, two) = a_member(role="moderator"), in_turns()
    three = a_thread(body="three1")
    one_id, two_id, three_id = one.id, two.id, three.id
    merge_threads(moderator, [three], two)
    merge_threads(moderator, [two], one)
    found = [redirect_of(thread_id) for thread_id in (two_id, three_id)]
    assert [row.target_id if row else None for row in found] == [one_id, one_id]
    assert a_thread().id not in (two_id, three_id)
