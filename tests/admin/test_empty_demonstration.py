"""The demonstration is emptied in slices: nothing of real members is lost unseen, and everything stays exact."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.accounts import merging
from forum.admin.demonstration import contents, emptying
from forum.admin.members.renames import rename
from forum.admin.removal import thread_removal
from forum.admin.rules import OPERATOR
from forum.admin.statistics.counting import count_periods
from forum.admin.statistics.periods import Period
from forum.archive import setup
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden
from forum.models import (
    Board,
    Draft,
    LogEntry,
    Member,
    MemberTitle,
    Notification,
    PeriodCount,
    Post,
    SiteSetting,
    Thread,
)
from forum.models.members.member import Role
from forum.moderation import tools
from forum.reactions.actions import react
from forum.search.index.index_check import index_problems
from forum.similar import actions as similar
from forum.site.queries import snapshot
from forum.threads import actions, read_marks
from forum.threads.drafts import save
from forum.threads.queries import find_thread
from tests.archive.forums import empty_forum
from tests.factories import a_board, a_member, a_post, a_thread

ACTORS = ("dora", "dirk")
NAMED = {"name": "The Test Forum", "members": list(ACTORS), "boards": ["Stage", "Wings", "Foyer"]}


def exact() -> list[str]:
    session.expire_all()
    return [*map(str, check()), *position_gaps(), *index_problems(snapshot().language)]


def member(name: str) -> Member:
    return session.scalars(select(Member).where(Member.username == name)).one()


def titles(model: type[Thread] | type[Board]) -> list[str]:
    return list(session.scalars(select(model.title).order_by(model.id)))


def fill() -> None:
    """A demonstration of dora and dirk, and in it and beside it what the real members anna and olga wrote."""
    dora, dirk = (a_member(name, password_hash=None, email=None, email_key=None) for name in ACTORS)
    anna, olga = a_member("anna"), a_member("olga", role=Role.ADMIN)
    stage, foyer = a_board("Stage"), a_board("Foyer")
    wings, own = a_board("Wings", parent_id=stage.id), a_board("Own", parent_id=foyer.id)
    first = a_thread(by=dora, board=stage, title="Opening night")
    for author in (dirk, dora, dirk, dora):
        react(anna, a_post(thread=first, by=author), kind="like")
    actions.edit_post(olga, a_post(thread=first, by=dirk), body="Changed by an admin.")
    tools.delete_thread(olga, a_thread(by=dirk, board=wings, title="Deleted before"))
    answered = a_thread(by=dirk, board=wings, title="Answered")
    answer = a_post(thread=answered, by=anna, body=f"@olga [dirk said:](/posts/{answered.last_post_id})")
    react(olga, answer, kind="like")
    real = a_thread(by=anna, board=own, title="Real")
    a_post(thread=real, by=olga)
    read_marks.mark_read(anna, first, 3)
    save(anna, place=f"thread:{first.id}", body="unfinished")
    save(anna, place=f"thread:{real.id}", body="unfinished too")
    session.add(SiteSetting(name=contents.SETTING, value=NAMED))


@pytest.fixture
def filled(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forum of fill(); a slice is one thread, or two posts of it."""
    for name, value in (("SLICE_THREADS", 1), ("SLICE_MEMBERS", 1)):
        monkeypatch.setattr(emptying, name, value)
    monkeypatch.setattr(thread_removal, "SLICE_POSTS", 2)
    monkeypatch.setattr(emptying, "MAX_TRANSACTION_SECONDS", 0.0)
    fill()
    session.commit()


def start(*, keeps_boards: bool = False, keeps_answered: bool = False, seen_at: datetime | None = None) -> None:
    with transaction():
        emptying.start(
            OPERATOR,
            seen_at=seen_at or clock.now(),
            keeps_boards=keeps_boards,
            keeps_answered=keeps_answered,
        )


def run() -> None:
    emptying.finish(lambda *_: None)


