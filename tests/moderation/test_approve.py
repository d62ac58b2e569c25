"""Threads and posts that wait for approval: who sees them, and what deciding about them does."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.accounts.closing import close_for_member
from forum.admin.rules import OPERATOR
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound, TooSoon
from forum.models import Member, Notification, Post, ReviewItem, Thread, ThreadRead, Visibility
from forum.moderation import queue, tools
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions, drafts, queries
from forum.threads.approval import holding
from tests.factories import a_ban, a_board, a_member, a_newcomer, a_post, a_thread

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def moderator(app_in_context: Flask) -> Member:
    """A moderator of all boards, in a forum where the first two posts of each member wait."""
    set_value("hold_first_posts", 2)
    return a_member("mona", role="moderator")


def item_of(post: Post) -> ReviewItem:
    """The case of a post, as a moderator finds it."""
    moderator = session.scalars(select(Member).where(Member.username == "mona")).one()
    return queue.latest_of(moderator, post.id)


def first_post(thread: Thread) -> Post:
    """The first post of a thread."""
    return session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position == 1)).one()


def assert_exact() -> None:
    """Every counter, position and row of the index is as a recount says."""
    session.flush()
    session.expire_all()
    assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []


def seen_in(actor: Member | None, thread: Thread) -> list[str]:
    """The texts after and on the last page of a thread."""
    opened = queries.open_thread(actor, thread.id)
    posts = queries.posts_on_page(actor, opened.thread, 1)
    return [post.html for post in [*posts, *(queries.waiting_posts(actor, opened) if actor else [])]]


def test_a_held_reply_is_seen_by_its_author_and_moderators_and_counts_for_nobody(moderator: Member) -> None:
    anna, newcomer = a_member("anna"), a_newcomer()
    thread = a_thread(by=anna)
    held = actions.reply(newcomer, thread, body=f"I wait, @{anna.username}")
    assert held.is_held
    assert held.position == -held.id
    assert (thread.last_position, thread.reply_count, newcomer.message_count) == (1, 0, 0)
    assert (
        session.scalars(
            select(Notification).where(Notification.post_id == held.id, Notification.actor_id.is_not(None))
        ).all()
        == []
    )
    assert [len(seen_in(actor, thread)) for actor in (None, anna, newcomer, moderator)] == [1, 1, 2, 2]
    assert_exact()


def test_approval_gives_the_next_position_and_the_present_time_and_alerts_like_a_fresh_reply(
    moderator: Member,
) -> None:
    anna, newcomer = a_member("anna"), a_newcomer()
    thread = a_thread(by=anna)
    held = actions.reply(newcomer, thread, body=f"Hello @{anna.username}")
    later = a_post(thread=thread, by=anna)
    with clock.frozen_at(clock.now() + timedelta(hours=5)):
        queue.approve(moderator, item_of(held))
    assert (held.position, held.is_public) == (later.position + 1, True)
    assert held.created_at > later.created_at + timedelta(hours=4)
    assert (thread.last_post_id, newcomer.message_count) == (held.id, 1)
    (alert,) = session.scalars(
        select(Notification).where(Notification.post_id == held.id, Notification.actor_id.is_not(None))
    )
    assert (alert.member_id, alert.kind) == (anna.id, "mention")
    assert session.get_one(ThreadRead, (anna.id, thread.id)).position == later.position
    assert_exact()


def test_a_held_thread_is_public_and_indexed_only_after_approval(moderator: Member) -> None:
    newcomer, board = a_newcomer(), a_board()
    thread = actions.start_thread(newcomer, board, title="A held thread", body="Please let me in.")
    assert thread.is_held
    assert (board.thread_count, board.post_count, board.last_thread_id) == (0, 0, None)
    with pytest.raises(NotFound):
        queries.find_thread(a_member(), thread.id)
    assert_exact()
    queue.approve(moderator, item_of(first_post(thread)))
    session.refresh(board)
    assert thread.is_public
    assert (board.thread_count, board.post_count, newcomer.message_count) == (1, 1, 1)
    assert_exact()


def test_undoing_an_approval_restores_every_count_and_a_second_approval_alerts_again(moderator: Member) -> None:
    anna, newcomer = a_member("anna"), a_newcomer()
    thread = a_thread(by=anna)
    held = actions.reply(newcomer, thread, body=f"Hello @{anna.username}")
    item = item_of(held)
    queue.approve(moderator, item)
    a_post(thread=thread)
    queue.reopen(moderator, item)
    assert (held.is_held, newcomer.message_count, thread.reply_count, anna.unseen_notifications) == (True, 0, 1, 1)
    assert_exact()
    queue.approve(moderator, item)
    assert held.position == 2
    assert (
        len(
            session.scalars(
                select(Notification).where(Notification.post_id == held.id, Notification.actor_id.is_not(None))
            ).all()
        )
        == 1
    )
    assert_exact()
    started = actions.start_thread(newcomer, a_board(), title="One more", body="And a thread.")
    item = item_of(first_post(started))
    queue.approve(moderator, item)
    a_post(thread=started)
    queue.reopen(moderator, item)
    assert_exact()


def test_a_rejected_post_stays_readable_for_its_author_with_the_reason(moderator: Member) -> None:
    newcomer, thread = a_newcomer(), a_thread()
    held = actions.reply(newcomer, thread, body="Buy my things")
    queue.reject(moderator, item_of(held), reason="No advertising, please.")
    assert seen_in(newcomer, thread)[-1] == held.html
    assert (held.visibility, held.delete_reason) == (Visibility.REJECTED, "No advertising, please.")
    assert len(seen_in(moderator, thread)) == len(seen_in(None, thread)) == 1
    queue.reopen(moderator, item_of(held))
    assert held.is_held
    assert not held.delete_reason
    assert_exact()


def told_to(member: Member) -> list[tuple[str, object]]:
    """What a member was told of decisions, with the reasons."""
    theirs = (Notification.member_id == member.id, Notification.actor_id.is_(None))
    rows = session.scalars(select(Notification).where(*theirs))
    return [(row.kind, row.details.get("reason", "")) for row in rows]


def test_the_author_is_told_of_the_decision_that_stands(moderator: Member) -> None:
    newcomer = a_newcomer()
    held = actions.reply(newcomer, a_thread(), body="I wait")
    queue.reject(moderator, item_of(held), reason="Not here.")
    assert told_to(newcomer) == [("decision", "Not here.")]
    queue.reopen(moderator, item_of(held))
    assert told_to(newcomer) == []
    queue.approve(moderator, item_of(held))
    assert told_to(newcomer) == [("post-approved", "")]
    assert_exact()


def test_of_two_moderators_the_second_learns_that_it_is_decided(moderator: Member) -> None:
    held = actions.reply(a_newcomer(), a_thread(), body="I wait")
    queue.reject(moderator, item_of(held))
    with pytest.raises(Conflict, match="already"):
        queue.approve(a_member(role="moderator"), item_of(held))
    assert held.visibility == Visibility.REJECTED


def test_an_approval_of_a_text_that_was_edited_meanwhile_is_refused(moderator: Member) -> None:
    newcomer = a_newcomer()
    held = actions.reply(newcomer, a_thread(), body="Harmless")
    with clock.frozen_at(clock.now() + timedelta(days=30)):
        actions.edit_post(newcomer, held, body="Buy my things")
    with pytest.raises(Conflict, match="changed this post"):
        queue.approve(moderator, item_of(held), revision=0)
    assert held.is_held


def test_only_moderators_of_the_board_decide(moderator: Member) -> None:
    held = actions.reply(a_newcomer(), a_thread(), body="I wait")
    anna, banned = a_member(), a_member(role="moderator")
    with pytest.raises(Forbidden):
        queue.waiting(anna, 1)
    a_ban(banned)
    with pytest.raises(Forbidden):
        queue.find(banned, item_of(held).id)


def test_an_author_withdraws_and_keeps_the_text_as_a_draft(moderator: Member) -> None:
    newcomer, thread = a_newcomer(), a_thread()
    held = actions.reply(newcomer, thread, body="I have changed my mind")
    with pytest.raises(NotFound):
        holding.withdraw(a_member(), held)
    holding.withdraw(newcomer, held)
    assert queue.waiting(moderator, 1)[0] == []
    draft = drafts.find(newcomer, f"thread:{thread.id}")
    assert draft is not None
    assert draft.body == "I have changed my mind"
    with pytest.raises((NotFound, Forbidden)):
        actions.undelete_post(newcomer, held)
    assert_exact()


def test_withdrawing_what_was_taken_back_publishes_nothing(moderator: Member) -> None:
    newcomer = a_newcomer()
    held = actions.reply(newcomer, a_thread(), body="Public for a moment")
    queue.approve(moderator, item_of(held))
    queue.reopen(moderator, item_of(held))
    holding.withdraw(newcomer, held)
    with pytest.raises(Forbidden):
        actions.undelete_post(newcomer, held)
    assert not held.is_public
    assert_exact()


def test_a_reply_is_approved_in_a_thread_that_was_locked_moved_or_deleted_meanwhile(moderator: Member) -> None:
    thread, newcomer, other = a_thread(), a_newcomer(), a_board()
    held = [actions.reply(a_newcomer(), thread, body=f"I wait, {number}") for number in range(3)]
    tools.lock(moderator, thread)
    queue.approve(moderator, item_of(held[0]))
    tools.move_thread(moderator, thread, board=other)
    queue.approve(moderator, item_of(held[1]))
    tools.delete_thread(moderator, thread)
    queue.approve(moderator, item_of(held[2]))
    assert [post.position for post in held] == [2, 3, 4]
    assert_exact()
    tools.undelete_thread(moderator, thread)
    assert newcomer.message_count == 0
    assert_exact()


def test_a_held_thread_that_is_deleted_leaves_the_queue(moderator: Member) -> None:
    thread = actions.start_thread(a_newcomer(), a_board(), title="A held thread", body="Please let me in.")
    tools.delete_thread(moderator, thread)
    item = item_of(first_post(thread))
    assert item.decision == "deleted"
    assert queue.waiting(moderator, 1)[0] == []
    tools.undelete_thread(moderator, thread)
    assert_exact()


def test_what_waits_of_an_account_is_settled_when_it_is_closed(moderator: Member) -> None:
    newcomer = a_newcomer()
    held = actions.reply(newcomer, a_thread(), body="I wait")
    started = actions.start_thread(newcomer, a_board(), title="A held thread", body="Me too.")
    close_for_member(OPERATOR, newcomer, at_once=False, deletes_posts=True)
    assert queue.waiting(moderator, 1)[0] == []
    assert [held.visibility, started.visibility] == [Visibility.REJECTED] * 2
    assert_exact()


def test_members_with_too_much_waiting_wait_themselves(moderator: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MAX_WAITING", 1)
    newcomer, thread = a_newcomer(), a_thread()
    actions.reply(newcomer, thread, body="I wait")
    with pytest.raises(TooSoon, match="waits for approval"):
        actions.reply(newcomer, thread, body="And I")


def test_an_edit_of_what_waits_alerts_nobody(moderator: Member) -> None:
    newcomer = a_newcomer()
    held = actions.reply(newcomer, a_thread(), body="I wait")
    actions.edit_post(newcomer, held, body=f"I wait, @{moderator.username}")
    assert (
        session.scalars(
            select(Notification).where(Notification.post_id == held.id, Notification.actor_id.is_not(None))
        ).all()
        == []
    )


def test_refused_words_refuse_edits_and_titles_too(moderator: Member) -> None:
    set_value("refused_words", "casino*")
    anna = a_member()
    post, board = a_post(by=anna), a_board()
    with pytest.raises(Invalid) as refused:
        actions.edit_post(anna, post, body="The best CASINOS")
    assert "“casinos”" in str(refused.value.fields["body"][0])
    with pytest.raises(Invalid) as refused:
        actions.start_thread(anna, board, title="Casino night", body="Come!")
    assert "title" in refused.value.fields
