"""Moderators whose requests two processes answer at the same moment, and kill -9 in the middle of their jobs."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select

from forum.admin.removal import thread_erasures
from forum.app import create_app
from forum.archive.check import check, position_gaps, repair
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.models import (
    LogEntry,
    Member,
    Post,
    ReviewItem,
    SignupBlock,
    SpamCleaning,
    Thread,
    ThreadErasure,
    ThreadMerge,
    ThreadSplit,
)
from forum.moderation import tools
from forum.moderation.cleaning import actions as cleaning
from forum.moderation.cleaning import running
from forum.moderation.cleaning.plan import Plan
from forum.moderation.long_threads import merge_slices, split_slices, splits
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.splitting import Destination
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.site.queries import snapshot
from forum.threads import actions, delete_backfill
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread
from tests.moderation.cleaning.scenes import state

MANY = 1_500  # posts of a thread that is split
SPAM = 300  # posts
PATIENCE = 90.0  # seconds

Answers = list[tuple[int, str]]


@dataclass(frozen=True)
class Request:
    """A form to be filled in: its page, the button that is pressed, and what is typed."""

    page: str
    form: str  # a CSS selector
    fields: dict[str, str]
    address: str = ""  # where it is sent, if not to the form's own address


def processes() -> ForkServerContext:
    """Where processes are forked from: the code is loaded once for all."""
    prepared = multiprocessing.get_context("forkserver")
    prepared.set_forkserver_preload([__name__])
    return prepared


def _filled_in(client: FlaskClient, request: Request) -> tuple[str, dict[str, str]]:
    page = BeautifulSoup(client.get(request.page).text, "html.parser")
    form = page.select_one(request.form)
    assert form is not None, request
    fields = {
        str(each["name"]): str(each.get("value", "")) for each in form.select("input[checked], input[type=hidden]")
    }
    for each in form.select("select"):
        option = each.select_one("option[selected]") or each.select_one("option")
        fields[str(each["name"])] = str(option["value"]) if option else ""
    return request.address or str(form.get("action", request.page)), fields | request.fields


def answer_at_once(
    settings: Settings, name: str, requests: list[Request], barrier: Barrier, answers: "multiprocessing.Queue[Any]"
) -> None:
    """Send the forms as a moderator, each at the same moment as the other process; then say how they were answered."""
    client, given = create_app(settings).test_client(), []
    log_in(client, name)
    for request in requests:
        address, fields = _filled_in(client, request)
        barrier.wait(PATIENCE)
        answer = client.post(address, data=fields | {"csrf_token": token_in(client.get("/").text)})
        given.append((answer.status_code, answer.headers.get("Location") or answer.text))
    answers.put((name, given))


def at_once(settings: Settings, requests: list[Request]) -> dict[str, Answers]:
    """How mona's and max's forms were answered by two processes at the same moments."""
    prepared = processes()
    barrier, answers = prepared.Barrier(2), prepared.Queue()
    both = [
        prepared.Process(target=answer_at_once, args=(settings, name, requests, barrier, answers))
        for name in ("mona", "max")
    ]
    for each in both:
        each.start()
    given = dict(answers.get(timeout=PATIENCE) for _ in both)
    for each in both:
        each.join(PATIENCE)
    return given


def test_the_same_act_of_two_moderators_at_once_is_done_once_and_shows_no_error_page(
    app: Flask, settings: Settings
) -> None:
    with app.app_context(), transaction():
        set_value("hold_links", True)
        anna, spammer, nell = a_member("anna"), a_newcomer("spammer"), a_newcomer("nell")
        for name in ("mona", "max"):
            a_member(name, role="moderator")
        one, two = a_thread(by=anna, title="Thread one"), a_thread(by=anna, title="Thread two")
        for _ in range(10):
            a_post(thread=one, by=anna)
            a_post(thread=two, by=spammer)
        post = a_post(thread=one, by=nell, body="Good words")
        actions.edit_post(nell, post, body="Better words at https://friends.example")
        item_id = session.scalars(select(ReviewItem.id)).one()
        merged, thread_id, post_id = two.id, one.id, post.id
        clean = Request(f"{spammer.path}/clean", "form.form", {"step": "clean", "reason": "Spam", "block_days": "30"})
        merge = Request(f"{two.path}/merge?into={one.id}", 'form[action$="/merge"]', {})
        until = f"{clock.now().year + 1}-01-01"
        block = Request("/moderation/bans", "main form", {"value": "192.0.2.7", "until": until}, "/moderation/bans")
        approve = Request(
            "/moderation/queue", "main form", {"decision": "approve", "reason": ""}, f"/moderation/queue/{item_id}"
        )
    given = at_once(settings, [approve, block, merge, clean])
    for answers in given.values():
        for status, seen in answers:
            assert status < 400 or (status in {404, 409} and "<main" in seen and "csrf_token" in seen), (status, seen)
    with app.app_context():
        for job in (running.run_pending, merge_slices.run_pending):
            job()
        assert session.get_one(Post, post_id).source.startswith("Better words")
        actions_done = session.scalars(select(LogEntry.action)).all()
        for action in ("approve-edit", "merge-threads", "clean-member"):
            assert actions_done.count(action) == 1, actions_done
        assert session.query(SignupBlock).filter_by(ended_at=None).count() == 1
        assert session.get(Thread, merged) is None
        assert session.query(SpamCleaning).count() == 1
        left = select(Post.id).where(Post.thread_id == thread_id, Post.is_public, Post.author.has(username="spammer"))
        assert session.scalars(left).all() == []
        assert [*map(str, check()), *position_gaps(), *index_problems(snapshot().language)] == []


def clean_on(settings: Settings) -> None:
    """Carry a cleaning, or its undoing, on to its end."""
    with create_app(settings).app_context():
        for _ in range(5):
            running.run_pending()
        delete_backfill.run_pending()


def unfinished() -> int:
    """How many splits, merges and deletions of long threads have not ended."""
    models = (ThreadSplit, ThreadMerge, ThreadErasure)
    return sum(session.scalar(select(func.count()).where(model.step != "")) or 0 for model in models)


def work_on(settings: Settings) -> None:
    """Carry splits, merges and deletions of long threads on to their ends."""
    with create_app(settings).app_context():
        while _now(unfinished):
            for job in (split_slices.run_pending, merge_slices.run_pending, thread_erasures.run_pending):
                job()


def killed_and_ended(
    settings: Settings, work: Callable[[Settings], None], done: Callable[[], int], *, between: tuple[int, int]
) -> None:
    """Let a process work until so much is done, kill it in the middle, and let others go on to the end."""
    prepared = processes()
    first = prepared.Process(target=work, args=(settings,))
    first.start()
    least, most = between
    end = time.monotonic() + PATIENCE
    while _now(done) < least and time.monotonic() < end:
        time.sleep(0.002)
    os.kill(first.pid or 0, signal.SIGKILL)
    first.join()
    assert least <= _now(done) < most, "it was killed in the middle"
    assert [*map(str, check()), *position_gaps()] == []
    session.rollback()  # PostgreSQL ends a transaction that waits for long
    second = prepared.Process(target=work, args=(settings,))
    second.start()
    second.join(PATIENCE)
    assert second.exitcode == 0
    session.rollback()


def _now(done: Callable[[], int]) -> int:
    session.rollback()
    number = done()
    session.rollback()
    return number


@pytest.fixture
def in_app(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def test_a_cleaning_and_its_undoing_are_ended_by_others_after_kill_9_and_leave_no_trace(
    in_app: Flask, settings: Settings
) -> None:
    assert in_app.name
    with transaction():
        mona, spammer, anna = a_member("mona", role="moderator"), a_newcomer("spammer"), a_member("anna")
        boards = [a_board(), a_board()]
        threads = [a_thread(by=(anna, spammer)[number % 2], board=boards[number % 2]) for number in range(12)]
        for number in range(SPAM):
            a_post(thread=threads[number % 12], by=spammer, body=f"Cheap pills {number}")
            if number % 10 == 0:
                a_post(thread=threads[number % 12], by=anna, body=f"Honest words {number}")
        mona_id, spammer_id = mona.id, spammer.id
    before = state()
    session.rollback()
    with transaction():
        mona, spammer = session.get_one(Member, mona_id), session.get_one(Member, spammer_id)
        entry_id = cleaning.start(mona, spammer, Plan(), name="spammer").entry_id

    def removed() -> int:
        public = select(func.count()).where(Post.author_id == spammer_id, Post.is_public, Post.thread.has(visibility=0))
        return SPAM + 6 - (session.scalar(public) or 0)

    killed_and_ended(settings, clean_on, removed, between=(30, SPAM + 6))
    assert [*map(str, check()), *position_gaps(), *index_problems(snapshot().language)] == []
    assert (removed(), session.get_one(SpamCleaning, entry_id).step) == (SPAM + 6, "")
    session.rollback()
    with transaction():
        cleaning.undo(session.get_one(Member, mona_id), entry_id)
    killed_and_ended(settings, clean_on, lambda: SPAM + 6 - removed(), between=(30, SPAM + 6))
    assert session.get_one(SpamCleaning, entry_id).undone_at is not None
    assert state() == before
    assert [*map(str, check()), *position_gaps(), *index_problems(snapshot().language)] == []
    session.rollback()


def a_long_thread(author: Member, title: str) -> Thread:
    """A thread of MANY posts, stored at once."""
    thread, now = a_thread(by=author, title=title), clock.now()
    row = {"thread_id": thread.id, "author_id": author.id, "created_at": now, "html": "<p>Words.</p>"}
    row |= {"markup_version": 1, "visibility": 0, "delete_reason": "", "revision_count": 0}
    session.execute(insert(Post), [row | {"position": each, "source": f"Words {each}"} for each in range(2, MANY + 1)])
    return thread


def test_a_split_to_another_thread_and_a_deletion_for_good_are_ended_by_others_after_kill_9(
    in_app: Flask, settings: Settings
) -> None:
    assert in_app.name
    with transaction():
        root, anna = a_member("root", role="admin"), a_member("anna")
        long, into = a_long_thread(anna, "Long thread"), a_thread(by=anna, title="The other one")
        repair()
        root_id, long_id, into_id = root.id, long.id, into.id
    with transaction():
        root = session.get_one(Member, root_id)
        long, into = find_thread(root, long_id), find_thread(root, into_id)
        begun = splits.split_or_begin(root, long, Choice(first=1, last=MANY - 10), Destination(into=into))
        assert isinstance(begun, ThreadSplit)

    def gone() -> int:
        return MANY - (session.scalar(select(func.count()).where(Post.thread_id == long_id)) or 0)

    killed_and_ended(settings, work_on, gone, between=(50, MANY - 10))
    counts = {thread.id: thread.reply_count + 1 for thread in session.scalars(select(Thread))}
    assert counts == {long_id: 10, into_id: MANY - 9}
    assert session.scalars(select(ThreadMerge.step)).all() == [""]
    assert [*map(str, check()), *position_gaps()] == []
    session.rollback()
    with transaction():
        root = session.get_one(Member, root_id)
        tools.delete_thread(root, find_thread(root, into_id))
    with transaction():
        root = session.get_one(Member, root_id)
        thread_erasures.begin(root, find_thread(root, into_id), posts=MANY - 9, reason="A court said so")

    def erased() -> int:
        return MANY - 9 - (session.scalar(select(func.count()).where(Post.thread_id == into_id)) or 0)

    killed_and_ended(settings, work_on, erased, between=(50, MANY - 9))
    assert session.get(Thread, into_id) is None
    assert session.scalars(select(ThreadErasure.step)).all() == [""]
    assert [*map(str, check()), *position_gaps()] == []
    session.rollback()
