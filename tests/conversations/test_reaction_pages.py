"""Reactions to messages in the browser and by the API, and that nobody outside the conversation sees them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.conversations import actions, queries, reacting
from forum.infra.database.db import session
from forum.models import Conversation, Member
from tests.conftest import log_in, token_in
from tests.factories import a_conversation, a_member
from tests.middleware.guests import statements

Writing = Callable[[], AbstractContextManager[None]]
MESSAGE, API = "/conversations/1/messages/1", "/api/v1/conversations/1/messages/1"
JSON = {"Accept": "application/json"}


@pytest.fixture
def talk(writing: Writing) -> str:
    """The path of a conversation of anna and ben; eve, mona and olaf are not in it."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        a_member("eve")
        a_member("mona", role="moderator")
        a_member("olaf", role="admin")
        return a_conversation(anna, ben, title="Between us").path


def browser(app: Flask, name: str) -> tuple[FlaskClient, dict[str, str]]:
    """A browser of a member, and the header with which its script sends."""
    client = app.test_client()
    log_in(client, name)
    return client, {"X-CSRFToken": token_in(client.get("/account/password").text)}


def react(client: FlaskClient, header: dict[str, str], kind: str) -> str:
    """React by a form; returns where that leads."""
    token = header["X-CSRFToken"]
    answer = client.post(f"{MESSAGE}/reaction", data={"csrf_token": token, "kind": kind})
    assert answer.status_code == 303
    return answer.location


def test_without_a_script_the_link_leads_to_a_page_with_a_button_for_each_kind(app: Flask, talk: str) -> None:
    ben, header = browser(app, "ben")
    page = BeautifulSoup(ben.get(talk).text, "html.parser")
    link = page.select_one("#message-1 a[data-react]")
    assert link is not None
    chosen = BeautifulSoup(ben.get(str(link["href"])).text, "html.parser")
    button = chosen.select_one("button[value=like]")
    assert button is not None
    assert (button["form"], button["formaction"]) == ("act", f"{MESSAGE}/reaction")
    assert react(ben, header, "like") == f"{talk}#message-1"
    anna, hers = browser(app, "anna")
    seen = BeautifulSoup(anna.get(talk).text, "html.parser")
    assert seen.select_one("#message-1 [data-react]") is None
    assert "ben" in seen.select("#message-1 .reacted .who")[0].text
    who = BeautifulSoup(anna.get(f"{MESSAGE}/reactions").text, "html.parser")
    assert [each.text for each in who.select(".faces bdi")] == ["ben"]
    assert anna.post(f"{MESSAGE}/reaction", data={"kind": "like"}, headers=hers).status_code == 403
    react(ben, header, "")
    assert "Nobody has reacted" in anna.get(f"{MESSAGE}/reactions").text


def test_the_script_gets_the_bar_anew(app: Flask, talk: str) -> None:
    ben, header = browser(app, "ben")
    answer = ben.post(f"{MESSAGE}/reaction", data={"kind": "like"}, headers=header | JSON)
    bar = BeautifulSoup(answer.get_json()["html"], "html.parser")
    mine = bar.select_one(".mine")
    assert mine is not None
    assert (mine["data-react"], mine["href"]) == ("like", f"{MESSAGE}/reactions")
    assert "You" in bar.select(".reacted .who")[0].text


def test_an_event_has_no_reactions(app: Flask, talk: str, writing: Writing) -> None:
    with writing():
        actions.rename(session.get_one(Member, 1), session.get_one(Conversation, 1), title="Renamed")
    ben, header = browser(app, "ben")
    assert ben.get("/conversations/1/messages/2/reactions").status_code == 404
    sent = ben.post("/conversations/1/messages/2/reaction", data={"kind": "like"}, headers=header)
    assert sent.status_code == 404


def test_nobody_else_sees_reactions_or_gives_any_not_even_in_a_report(app: Flask, talk: str, writing: Writing) -> None:
    with writing():
        ben = session.get_one(Member, 2)
        reacting.react(ben, queries.find_message(ben, 1, 1), kind="like")
    for name in ("eve", "mona", "olaf"):
        client, header = browser(app, name)
        for address in (f"{MESSAGE}/reactions", API):
            assert client.get(address).status_code == 404, (name, address)
        for sent in (
            client.post(f"{MESSAGE}/reaction", data={"kind": "like"}, headers=header),
            client.put(f"{API}/reaction", json={"kind": "like"}, headers=header),
            client.delete(f"{API}/reaction", headers=header),
        ):
            assert sent.status_code == 404, name
        assert client.get("/members/1-anna").text.count("👍") == 0
    assert app.test_client().get(f"{MESSAGE}/reactions").status_code in {302, 303}
    reporter, header = browser(app, "ben")
    reporter.post(f"{MESSAGE}/report", data={"kind": "abuse"}, headers=header)
    mona, hers = browser(app, "mona")
    case = mona.post("/moderation/reports/1/messages", headers=hers)
    assert case.status_code == 200
    assert "reacted" not in case.text


def test_the_api_shows_sets_and_removes_them(app: Flask, talk: str) -> None:
    ben, header = browser(app, "ben")
    fresh = ben.get(API)
    assert (fresh.get_json()["reactions"], fresh.get_json()["can"]["react"]) == ([], True)
    tagged = header | {"If-Match": fresh.headers["ETag"]}
    liked = ben.put(f"{API}/reaction", json={"kind": "like"}, headers=tagged).get_json()
    assert [(each["kind"], each["count"], each["names"]) for each in liked["reactions"]] == [("like", 1, ["ben"])]
    assert liked["my_reaction"] == "like"
    assert ben.put(f"{API}/reaction", json={"kind": "sad"}, headers=tagged).status_code == 412
    (listed,) = ben.get("/api/v1/conversations/1/messages").get_json()["items"]
    assert listed == liked
    assert ben.put(f"{API}/reaction", json={"kind": "hate"}, headers=header).status_code == 422
    assert ben.delete(f"{API}/reaction", headers=header).get_json()["my_reaction"] is None
    assert ben.delete(f"{API}/reaction", headers=header).status_code == 200


def test_a_page_takes_no_more_statements_with_reactions(app: Flask, talk: str, writing: Writing) -> None:
    ben, header = browser(app, "ben")
    ben.get(talk)
    with statements(app) as before:
        ben.get(talk)
    react(ben, header, "like")
    with writing():
        for number in range(5):
            anna = session.get_one(Member, 1)
            actions.reply(anna, session.get_one(Conversation, 1), body=f"Number {number}")
            reacting.react(session.get_one(Member, 2), queries.find_message(anna, 1, number + 2), kind="sad")
    ben.get(talk)
    with statements(app) as after:
        ben.get(talk)
    assert len(after) == len(before)
    assert sum("message_reaction" in each for each in after) == 1
