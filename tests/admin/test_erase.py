"""Deleting posts and threads for good: what remains is a place without words."""

from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.admin import erasing
from forum.admin.removal import thread_erasures, thread_removal
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound
from forum.models import (
    Decision,
    HeldEdit,
    LogChange,
    LogEntry,
    Member,
    Notification,
    Post,
    PostRevision,
    Reaction,
    Thread,
    ThreadRead,
    ThreadWatch,
    WatchLevel,
)
from forum.moderation import post_tools, tools
from forum.moderation.long_threads import background
from forum.reactions.actions import react
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions, queries, read_marks
from forum.threads.approval.edits import first_post
from forum.watching.actions import choose_for_thread
from tests.factories import a_board, a_member, a_post, a_thread
from tests.parts import examples
from tests.watching.told import tell

pytestmark = pytest.mark.usefixtures("app_in_context")
SECRET = "unspeakable"


@pytest.fixture
def admin(app_in_context: Flask) -> Member:
    """An admin."""
    assert app_in_context.name
    return a_member("root", role="admin")


def assert_exact() -> None:
    session.flush()
    session.expire_all()
    assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []


def everything_stored() -> str:
    """All texts of posts, of what belongs to them, of decisions and the log."""
    columns = (Post.source, Post.html, Post.staff_notice, PostRevision.source, HeldEdit.source, Decision.text)
    stored = [text for column in columns for text in session.scalars(select(column))]
    stored += [
        str(text)
        for column in (LogEntry.details, LogChange.was, LogChange.now)
        for text in session.scalars(select(column))
    ]
    return "\n".join(stored)


def test_nothing_of_a_post_remains_but_its_place(admin: Member) -> None:
    anna, bert = a_member("anna"), a_member("bert")
    thread = a_thread(by=bert)
    post = a_post(thread=thread, by=anna, body=f"{SECRET} @bert")
    later = a_post(thread=thread, by=bert)
    react(bert, post, kind="like")
    actions.edit_post(admin, post, body=f"{SECRET} still")
    set_value("held_words", SECRET)
    actions.edit_post(anna, post, body=f"{SECRET} {SECRET}, a casino")
    actions.delete_post(admin, post, reason="Not for here")
    erasing.erase_post(admin, post, reason="A court said so")
    assert SECRET not in everything_stored()
    for model in (PostRevision, Reaction, HeldEdit):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    assert session.scalars(select(Notification).where(Notification.post_id == post.id)).all() == []
    assert (post.position, later.position, post.is_erased) == (2, 3, True)
    assert [shown.id for shown in queries.posts_on_page(bert, thread, 1)] == [thread_first(thread), later.id]
    assert_exact()


def thread_first(thread: Thread) -> int:
    post = first_post(thread)
    assert post is not None
    return post.id


def test_there_is_no_way_back(admin: Member) -> None:
    post = a_post()
    actions.delete_post(admin, post)
    erasing.erase_post(admin, post, reason="Gone")
    for act in (
        lambda: actions.undelete_post(admin, post),
        lambda: actions.edit_post(admin, post, body="Something"),
        lambda: post_tools.set_staff_notice(admin, post, text="Something"),
        lambda: erasing.erase_post(admin, post, reason="Again"),
    ):
        with pytest.raises(Conflict, match="deleted for good"):
            act()


def test_only_admins_and_only_what_is_deleted_and_only_with_a_reason(admin: Member) -> None:
    post = a_post()
    with pytest.raises(Conflict, match="deleted already"):
        erasing.erase_post(admin, post, reason="Why")
    with pytest.raises(Conflict, match="deleted already"):
        erasing.erase_thread(admin, post.thread, reason="Why")
    actions.delete_post(admin, post)
    with pytest.raises(Forbidden):
        erasing.erase_post(a_member(role="moderator"), post, reason="Why")
    with pytest.raises(Invalid):
        erasing.erase_post(admin, post, reason="  ")


def test_a_thread_goes_with_all_its_posts_and_copies(admin: Member) -> None:
    board, anna = a_board(), a_member("anna")
    thread = a_thread(by=anna, board=board, title=f"The {SECRET} title", body=SECRET)
    a_post(thread=thread, by=anna, body=SECRET)
    tools.delete_thread(admin, thread, reason="Bad")
    thread_id = thread.id
    erasing.erase_thread(admin, thread, reason="A court said so")
    assert session.get(Thread, thread_id) is None
    assert session.scalars(select(Post).where(Post.thread_id == thread_id)).all() == []
    assert SECRET not in everything_stored()
    assert board.thread_count == 0
    session.refresh(anna)
    assert_exact()


