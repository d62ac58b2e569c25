"""Which metrics Prometheus reads and who may read them; what access-log lines contain and what they never contain."""

import json
import logging
import subprocess
import sys
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import logs
from forum.infra.database.db import transaction
from forum.infra.logs import log_response
from tests.conftest import log_in
from tests.factories import a_member

TOKEN = "a token for the operator's Prometheus"


@pytest.fixture
def measured(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], metrics_token=TOKEN)
    return app


def test_metrics_are_not_found_for_guests_members_and_wrong_tokens(measured: Flask, client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
    for wrong in ("Bearer wrong", f"Basic {TOKEN}", "Bearer ", "Bearer \xe9"):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    with measured.app_context(), transaction():
        a_member("Anna")
    log_in(client, "Anna")
    assert client.get("/metrics").status_code == 404


def test_without_a_configured_token_no_token_is_accepted(client: FlaskClient) -> None:
    for token in ("", "None", "x"):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_an_admin_and_the_operators_token_can_read_metrics(measured: Flask, client: FlaskClient) -> None:
    with measured.app_context(), transaction():
        a_member("Anna", role="admin")
    counts = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert counts.status_code == 200
    assert counts.content_type.startswith("text/plain; version=0.0.4")
    log_in(client, "Anna")
    assert client.get("/metrics").status_code == 200


def test_responses_are_counted_by_visitor_kind_and_cached_pages_apart(measured: Flask, client: FlaskClient) -> None:
    def counts() -> dict[str, float]:
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    client.get("/")
    before = counts()
    client.get("/")
    client.get("/nowhere")
    after = counts()
    missed = 'forum_requests_total{status="4xx",who="guest"}'
    assert after[missed] == before.get(missed, 0) + 1
    kept = 'forum_kept_pages_total{outcome="hit"}'
    assert after[kept] == before.get(kept, 0) + 1
    assert after["forum_jobs_waiting"] >= 0
    assert after["forum_guests_online"] >= 1


def test_a_log_line_is_json_with_the_request_id(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    root, before = logging.getLogger(), (logging.getLogger().handlers[:], logging.getLogger().level)
    try:
        logs.configure_logging(replace(app.extensions["forum.settings"], log_format="json", access_log=True))
        log_response(method="GET", path="/search", status="200 OK", who="guest", address="192.0.2.7", seconds=0.0123)
        logging.getLogger("forum").error("error in %s", "here")
    finally:
        root.handlers[:], root.level = before
        logs._Access.is_wanted = False
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["message"] == "GET /search 200"
    assert "192.0.2.7" not in str(first)
    assert (first["ms"], first["who"], first["level"]) == (12.3, "guest", "info")
    assert second["message"] == "error in here"
    assert second["time"].endswith("+00:00")


FIRST = """
import sys
from threading import Barrier, Thread
from forum.infra.metrics import request_metrics
sys.setswitchinterval(1e-6)
together, found = Barrier(16), []
def come():
    together.wait()
    found.append(request_metrics())
guests = [Thread(target=come) for _ in range(16)]
[each.start() for each in guests]
[each.join() for each in guests]
assert len(found) == 16 and len(set(map(id, found))) == 1, found
"""


def test_concurrent_first_requests_share_one_set_of_counters() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
