"""A removed thread disappears from every page, including lists beside other threads, for guests and members."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session, transaction
from forum.models import Member, Thread
from forum.moderation import tools
from forum.threads.actions import edit_post
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in
from tests.factories import a_board, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible

WORDS = "Spare parts for an old tractor of the fifties"


def taken() -> Thread:
    return find_thread(mona(), session.scalars(select(Thread.id).where(Thread.title.startswith("Gears"))).one())


def mona() -> Member:
    return session.scalars(select(Member).filter_by(username="mona")).one()


def hide() -> None:
    tools.move_thread(mona(), taken(), board=a_board("Staff", audience="moderator"))


@pytest.mark.parametrize("act", [lambda: tools.delete_thread(mona(), taken()), hide], ids=["deleted", "moved"])
def test_a_removed_thread_is_in_no_list_beside_another_thread(
    app: Flask, client: FlaskClient, path: str, writing: Writing, act: Callable[[], object], elsewhere: Flask
) -> None:
    with writing():
        first = find_thread(mona(), session.scalars(select(Thread.id)).one())
        edit_post(mona(), find_post(mona(), (first.last_post_id or 0) - 1), body=WORDS)
        a_thread(by=mona(), board=first.board, title="Gears for a tractor", body=WORDS)
    member = app.test_client()
    log_in(member, "anna")
    for reader in (client, member):
        page = guest_get(reader, path).text
        assert page.count("Gears for a tractor") >= 2, "beside the thread, and as similar"
    with elsewhere.app_context(), transaction():
        act()
    wait_until_visible(app)
    for reader in (client, member):
        assert "Gears for a tractor" not in guest_get(reader, path).text
