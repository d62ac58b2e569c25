"""What is watched goes along when threads, boards and accounts are merged, split, moved or removed."""

import pytest
from sqlalchemy import select

from forum.accounts.erased_rows import delete_slice
from forum.accounts.merged_rows import move_rows
from forum.admin import erasing
from forum.admin import merges as board_merges
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.infra.database.db import session
from forum.models import BoardWatch, Member, Thread, ThreadMerge, ThreadSplit, ThreadWatch, ToldOf, WatchLevel
from forum.moderation import tools
from forum.moderation.long_threads import merge_slices, merges, split_slices, splits
from forum.moderation.long_threads.merge_order import is_long
from forum.moderation.regrouping import followers
from forum.moderation.regrouping import order as regrouping_order
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.threads import read_marks
from forum.watching import carrying
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.factories import a_board, a_member, a_post, a_thread

SITE, OFF, MUTED = WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED
pytestmark = pytest.mark.usefixtures("app_in_context")
# what is chosen for the source and the target of a merge, and what counts afterwards
MERGED = {
    (SITE, None): SITE,
    (None, SITE): SITE,
    (SITE, MUTED): SITE,
    (MUTED, SITE): SITE,
    (MUTED, None): None,
    (OFF, None): OFF,
    (OFF, SITE): SITE,
    (SITE, OFF): SITE,
    (MUTED, OFF): OFF,
    (None, MUTED): MUTED,
}


def levels_in(thread: Thread, people: list[Member]) -> list[str | None]:
    rows = session.execute(select(ThreadWatch.member_id, ThreadWatch.level).where(ThreadWatch.thread_id == thread.id))
    found = {row.member_id: row.level for row in rows}
    return [found.get(who.id) for who in people]


def two_threads() -> tuple[Member, Thread, Thread, list[Member]]:
    admin, board = a_member(role="admin"), a_board()
    source, into = a_thread(board=board, by=admin), a_thread(board=board, by=admin)
    people = [a_member() for _ in MERGED]
    for who, choices in zip(people, MERGED, strict=True):
        for thread, level in zip((source, into), choices, strict=True):
            if level is not None:
                choose_for_thread(who, thread, level)
    return admin, source, into, people


def test_merging_threads_unites_who_watches_and_mutes_nothing_else() -> None:
    admin, source, into, people = two_threads()
    source_id = source.id
    merge_threads(admin, [source], into)
    assert levels_in(into, people) == list(MERGED.values())
    assert session.scalar(select(ThreadWatch.member_id).where(ThreadWatch.thread_id == source_id)) is None


def test_a_merge_by_the_job_does_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrouping_order, "MAX_POSTS", 2)
    monkeypatch.setattr(merge_slices, "MARKS_AT_ONCE", 3)
    admin, source, into, people = two_threads()
    for _ in range(4):
        a_post(thread=source, by=a_member(watch_answered="off"))
    session.commit()
    begun = merges.merge_or_begin(admin, source, into)
    assert isinstance(begun, ThreadMerge)
    session.commit()
    merge_slices.run_pending()
    session.expire_all()
    assert session.get_one(ThreadMerge, begun.entry_id).step == ""
    assert levels_in(session.get_one(Thread, into.id), people) == list(MERGED.values())


def test_a_short_thread_that_very_many_watch_is_merged_by_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    admin, source, into, people = two_threads()
    assert not is_long(source, into)
    monkeypatch.setattr(carrying, "MAX_AT_ONCE", 3)
    monkeypatch.setattr(merge_slices, "MARKS_AT_ONCE", 2)
    assert is_long(source, into)
    source_id, into_id = source.id, into.id
    begun = merges.merge_or_begin(admin, source, into)
    assert isinstance(begun, ThreadMerge)
    session.commit()
    merge_slices.run_pending()
    session.expire_all()
    assert session.get(Thread, source_id) is None
    stays = session.get_one(Thread, into_id)
    assert (stays.last_position, stays.is_being_merged) == (2, False)
    assert levels_in(stays, people) == list(MERGED.values())
    assert [str(each) for each in check()] == []


