"""Notices by staff at posts, and changing the author of a post or thread."""

import pytest
from flask import Flask
from sqlalchemy import select

from forum.admin.undo import actions as undoing
from forum.archive.check import check
from forum.decisions.actions import Grounds
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.models import Decision, LogEntry, Member, Notification, Post, ReviewItem, Thread
from forum.moderation import post_tools
from forum.moderation.reports.making import report_post
from forum.reactions.actions import react
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions, drafts
from forum.threads.approval.edits import first_post
from forum.threads.queries import find_post
from tests.factories import a_member, a_post, a_thread
from tests.search.queries import ask

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def admin(app_in_context: Flask) -> Member:
    """An admin, who moderates all boards."""
    assert app_in_context.name
    return a_member("root", role="admin")


def assert_exact() -> None:
    session.flush()
    session.expire_all()
    assert [*map(str, check()), *index_problems("en")] == []


def undo_last(actor: Member, action: str) -> None:
    """Undo the newest entry of the log with an action."""
    newest = select(LogEntry.id).where(LogEntry.action == action).order_by(LogEntry.id.desc()).limit(1)
    undoing.undo(actor, undoing.logged_entry(session.scalars(newest).one()))


def test_a_notice_is_set_changed_removed_and_each_undone() -> None:
    mona, post = a_member(role="moderator"), a_post()
    post_tools.set_staff_notice(mona, post, text="  Answered\n elsewhere ")
    assert post.staff_notice == "Answered elsewhere"
    post_tools.set_staff_notice(mona, post, text="")
    undo_last(mona, "notice-at-post")
    assert post.staff_notice == "Answered elsewhere"


def test_a_notice_is_by_moderators_and_short() -> None:
    post = a_post()
    with pytest.raises(Forbidden):
        post_tools.set_staff_notice(post.author, post, text="I am staff")
    with pytest.raises(Invalid):
        post_tools.set_staff_notice(a_member(role="moderator"), post, text="x" * 301)


def test_another_author_gets_the_post_with_its_counts_and_reactions(admin: Member) -> None:
    anna, bert, carl = a_member("anna"), a_member("bert"), a_member("carl")
    post = a_post(by=anna, body="Remarkable cucumbers")
    react(bert, post, kind="like")
    react(carl, post, kind="like")
    before = (anna.message_count, bert.message_count)
    post_tools.change_author(admin, post, author=bert)
    for member in (anna, bert):
        session.refresh(member)
    assert (anna.message_count, bert.message_count) == (before[0] - 1, before[1] + 1)
    assert (anna.positive_reactions, bert.positive_reactions) == (0, 1)
    assert find_post(None, post.id).thread.last_poster_id == bert.id
    assert [hit.post.id for hit in ask("cucumbers", author=bert).hits if hit.post] == [post.id]
    assert ask("cucumbers", author=anna).hits == []
    assert_exact()
    undo_last(admin, "change-author")
    session.expire_all()
    assert (post.author_id, anna.message_count, bert.message_count) == (anna.id, *before)
    assert_exact()


def test_with_the_first_post_the_thread_is_theirs_too(admin: Member) -> None:
    anna, bert = a_member(), a_member()
    thread = a_thread(by=anna)
    post = first_post(thread)
    assert post is not None
    post_tools.change_author(admin, post, author=bert)
    assert (thread.starter_id, thread.last_poster_id) == (bert.id, bert.id)
    assert_exact()
    undo_last(admin, "change-author")
    assert thread.starter_id == anna.id
    assert_exact()


def test_the_old_author_is_told_nothing_more_and_others_read_the_new_name(admin: Member) -> None:
    anna, bert, carl = a_member("anna"), a_member("bert"), a_member("carl")
    thread = a_thread(by=carl)
    post = a_post(thread=thread, by=anna, body="Hello @carl and @bert")
    react(carl, post, kind="like")
    report_post(carl, post, kind="spam")
    post_tools.change_author(admin, post, author=bert)
    by_members = select(Notification).where(Notification.actor_id.is_not(None))
    told = {(row.member_id, row.actor_id) for row in session.scalars(by_members)}
    assert told == {(carl.id, bert.id)}
    assert session.scalars(select(ReviewItem.member_id)).all() == [bert.id]
    assert session.scalars(select(Notification).where(Notification.member_id == anna.id)).all() == []
    session.expire_all()
    assert (anna.unseen_notifications, bert.unseen_notifications) == (0, 0)
    assert_exact()


def test_an_edit_that_waits_becomes_the_draft_of_the_old_author(admin: Member) -> None:
    anna, bert = a_member(), a_member()
    post = a_post(by=anna)
    set_value("held_words", "casino")
    actions.edit_post(anna, post, body="Casino!")
    post_tools.change_author(admin, post, author=bert)
    draft = drafts.find(anna, f"post:{post.id}")
    assert draft is not None
    assert draft.body == "Casino!"
    assert not post.has_held_edit
    assert_exact()


def test_moderators_who_do_not_manage_members_cannot_change_authors() -> None:
    with pytest.raises(Forbidden):
        post_tools.change_author(a_member(role="moderator"), a_post(), author=a_member())


def test_an_overtaken_change_of_author_is_not_undone(admin: Member) -> None:
    anna, bert, carl = a_member(), a_member(), a_member()
    post = a_post(by=anna)
    post_tools.change_author(admin, post, author=bert)
    first = session.scalars(select(LogEntry.id).where(LogEntry.action == "change-author")).one()
    post_tools.change_author(admin, post, author=carl)
    with pytest.raises(Conflict):
        undoing.undo(admin, undoing.logged_entry(first))


def test_the_author_reads_why_staff_edited_and_what_they_had_written(admin: Member) -> None:
    post = a_post(body="With an address")
    actions.edit_post(admin, post, body="Without", grounds=Grounds("No addresses, please"))
    told = session.scalars(select(Decision)).one()
    assert (told.kind, told.reason, told.text) == ("post-edited", "No addresses, please", "With an address")
    entry = session.scalars(select(LogEntry).where(LogEntry.action == "edit-post")).one()
    assert entry.details["reason"] == "No addresses, please"


def test_deleted_posts_change_their_author_without_counting(admin: Member) -> None:
    anna, bert = a_member(), a_member()
    post = a_post(by=anna)
    actions.delete_post(admin, post)
    post_tools.change_author(admin, post, author=bert)
    assert session.scalars(select(Post.author_id).where(Post.id == post.id)).one() == bert.id
    assert session.scalars(select(Thread.id)).all()
    assert_exact()
