"""The search page, and the suggestions while a title is typed."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Member
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def some_threads(writing: Writing) -> None:
    """A few threads."""
    with writing():
        anna, keeper = a_member("anna"), a_member("keeper", role="moderator")
        thread = a_thread(title="Lunar station <b>plans</b>", by=anna, body='On the moon, "quoted" & <i>slanted</i>.')
        a_post(thread=thread, body="A reply of the moon.")
        a_thread(title="The hidden moon", by=keeper, board=a_board("Cellar", audience="moderator", posters="moderator"))


@pytest.mark.usefixtures("some_threads")
def test_a_guest_finds_threads_with_the_words_marked(client: FlaskClient) -> None:
    page = client.get("/search?q=moon")
    assert page.status_code == 200
    assert "<mark>moon</mark>" in page.text
    assert "Lunar station &lt;b&gt;plans&lt;/b&gt;" in page.text
    assert "<b>plans</b>" not in page.text
    assert "hidden moon" not in page.text
    assert "Cellar" not in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.usefixtures("some_threads")
def test_only_the_form_is_shown_without_a_query(client: FlaskClient) -> None:
    for address in ("/search", "/search?q=", "/search?q=&author=&board=&after=&before=&sort=date"):
        page = client.get(address)
        assert page.status_code == 200
        assert "<mark>" not in page.text


@pytest.mark.usefixtures("some_threads")
def test_errors_are_shown_at_their_field_and_input_is_kept(client: FlaskClient) -> None:
    for query, words in {"author=nobody-here": "no member “nobody-here”", "after=yesterday": "valid date"}.items():
        page = client.get(f"/search?q=moon&{query}")
        assert page.status_code == 422
        assert words in page.text
        assert 'value="moon"' in page.text


@pytest.mark.usefixtures("some_threads")
@pytest.mark.parametrize("query", ["q=-moon", "q=moon&board=999", f"q={'-x' * 200}"])
def test_invalid_queries_are_refused(client: FlaskClient, query: str) -> None:
    page = client.get(f"/search?{query}")
    assert page.status_code == 422
    assert "<mark>" not in page.text


@pytest.mark.usefixtures("some_threads")
def test_filters_are_read_from_the_url(client: FlaskClient) -> None:
    assert "Lunar station" in client.get("/search?q=moon&author=Anna&after=2020-01-01&sort=date").text
    assert "Lunar station" in client.get("/search?author=anna").text
    assert "Lunar station" not in client.get("/search?q=moon&before=2020-01-01").text
    assert "Lunar station" not in client.get("/search?q=plans+author:keeper").text


@pytest.mark.usefixtures("some_threads")
@pytest.mark.parametrize(
    "query",
    ["page=0", "page=51", "page=-1", "page=1e308", "page=NaN", "page='", "page=99999999999999999999"],
)
def test_missing_pages_are_not_found(client: FlaskClient, query: str) -> None:
    assert client.get(f"/search?q=moon&{query}").status_code == 404


@pytest.mark.usefixtures("some_threads")
@pytest.mark.parametrize("name", ["q", "author", "board", "after", "before", "sort"])
@pytest.mark.parametrize("value", ["'", '"', ";--", "%", "_", "\\", "%00", "%ff", "1e308", "-1", "[]", "' OR 1=1 --"])
def test_hostile_parameters_are_answered_or_refused(client: FlaskClient, name: str, value: str) -> None:
    query = f"{name}={value}" if name == "q" else f"q=moon&{name}={value}"
    assert client.get(f"/search?{query}").status_code in {200, 422}
    assert client.get(f"/search?{name}[]={value}").status_code in {200, 422}


@pytest.mark.usefixtures("some_threads")
def test_a_correction_of_a_misspelt_word_is_offered_and_escaped(client: FlaskClient) -> None:
    page = client.get("/search?q=lunar+statoin+<script>")
    assert "lunar station &lt;script&gt;" in page.text
    assert "<script>" not in page.text.replace("<script type", "").replace("<script src", "").replace(
        "<script nonce", ""
    )


@pytest.mark.usefixtures("some_threads")
def test_threads_are_suggested_while_a_title_is_typed(client: FlaskClient) -> None:
    answer = client.get("/suggest/threads?title=plans+for+a+lunar+station")
    assert answer.json == {
        "items": [{"title": "Lunar station <b>plans</b>", "url": "/threads/1-lunar-station-b-plans-b", "replies": 1}]
    }
    for nothing in ("", "?title=", "?title=%00", f"?title={'x' * 5000}", "?title=hidden"):
        assert client.get(f"/suggest/threads{nothing}").json == {"items": []}


def test_a_refused_query_says_why_at_its_field(client: FlaskClient) -> None:
    answer = client.get("/search", query_string={"q": "moon before:soon"})
    assert answer.status_code == 422
    assert 'id="q-error"' in answer.text


@pytest.mark.slow
def test_guests_get_the_same_answer_whatever_hidden_boards_contain(client: FlaskClient, writing: Writing) -> None:
    with writing():
        keeper = a_member("keeper", role="moderator")
        keeper_id = keeper.id
        thread = a_thread(title="The laserjet prints", by=keeper, body="A kwazpublic release of the moon.")
        a_post(thread=thread, by=keeper, body="The moon again, and a debugger.")
    queries = ("laserjet", "lazerjet", "moon", "moon kwazsecret", '"moon kwazsecret"', "author:keeper", "mon -sun")
    addresses = [
        f"{path}?q={q}" for path in ("/search", "/suggest/search", "/api/v1/search") for q in (*queries, "kwaz")
    ]
    before = [client.get(address).data for address in addresses]
    with writing():
        keeper, cellar = session.get_one(Member, keeper_id), a_board("Cellar", audience="moderator")
        for number in range(30):
            words = " ".join(f"kwaz{letter}lo" for letter in "abcdefghi")
            hidden = a_thread(title=f"Lazerjet {number}", body=f"Moon kwazsecret {words}", by=keeper, board=cellar)
            a_post(thread=hidden, by=keeper, body="The kwazsecret moon of the lazerjet.")
    assert [client.get(address).data for address in addresses] == before
