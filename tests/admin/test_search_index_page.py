"""The page of the search index: its state, and checks and rebuilds that a job carries out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from forum.admin.operation.search_index import index_state, request_check, request_rebuild
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Forbidden
from forum.jobs.search_index import SearchIndexJob
from forum.search.index import actions, maintenance
from forum.search.index.maintenance import INTERRUPTED_SECONDS, Task
from forum.search.index.tables import POSTS, THREADS
from forum.site.actions import set_value
from tests.admin.conftest import Send
from tests.admin.pages import parsed
from tests.factories import a_member, a_post, a_thread
from tests.middleware.guests import Writing


@pytest.fixture
def job(app: Flask) -> Iterator[SearchIndexJob]:
    job = SearchIndexJob()
    yield job
    job.wait()


def run(app: Flask, job: SearchIndexJob) -> None:
    with app.app_context():
        job()
    job.wait()


def page_text(client: FlaskClient) -> str:
    return " ".join(parsed(client.get("/admin/search-index")).main.get_text(" ").split())  # type: ignore[union-attr]


def test_a_check_finds_what_a_rebuild_mends(
    app: Flask, client: FlaskClient, admin: Send, writing: Writing, job: SearchIndexJob
) -> None:
    with writing():
        a_post(thread=a_thread(title="A lunar garden"))
        session.execute(delete(POSTS.table))
        set_value("language", "de")
    assert 'its language is "en"' in page_text(client)
    assert admin("/admin/search-index/check").status_code == 303
    assert "It is being checked" in page_text(client)
    run(app, job)
    assert "missing replies: 1" in page_text(client)
    assert admin("/admin/search-index/rebuild").status_code == 303
    assert admin("/admin/search-index/rebuild").status_code == 303
    assert parsed(client.get("/admin/search-index")).select('main button[formaction$="rebuild"][disabled]')
    run(app, job)
    text = page_text(client)
    assert "A rebuild is needed" not in text
    assert "There was no check since the last rebuild" in text
    admin("/admin/search-index/check")
    run(app, job)
    assert "The last check found nothing wrong" in page_text(client)
    assert "Asked for a rebuild of the search index" in client.get("/moderation/log").text


def test_a_rebuild_that_was_killed_is_begun_again_but_not_beside_one_that_runs(app: Flask, job: SearchIndexJob) -> None:
    with app.app_context():
        with transaction():
            a_thread(title="A lunar garden")
        steps = iter(range(1))

        def die(*_: int) -> None:
            next(steps)

        with transaction():
            request_rebuild(OPERATOR)
        assert maintenance.claim() is Task.REBUILD
        assert maintenance.claim() is None
        with pytest.raises((StopIteration, RuntimeError)):
            actions.reindex_online(die)
        session.rollback()
        assert index_state().maintenance.is_rebuilding
        assert index_state().maintenance.total == 2
        assert maintenance.claim() is None
        session.rollback()
        later = clock.now() + timedelta(seconds=INTERRUPTED_SECONDS + 1)
        with clock.frozen_at(later):
            run(app, job)
        state = index_state()
        assert not state.maintenance.is_busy
        assert state.threads == 1
        assert session.query(THREADS.table).count() == 1


@pytest.mark.usefixtures("app_in_context")
def test_only_those_who_may_ask_for_a_rebuild() -> None:
    for act in (request_check, request_rebuild):
        with pytest.raises(Forbidden):
            act(a_member(role="moderator"))