@pytest.mark.usefixtures("filled")
def test_the_preview_counts_what_goes_and_names_what_members_wrote() -> None:
    shown = contents.preview()
    assert shown is not None
    assert (shown.threads, shown.posts, shown.members, shown.boards) == (3, 9, 2, ["Wings", "Stage"])
    assert (shown.answered_threads, shown.answers, shown.writers) == (1, 1, [("anna", 1)])
    assert shown.name == "The Test Forum"


@pytest.mark.usefixtures("filled")
def test_only_what_is_real_is_left_and_every_count_is_exact_after_each_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    in_transaction, slices = emptying._in_transaction, list[object]()

    def checked(work: Callable[[], object]) -> object:
        slices.append(in_transaction(work))
        assert exact() == []
        return slices[-1]

    monkeypatch.setattr(emptying, "_in_transaction", checked)
    start()
    run()
    assert len(slices) == 10, "three for the six posts of a thread, and one for all else"
    assert titles(Thread) == ["Real"]
    assert titles(Board) == ["Foyer", "Own"], "a board stays if a board in it stays"
    assert session.scalars(select(Member.username).order_by(Member.id)).all() == ["anna", "olga"]
    anna = member("anna")
    assert (anna.message_count, anna.positive_reactions, member("olga").unseen_notifications) == (101, 0, 0)
    assert [draft.body for draft in session.scalars(select(Draft))] == ["unfinished too"]
    assert session.scalars(select(Notification.member_id)).all() == [anna.id], "of the reply in Real"
    assert {row.name for row in session.scalars(select(SiteSetting))} >= {"version", "removals"}
    assert contents.preview() is None
    assert snapshot().name == "Forum", "the demonstration's name is gone too"
    assert session.scalars(select(MemberTitle)).all()
    logged = session.scalars(select(LogEntry).where(LogEntry.action == "empty-demonstration")).one()
    assert logged.details == {"threads": 3}


@pytest.mark.usefixtures("filled")
def test_threads_with_answers_and_the_boards_stay_if_the_admin_wants_it() -> None:
    start(keeps_boards=True, keeps_answered=True)
    run()
    assert exact() == []
    assert titles(Thread) == ["Answered", "Real"]
    assert titles(Board) == ["Stage", "Foyer", "Wings", "Own"]
    assert session.scalars(select(Member.username).order_by(Member.id)).all() == ["dirk", "anna", "olga"]


@pytest.mark.usefixtures("filled")
def test_a_thread_with_an_answer_that_the_preview_did_not_show_stays() -> None:
    start(seen_at=clock.now() - timedelta(seconds=5))  # Answered was answered later
    opening = session.scalars(select(Thread).where(Thread.title == "Opening night")).one()
    with transaction():
        actions.reply(member("anna"), find_thread(member("anna"), opening.id), body="While it begins.")
    run()
    assert exact() == []
    assert titles(Thread) == ["Opening night", "Answered", "Real"]
    assert titles(Board) == ["Stage", "Foyer", "Wings", "Own"]


@pytest.mark.usefixtures("filled")
def test_a_reply_between_the_choice_of_a_thread_and_its_lock_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    remove, threads = emptying._remove_threads, list[object]()

    def reply_first(now: emptying.Emptying, chosen: list[object]) -> list[object]:
        if not threads:
            threads.append(chosen)
            opening = session.scalars(select(Thread.id).where(Thread.title == "Opening night")).one()
            actions.reply(member("anna"), find_thread(member("anna"), opening), body="At the last moment.")
        return list(remove(now, chosen))  # type: ignore[arg-type]

    monkeypatch.setattr(emptying, "_remove_threads", reply_first)
    run()
    assert exact() == []
    assert titles(Thread) == ["Opening night", "Real"]


@pytest.mark.usefixtures("filled")
def test_a_member_as_whom_somebody_can_log_in_is_real() -> None:
    with transaction():
        member("dirk").password_hash = member("anna").password_hash
    start()
    run()
    assert exact() == []
    assert titles(Thread) == ["Deleted before", "Answered", "Real"]
    assert "dirk" in session.scalars(select(Member.username)).all()