def test_a_long_thread_goes_in_slices_with_exact_counts_and_its_copies_and_nobody_restores_it_meanwhile(
    admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "MAX_POSTS", 1)
    monkeypatch.setattr(thread_removal, "SLICE_POSTS", 2)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)
    anna = a_member("anna")
    thread = a_thread(by=anna, title=f"The {SECRET} title", body=SECRET)
    for _ in range(6):
        actions.delete_post(admin, a_post(thread=thread, by=anna, body=SECRET), reason="Why")
    tools.delete_thread(admin, thread)
    begun = erasing.erase_thread(admin, thread, reason="A court said so")
    assert begun is not None
    assert erasing.erase_thread(admin, thread, reason="Again") is begun
    with pytest.raises(Conflict, match="deleted for good"):
        tools.undelete_thread(admin, thread)
    session.commit()
    while thread_erasures.Work(begun.entry_id).go_on():
        assert_exact()
        session.rollback()
    assert (begun.step, begun.cursor, session.get(Thread, begun.thread_id)) == ("", 7, None)
    assert SECRET not in everything_stored()
    assert session.scalar(select(func.count()).where(LogEntry.action == "erase-thread")) == 1
    assert_exact()


def test_a_short_thread_that_very_many_follow_goes_in_slices_with_exact_numbers_of_what_they_were_told(
    admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_removal, "MAX_FOLLOWERS", 4)
    monkeypatch.setattr(thread_removal, "FOLLOWERS_AT_ONCE", 2)
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)
    thread, readers = a_thread(), [a_member() for _ in range(5)]
    for reader in readers:
        choose_for_thread(reader, thread, WatchLevel.SITE)
        read_marks.mark_read(reader, thread, 1)
    a_post(thread=thread)
    tell()
    told = select(func.count()).where(Notification.kind == "watched_thread")
    assert session.scalar(told) == len(readers)
    tools.delete_thread(admin, session.get_one(Thread, thread.id))
    begun = erasing.erase_thread(admin, thread, reason="A court said so")
    assert begun is not None
    session.commit()
    transactions = 1
    while thread_erasures.Work(begun.entry_id).go_on():
        assert_exact()
        session.rollback()
        transactions += 1
    assert transactions > len(readers)
    assert session.get(Thread, begun.thread_id) is None
    left = [session.scalar(select(func.count()).select_from(model)) for model in (ThreadWatch, ThreadRead)]
    assert [*left, session.scalar(told)] == [0, 0, 0]
    for reader in readers:
        session.refresh(reader)
        assert reader.unseen_notifications == 0
    assert_exact()


@pytest.mark.parametrize("seed", range(examples(3)))
def test_after_any_sequence_of_these_acts_every_count_is_exact(admin: Member, seed: int) -> None:
    random, members = Random(seed), [a_member() for _ in range(3)]
    board = a_board()
    threads = [a_thread(by=random.choice(members), board=board) for _ in range(3)]
    posts = [a_post(thread=random.choice(threads), by=random.choice(members)) for _ in range(9)]
    for step in range(25):
        post = random.choice(posts)
        act = random.choice(["delete", "undelete", "author", "react", "erase", "edit", "notice"])
        with clock.frozen_at(clock.now() + timedelta(minutes=step)):
            try:
                _do(admin, act, post, random.choice(members))
            except (Conflict, Forbidden, NotFound):
                continue
    tools.delete_thread(admin, threads[0])
    erasing.erase_thread(admin, threads[0], reason="Last")
    assert_exact()


def _do(admin: Member, act: str, post: Post, member: Member) -> None:
    if act == "delete":
        actions.delete_post(admin, post)
    elif act == "undelete":
        actions.undelete_post(admin, post)
    elif act == "author":
        post_tools.change_author(admin, post, author=member)
    elif act == "react":
        react(member, post, kind="like")
    elif act == "erase":
        erasing.erase_post(admin, post, reason="Because")
    elif act == "edit":
        actions.edit_post(admin, post, body=f"Words of {member.username}")
    else:
        post_tools.set_staff_notice(admin, post, text=member.username)
