"""Starting threads and replying."""

from datetime import timedelta

import pytest
from flask import Flask

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound, TooSoon
from forum.models import Board, Member, Post, Thread
from forum.moderation import tools
from forum.threads import actions, rules
from tests.conftest import settings_on
from tests.factories import a_ban, a_board, a_member, a_newcomer, a_post, a_thread


def counts(thread: Thread) -> tuple[int, int, int]:
    session.refresh(thread)
    board = session.get_one(Board, thread.board_id)
    session.refresh(board)
    return thread.reply_count, board.thread_count, board.post_count


def test_a_new_thread_has_its_first_post_at_position_1_and_is_counted_in_its_board(app_in_context: Flask) -> None:
    thread = a_thread()
    post = session.query(Post).filter_by(thread_id=thread.id).one()
    assert (post.position, thread.last_post_id) == (1, post.id)
    assert counts(thread) == (0, 1, 1)


def test_a_reply_takes_the_next_position_and_becomes_the_last_post(app_in_context: Flask) -> None:
    thread, ben = a_thread(), a_member("ben")
    first, second = a_post(thread=thread), a_post(thread=thread, by=ben)
    assert (first.position, second.position) == (2, 3)
    assert counts(thread) == (2, 1, 3)
    assert (thread.last_post_id, thread.last_poster_id) == (second.id, ben.id)
    session.refresh(ben)
    assert ben.message_count == 101


def test_a_position_is_never_reused_after_its_post_was_deleted(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_thread()
    gone = a_post(thread=thread)
    actions.delete_post(moderator, gone)
    assert a_post(thread=thread).position == 3


def test_a_thread_with_only_a_summary_continues_after_the_counted_posts(app_in_context: Flask) -> None:
    anna, board = a_member("anna"), a_board()
    then = clock.now() - timedelta(days=900)
    thread = Thread(
        board=board,
        title="Known by its summary",
        starter=anna,
        started_at=then,
        last_poster=anna,
        last_posted_at=then,
        reply_count=5,
        last_position=6,
        base_post_count=6,
        base_last_poster_id=anna.id,
        base_last_posted_at=then,
    )
    session.add(thread)
    session.flush()
    assert a_post(thread=thread).position == 7
    session.refresh(thread)
    assert thread.reply_count == 6


def test_a_locked_thread_accepts_no_replies(app_in_context: Flask) -> None:
    moderator, thread = a_member(role="moderator"), a_thread()
    tools.lock(moderator, thread)
    with pytest.raises(Forbidden, match="locked"):
        a_post(thread=thread, by=a_member())
    assert a_post(thread=thread, by=moderator).position == 2


def test_nobody_replies_to_a_thread_they_may_not_see(app_in_context: Flask) -> None:
    thread = a_thread(by=a_member(role="admin"), board=a_board(audience="moderator"))
    with pytest.raises(NotFound):
        a_post(thread=thread, by=a_member())


def test_a_category_holds_no_threads(app_in_context: Flask) -> None:
    with pytest.raises(Forbidden, match="category"):
        a_thread(board=a_board(is_category=True))


def test_a_banned_member_cannot_post(app_in_context: Flask) -> None:
    anna = a_member()
    a_ban(anna)
    with pytest.raises(Forbidden, match="banned"):
        a_post(thread=a_thread(), by=anna)


@pytest.mark.parametrize(
    ("title", "word"), [("", "Give"), ("  abc  ", "need 4–150"), ("x" * 151, "151"), ("\u202e\u200f", "Give")]
)
def test_a_title_has_4_to_150_characters(app_in_context: Flask, title: str, word: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.start_thread(a_member(), a_board(), title=title, body="words")
    assert word in str(refusal.value.fields["title"][0])


def test_a_title_of_150_characters_is_accepted(app_in_context: Flask) -> None:
    thread = actions.start_thread(a_member(), a_board(), title="x" * 150, body="words")
    assert len(thread.title) == 150


@pytest.mark.parametrize("body", ["", " \n\t ", "x" * 50_001])
def test_a_post_has_1_to_50000_characters(app_in_context: Flask, body: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.reply(a_member(), a_thread(), body=body)
    assert list(refusal.value.fields) == ["body"]


class TestWithLimits:
    """Posting rate limits."""

    @pytest.fixture
    def settings(self, tmp_path):  # type: ignore[no-untyped-def]
        return settings_on(tmp_path / "data", FORUM_LIMITS="on")

    @staticmethod
    def write(member: Member, thread: Thread, body: str) -> Post:
        return actions.reply(member, thread, body=body)

    def test_a_newcomer_waits_30_seconds_between_posts(self, app_in_context: Flask) -> None:
        thread, newcomer, now = a_thread(), a_newcomer(), clock.now()
        with clock.frozen_at(now):
            self.write(newcomer, thread, "one")
        with clock.frozen_at(now + timedelta(seconds=29)), pytest.raises(TooSoon) as refusal:
            self.write(newcomer, thread, "two")
        assert refusal.value.retry_after <= 2
        with clock.frozen_at(now + timedelta(seconds=31)):
            assert self.write(newcomer, thread, "two").position == 3

    @pytest.mark.parametrize(("seconds", "words"), [(1, "1 second "), (40, "40 seconds "), (3599, "60 minutes ")])
    def test_a_newcomer_is_told_how_long_to_wait(self, seconds: int, words: str) -> None:
        now = clock.now()
        with pytest.raises(TooSoon, match=f"Wait {words}before you post again"):
            rules.check_flood(now, now + timedelta(milliseconds=500), seconds=seconds)

    def test_the_same_text_is_refused_within_5_minutes(self, app_in_context: Flask) -> None:
        thread, other, anna, now = a_thread(), a_thread(), a_member(), clock.now()
        with clock.frozen_at(now):
            self.write(anna, thread, "buy this")
        with clock.frozen_at(now + timedelta(minutes=4)), pytest.raises(Invalid, match="correct"):
            self.write(anna, other, "buy this")
        with clock.frozen_at(now + timedelta(minutes=6)):
            self.write(anna, other, "buy this")

    @pytest.mark.slow
    def test_the_21st_thread_of_a_day_is_refused(self, app_in_context: Flask) -> None:
        anna, board, now = a_member(), a_board(), clock.now()
        for number in range(20):
            with clock.frozen_at(now + timedelta(minutes=number)):
                actions.start_thread(anna, board, title=f"Thread {number}", body=f"words {number}")
        with clock.frozen_at(now + timedelta(minutes=30)), pytest.raises(TooSoon):
            actions.start_thread(anna, board, title="One more", body="more words")

    def test_a_newcomer_can_put_only_a_few_links_into_a_post(self, app_in_context: Flask) -> None:
        links = " ".join(f"https://example.org/{n}" for n in range(4))
        with pytest.raises(Invalid) as refusal:
            self.write(a_newcomer(), a_thread(), links)
        assert "links" in str(refusal.value.fields["body"][0])
        self.write(a_member(), a_thread(), links)
