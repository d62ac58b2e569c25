"""Login rate limits by name and by address, whatever address the client claims."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from forum.infra.settings import Settings
from tests.auth.forms import send
from tests.conftest import settings_on, token_in
from tests.factories import PASSWORD, a_member

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _anna(writing: Writing) -> None:
    with writing():
        a_member("Anna")


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on")


def test_a_name_is_locked_whatever_address_the_client_claims(client: FlaskClient) -> None:
    answers = []
    for number in range(11):
        claim = {"X-Forwarded-For": f"192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}"}
        answers.append(send(client, "/login", username="Anna", password="wrong words here", headers=claim))
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    right = send(client, "/login", username="Anna", password=PASSWORD)
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 900
    assert "Too many attempts" in right.text
    assert "Too many attempts" in answers[-1].text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
def test_an_address_is_locked_whatever_address_the_client_claims(client: FlaskClient, header: str) -> None:
    statuses, form = [], token_in(client.get("/login").text)
    for number in range(31):
        value = f"for=192.0.2.{number}" if header == "Forwarded" else f"192.0.2.{number}"
        typed = {"csrf_token": form, "username": f"nobody {number}", "password": "wrong words here"}
        statuses.append(client.post("/login", data=typed, headers={header: value}).status_code)
    assert statuses == [422] * 30 + [429]


def test_ipv6_is_counted_by_its_64(client: FlaskClient) -> None:
    statuses = []
    for number in range(31):
        here = {"REMOTE_ADDR": f"2001:db8:1:2:{number:x}::{number:x}"}
        answer = send(client, "/login", username=f"nobody {number}", password="wrong words here", environ_base=here)
        statuses.append(answer.status_code)
    assert statuses == [422] * 30 + [429]
    elsewhere = {"REMOTE_ADDR": "2001:db8:1:3::1"}
    answer = send(client, "/login", username="nobody", password="wrong words here", environ_base=elsewhere)
    assert answer.status_code == 422
