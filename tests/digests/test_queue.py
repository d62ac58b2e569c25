"""The job of digests: each is queued once, whatever process is killed, and sent as a message with two parts."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from forum.app import create_app
from forum.digests import choices, popular, queueing
from forum.digests.rules import MAX_WAITING
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.settings import Settings
from forum.jobs.mail import send_mail
from forum.mail.tokens import UNSUBSCRIBE, read_token
from forum.models import Digest, Mail, Member, WatchLevel
from forum.watching.actions import choose_for_thread, start_again, stop_all
from tests.conftest import close, settings_on
from tests.databases import on_postgres
from tests.digests.told import a_popular_thread, a_reader, make_due, next_of, queued_for, run
from tests.factories import a_member, a_post, a_thread
from tests.query_plans import postgres_plans, sqlite_plans
from tests.servers import Mailbox, smtp_server

READERS, KILLED_AFTER = 40, 5


def queue(settings: Settings) -> None:
    with create_app(settings).app_context():
        queueing.queue_due()


def queued() -> list[int]:
    session.rollback()
    members = session.scalars(select(Mail.member_id).where(Mail.kind == "digest")).all()
    return [member_id or 0 for member_id in members]


def test_a_digest_that_is_late_comes_though_the_member_has_watched_something_since(app_in_context: Flask) -> None:
    assert app_in_context.name
    ben, cleo = a_reader("ben"), a_reader("cleo")
    for reader in (ben, cleo):
        thread = a_thread()
        choose_for_thread(reader, thread, WatchLevel.DAILY)
        a_post(thread=thread)
    session.commit()
    queueing.queue_due()
    due = max(next_of(reader) or clock.now() for reader in (ben, cleo))
    start_writing()
    choose_for_thread(ben, a_thread(), WatchLevel.DAILY)
    choices.choose_digest(cleo, frequency="daily", hour=20, weekday=None, time_zone="")
    session.commit()
    with clock.frozen_at(due + timedelta(hours=1)):
        assert queueing.queue_due() == 1, "who has chosen another hour gets theirs then"
    assert queued() == [ben.id]


def test_killed_in_the_middle_the_job_goes_on_with_the_next_member_and_two_processes_queue_none_twice(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        with transaction():
            for _ in range(3):
                a_popular_thread(a_thread())
            readers = [a_reader() for _ in range(READERS)]
            make_due(*readers)
            ids = sorted(reader.id for reader in readers)
        prepared = multiprocessing.get_context("forkserver")
        prepared.set_forkserver_preload([__name__])
        first, *others = (prepared.Process(target=queue, args=(settings,)) for _ in range(3))
        first.start()
        end = time.monotonic() + 60
        while len(queued()) < KILLED_AFTER and time.monotonic() < end:
            time.sleep(0.005)
        os.kill(first.pid or 0, signal.SIGKILL)
        first.join()
        told = set(queued())
        assert KILLED_AFTER <= len(told) < READERS, "it was killed in the middle"
        with_row = select(Digest.member_id).where(Digest.last_sent_at.is_not(None))
        assert set(session.scalars(with_row)) == told, "a member is told and has their message, or neither"
        session.rollback()
        for other in others:
            other.start()
        for other in others:
            other.join(60)
        assert sorted(queued()) == ids
        assert session.scalar(select(func.count()).where(Digest.next_at <= clock.now())) == 0


@pytest.mark.usefixtures("app_in_context")
class TestRuns:
    """What one run of the job does."""

    def test_members_get_rows_and_a_time_by_themselves(self) -> None:
        reader, unconfirmed = a_reader(frequency=None), a_member(email_verified_at=None)
        session.commit()
        queueing.add_missing()
        queueing.queue_due()
        start_writing()
        moment = next_of(reader)
        assert moment is not None
        assert clock.now() < moment <= clock.now() + timedelta(days=8)
        assert next_of(unconfirmed) is None
        assert session.scalars(select(Digest.member_id)).all() == [reader.id]

    def test_a_digest_for_a_thread_makes_the_next_one_sooner_and_ends_with_it(self) -> None:
        reader, thread = a_reader(frequency="watched"), a_thread()
        assert run() == 0
        assert next_of(reader) is None, "they watch nothing with a digest"
        choose_for_thread(reader, thread, WatchLevel.DAILY)
        run()
        moment = next_of(reader)
        assert moment is not None
        assert moment <= clock.now() + timedelta(days=1, hours=1)
        stop_all(reader)
        run(reader)
        assert next_of(reader) is None
        start_again(reader)
        run()
        assert next_of(reader) is not None

    def test_nothing_is_queued_while_many_digests_wait(self) -> None:
        reader = a_reader()
        for _ in range(3):
            a_popular_thread(a_thread())
        waiting = {"recipient": "a@example.org", "subject": "x", "body": "{}", "kind": "digest"}
        now = clock.now()
        rows = [{**waiting, "created_at": now, "try_after": now} for _ in range(MAX_WAITING)]
        session.execute(insert(Mail), rows)
        assert run(reader) == 0
        due_at = next_of(reader)
        assert due_at is not None
        assert due_at <= clock.now(), "they stay due"
        session.execute(update(Mail).values(try_after=None))
        assert run(reader) == 1

    def test_a_member_for_whom_it_fails_does_not_delay_the_others(self, caplog: pytest.LogCaptureFixture) -> None:
        broken, whole = a_reader(), a_reader()
        for _ in range(3):
            a_popular_thread(a_thread())
        session.execute(update(Digest).where(Digest.member_id == broken.id).values(told="no JSON"))
        assert run(broken, whole) == 1
        assert queued_for(whole)["popular"]
        assert f"the digest of member {broken.id} failed" in caplog.text

    def test_stopping_ends_what_waits_too_and_can_be_undone(self) -> None:
        reader = a_reader("ben", frequency="weekly")
        choices.stop(reader.id)
        choices.stop(reader.id)
        assert _frequency(reader) == "off"
        choices.undo(reader.id)
        choices.undo(reader.id)
        assert _frequency(reader) == "weekly"
        choices.stop(reader.id)
        choices.choose_digest(reader, frequency="daily", hour=7, weekday=None, time_zone="")
        choices.undo(reader.id)
        assert _frequency(reader) == "daily", "something was chosen since"
        other = a_member()
        choices.stop(other.id)
        assert _frequency(other) == "off", "also without a row before"
        choices.undo(other.id)
        assert _frequency(other) == ""

    def test_choosing_a_digest_for_a_thread_takes_back_that_there_are_none(self) -> None:
        reader = a_reader(frequency="off")
        choose_for_thread(reader, a_thread(), WatchLevel.SITE)
        assert _frequency(reader) == "off"
        choose_for_thread(reader, a_thread(), WatchLevel.WEEKLY)
        assert _frequency(reader) == "watched"

    def test_members_are_looked_up_by_their_indexes(self) -> None:
        with transaction():
            members = [a_member() for _ in range(3)]
            session.add_all(Digest(member_id=member.id, needs_plan=False) for member in members)
        plans = "\n".join(postgres_plans(_look_up_without_scans)) if on_postgres() else str(sqlite_plans(_look_up))
        assert "ix_digest_next" in plans
        assert "ix_digest_unplanned" in plans

    @pytest.mark.sqlite
    def test_no_statement_of_a_digest_reads_a_whole_table(self) -> None:
        reader, thread = a_reader(), a_thread()
        choose_for_thread(reader, thread, WatchLevel.DAILY)
        for _ in range(3):
            a_popular_thread(a_thread(board=thread.board))
        make_due(reader)
        session.commit()
        popular.forget()
        steps = sqlite_plans(queueing.queue_due)
        assert len(queued()) == 1
        scans = [
            step
            for its in steps.values()
            for step in its
            if step.startswith(("SCAN thread", "SCAN post", "SCAN reaction"))
        ]
        assert [step for step in scans if "USING" not in step] == []


def _look_up() -> None:
    """Look for members to handle."""
    queueing.due_members()
    queueing.unplanned_members()


def _look_up_without_scans() -> None:
    """Look for members to handle, and let the plans that are made next not read so small a table as a whole."""
    _look_up()
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("SET LOCAL enable_seqscan = off")


def _frequency(member: Member) -> str | None:
    return session.scalar(select(Digest.frequency).where(Digest.member_id == member.id))


class TestSending:
    """A digest at a real mail server."""

    @pytest.fixture
    def mailbox(self) -> Iterator[Mailbox]:
        with smtp_server() as mailbox:
            yield mailbox

    @pytest.fixture
    def settings(self, tmp_path: Path, mailbox: Mailbox) -> Settings:
        return settings_on(tmp_path / "data", FORUM_MAIL_URL=mailbox.url, FORUM_BASE_URL="https://forum.example")

    def test_it_arrives_once_with_two_parts_and_a_link_that_unsubscribes(
        self, app_in_context: Flask, mailbox: Mailbox
    ) -> None:
        assert app_in_context.name
        reader, thread = a_reader("ben"), a_thread(title="Lamps & <boots>")
        choose_for_thread(reader, thread, WatchLevel.DAILY)
        a_post(thread=thread, body="Bring a lamp.")
        assert run(reader) == 1
        session.commit()
        assert send_mail() == 1
        assert send_mail() == 0
        (letter,) = mailbox.letters
        assert mailbox.recipients == [reader.email]
        assert letter["Subject"] == "Lamps & <boots>"
        plain, html = (letter.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        assert html is not None
        assert "Lamps & <boots>" in plain.get_content()
        assert "Lamps &amp; &lt;boots&gt;" in html.get_content()
        address = letter["List-Unsubscribe"].strip(" <>")
        assert address in plain.get_content()
        signed = read_token(address.rpartition("/")[2], UNSUBSCRIBE)
        assert (signed.member_id, signed.scope) == (reader.id, "digest")
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_one_that_has_nothing_to_say_any_more_is_taken_out_of_the_queue(
        self, app_in_context: Flask, mailbox: Mailbox
    ) -> None:
        assert app_in_context.name
        reader, thread = a_reader("ben"), a_thread()
        choose_for_thread(reader, thread, WatchLevel.DAILY)
        assert run(reader) == 1
        choices.stop(reader.id)
        session.commit()
        assert send_mail() == 0
        assert (queued(), mailbox.letters) == ([], [])


def test_without_a_mail_server_nothing_is_planned(tmp_path: Path) -> None:
    settings = settings_on(tmp_path / "data", FORUM_BASE_URL="https://forum.example")
    app = create_app(settings)
    with app.app_context():
        assert not queueing.can_send()
        assert queueing.queue_due() == 0
    close(app)
