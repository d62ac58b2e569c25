"""The CAPTCHA of the registration form: solved, refused, left out, or away."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.operation.outside import ServiceChange, change_service
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session, transaction
from forum.models import Member, ReviewItem
from forum.outside import cloudflare
from forum.threads import actions
from forum.threads.approval.reasons import sentences
from tests.conftest import token_in
from tests.factories import a_thread
from tests.outside.stub_servers import TURNSTILE_KEY, Stub, stub_server


@pytest.fixture
def stub(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with stub_server() as server:
        monkeypatch.setattr(cloudflare, "URL", f"{server.url}/siteverify")
        with client.application.app_context(), transaction():
            change_service(OPERATOR, "turnstile", ServiceChange(is_on=True, key=TURNSTILE_KEY, site_key="site-1"))
            a_thread()
        yield server


def register(client: FlaskClient, token: str) -> tuple[int, str]:
    """Register in the form, and return the status and the page that follows."""
    page = client.get("/register").get_data(as_text=True)
    assert 'data-sitekey="site-1"' in page
    sent = {"username": "nell", "email": "nell@example.org", "password": "seven green elephants"}
    sent |= {"csrf_token": token_in(page), cloudflare.FIELD: token}
    answer = client.post("/register", data=sent)
    return answer.status_code, (client.get("/") if answer.status_code == 303 else answer).get_data(as_text=True)


def why_her_post_waits(client: FlaskClient) -> list[str]:
    with client.application.app_context(), transaction():
        nell = session.scalars(select(Member).where(Member.username == "nell")).one()
        post = actions.reply(nell, a_thread(), body="My first words")
        held_for = session.scalar(select(ReviewItem.held_for).where(ReviewItem.post_id == post.id))
        return [str(sentence) for sentence in sentences(held_for or "")]


def test_who_solves_it_registers_and_only_that_page_may_load_the_script(client: FlaskClient, stub: Stub) -> None:
    stub.tokens = {"good"}
    allowed = client.get("/register").headers["Content-Security-Policy"]
    assert "script-src 'self' https://challenges.cloudflare.com;" in allowed
    assert "frame-src https://challenges.cloudflare.com" in allowed
    assert "cloudflare" not in client.get("/login").headers["Content-Security-Policy"]
    assert register(client, "good")[0] == 303
    assert why_her_post_waits(client) == []


def test_a_used_token_is_refused_with_a_word_at_the_field(client: FlaskClient, stub: Stub) -> None:
    assert stub.url
    status, page = register(client, "used")
    assert (status, "Solve it again." in page, "nell@example.org" in page) == (422, True, True)


def test_without_scripts_one_registers_and_the_first_posts_wait(client: FlaskClient, stub: Stub) -> None:
    status, page = register(client, "")
    assert (status, "your first posts wait for a moderator" in page, stub.received) == (303, True, [])
    assert why_her_post_waits(client) == ["Its author registered without the CAPTCHA."]


@pytest.mark.parametrize("fault", ["slow", "redirect"])
def test_a_service_that_is_away_stops_nobody(
    client: FlaskClient, stub: Stub, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloudflare, "SECONDS", 0.5)
    stub.fault, stub.tokens = fault, {"good"}
    status, page = register(client, "good")
    assert (status, "your first posts wait for a moderator" in page) == (303, True)
    assert why_her_post_waits(client) == ["Its author registered while the CAPTCHA could not be checked."]
