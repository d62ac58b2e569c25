"""Following members, and the pages and API of both lists."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.models import Member, WhoMayWrite
from forum.relations import actions, queries, rules
from tests.conftest import log_in, token_in
from tests.factories import a_member

Writing = Callable[[], AbstractContextManager[None]]
API = "/api/v1"


def member_named(name: str) -> Member:
    return session.scalars(select(Member).filter_by(username=name)).one()


@pytest.fixture
def people(writing: Writing) -> dict[str, str]:
    """The paths of the profiles of anna, ben, cem and mona, who moderates."""
    with writing():
        members = [a_member("anna"), a_member("ben"), a_member("cem"), a_member("mona", role="moderator")]
        return {member.username: member.path for member in members}


def test_following_twice_is_following_once(app_in_context: Flask) -> None:
    anna, ben = a_member(), a_member()
    for _ in range(2):
        actions.follow(anna, ben)
    assert queries.counts_of(anna) == (1, 0)
    assert queries.counts_of(ben) == (0, 1)
    assert queries.follows(anna.id, ben.id)
    assert not queries.follows(ben.id, anna.id)
    for _ in range(2):
        actions.unfollow(anna, ben)
    assert queries.counts_of(anna) == (0, 0)


def test_nobody_follows_themselves_or_more_than_a_thousand(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_FOLLOWED", 1)
    anna = a_member()
    with pytest.raises(Forbidden, match="yourself"):
        actions.follow(anna, anna)
    actions.follow(anna, a_member())
    with pytest.raises(Conflict, match="You follow 1 members"):
        actions.follow(anna, a_member())


def act(client: FlaskClient, path: str, **form: str) -> str:
    """Send a form, and return the page that follows."""
    token = token_in(client.get("/account").text)
    answer = client.post(path, data={"csrf_token": token, **form})
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def test_the_profile_offers_to_follow_and_to_ignore_with_undo(client: FlaskClient, people: dict[str, str]) -> None:
    log_in(client, "anna")
    ben = people["ben"]
    followed = act(client, f"{ben}/follow")
    assert "You follow this member now." in followed
    assert f'formaction="{ben}/unfollow"' in followed
    ignored = act(client, f"{ben}/ignore")
    assert "You ignore this member now." in ignored
    assert "You ignore this member: what they write is folded away" in ignored
    assert "/unignore" in ignored
    assert f'formaction="{ben}/follow"' not in ignored
    path = ben
    assert f'formaction="{ben}/ignore"' in act(client, f"{path}/unignore")
    act(client, f"{path}/follow")
    assert f'formaction="{ben}/follow"' in act(client, f"{path}/unfollow")
    assert f'formaction="{people["mona"]}/ignore"' not in client.get(people["mona"]).text
    assert '/follow"' not in client.get(people["anna"]).text


def test_nobody_sees_on_a_profile_whom_its_member_follows_or_who_ignores_whom(
    app: Flask, client: FlaskClient, people: dict[str, str], writing: Writing
) -> None:
    with writing():  # a missing button to write to her may say as much as that she ignores somebody
        member_named("anna").conversations_from = WhoMayWrite.NOBODY
    log_in(client, "ben")
    before = client.get(people["anna"]).text.partition("<main")[2].partition("</main>")[0]
    with writing():
        actions.follow(member_named("anna"), member_named("cem"))
        actions.ignore(member_named("anna"), member_named("ben"))
    assert client.get(people["anna"]).text.partition("<main")[2].partition("</main>")[0] == before
    assert "Followers" not in app.test_client().get(people["cem"]).text


def test_the_lists_add_by_name_and_remove(client: FlaskClient, people: dict[str, str]) -> None:
    log_in(client, "anna")
    for page, path, undo in (("ignored", people["ben"], "unignore"), ("following", people["cem"], "unfollow")):
        name = path.rpartition("-")[2]
        assert f'{path}/{undo}?next=/account/{page}"' in act(client, f"/account/{page}", username=name.upper())
        assert (
            f"{path}/{undo}"
            not in act(client, f"{path}/{undo}?next=/account/{page}").split("<main")[1].split("toast")[0]
        )


@pytest.mark.parametrize(
    ("page", "name", "told"),
    [
        ("ignored", "nobody", "There is no member with this name."),
        ("ignored", "", "Enter a name."),
        ("ignored", "mona", "You cannot ignore moderators and admins"),
        ("ignored", "anna", "You cannot ignore yourself."),
        ("following", "nobody", "There is no member with this name."),
        ("following", "anna", "You cannot follow yourself."),
        ("following", "ben", "You ignore this member."),
    ],
)
def test_a_wrong_name_is_told_at_the_field_and_kept(
    client: FlaskClient, people: dict[str, str], writing: Writing, page: str, name: str, told: str
) -> None:
    with writing():
        actions.ignore(member_named("anna"), member_named("ben"))
    log_in(client, "anna")
    token = token_in(client.get(f"/account/{page}").text)
    answer = client.post(f"/account/{page}", data={"csrf_token": token, "username": name})
    assert answer.status_code == 422
    assert f'id="username-error">{told}' in answer.text
    assert f'value="{name}"' in answer.text


def test_members_see_who_follows_them(client: FlaskClient, people: dict[str, str], writing: Writing) -> None:
    with writing():
        actions.follow(member_named("anna"), member_named("ben"))
    log_in(client, "ben")
    assert "/account/following?show=followers" in client.get(people["ben"]).text
    assert people["anna"] in client.get("/account/following?show=followers").text
    assert people["anna"] not in client.get("/account/following").text
    assert client.get("/account/following?page=2").status_code == 404


def test_guests_are_sent_to_log_in(client: FlaskClient, people: dict[str, str]) -> None:
    for path in ("/account/ignored", "/account/following"):
        assert client.get(path).status_code == 303


def test_the_api_ignores_and_follows(client: FlaskClient, people: dict[str, str], writing: Writing) -> None:
    with writing():
        ben, mona = member_named("ben").id, member_named("mona").id
    log_in(client, "anna")
    headers = {"X-CSRFToken": token_in(client.get("/account").text)}
    for verb, listed in (("follow", "following"), ("ignore", "ignored")):
        address = f"{API}/members/{ben}/{verb}"
        for _ in range(2):
            assert client.put(address, headers=headers).status_code == 204
        items = client.get(f"{API}/me/{listed}").get_json()["items"]
        assert [item["member"]["username"] for item in items] == ["ben"]
    assert client.get(f"{API}/me/following").get_json()["items"] == []  # ended by ignoring
    can = client.get(f"{API}/members/{ben}").get_json()["can"]
    assert (can["ignore"], can["follow"]) == (True, False)
    assert client.put(f"{API}/members/{ben}/follow", headers=headers).status_code == 409
    assert client.put(f"{API}/members/{mona}/ignore", headers=headers).status_code == 403
    for verb in ("ignore", "follow"):
        assert client.delete(f"{API}/members/{ben}/{verb}", headers=headers).status_code == 204
    assert client.get(f"{API}/me/ignored").get_json()["items"] == []
