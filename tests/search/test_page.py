"""The search page says what it shows and what it leaves out, and every link keeps the rest of the query."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from forum.infra.paging import SIZE
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def some_threads(writing: Writing) -> dict[str, int]:
    """A few threads, one of them with replies, and the ids used in queries."""
    with writing():
        bob, board = a_member("bob"), a_board("Programming Help")
        thread = a_thread(title="A printer prints", by=bob, board=board, body="The brown dog of the office.")
        for number in range(3):
            a_post(thread=thread, by=bob, body=f"The printer, answer {number}.")
        a_thread(title="A printer elsewhere", body="The dog is brown.")
        a_member("Zoë Müller")
        return {"thread": thread.id, "board": board.id}


def main(client: FlaskClient, **query: object) -> Tag:
    """The main part of the result page of a query."""
    found = BeautifulSoup(client.get("/search", query_string=query).text, "html.parser").main
    assert found is not None
    return found


def words(part: Tag) -> str:
    """The text of a part of a page, in one line."""
    return " ".join(part.get_text().split())


def test_did_you_mean_keeps_every_filter(client: FlaskClient, some_threads: dict[str, int]) -> None:
    page = main(client, q="prnter author:bob -zebra", board=some_threads["board"], sort="date", after="2020-01-01")
    [link] = page.select(".notice a")
    assert str(link["href"]) == (
        f"/search?q=printer+author%3Abob+-zebra&board={some_threads['board']}&after=2020-01-01&sort=date"
    )
    assert len(BeautifulSoup(client.get(str(link["href"])).text, "html.parser").select(".hit")) == 1


def test_more_posts_of_a_thread_are_linked(client: FlaskClient, some_threads: dict[str, int]) -> None:
    [link] = main(client, q="printer", board=some_threads["board"]).select(".hit .meta .link")
    assert link.text == "3 more in this thread"
    page = BeautifulSoup(client.get(str(link["href"])).text, "html.parser")
    assert str(link["href"]) == f"/search?q=printer&board={some_threads['board']}&thread={some_threads['thread']}"
    assert len(page.select(".hit")) == 4
    assert "In the thread A printer prints" in words(page.select(".search-place")[0])
    assert [str(each["value"]) for each in page.select("input[name=thread]")] == [str(some_threads["thread"])]
    assert "no such thread" in words(main(client, q="printer", thread=4711))
    assert main(client, thread=some_threads["thread"]).select(".hit, .empty") == []


def test_a_thread_and_a_board_link_to_a_search_in_them(client: FlaskClient, some_threads: dict[str, int]) -> None:
    assert (
        f"/search?thread={some_threads['thread']}"
        in client.get(f"/threads/{some_threads['thread']}-a-printer-prints").text
    )
    assert (
        f"/search?board={some_threads['board']}" in client.get(f"/boards/{some_threads['board']}-programming-help").text
    )


@pytest.mark.usefixtures("some_threads")
def test_the_page_says_where_results_differ_from_the_query(client: FlaskClient) -> None:
    page = words(main(client, q='"brown printer" dog'))
    assert "No exact match for “brown printer”. These results contain the words:" in page
    assert "Nobody wrote" not in words(main(client, q='"brown dog"'))
    hits = main(client, q="printer elephant").select(".hit")
    assert ["Without: elephant" in words(hit) for hit in hits] == [True, True]
    assert "Without" not in words(main(client, q="printer"))


@pytest.mark.usefixtures("some_threads")
def test_filters_are_collapsed_unless_one_is_set_or_invalid(client: FlaskClient) -> None:
    [fold, how] = main(client, q="printer").select("details")
    assert (fold.has_attr("open"), how.has_attr("open")) == (False, False)
    assert "-word" in words(how)
    for query in ({"author": "bob"}, {"board": "1"}, {"after": "2020-01-01"}, {"q": "x author:nobody"}):
        assert main(client, **query).select("details")[0].has_attr("open"), query


@pytest.mark.usefixtures("some_threads")
def test_a_name_is_found_with_an_at_or_without_its_accents(client: FlaskClient) -> None:
    assert len(main(client, q="printer author:@bob").select(".hit")) == 1
    assert main(client, q='author:"zoe muller"').select(".error") == []
    assert 'author:"two words"' in words(main(client, q="author:zoe muller"))
    assert "quotes" not in words(main(client, author="nobody").select(".error")[0])
    assert "“nobody”" in words(main(client, q="-author:nobody printer"))
    assert len(main(client, q="printer -author:bob").select(".hit")) == 1


def test_counts_order_and_the_end_of_the_results_are_shown(client: FlaskClient, writing: Writing) -> None:
    with writing():
        starter, board = a_member("carl"), a_board()
        for number in range(SIZE + 1):
            a_thread(title=f"Moon {number}", by=starter, board=board)
    page = main(client, q="moon")
    assert f"{SIZE + 1} results" in words(page)
    latest = [str(link["href"]) for link in page.select(".tabs a") if link.text == "Latest"]
    assert latest == ["/search?q=moon&sort=date"]
    assert [str(each["value"]) for each in main(client, q="moon", sort="date").select("input[name=sort]")] == ["date"]
    beyond = main(client, q="moon", page=9)
    assert "There is no page 9: the results end on page 2." in words(beyond)
    assert (
        len(BeautifulSoup(client.get(str(beyond.select(".empty a")[0]["href"])).text, "html.parser").select(".hit"))
        == 1
    )
    assert "Search without filters" in words(main(client, q="zebra", author="carl"))


@pytest.mark.usefixtures("some_threads")
def test_the_page_has_one_search_field(client: FlaskClient) -> None:
    assert client.get("/search?q=printer").text.count('type="search"') == 1
    assert client.get("/").text.count('type="search"') == 1
    assert unescape(str(main(client, q='"brown dog"').select("#q")[0]["value"])) == '"brown dog"'
