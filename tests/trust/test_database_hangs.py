"""PostgreSQL hangs without closing connections: a 503 within seconds, then recovery, and no time limit for jobs."""

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from benchmarks.services import Service, postgres, service_folder
from forum.infra.database import postgres as lines
from forum.infra.database.db import db, ephemeral_transaction, session, without_timeouts
from forum.infra.database.postgres import HUNG_RETRY_SECONDS
from forum.infra.database.timeouts import COMMANDS, JOBS, WEB, Timeouts, use_timeouts
from forum.infra.ephemeral.job_claims import waiting_count
from tests.conftest import log_in, token_in
from tests.trust.black_hole import BlackHoleProxy, proxy_to
from tests.trust.on_postgresql import THREAD, forum_on

pytestmark = pytest.mark.postgres
QUICK = Timeouts(connect=2, statement=1, answer=2, idle=9)  # as WEB, but shorter for tests
BOUND = QUICK.answer + 2.0  # seconds: one timeout plus the delay of a slow machine
WORDS = "A long reply that nobody wants to type again."


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Service, str]]:
    with service_folder() as (folder, log):
        service, url = postgres(folder, log)
        service.start()
        yield service, url
        service.end(signal.SIGQUIT)


@pytest.fixture
def proxy(server: tuple[Service, str]) -> Iterator[BlackHoleProxy]:
    with proxy_to(make_url(server[1]).port or 0) as proxy:
        yield proxy


@pytest.fixture
def app(server: tuple[Service, str], proxy: BlackHoleProxy, tmp_path: Path, quick: None) -> Iterator[Flask]:
    url = make_url(server[1]).set(port=proxy.port).render_as_string(hide_password=False)
    with forum_on(url, tmp_path) as app:
        yield app


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    use_timeouts(QUICK)
    yield
    use_timeouts(WEB)


def timed(ask: Callable[[], int]) -> tuple[int, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def processes_of(service: Service) -> list[int]:
    """The server's process id and those of all its child processes."""
    assert service.process is not None
    found = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return [service.process.pid, *map(int, found)]


def a_member(app: Flask) -> tuple[FlaskClient, dict[str, str]]:
    member = app.test_client()
    log_in(member, "Anna")
    return member, {"csrf_token": token_in(member.get(THREAD).text), "body": WORDS}


def test_a_page_is_refused_within_ten_seconds_however_the_server_hangs() -> None:
    assert WEB.statement < WEB.answer
    assert WEB.answer + WEB.connect < 10


def test_a_stopped_server_costs_a_post_one_timeout_and_keeps_what_was_typed(
    app: Flask, server: tuple[Service, str]
) -> None:
    member, form = a_member(app)
    stopped = processes_of(server[0])
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = member.post(f"{THREAD}/reply", data=form)
        took = time.monotonic() - began
        assert (answer.status_code, WORDS in answer.text) == (503, True)
        assert took < BOUND
        status, took = timed(lambda: app.test_client().get("/members").status_code)
        assert (status, took < 1) == (503, True), "who comes next is told at once"
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    time.sleep(HUNG_RETRY_SECONDS)
    assert member.post(f"{THREAD}/reply", data=form).status_code == 303


def test_a_black_hole_connection_costs_one_timeout_too(app: Flask, proxy: BlackHoleProxy) -> None:
    member, form = a_member(app)
    proxy.is_black_hole.set()
    for ask in (lambda: member.post(f"{THREAD}/reply", data=form), lambda: app.test_client().get(THREAD)):
        status, took = timed(lambda ask=ask: ask().status_code)  # type: ignore[misc]
        assert (status, took < BOUND) == (503, True), took
    time.sleep(HUNG_RETRY_SECONDS)
    status, took = timed(lambda: app.test_client().get("/members").status_code)
    assert (status, took < BOUND) == (503, True), "a new connection is not waited for longer"
    proxy.is_black_hole.clear()
    time.sleep(QUICK.connect + HUNG_RETRY_SECONDS)
    assert member.post(f"{THREAD}/reply", data=form).status_code == 303


def test_the_ephemeral_store_times_out_too(app: Flask, proxy: BlackHoleProxy) -> None:
    with app.app_context():
        with ephemeral_transaction() as connection:
            connection.execute(text("SELECT 1"))
        proxy.is_black_hole.set()
        _, took = timed(lambda: _failing(lambda: ephemeral_transaction().__enter__()))
    assert took < BOUND


def _failing(do: Callable[[], object]) -> int:
    with pytest.raises(Exception, match=r"did not respond|timeout"):
        do()
    return 0


def test_a_statement_that_takes_too_long_is_ended_by_the_server(app: Flask) -> None:
    with app.app_context():
        _, took = timed(lambda: _failing(lambda: session.execute(text("SELECT pg_sleep(20)"))))
        session.rollback()
    assert QUICK.statement <= took < QUICK.answer


def test_a_connection_that_cannot_be_set_up_is_closed(server: tuple[Service, str]) -> None:
    use_timeouts(Timeouts(connect=2, statement=-1, answer=2, idle=9))  # which the server refuses
    engine = create_engine(server[1])
    lines.install_timeouts(engine)
    with pytest.raises(DBAPIError, match="statement_timeout"):
        engine.connect()
    engine.dispose()
    gc.collect()  # psycopg warns of a connection that was lost, which fails the test


@pytest.mark.parametrize("waits", [JOBS, COMMANDS])
def test_jobs_and_commands_have_no_page_timeouts(waits: Timeouts, app: Flask) -> None:
    use_timeouts(waits)
    with app.app_context():
        db.engine.dispose()
        session.execute(text(f"SELECT pg_sleep({QUICK.answer + 1})"))
        session.rollback()


def test_creating_the_forum_has_no_timeout_in_a_serving_process(app: Flask) -> None:
    with app.app_context():
        with without_timeouts():
            assert session.execute(text("SHOW statement_timeout")).scalar() == "0"
            session.rollback()
        assert session.execute(text("SHOW statement_timeout")).scalar() == f"{QUICK.statement}s"
        session.rollback()


def test_the_claims_of_jobs_time_out_too(app: Flask, proxy: BlackHoleProxy) -> None:
    with app.app_context():
        assert waiting_count() == 0
        proxy.is_black_hole.set()
        _, took = timed(lambda: _failing(waiting_count))
    assert took < BOUND


def test_an_idle_transaction_is_ended_so_that_its_locks_are_released(app: Flask) -> None:
    with app.app_context():
        set_to = session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    assert set_to == f"{QUICK.idle}s"


def test_psycopg_still_waits_where_we_set_the_timeout(server: tuple[Service, str]) -> None:
    """Connection.wait with a timeout, and the error it raises: infra/database/postgres.py relies on both."""
    url = make_url(server[1])
    connection = lines.server_of(url).connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    connection.response_timeout = 0.2
    with closing(connection), pytest.raises(lines.ServerHangsError):
        connection.execute("SELECT pg_sleep(2)")
    assert connection.closed
    assert issubclass(psycopg.errors._WaitTimeout, psycopg.OperationalError)
    lines.server_of(url).answers()
