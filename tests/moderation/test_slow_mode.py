"""In slow mode each member writes in a thread once in so many minutes."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.infra.errors import TooSoon
from forum.models import Post, Thread
from forum.moderation import tools
from forum.threads import actions
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_post, a_thread
from tests.middleware.guests import Writing


def test_a_member_writes_again_only_after_the_pause(app_in_context: Flask) -> None:
    mona, anna, ben, thread = a_member(role="moderator"), a_member(), a_member(), a_thread()
    tools.set_slow_mode(mona, thread, minutes=10)
    first = a_post(thread=thread, by=anna)
    actions.delete_post(anna, first)
    with pytest.raises(TooSoon, match="again in 10 minutes"):
        actions.reply(anna, thread, body="Again.")
    actions.reply(ben, thread, body="Another member.")
    for number in range(2):
        actions.reply(mona, thread, body=f"A moderator, {number}.")
    first.created_at -= timedelta(minutes=10)
    session.flush()
    actions.reply(anna, thread, body="Later.")
    with pytest.raises(TooSoon):
        actions.reply(anna, thread, body="At once.")
    tools.set_slow_mode(mona, thread, minutes=0)
    actions.reply(anna, thread, body="At once.")


def test_the_form_sets_it_and_the_text_of_who_is_too_early_is_kept(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        a_member("mona", role="moderator")
        a_thread(by=a_member("anna"))
    log_in(client, "mona")
    path = "/threads/1-x/slow-mode"
    token = token_in(client.get(path).text)
    assert error_at(client.post(path, data={"csrf_token": token, "minutes": "1441"}), "minutes")
    page = client.post(path, data={"csrf_token": token, "minutes": "5"}, follow_redirects=True)
    assert "once in 5 minutes" in page.text
    anna = app.test_client()
    assert "slow mode" not in anna.get("/threads/1-x", follow_redirects=True).text.lower()
    log_in(anna, "anna")
    assert anna.get(path).status_code == 403
    token = token_in(anna.get("/account").text)
    refused = anna.post("/threads/1-x/reply", data={"csrf_token": token, "body": "Too early."})
    assert refused.status_code == 429
    assert "Too early." in str(parsed(refused).select_one("textarea"))
    button = parsed(page).select_one('.toast [formaction^="/moderation/acts/"]')
    assert button is not None
    client.post(str(button["formaction"]), data={"csrf_token": token_in(page.text)})
    with app.app_context():
        assert session.get_one(Thread, 1).slow_minutes == 0
    assert anna.post("/threads/1-x/reply", data={"csrf_token": token, "body": "In time."}).status_code == 303
    with app.app_context():
        assert session.query(Post).count() == 2
