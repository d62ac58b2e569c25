"""What cleaning up after a member removes, what it leaves, and what others' acts meanwhile keep from being undone."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forum.admin.undo.actions import find_logged
from forum.admin.undo.actions import undo as undo_in_log
from forum.archive.check import check
from forum.archive.role_lists import OPEN, list_of_roles
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.members import roles, sanctions
from forum.models import (
    BlockedLink,
    Decision,
    LogEntry,
    Member,
    Post,
    PostRevision,
    ReviewItem,
    Right,
    Role,
    SpamSample,
    Thread,
    Visibility,
)
from forum.models.members.group_right import GroupRight
from forum.moderation import queue
from forum.moderation.cleaning import actions, running
from forum.moderation.cleaning.plan import BanChoice, Period, Plan
from forum.moderation.cleaning.preview import Preview, link_domains, preview
from forum.moderation.reports import making
from forum.spam import blocked_links
from forum.threads import actions as threads
from forum.threads.approval import holding, reasons
from tests.factories import a_board, a_group, a_list, a_member, a_newcomer, a_post, a_thread, an_entry, hide
from tests.moderation.cleaning.scenes import clean, parts_of, undo


@pytest.fixture
def mona(app_in_context: Flask) -> Member:
    return a_member("mona", role="moderator")


@pytest.fixture
def spammer(mona: Member) -> Member:
    return a_newcomer("spammer")


def seen(post: Post) -> str:
    session.refresh(post)
    return post.state


def test_a_thread_in_which_others_have_written_stays_without_the_words_of_its_starter(
    mona: Member, spammer: Member
) -> None:
    thread = a_thread(by=spammer, body="Buy https://pills.example/")
    reply, own = a_post(thread=thread), a_post(thread=thread, by=spammer)
    first = session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position == 1)).one()
    html = first.html
    cleaning = clean(mona, spammer)
    session.refresh(thread)
    assert (thread.is_public, seen(reply), seen(own), first.source) == (True, "public", "deleted", "[deleted]")
    session.refresh(first)
    assert "pills" not in first.html
    assert thread in actions.threads_left(mona, cleaning, most=5)
    undo(mona, cleaning)
    session.refresh(first)
    assert (first.html, first.edited_at, first.revision_count, seen(own)) == (html, None, 0, "public")
    assert session.scalars(select(PostRevision)).all() == []
    assert [*map(str, check())] == []


def test_every_removed_post_is_in_the_log_under_the_cleaning(mona: Member, spammer: Member) -> None:
    thread = a_thread()
    posts = [a_post(thread=thread, by=spammer).id for _ in range(3)]
    alone = a_thread(by=spammer)
    cleaning = clean(mona, spammer, Plan(reason="Advertising"))
    assert {entry.target for entry in parts_of(cleaning, "delete-post")} == {f"post:{number}" for number in posts}
    assert [entry.target for entry in parts_of(cleaning, "delete-thread")] == [f"thread:{alone.id}"]
    assert {entry.details["reason"] for entry in parts_of(cleaning, "delete-post")} == {"Advertising"}
    assert [entry.target for entry in parts_of(cleaning, "ban")] == [f"member:{spammer.id}"]


def test_the_numbers_before_are_those_of_what_is_done(mona: Member, spammer: Member) -> None:
    for number in range(3):
        a_post(thread=a_thread(by=spammer if number else None), by=spammer)
    a_post(thread=a_thread(by=spammer))
    assert preview(mona, spammer, Plan()) == Preview(threads=2, replies=2, posts=1, first_posts=1)
    cleaning = clean(mona, spammer)
    done = {name: cleaning.counts[name] for name in ("threads", "posts", "first_posts")}
    assert done == {"threads": 2, "posts": 1, "first_posts": 1}
    assert preview(mona, spammer, Plan()).total == 0


def test_only_what_was_written_in_the_period_is_removed(mona: Member, spammer: Member) -> None:
    with clock.frozen_at(clock.now() - timedelta(hours=3)):
        thread = a_thread()
        old = a_post(thread=thread, by=spammer)
    late = a_post(thread=thread, by=spammer)
    clean(mona, spammer, Plan(period=Period.HOUR))
    assert (seen(old), seen(late)) == ("public", "deleted")


def test_in_boards_that_the_moderator_does_not_moderate_everything_stays(mona: Member, spammer: Member) -> None:
    keeper, there = a_member("keeper"), a_board()
    group = a_group("Keepers", keeper)
    session.add(GroupRight(group_id=group.id, right=Right.BAN_MEMBERS.value, is_granted=True))
    here = a_board()
    a_list(here, *list_of_roles(*OPEN), an_entry(group, moderates=True))
    mine, others = (a_post(thread=a_thread(board=board), by=spammer) for board in (here, there))
    assert preview(keeper, spammer, Plan()).elsewhere == 1
    cleaning = clean(keeper, spammer)
    assert (seen(mine), seen(others), cleaning.counts["elsewhere"]) == ("deleted", "public", 1)


def test_what_waits_is_decided_and_waits_again(mona: Member, spammer: Member) -> None:
    waiting, reported = a_post(by=spammer), a_post(by=spammer)
    making.report_post(a_member(), reported, kind="spam")
    hide(waiting, visibility=Visibility.HELD)
    holding.open_case(waiting)
    cleaning = clean(mona, spammer)
    decisions = {
        item.decision for item in session.scalars(select(ReviewItem).execution_options(populate_existing=True))
    }
    assert (decisions, seen(waiting), cleaning.counts["cases"]) == ({"spam", "upheld"}, "deleted", 2)
    undo(mona, cleaning)
    assert seen(waiting) == "held"
    items = session.scalars(select(ReviewItem).execution_options(populate_existing=True)).all()
    assert [(item.decision, item.decided_at, item.first_decided_at) for item in items] == [("", None, None)] * 2
    assert len(queue.waiting(mona, 1)[0]) == 1


def test_what_others_did_meanwhile_stays(mona: Member, spammer: Member) -> None:
    other, thread = a_member(role="moderator"), a_thread()
    again, open_ = a_post(thread=thread, by=spammer), a_post(thread=thread, by=spammer)
    plan = Plan(links=("pills.example",), block_days=3)
    cleaning = clean(mona, spammer, plan)
    for post in (again, open_):
        session.refresh(post)
        threads.undelete_post(other, post)
    threads.delete_post(other, again, reason="still spam")
    sanctions.ban(other, spammer, reason="Again", until=clock.now() + timedelta(days=90))
    row = session.scalars(select(BlockedLink)).one()
    blocked_links.block(other, "pills.example", days=30)
    undo(mona, cleaning)
    assert (seen(again), again.delete_reason, again.deleted_by_id) == ("deleted", "still spam", other.id)
    assert seen(open_) == "public"
    ban = sanctions.ban_of(spammer)
    assert ban is not None
    assert ban.reason == "Again"
    session.refresh(row)
    assert row.until > clock.now() + timedelta(days=29)
    assert cleaning.counts["kept"] == 5  # two posts, what the filter knew of them, the ban and the block
    assert [*map(str, check())] == []


def test_an_earlier_ban_and_block_are_in_force_again(mona: Member, spammer: Member) -> None:
    until = clock.now() + timedelta(days=2)
    sanctions.ban(mona, spammer, reason="First", until=until)
    blocked_links.block(mona, "pills.example", days=1)
    before = session.scalars(select(BlockedLink.until)).one()
    undo(mona, clean(mona, spammer, Plan(links=("pills.example",), block_days=9)))
    ban = sanctions.ban_of(spammer)
    assert ban is not None
    assert (ban.reason, ban.until, session.scalars(select(BlockedLink.until)).one()) == ("First", until, before)


def test_the_filter_learns_what_was_written_and_forgets_it(mona: Member, spammer: Member) -> None:
    a_post(by=spammer, body="Cheap pills for everybody")
    learned = select(SpamSample.is_spam).where(SpamSample.is_spam.is_not(None))
    cleaning = clean(mona, spammer)
    assert session.scalars(learned).all() == [True]
    undo(mona, cleaning)
    assert session.scalars(learned).all() == []


def test_of_an_old_member_the_name_must_be_typed(mona: Member) -> None:
    old = a_member("Grandpa")
    post = a_post(by=old)
    with pytest.raises(Invalid) as refused:
        actions.start(mona, old, Plan(), name="Grandma")
    assert set(refused.value.fields) == {"name"}
    actions.start(mona, old, Plan(), name="grandpa ")
    assert seen(post) == "public"  # until the first step


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_nobody_cleans_up_after_members_of_their_rank_or_themselves(mona: Member, role: str) -> None:
    for member in (a_member(role=role), mona):
        with pytest.raises(Forbidden):
            actions.start(mona, member, Plan(), name=member.username)


def test_a_moderator_who_is_dismissed_stops_cleaning(mona: Member, spammer: Member) -> None:
    posts = [a_post(by=spammer) for _ in range(2)]
    cleaning = actions.start(mona, spammer, Plan(), name="spammer")
    roles.set_role(a_member(role="admin"), mona, Role.MEMBER)
    running.run_first(cleaning.entry_id)
    assert not cleaning.is_running
    assert [seen(post) for post in posts] == ["public"] * 2


def test_a_cleaning_is_undone_once_also_in_the_log(mona: Member, spammer: Member) -> None:
    post = a_post(by=spammer)
    cleaning = clean(mona, spammer)
    undo_in_log(mona, find_logged(mona, cleaning.entry_id, actions=()))
    session.refresh(cleaning)
    while cleaning.is_running:
        running.run_first(cleaning.entry_id)
    assert seen(post) == "public"
    with pytest.raises(Conflict, match="undone already"):
        actions.undo(mona, cleaning.entry_id)


def test_the_member_is_told_once_and_reads_what_was_removed(mona: Member, spammer: Member) -> None:
    for number in range(3):
        a_post(by=spammer, body=f"Offer number {number}")
    cleaning = clean(mona, spammer, Plan(ban=BanChoice.NONE, reason="Advertising"))
    told = session.scalars(select(Decision).where(Decision.member_id == spammer.id)).one()
    assert (told.kind, told.reason, told.ended_at) == ("cleaned", "Advertising", None)
    assert all(f"Offer number {number}" in told.text for number in range(3))
    undo(mona, cleaning)
    session.refresh(told)
    assert told.ended_at is not None


def test_common_domains_are_not_ticked_and_the_own_is_not_offered(mona: Member, spammer: Member) -> None:
    for _ in range(3):
        a_post(by=a_member(), body="See https://www.wiki.example/page")
    threads_ = a_thread()
    links = "https://en.wiki.example/a https://wiki.example/b https://pills.example/ https://forum.example/threads/1"
    spammer.message_count = 10
    a_post(thread=threads_, by=spammer, body=links)
    offered = {each.domain: each.is_common for each in link_domains(mona, spammer, Plan(), own_host="forum.example")}
    assert offered == {"en.wiki.example": False, "wiki.example": True, "pills.example": False}


def test_posts_of_new_members_with_a_blocked_link_wait_and_say_so(mona: Member) -> None:
    blocked_links.block(mona, "pills.example", days=3)
    thread, new, body = a_thread(), a_newcomer(), "Look at https://shop.pills.example/now"
    held = threads.reply(new, thread, body=body)
    item = session.scalars(select(ReviewItem)).one()
    assert held.is_held
    assert [str(sentence) for sentence in reasons.sentences(item.held_for)] == [
        "It links to pills.example, which is blocked."
    ]
    assert threads.reply(a_member(), thread, body=body).is_public
    harmless = threads.reply(a_newcomer(), thread, body="Harmless words")
    threads.edit_post(harmless.author, harmless, body=body)
    assert (harmless.source, harmless.has_held_edit) == ("Harmless words", True)
    with clock.frozen_at(clock.now() + timedelta(days=4)):
        assert threads.reply(a_newcomer(), thread, body=body).is_public


def test_a_step_that_fails_is_done_again_and_nothing_is_doubled(mona: Member, spammer: Member) -> None:
    thread = a_thread()
    for _ in range(30):
        a_post(thread=thread, by=spammer)
    cleaning = actions.start(mona, spammer, Plan(), name="spammer")
    session.flush()
    for attempt in range(20):
        with session.begin_nested() as savepoint:
            running.run_first(cleaning.entry_id)
            if attempt % 2 == 0:
                savepoint.rollback()  # as if the process was killed before it committed
        session.expire_all()
        if not cleaning.is_running:
            break
    assert cleaning.counts["posts"] == 30
    assert len(parts_of(cleaning, "delete-post")) == 30
    assert session.scalars(select(Thread.reply_count).where(Thread.id == thread.id)).one() == 0
    assert session.scalar(select(LogEntry.id).where(LogEntry.action == "clean-member")) == cleaning.entry_id
    assert [*map(str, check())] == []