@pytest.mark.parametrize("cause", ["watches", "marks", "marks of the target", "marks of the board"])
def test_posts_of_a_short_thread_that_very_many_follow_are_split_off_by_the_job(
    monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    admin, source, into, people = two_threads()
    posts = [a_post(thread=source, by=admin).id for _ in range(2)]
    to = Destination(into=into) if cause == "marks of the target" else Destination("Split off", a_board())
    if cause == "watches":
        monkeypatch.setattr(carrying, "MAX_AT_ONCE", 3)
    else:
        monkeypatch.setattr(followers, "MAX_AT_ONCE", 3)
        for who in people:
            if cause == "marks of the board":
                read_marks.mark_board_read(who, source.board)
            else:
                read_marks.mark_read(who, into if to.into else source, 1)
    monkeypatch.setattr(split_slices, "WATCHES_AT_ONCE", 2)
    monkeypatch.setattr(merge_slices, "MARKS_AT_ONCE", 2)
    session.flush()
    assert splits.preview(source, Choice(set(posts)), to).is_long
    begun = splits.split_or_begin(admin, source, Choice(set(posts)), to)
    assert isinstance(begun, ThreadSplit)
    session.commit()
    steps = []
    while split_slices.Work(begun.entry_id).go_on():  # a new process each time
        steps.append(session.get_one(ThreadSplit, begun.entry_id).step)
    assert steps.count("watches") > len(people) / 3
    merge_slices.run_pending()
    session.expire_all()
    made = session.get_one(Thread, into.id if to.into else begun.into_id)
    kept = [own or (None if before == MUTED else before) for before, own in MERGED]
    assert levels_in(made, people) == (kept if to.into else [before for before, _ in MERGED])
    assert levels_in(source, people) == [before for before, _ in MERGED]
    assert [str(each) for each in check()] == []


def test_posts_that_are_split_off_are_watched_and_muted_as_their_thread_was() -> None:
    admin, source, into, people = two_threads()
    posts = [a_post(thread=source, by=admin).id for _ in range(2)]
    made = split_posts(admin, source, {posts[0]}, Destination("A thread of its own", source.board))
    assert levels_in(made, people) == [before for before, _ in MERGED]
    split_posts(admin, source, {posts[1]}, Destination(into=into))
    kept = [own or (None if before == MUTED else before) for before, own in MERGED]
    assert levels_in(into, people) == kept
    assert levels_in(source, people) == [before for before, _ in MERGED]


def test_a_thread_that_is_moved_deleted_and_restored_stays_watched_and_one_erased_is_forgotten() -> None:
    admin, thread, ben = a_member(role="admin"), a_thread(), a_member()
    choose_for_thread(ben, thread, SITE)
    tools.move_thread(admin, thread, board=a_board(), redirect_days=3)
    tools.delete_thread(admin, thread)
    tools.undelete_thread(admin, thread)
    assert levels_in(thread, [ben]) == [SITE]
    tools.delete_thread(admin, thread)
    erasing.erase_thread(admin, thread, reason="Spam.")
    session.flush()
    assert session.scalar(select(ThreadWatch.thread_id).where(ThreadWatch.member_id == ben.id)) is None


@pytest.mark.parametrize("at_once", [1, 500])
def test_a_board_merged_into_another_takes_those_along_who_watch_it(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(board_merges, "WATCHES_AT_ONCE", at_once)
    monkeypatch.setattr(board_merges, "MAX_TRANSACTION_SECONDS", 0.0)
    board, target = a_board(), a_board()
    watching, both, muting = a_member(), a_member(), a_member()
    choose_for_board(watching, board, SITE, told_of=ToldOf.POSTS)
    choose_for_board(both, board, SITE)
    choose_for_board(both, target, MUTED)
    choose_for_board(muting, board, MUTED)
    board_merges.start_merge(OPERATOR, board, target.id)
    board_id, target_id = board.id, target.id
    session.commit()
    board_merges.finish(board_id)
    rows = session.execute(select(BoardWatch.member_id, BoardWatch.board_id, BoardWatch.level, BoardWatch.told_of))
    assert {tuple(row) for row in rows} == {
        (watching.id, target_id, SITE, ToldOf.POSTS),
        (both.id, target_id, MUTED, ToldOf.THREADS),
    }


def test_erasing_and_merging_accounts_deletes_and_moves_what_they_watch() -> None:
    thread, other, member, target = a_thread(), a_thread(), a_member(), a_member()
    for who, chosen, level in ((member, thread, SITE), (member, other, MUTED), (target, other, SITE)):
        choose_for_thread(who, chosen, level)
    choose_for_board(member, thread.board, SITE)
    move_rows("thread_watch.member_id", 0, member, target)
    move_rows("board_watch.member_id", 0, member, target)
    assert levels_in(thread, [member, target]) == [None, SITE]
    assert levels_in(other, [member, target]) == [None, SITE], "the target's own choice stays"
    assert session.scalars(select(BoardWatch.member_id)).all() == [target.id]
    delete_slice("thread_watch", "member_id", target)
    assert levels_in(thread, [target]) == [None]
