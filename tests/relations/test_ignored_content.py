"""What members ignore is folded away for them in threads, lists and search, and for nobody else."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member, Post, Thread
from forum.relations import actions
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.threads.test_cost import statements_of

Writing = Callable[[], AbstractContextManager[None]]
FOLDED = "You ignore ben. Show this post"


def member_named(name: str) -> Member:
    return session.scalars(select(Member).filter_by(username=name)).one()


@pytest.fixture
def path(writing: Writing) -> str:
    """A thread by cem with posts by ben and by anna, who ignores ben; cem quotes both."""
    with writing():
        anna, ben, cem = a_member("anna"), a_member("ben"), a_member("cem")
        thread = a_thread(by=cem, board=a_board("Talk"), title="Where the moon is")
        theirs, hers = (
            a_post(thread=thread, by=ben, body="Bens words"),
            a_post(thread=thread, by=cem, body="Cems words"),
        )
        quotes = (
            f"> [ben said:](/posts/{theirs.id})\n> Bens words\n\n> [cem said:](/posts/{hers.id})\n> Cems words\n\nBoth"
        )
        a_post(thread=thread, by=cem, body=quotes)
        a_thread(by=ben, board=thread.board, title="A thread of bens about the moon")
        actions.ignore(anna, ben)
        return thread.path


def soup(client: FlaskClient, path: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(path).text, "html.parser")


def post(page: BeautifulSoup, position: int) -> Tag:
    found = page.select_one(f"#post-{position}")
    assert found is not None
    return found


def text_outside_details(tag: Tag) -> str:
    for details in tag.select("details:not(.menu)"):
        for child in details.find_all(recursive=False):
            if child.name != "summary":
                child.decompose()
    return tag.get_text(" ", strip=True)


@pytest.mark.parametrize("first", ["anna", "dora"])
def test_posts_are_folded_for_who_ignores_and_not_for_others(
    app: Flask, path: str, writing: Writing, first: str
) -> None:
    with writing():
        a_member("dora")
    for name in (first, "dora" if first == "anna" else "anna", first):  # the cached posts of one are not another's
        client = app.test_client()
        log_in(client, name)
        folded = FOLDED in post(soup(client, path), 2).get_text()
        assert folded == (name == "anna"), name
    assert "You ignore" not in app.test_client().get(path).text


def test_a_folded_post_can_be_unfolded_and_says_nothing_before(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    article = post(soup(client, path), 2)
    assert "Bens words" in article.get_text()
    assert "Bens words" not in text_outside_details(article)


def test_quotes_of_the_ignored_are_folded_and_others_stay(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    quoting = text_outside_details(post(soup(client, path), 4))
    assert "Quote of a member you ignore" in quoting
    assert "Bens words" not in quoting
    assert "Cems words" in quoting
    assert "Both" in quoting


def test_a_page_with_nothing_but_a_quote_of_the_ignored_is_shared_but_for_the_quote(
    app: Flask, client: FlaskClient, path: str, writing: Writing
) -> None:
    with writing():
        bens = session.scalars(select(Post).where(Post.author_id == member_named("ben").id)).first()
        assert bens is not None
        thread = a_thread(by=a_member("dora"), body=f"> [ben said:](/posts/{bens.id})\n> Bens words\n\nNo")
        quoting = thread.path
    other = app.test_client()
    log_in(client, "anna")
    log_in(other, "cem")
    for _ in range(2):
        assert "Quote of a member you ignore" in client.get(quoting).text
        assert "Quote of a member you ignore" not in other.get(quoting).text


@pytest.mark.parametrize("where", ["/boards/1-talk", "/whats-new"])
def test_lists_have_threads_of_the_ignored_in_a_fold_of_their_own(client: FlaskClient, path: str, where: str) -> None:
    log_in(client, "anna")
    main = soup(client, where).select_one("main")
    assert main is not None
    assert "1 thread by members you ignore" in main.get_text()
    assert "A thread of bens" in main.get_text()
    assert "A thread of bens" not in text_outside_details(main)
    assert "Where the moon is" in text_outside_details(main)


def test_the_index_does_not_announce_threads_of_the_ignored(app: Flask, client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    assert "A thread of bens" not in client.get("/").text
    assert "A thread of bens" in app.test_client().get("/").text


def test_search_results_of_the_ignored_are_in_a_fold(app: Flask, client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    main = soup(client, "/search?q=bens").select_one("main")
    assert main is not None
    assert "by members you ignore" in main.get_text()
    assert "A thread of bens" not in text_outside_details(main)
    assert "by members you ignore" not in app.test_client().get("/search?q=bens").text
    suggested = [each["url"] for each in client.get("/suggest/search?q=bens").get_json()["items"]]
    assert suggested == [path]


def test_replies_of_the_ignored_are_not_announced_in_an_open_thread(
    client: FlaskClient, path: str, writing: Writing
) -> None:
    log_in(client, "anna")
    client.get(path)
    with writing():
        thread = session.scalars(select(Thread).filter_by(title="Where the moon is")).one()
        a_post(thread=find_thread(None, thread.id), by=member_named("ben"), body="Once more")
    form = {"csrf_token": token_in(client.get(path).text), "after": "4", "since": "4"}
    news = client.post(f"{path}/viewers", data=form).get_json()["news"]
    assert (news["count"], news["text"]) == (0, "")
    assert "You ignore" in news["html"]


def test_the_menu_of_a_post_ignores_its_author_and_returns_to_the_post(client: FlaskClient, path: str) -> None:
    log_in(client, "anna")
    page = soup(client, path)
    buttons = {position: post(page, position).select("button[formaction*=ignore]") for position in (1, 2)}
    assert [button.get_text() for button in buttons[1]] == ["Ignore this member"]
    assert [button.get_text() for button in buttons[2]] == ["Stop ignoring this member"]
    for position, is_folded in ((2, False), (1, True)):
        form = {"csrf_token": token_in(client.get(path).text)}
        answer = client.post(str(buttons[position][0]["formaction"]), data=form)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/posts/" + str(post(page, position)["data-post-id"])
        assert ("Show this post" in post(soup(client, path), position).get_text()) == is_folded


def test_guests_ones_own_posts_and_staffs_offer_no_ignoring(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        thread = a_thread(by=a_member("anna"))
        path = thread.path
        a_post(thread=thread, by=a_member("mona", role="moderator"))
    log_in(client, "anna")
    assert "/ignore" not in client.get(path).text
    assert "/ignore" not in app.test_client().get(path).text


@pytest.mark.slow
def test_ignoring_costs_at_most_one_statement_and_nothing_for_others(
    app: Flask, client: FlaskClient, path: str, writing: Writing
) -> None:
    with writing():
        a_member("dora")
    other = app.test_client()
    log_in(client, "anna")
    log_in(other, "dora")
    for where in (path, "/whats-new", "/"):
        for each in (client, other):
            each.get(where)
        with statements_of(app) as hers:
            client.get(where)
        with statements_of(app) as others:
            other.get(where)
        rendered_anew = 2 if where == path else 0  # posts and reactions, which others have from the cache
        assert len(hers.content) <= len(others.content) + 1 + rendered_anew, "\n".join(hers.content)
        assert not any("ignored_member " in statement and "FROM ignored" in statement for statement in others.content)
