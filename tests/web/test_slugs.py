"""URLs with titles in all scripts: percent-encoded in output, accepted in any encoding."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import transaction
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_board, a_member, a_post, a_thread
from tests.middleware.guests import guest_get, statements

TITLE = "求帮助 Łódź"
THREAD = "/threads/1-%E6%B1%82%E5%B8%AE%E5%8A%A9-lodz"
BOARD_PATH = "/boards/1-%D0%BC%D0%B8%D1%80"


@dataclass
class Objects:
    """The objects under test."""

    member: str
    post: str


@pytest.fixture(autouse=True)
def objects(app: Flask) -> Objects:
    """A thread, a board and a member with non-ASCII names."""
    with app.app_context(), transaction():
        thread = a_thread(by=a_member("李明"), board=a_board("Мир"), title=TITLE, body="@李明")
        return Objects(thread.starter.path, a_post(thread=thread).path)


def test_urls_are_percent_encoded_on_every_page(client: FlaskClient, objects: Objects) -> None:
    assert objects.member == "/members/1-%E6%9D%8E%E6%98%8E"
    for path in ("/", BOARD_PATH, THREAD, objects.member, "/whats-new", "/members", "/search?q=求帮助"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        addresses = re.findall(
            r'(?:href|action|content|data-url)="([^"]*/(?:threads|boards|members)/\d[^"]*)"', answer.text
        )
        assert addresses, path
        assert not [address for address in addresses if not address.isascii()], path
    page = client.get(THREAD).text
    assert f'<link rel="canonical" href="http://localhost{THREAD}">' in page
    assert f'property="og:url" content="http://localhost{THREAD}"' in page
    assert f'<a class="mention" href="{objects.member}">@李明</a>' in page
    assert f'rel="canonical" href="http://localhost{BOARD_PATH}"' in client.get(BOARD_PATH).text


@pytest.mark.parametrize(
    "wrong", ["/threads/1", "/threads/1-lodz", "/threads/1-wrong", f"{THREAD}?page=1", "/threads/1-%ff%fe"]
)
def test_older_and_wrong_slugs_redirect_to_the_current_url(client: FlaskClient, wrong: str) -> None:
    answer = client.get(wrong)
    assert (answer.status_code, answer.headers["Location"]) == (301, THREAD)


def test_a_url_is_found_in_any_encoding(client: FlaskClient, objects: Objects) -> None:
    for path in (THREAD, THREAD.lower(), f"/threads/1-{TITLE.split(maxsplit=1)[0]}-lodz", objects.member.lower()):
        assert client.get(path).status_code == 200, path
    assert client.get(objects.post).headers["Location"] == f"{THREAD}#post-2"
    assert client.get(f"{THREAD}/latest").headers["Location"] == f"{THREAD}#post-2"
    assert client.get("/boards/1-x?sort=new").headers["Location"] == f"{BOARD_PATH}?sort=new"


def test_sitemap_and_feeds_contain_encoded_urls(client: FlaskClient) -> None:
    assert f"<loc>http://localhost{THREAD}</loc>" in client.get("/sitemap.xml").text
    for feed in ("/feed.atom", f"{BOARD_PATH}/feed.atom", f"{THREAD}/feed.atom"):
        tree = ElementTree.fromstring(client.get(feed).data)  # noqa: S314 - our own document
        addresses = [link.attrib["href"] for link in tree.iter("{http://www.w3.org/2005/Atom}link")]
        addresses += [str(each.text) for each in tree.iter("{http://www.w3.org/2005/Atom}id")]
        assert f"http://localhost{feed}" in addresses
        assert not [address for address in addresses if not address.isascii()]


def test_the_api_gives_the_slug_as_text_and_the_url_encoded(client: FlaskClient) -> None:
    thread = client.get("/api/v1/threads/1").get_json()
    assert (thread["slug"], thread["url"]) == ("求帮助-lodz", f"http://localhost{THREAD}")
    assert thread["board"]["url"] == f"http://localhost{BOARD_PATH}"
    assert thread["last_post"]["url"].isascii()


def test_a_write_redirects_to_the_encoded_url(app: Flask, client: FlaskClient) -> None:
    log_in(client, "李明")
    token = token_in(client.get(THREAD).text)
    for number in ("3", "3"):
        answer = client.post(f"{THREAD}/reply", data={"csrf_token": token, "body": "Words", "submit_key": "once"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{THREAD}#post-{number}")
    answer = client.post(f"{BOARD_PATH}/post-thread", data={"csrf_token": token, "title": "求求帮助", "body": "x"})
    assert answer.headers["Location"].startswith("/threads/2-%E6%B1%82%E6%B1%82")
    guest = app.test_client()
    form = token_in(guest.get(f"/login?next={THREAD}").text)
    typed = {
        "csrf_token": form,
        "username": "李明",
        "password": PASSWORD,
        "next": "/threads/1-求帮助-lodz",
    }
    assert guest.post("/login", data=typed).headers["Location"] == THREAD


@pytest.mark.parametrize("path", [THREAD, BOARD_PATH, f"{THREAD}/feed.atom"])
def test_guests_get_such_a_page_from_the_cache(app: Flask, client: FlaskClient, path: str) -> None:
    for _ in range(2):
        first = guest_get(client, path)
    with statements(app) as sent:
        again = guest_get(client, path)
    assert (first.status_code, first.data) == (200, again.data)
    assert sent == []


def test_a_board_is_found_by_its_url_in_any_script(client: FlaskClient) -> None:
    for name in ("Мир", "мир", "1-мир", "1-%D0%BC%D0%B8%D1%80", "1"):
        hits = client.get("/api/v1/search", query_string={"q": f"求帮助 board:{name}"}).get_json()
        assert [hit["thread"]["id"] for hit in hits["items"]] == [1], name
