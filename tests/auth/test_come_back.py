"""Log in and Register return to the page the visitor came from, and only to pages of this forum."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.models import Mail
from tests.auth.forms import HOSTILE_NEXT, by_a_person, send
from tests.conftest import settings_on
from tests.factories import a_board, a_member, a_thread

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]
WORDS = "seven green elephants"


def ways_in(html: str) -> dict[str, set[str]]:
    """The return paths of the log-in and registration links, by page."""
    found: dict[str, set[str]] = {"/login": set(), "/register": set()}
    for link in BeautifulSoup(html, "html.parser").select('a[href^="/login"], a[href^="/register"]'):
        parts = urlsplit(str(link["href"]))
        found[parts.path].add(parse_qs(parts.query).get("next", [""])[0])
    return found


@pytest.fixture
def thread(writing: Writing) -> str:
    """A thread with one page."""
    with writing():
        return a_thread(by=a_member("anna"), board=a_board("Talk")).path


def test_every_log_in_and_register_link_returns_to_its_page(client: FlaskClient, thread: str) -> None:
    assert ways_in(client.get(thread).text) == {"/login": {thread}, "/register": {thread}}
    for page in ("/members", "/whats-new", "/search", "/terms", "/nothing-here"):
        assert ways_in(client.get(page).text) == {"/login": {page}, "/register": {page}}
    assert ways_in(client.get("/").text) == {"/login": {""}, "/register": {""}}


def test_the_links_return_to_the_page_with_its_whole_query(app: Flask, client: FlaskClient) -> None:
    for page in (
        "/search?q=moon&sort=date",
        "/search?q=%E6%9C%88+100%25+%26+%22a+b%22&page=2",
        "/whats-new?sort=x",
        "/members?q=a&q=b",
        "/?x=y",
    ):
        assert ways_in(client.get(page).text) == {"/login": {page}, "/register": {page}}
    at_log_in = "/login?" + urlencode({"next": "/search?q=moon&sort=date"})
    assert ways_in(client.get(at_log_in).text)["/register"] == {"/search?q=moon&sort=date"}
    fields = {"username": "lena", "email": "lena@example.org", "password": WORDS}
    answer = send(app.test_client(), "/register", next="/search?q=moon&sort=date", **fields)
    assert answer.headers["Location"] == "/search?q=moon&sort=date"


def test_the_return_path_is_never_long_and_never_nested(client: FlaskClient, thread: str) -> None:
    for query in ("next=/members", "next=https://evil.test/&next=/x"):
        assert ways_in(client.get(f"{thread}?{query}").text) == {"/login": {thread}, "/register": {thread}}
        assert ways_in(client.get(f"/search?q=moon&{query}").text)["/login"] == {"/search?q=moon"}
    for query in ("q=" + "x" * 1000, "q=" + "%E6%9C%88" * 120, "q=a%0D%0ASet-Cookie:x", "q=a%5Cb", "q=%2500"):
        assert ways_in(client.get(f"/search?{query}").text)["/login"] == {"/search"}
        assert ways_in(client.get(f"/search?{query}&page=1").text)["/login"] == {"/search?page=1"}


def test_log_in_and_register_pass_the_return_path_to_each_other(client: FlaskClient, thread: str) -> None:
    for way in ("/login", "/register"):
        page = client.get(way, query_string={"next": thread}).text
        assert ways_in(page) == {"/login": {thread}, "/register": {thread}}
        assert f'name="next" value="{thread}"' in page


def test_no_link_returns_to_another_site_or_reveals_a_secret_url(client: FlaskClient) -> None:
    for target in HOSTILE_NEXT:
        for way in ("/login", "/register", "/reset"):
            assert ways_in(client.get(way, query_string={"next": target}).text)["/login"] <= {""}
    for secret in ("/verify/c2VjcmV0", "/reset/c2VjcmV0", "/setup?token=c2VjcmV0"):
        assert "c2VjcmV0" not in str(ways_in(client.get(secret).text))


class TestWithMail:
    """With mail, so that accounts must be confirmed."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return settings_on(
            tmp_path_factory.mktemp("mail"), FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL="http://localhost"
        )

    def test_the_return_path_survives_the_confirmation(self, app: Flask, client: FlaskClient, thread: str) -> None:
        send(client, "/register", username="Lena", email="lena@example.org", password=WORDS, next=thread)
        path = link_in(app)
        assert path.endswith(f"?next={thread}")
        answer = send(app.test_client(), path)
        assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"note": ["confirmed"], "next": [thread]}
        page = app.test_client().get(answer.headers["Location"]).text
        assert f'name="next" value="{thread}"' in page

    def test_no_mailed_link_returns_to_another_site(self, app: Flask) -> None:
        for number, target in enumerate(HOSTILE_NEXT[:12]):
            fields = {"username": f"lena {number:03}", "email": f"lena{number}@example.org", "password": WORDS}
            send(app.test_client(), "/register", next=target, **fields)
            path = link_in(app)
            assert "next" not in path
            answer = send(app.test_client(), path + "?" + urlencode({"next": target}))
            assert answer.headers["Location"] == "/login?note=confirmed"

    def test_the_second_mail_is_announced_and_returns(self, app: Flask, client: FlaskClient, thread: str) -> None:
        send(client, "/register", username="Late", email="late@example.org", password=WORDS)
        first = link_in(app)
        answer = send(app.test_client(), "/login", username="Late", password=WORDS, next=thread)
        assert answer.status_code == 403
        assert "We have sent you another e-mail" in answer.text
        assert link_in(app) not in {first, ""}
        assert link_in(app).endswith(f"?next={thread}")


class TestWithLimits:
    """With mail and rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        mail = {"FORUM_MAIL_URL": "smtp://127.0.0.1:1", "FORUM_BASE_URL": "http://localhost"}
        return settings_on(tmp_path_factory.mktemp("limits"), FORUM_LIMITS="on", **mail)

    def test_a_mail_that_is_not_sent_is_not_announced(self, app: Flask, client: FlaskClient) -> None:
        send(client, "/register", username="Often", email="often@example.org", password=WORDS, **by_a_person(app))
        pages = [send(app.test_client(), "/login", username="Often", password=WORDS).text for _ in range(7)]
        with app.app_context():
            sent = len(session.scalars(select(Mail.id).where(Mail.recipient == "often@example.org")).all())
        assert sum("We have sent you another e-mail" in each for each in pages) == sent - 1
        assert "We have sent you another e-mail" not in pages[-1]


def link_in(app: Flask) -> str:
    """The path of the link in the most recent mail."""
    with app.app_context():
        body = session.scalars(select(Mail.body).order_by(Mail.id.desc())).first() or ""
    return "/verify/" + body.split("/verify/")[1].split()[0]
