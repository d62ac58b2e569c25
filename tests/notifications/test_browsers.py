"""The page on which a member sees in which browsers they get notifications, adds this one, and removes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.infra.database.db import session
from forum.models import LogEntry, PushKey, PushSubscription
from forum.notifications.push.subscriptions import MAX_BROWSERS
from tests.conftest import log_in, token_in
from tests.factories import a_member
from tests.outside.push_stub import Browser, base64

Writing = Callable[[], AbstractContextManager[None]]
PAGE, BROWSERS = "/account/notifications", "/account/notifications/browsers"
KEY = "/account/notifications/browsers/key"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def names(writing: Writing) -> None:
    with writing():
        a_member("anna")
        a_member("ben")


def logged_in(app: Flask, name: str = "anna") -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = AGENT
    log_in(client, name)
    return client


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    headers = {"X-CSRFToken": token_in(client.get(PAGE).text), "Accept": "application/json"}
    return client.post(path, data=fields, headers=headers)


def endpoints(app: Flask) -> list[str]:
    with app.app_context():
        return list(session.scalars(select(PushSubscription.endpoint).order_by(PushSubscription.id)))


@pytest.mark.usefixtures("names")
def test_a_browser_is_listed_by_its_name_once_and_can_be_removed(app: Flask) -> None:
    client, browser = logged_in(app), Browser("/push/one")
    for _ in range(2):  # a double click
        assert post(client, BROWSERS, **browser.fields).status_code == 204
    assert endpoints(app) == [browser.fields["endpoint"]]
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    row = page.select_one("#browsers li")
    assert row is not None
    assert "Firefox · Linux" in row.text
    assert "push.example.com" not in page.text
    action = str(row.select_one("form")["action"])  # type: ignore[index]
    assert action.startswith(f"{BROWSERS}/")
    assert post(logged_in(app, "ben"), action).status_code == 404
    assert post(client, action).status_code == 303
    assert post(client, action).status_code == 404  # /account/notifications/browsers/<int:subscription_id>/remove
    assert endpoints(app) == []


@pytest.mark.usefixtures("names")
def test_the_key_is_made_once_and_says_nothing_of_its_other_half(app: Flask) -> None:
    client = logged_in(app)
    keys = {post(each, KEY).get_json()["key"] for each in (client, client, logged_in(app, "ben"))}
    assert len(keys) == 1
    with app.app_context():
        row = session.scalars(select(PushKey)).one()
        assert row.public_key in keys
        assert row.private_key not in client.get(PAGE).text
        assert not [entry for entry in session.scalars(select(LogEntry)) if "push" in entry.action]


@pytest.mark.usefixtures("names")
def test_guests_and_other_sites_cannot_subscribe(app: Flask, client: FlaskClient) -> None:
    anna, fields = logged_in(app), Browser("/push/one").fields
    for path in (KEY, BROWSERS, f"{BROWSERS}/1/remove"):
        assert client.post(path, data=fields).status_code in {303, 401, 403}
        assert anna.post(path, data=fields).status_code == 403
    assert endpoints(app) == []


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("endpoint", value)
            for value in (
                *("", "http://push.example.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x"),
                *(
                    "https://2130706433/x",
                    "https://0x7f.1/x",
                    "https://push.example.com:8443/x",
                    "https://a@b.example/x",
                ),
                *("https://push.example.com/ü", "https://push.example.com/" + "x" * 1000, "//push.example.com/x"),
                *("https://push.example.com\\@127.0.0.1/", "https://push.example.com/a b", "javascript:alert(1)"),
            )
        ),
        ("p256dh", ""),
        ("p256dh", base64(b"x" * 65)),
        ("p256dh", base64(b"\x04" * 64)),
        ("p256dh", "ä"),
        pytest.param("p256dh", Browser("/push/one").fields["p256dh"] + "!" * 500, id="a key with junk behind it"),
        pytest.param("p256dh", "." + Browser("/push/one").fields["p256dh"], id="a key with a dot before it"),
        ("auth", "\x00" + base64(b"x" * 16)),
        ("auth", base64(b"x" * 16) + "=" * 400),
        ("auth", base64(b"x" * 15)),
        ("auth", "\x00"),
    ],
)
def test_what_no_browser_sends_is_refused(app: Flask, field: str, value: str) -> None:
    client = logged_in(app)
    answer = post(client, BROWSERS, **Browser("/push/one").fields | {field: value})
    assert (answer.status_code, endpoints(app)) == (422, [])


@pytest.mark.usefixtures("names")
def test_a_login_has_one_browser_whose_address_may_change(app: Flask) -> None:
    client, old, new = logged_in(app), Browser("/push/old"), Browser("/push/new")
    for browser in (old, new):
        assert post(client, BROWSERS, **browser.fields).status_code == 204
    assert endpoints(app) == [new.fields["endpoint"]]


@pytest.mark.usefixtures("names")
def test_a_browser_in_which_somebody_else_logs_in_is_theirs(app: Flask) -> None:
    browser = Browser("/push/one")
    post(logged_in(app), BROWSERS, **browser.fields)
    post(logged_in(app, "ben"), BROWSERS, **browser.fields)
    assert endpoints(app) == [browser.fields["endpoint"]]
    assert "Firefox" not in logged_in(app).get(PAGE).text


@pytest.mark.usefixtures("names")
def test_a_member_has_ten_browsers_at_most(app: Flask) -> None:
    for number in range(MAX_BROWSERS):
        assert post(logged_in(app), BROWSERS, **Browser(f"/push/{number}").fields).status_code == 204
    answer = post(logged_in(app), BROWSERS, **Browser("/push/more").fields)
    assert answer.status_code == 409
    assert "Remove one first" in answer.get_json()["message"]
    assert len(endpoints(app)) == MAX_BROWSERS


@pytest.mark.usefixtures("names")
def test_logging_out_everywhere_ends_all(app: Flask) -> None:
    client = logged_in(app)
    for number in range(3):
        post(logged_in(app), BROWSERS, **Browser(f"/push/{number}").fields)
    token = token_in(client.get("/account/sessions").text)
    assert client.post("/account/sessions/end-all", data={"csrf_token": token}).status_code == 303
    assert endpoints(app) == []


@pytest.mark.usefixtures("names")
def test_the_page_says_that_messages_pass_the_vendor(app: Flask) -> None:
    assert "vendor's push service" in BeautifulSoup(logged_in(app).get(PAGE).text, "html.parser").text
