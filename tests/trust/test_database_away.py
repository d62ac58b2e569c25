"""PostgreSQL stops while a member is on the site: a clear 503 that keeps what was typed, and automatic recovery."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from benchmarks.services import Service, postgres, service_folder
from tests.conftest import log_in, token_in
from tests.trust.on_postgresql import THREAD, forum_on

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Service, str]]:
    with service_folder() as (folder, log):
        service, url = postgres(folder, log)
        service.start()
        yield service, url
        service.end(signal.SIGQUIT)


@pytest.fixture
def app(server: tuple[Service, str], tmp_path: Path) -> Iterator[Flask]:
    with forum_on(server[1], tmp_path) as app:
        yield app


def test_an_outage_is_a_503_that_keeps_what_was_typed_and_the_forum_recovers(
    app: Flask, server: tuple[Service, str]
) -> None:
    member, guest = app.test_client(), app.test_client()
    log_in(member, "Anna")
    token = token_in(member.get(THREAD).text)
    server[0].end(signal.SIGQUIT)  # immediately, like a crash
    try:
        for client in (member, guest):
            for path in ("/members", "/search?q=thread", "/api/v1/boards"):
                answer = client.get(path)
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path
        form = {"csrf_token": token, "body": "A long reply that nobody wants to type again."}
        answer = member.post(f"{THREAD}/reply", data=form)
        assert answer.status_code == 503
        assert "A long reply that nobody wants to type again." in answer.text
        assert member.get("/health/ready").status_code == 503
        assert member.get("/health/live").status_code == 200
    finally:
        server[0].start()
    assert member.post(f"{THREAD}/reply", data=form).status_code == 303
    assert "A long reply" in guest.get(THREAD).text