@pytest.mark.usefixtures("filled")
def test_members_write_while_it_runs() -> None:
    start()
    first = emptying.progress()
    assert first is not None
    emptying._continue(first)
    with transaction():
        a_thread(by=member("anna"), board=session.scalars(select(Board).where(Board.title == "Stage")).one())
        actions.reply(
            member("anna"), find_thread(member("anna"), _id_of("Answered")), body="I am still talking to you."
        )
    assert exact() == []
    run()
    assert exact() == []
    assert "Answered" in titles(Thread)
    assert "Stage" in titles(Board)


def _id_of(title: str) -> int:
    return session.scalars(select(Thread.id).where(Thread.title == title)).one()


@pytest.mark.usefixtures("filled")
def test_it_can_be_started_twice_and_continues_after_a_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    start(keeps_boards=True)
    monkeypatch.setattr(emptying, "MAX_RUN_SECONDS", 0.0)
    emptying.run_pending()  # as if killed at once
    step = thread_removal.remove_thread

    def die(*given: object) -> bool:
        step(*given)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(thread_removal, "remove_thread", die)
    with pytest.raises(KeyboardInterrupt):
        run()
    monkeypatch.undo()
    assert exact() == []
    assert len(titles(Thread)) == 4
    run()
    assert (exact(), titles(Thread)) == ([], ["Real"])
    assert titles(Board) == ["Foyer", "Own"], "what the first of the two asked for"
    with pytest.raises(Conflict):
        start()


@pytest.mark.usefixtures("filled")
def test_only_admins_start_it() -> None:
    with pytest.raises(Forbidden):
        emptying.start(member("anna"), seen_at=clock.now(), keeps_boards=False, keeps_answered=False)


def test_a_forum_that_began_with_the_document_is_empty_afterwards_and_can_be_used(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "document", FORUM_SEED="document"):
        setup.prepare_database()
        with transaction():
            a_member("olga", role=Role.ADMIN)
        shown = contents.preview()
        assert shown is not None
        assert (shown.threads, shown.posts, shown.members, len(shown.boards)) == (6, 31, 9, 4)
        start()
        run()
        assert exact() == []
        assert (titles(Thread), titles(Board)) == ([], [])
        assert session.scalars(select(Member.username)).all() == ["olga"]
        assert session.scalar(select(func.count()).select_from(Post)) == 0
        assert len(snapshot().smilies) == 35
        with transaction():
            a_post(thread=a_thread(by=member("olga"), board=a_board("My own")), by=member("olga"))
            similar.refresh(1)
        assert exact() == []


def test_a_forum_that_began_with_the_defaults_has_no_demonstration(tmp_path: Path) -> None:
    with empty_forum(tmp_path / "defaults", FORUM_SEED="defaults"):
        setup.prepare_database()
        assert contents.preview() is None


@pytest.mark.usefixtures("filled")
def test_the_statistics_forget_what_the_demonstration_had() -> None:
    moment = clock.now() + timedelta(days=2)
    with clock.frozen_at(moment):
        count_periods(Period.DAY)
    start()
    run()
    with clock.frozen_at(moment):
        count_periods(Period.DAY)
    threads = select(func.sum(PeriodCount.count)).where(PeriodCount.kind == "threads", PeriodCount.period == "day")
    assert session.scalar(threads) == 1, "Real"


@pytest.mark.usefixtures("filled")
def test_a_renamed_member_of_the_demonstration_goes_too() -> None:
    with transaction():
        rename(OPERATOR, member("dora"), "Dorothea")
    start()
    run()
    assert exact() == []
    assert titles(Thread) == ["Real"]
    assert session.scalars(select(Member.username).order_by(Member.id)).all() == ["anna", "olga"]


def test_a_member_of_the_demonstration_who_is_being_merged_is_not_removed(app_in_context: Flask) -> None:
    fill()
    into = a_member("xaver")
    merging.start_merge(OPERATOR, dora := member("dora"), into)
    session.commit()
    start()
    emptying.finish(lambda _, __: None)
    session.rollback()
    merging.finish(dora.id)
    session.expire_all()
    assert session.get_one(Member, dora.id).closed_at is not None
