"""The pages of appeals: for members, for the banned who have no login, for moderators, and the API."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.members import sanctions
from forum.models import Appeal, Member
from forum.threads import actions
from tests.auth.codes import code, protect
from tests.auth.forms import send
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_member, a_post, a_thread
from tests.middleware.guests import Writing


@pytest.fixture
def scene(writing: Writing) -> dict[str, int]:
    """Mona has deleted a post of anna's, and banned ben, of whom she deleted one too; max has done nothing."""
    with writing():
        mona = a_member("mona", role="moderator")
        a_member("max", role="moderator")
        posts = {}
        for name in ("anna", "ben"):
            posts[name] = a_post(thread=a_thread(title="A thread"), by=a_member(name), body=f"Words of {name}")
            actions.delete_post(mona, posts[name], reason="Rude")
        sanctions.ban(mona, posts["ben"].author, reason="Rude again")
        return {name: post.id for name, post in posts.items()}


def banned_secret(client: FlaskClient, name: str) -> str:
    token = token_in(client.get("/login").text)
    answer = client.post("/login", data={"username": name, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 403
    found = re.search(r'href="/banned/([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_member_appeals_once_and_another_moderator_decides(client: FlaskClient, scene: dict[str, int]) -> None:
    log_in(client, "anna")
    page = client.get("/account/decisions/1").text
    assert "You can appeal once, until" in page
    refused = send(client, "/account/decisions/1", page="/account/decisions/1", words=" ")
    assert refused.status_code == 422
    assert "Say why the decision is wrong." in refused.text
    assert (
        send(client, "/account/decisions/1", page="/account/decisions/1", words="It was <i>not</i> rude.").status_code
        == 303
    )
    page = client.get("/account/decisions/1").text
    assert "It was &lt;i&gt;not&lt;/i&gt; rude." in page
    assert "Why is the decision wrong?" not in page
    assert client.get("/moderation/appeals").status_code == 403
    send(client, "/logout", page="/")
    log_in(client, "mona")
    assert "1 waiting" in client.get("/").text
    own = client.get("/moderation/appeals/1").text
    assert "another moderator has to decide" in own
    assert "Reverse the decision" not in own
    assert (
        send(client, "/moderation/appeals/1/decide", page="/moderation", decision="uphold", reason="No").status_code
        == 403
    )
    send(client, "/logout", page="/")
    log_in(client, "max")
    assert 'href="/moderation/appeals/1"' in client.get("/moderation").text
    assert "Against the deletion of a post" in client.get("/moderation/appeals").text
    shown = client.get("/moderation/appeals/1").text
    for words in ("Words of anna", "It was &lt;i&gt;not&lt;/i&gt; rude.", "Reversing it restores the post.", "mona"):
        assert words in shown
    path = "/moderation/appeals/1"
    assert send(client, f"{path}/assign", page=path, assignee="max", seen="0").status_code == 303
    assert send(client, f"{path}/assign", page=path, assignee="mona", seen="2").status_code == 422
    assert "max</bdi> is working on it" in client.get("/moderation/appeals?show=mine").text
    assert send(client, f"{path}/decide", page=path, decision="reverse", reason="").status_code == 422
    assert send(client, f"{path}/decide", page=path, decision="reverse", reason="You are right.").status_code == 303
    assert send(client, f"{path}/decide", page=path, decision="uphold", reason="No.").status_code == 409
    assert "Decision reversed" in client.get("/moderation/appeals?show=decided").text
    assert client.get("/moderation/appeals/99").status_code == 404
    assert "Decided about an appeal" in client.get("/moderation/log").text
    send(client, "/logout", page="/")
    log_in(client, "anna")
    assert (
        "Your appeal was answered, about" in client.get("/notifications").text
        or "Your appeal was answered" in client.get("/notifications").text
    )
    answered = client.get("/account/decisions/1").text
    assert "You are right." in answered
    assert "max" not in answered
    assert "no longer in force" in answered


def test_the_banned_read_and_appeal_by_a_link_that_opens_nothing_else(
    app: Flask, client: FlaskClient, scene: dict[str, int], writing: Writing
) -> None:
    secret = banned_secret(client, "ben")
    path = f"/banned/{secret}"
    page = client.get(path)
    assert "Rude again" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert f"next={path}" not in page.text
    assert "Words of ben" in client.get(f"/banned/{secret}/2").text
    assert client.get(f"{path}/1").status_code == 404  # anna's
    assert client.get("/account/decisions").status_code in {302, 303, 401}
    assert "Words of ben" not in client.get(f"/posts/{scene['ben']}", follow_redirects=True).text
    assert send(client, f"{path}/3", page=f"{path}/3", words="").status_code == 422
    assert send(client, f"{path}/3", page=f"{path}/3", words="I was not.").status_code == 303
    assert "I was not." in client.get(f"{path}/3").text
    assert client.get("/banned/unknown-secret").status_code == 404
    with app.app_context():
        assert session.scalars(select(Appeal.words)).all() == ["I was not."]
    newer = f"/banned/{banned_secret(client, 'ben')}"
    assert client.get(path).status_code == 404  # replaced
    with writing():
        olaf = a_member("olaf", role="admin")
        sanctions.unban(olaf, session.scalars(select(Member).where(Member.username == "ben")).one())
    assert client.get(newer).status_code == 404
    log_in(client, "ben")


def test_a_wrong_password_opens_nothing(client: FlaskClient, scene: dict[str, int]) -> None:
    token = token_in(client.get("/login").text)
    answer = client.post("/login", data={"username": "ben", "password": "wrong password", "csrf_token": token})
    assert "/banned/" not in answer.text
    assert "banned" not in answer.text.casefold()


def test_the_banned_with_two_factor_authentication_need_their_code(
    client: FlaskClient, scene: dict[str, int], writing: Writing
) -> None:
    with writing():
        app_secret = protect(session.scalars(select(Member).where(Member.username == "ben")).one())
    secret = banned_secret(client, "ben")
    path = f"/banned/{secret}"
    assert "Rude again" not in client.get(path).text
    assert client.get(f"/banned/{secret}/2").status_code == 404
    assert send(client, path, page=path, code="000000").status_code == 422
    opened = send(client, path, page=path, code=code(app_secret))
    assert opened.status_code == 303
    assert "Rude again" in client.get(opened.headers["Location"]).text
    assert client.get(path).status_code == 404
    assert "Words of ben" in client.get(f"{opened.headers['Location']}/2").text
