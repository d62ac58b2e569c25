"""A query with too many words is reduced to the rarest ones, and the page says so."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.search.query.parser import PASTED_TEXT_MIN, QUERY_MAX
from forum.search.query.shortening import MAX_KEPT_WORDS, TERMS_MAX
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, suggested, titles

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]
CHATTER = (
    "Hello everybody, I hope that this is the right place to ask, since I am new here and have looked around for a "
    "while before I wrote. Last week my neighbour came over and we wanted to play some music together, as we do every "
    "other Friday. Then the {one} made a strange noise, and when I opened it there was {other} all over. We tried "
    "what stands in the manual, and then we tried what somebody told us in the shop, but it only became worse. Has "
    "anybody of you seen the like of it, and what would you do if you were me? Thanks a lot for your help, and best "
    "wishes from rainy Hamburg."
)
QUESTION = CHATTER.format(one="harmonium", other="verdigris")


def some_threads() -> None:
    """One thread is about the query, many contain its common words."""
    starter = a_member()
    a_thread(title="A harmonium with verdigris", body="How do I clean it?", by=starter)
    for number in range(30):
        a_thread(title=f"Hello everybody, number {number}", body=CHATTER.format(one="piano", other="dust"), by=starter)
    session.commit()


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_long_text_finds_threads_with_its_rare_words() -> None:
    assert len(QUESTION) > PASTED_TEXT_MIN
    answer = ask(QUESTION)
    assert titles(answer)[0] == "A harmonium with verdigris"
    assert len(answer.shortened_to) == MAX_KEPT_WORDS
    assert {"harmonium", "verdigris"} < set(answer.shortened_to)
    places = [QUESTION.index(word) for word in answer.shortened_to]
    assert places == sorted(places)


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_long_text_of_few_distinct_words_is_searched_in_full() -> None:
    answer = ask(f"{'harmonium ' * 50}verdigris {'.' * PASTED_TEXT_MIN}")
    assert (titles(answer)[0], answer.shortened_to) == ("A harmonium with verdigris", ())


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_short_query_of_many_words_is_shortened_too() -> None:
    words = " ".join(f"w{number}" for number in range(TERMS_MAX))
    assert len(words) < PASTED_TEXT_MIN
    assert ask(words).shortened_to == ()
    assert ask(f"{words} harmonium").shortened_to == ("harmonium",)
    assert titles(ask(f"{words} harmonium")) == ["A harmonium with verdigris"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_signs_in_a_pasted_text_are_no_operators_but_filters_apply() -> None:
    pasted = f'He said "no harmonium" and wrote --verdigris -the in:here before: {QUESTION}'
    assert titles(ask(pasted))[0] == "A harmonium with verdigris"
    assert titles(ask(f"{pasted} before:2020")) == []
    assert ask(f"{pasted} after:2020").hits[0].thread.title == "A harmonium with verdigris"


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize("query", ["x" * 501, "w " * (QUERY_MAX // 2), QUESTION * 8, "月球" * 1000])
def test_any_text_that_fits_into_a_url_is_answered(query: str) -> None:
    ask(query)
    assert suggested(query) == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_the_choice_of_words_reveals_nothing_of_hidden_boards() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), a_board("Cellar", audience="moderator")
    question = f"kwazsecret {QUESTION} kwazreply"
    before = ask(question)
    for _ in range(3):
        hidden = a_thread(title="The kwazsecret", body="Nothing but a kwazsecret.", by=keeper, board=cellar)
        a_post(thread=hidden, by=keeper, body="A kwazreply.")
    session.commit()
    after = ask(question)
    assert after.shortened_to == before.shortened_to
    assert titles(after) == titles(before)
    assert {"kwazsecret", "harmonium"} < set(ask(question, actor=keeper).shortened_to)


def test_page_and_api_say_which_words_were_used(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_thread(title="A harmonium with verdigris")
    page = client.get("/search", query_string={"q": QUESTION})
    assert page.status_code == 200
    found = BeautifulSoup(page.text, "html.parser")
    [notice] = [" ".join(each.get_text().split()) for each in found.select(".notice")]
    assert notice.startswith("Your search is too long. Only these words were searched for: ")
    assert "“harmonium”, “verdigris”" in notice
    assert found.title is not None
    assert len(found.title.text) < 150
    answer = client.get("/api/v1/search", query_string={"q": QUESTION}).get_json()
    assert {"harmonium", "verdigris"} <= set(answer["shortened_to"])
    assert [hit["title"] for hit in answer["items"]] == ["A harmonium with verdigris"]
    assert client.get("/api/v1/search?q=harmonium").get_json()["shortened_to"] == []


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
@pytest.mark.parametrize("letter", ["x ", "ж ", "月", "🌙"], ids=["ascii", "cyrillic", "cjk", "emoji"])
def test_page_and_api_accept_the_same_number_of_characters_in_any_script(
    client: FlaskClient, search_forum: object, path: str, letter: str
) -> None:
    most = (letter * QUERY_MAX)[:QUERY_MAX]
    taken = client.get(path, query_string={"q": most[:-1] + "y", "sort": "date"})
    assert taken.status_code == 200
    assert max(len(value) for value in taken.headers.values()) < 4000  # proxies reject longer headers
    refused = client.get(path, query_string={"q": most + "yy"})
    assert refused.status_code == 422
    assert f"Use at most {QUERY_MAX} characters." in refused.text
    assert client.get(f"{path}?q={'x' * 13 * QUERY_MAX}").status_code == 414


def test_the_api_shortens_a_long_text_as_the_page_does(
    client: FlaskClient, writing: Writing, search_forum: object
) -> None:
    with writing():
        a_thread(title="A harmonium with verdigris")
    text = (QUESTION * 10)[:QUERY_MAX]
    answer = client.get("/api/v1/search", query_string={"q": text}).get_json()
    assert {"harmonium", "verdigris"} <= set(answer["shortened_to"])
    assert [hit["title"] for hit in answer["items"]] == ["A harmonium with verdigris"]
    assert "Only these words were searched for" in client.get("/search", query_string={"q": text}).text
