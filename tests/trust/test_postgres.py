"""The same forum on PostgreSQL: seeded, written to, moderated, searched; exact counters and reversible migrations."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from forum.app import create_app
from forum.archive import setup
from forum.archive.check import check, position_gaps
from forum.infra.database import migrate
from forum.infra.database.db import db, session, transaction
from forum.models import Member, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in, settings_in, token_in
from tests.factories import a_member, a_post, a_thread
from tests.servers import postgres_server

pytestmark = pytest.mark.postgres
Act = Callable[[Member, Thread, Post], object]
ACTS: tuple[Act, ...] = (
    lambda mona, thread, post: react(mona, post, kind="like"),
    lambda mona, thread, post: react(mona, post, kind="dislike"),
    lambda mona, thread, post: tools.lock(mona, thread),
    lambda mona, thread, post: tools.unlock(mona, thread),
    lambda mona, thread, post: actions.edit_post(mona, post, body="edited words"),
    lambda mona, thread, post: actions.delete_post(mona, post),
    lambda mona, thread, post: tools.delete_thread(mona, thread),
    lambda mona, thread, post: tools.undelete_thread(mona, thread),
    lambda mona, thread, post: actions.undelete_post(mona, post),
)


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[Flask]:
    """The document's forum on its own PostgreSQL."""
    with postgres_server() as url:
        app = create_app(settings_in(tmp_path / "data", FORUM_DATABASE_URL=url))
        with app.app_context():
            setup.prepare_database()
        yield app
        with app.app_context():
            session.remove()
            db.engine.dispose()
        app.extensions["forum.ephemeral"].dispose()


def test_every_action_leaves_exact_counters_and_migrations_can_be_reversed(on_postgres: Flask) -> None:
    with on_postgres.app_context():
        with transaction():
            anna, _mona = a_member("anna"), a_member("mona", role="moderator")
            thread = a_thread(by=anna)
            ids = thread.id, a_post(thread=thread, by=anna, body="Hello @mona").id
        for act in ACTS:
            with transaction():
                mona = session.query(Member).filter_by(username="mona").one()
                act(mona, find_thread(mona, ids[0]), find_post(mona, ids[1]))
        assert [*map(str, check()), *position_gaps()] == []
        session.remove()
        migrate.downgrade(db.engine, "base")
        assert migrate.current_revision(db.engine) is None


def test_every_page_works(on_postgres: Flask) -> None:
    with on_postgres.app_context(), transaction():
        a_member("anna")
    client = on_postgres.test_client()
    log_in(client, "anna")
    thread = client.get("/threads/6").headers["Location"]
    pages = (
        "/",
        "/whats-new?filter=unread",
        "/search?q=lunar+station",
        "/search?q=moon&sort=date",
        "/members",
        "/notifications",
    )
    for page in (*pages, thread, "/boards/4-country", "/account/sessions", "/api/v1/threads", "/sitemap.xml"):
        assert client.get(page).status_code == 200, page
    assert client.get(thread).text.count("data-thread-id") >= 5
    form = {"csrf_token": token_in(client.get(thread).text), "body": "Words on PostgreSQL"}
    assert client.post(f"{thread}/reply", data=form).headers["Location"] == f"{thread}#post-3"
    assert "Words on" in client.get("/search?q=PostgreSQL").text
