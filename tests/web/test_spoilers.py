"""Spoiler content appears in the post only: not in descriptions, feeds, search results or alerts."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import transaction
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

SECRET = "Snapekillshim"
BODY = f"About the *sixth* book.\n\n:::spoiler The end\n{SECRET}, quite at the end.\n:::\n\nWhat do you think, @anna?"


@pytest.fixture
def path(app: Flask) -> str:
    """A thread in which every post contains a spoiler."""
    with app.app_context(), transaction():
        anna = a_member("anna")
        thread = a_thread(by=a_member("ben"), board=a_board("Books"), title="The sixth book", body=BODY)
        a_post(thread=thread, by=anna, body=f":::spoiler\n{SECRET}\n:::")
        a_thread(board=thread.board, title="Another sixth book", body=f":::spoiler\n{SECRET}\n:::")
        return thread.path


def test_a_page_description_leaves_out_spoilers(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    head, body = page.split("</head>")
    assert 'content="About the sixth book. What do you think, @anna?"' in head
    assert SECRET not in head
    assert SECRET in body
    other = client.get("/feed.atom").text
    paths = re.findall(r'href="http://localhost(/threads/2-[^"]+)"', other)
    assert 'property="og:description" content="Another sixth book"' in client.get(paths[0]).text


@pytest.mark.parametrize("feed", ["/feed.atom", "/boards/1-books/feed.atom", "{path}/feed.atom"])
def test_feeds_contain_only_the_titles_of_spoilers(client: FlaskClient, path: str, feed: str) -> None:
    text = client.get(feed.format(path=path)).text
    assert "sixth book" in text
    assert SECRET not in text
    if feed.startswith("{"):
        assert "The end" in text
        assert "quite at the end" not in text


@pytest.mark.parametrize("query", ["sixth book", SECRET, f"{SECRET} quite", f'"{SECRET} quite"'])
def test_search_results_do_not_show_spoiler_content(client: FlaskClient, path: str, query: str) -> None:
    hits = client.get("/api/v1/search", query_string={"q": query}).get_json()["items"]
    assert hits
    assert not any(SECRET in f"{hit['snippet_html']}{hit['title_html']}" for hit in hits)
    page = client.get("/search", query_string={"q": query}).text.partition('class="hits"')[2]
    results = re.sub(r"<[^>]*>", "", page)  # links contain the query
    assert "sixth" in results
    assert SECRET not in results
    assert "quite at the end" not in results


def test_no_list_and_no_alert_shows_spoiler_content(app: Flask, client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    lists = ("/", "/whats-new", "/notifications", "/boards/1-books")
    for address in (*lists, "/suggest/search?q=sixth", "/suggest/threads?title=sixth book"):
        text = client.get(address).text
        assert text
        assert SECRET not in text, address
