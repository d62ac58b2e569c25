"""Edits that wait, in a browser without scripts and in the API."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import ReviewItem
from forum.site.actions import set_value
from forum.threads import actions
from tests.conftest import log_in
from tests.factories import a_member, a_newcomer, a_post, a_thread
from tests.middleware.guests import wait_until_visible
from tests.moderation.test_hold_edits import first_post
from tests.moderation.test_queue_page import log_out, post_form, token_of

BAD = "Cheap **pills** at https://pills.example"
MODERATION = '<a href="/moderation">Moderation</a>'
QUEUE = '<a href="/moderation/queue">Approval queue</a>'


@pytest.fixture
def ids(client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]) -> dict[str, int]:
    """A forum in which an edit of nell's reply waits for mona."""
    with writing():
        set_value("hold_links", True)
        a_member("mona", role="moderator")
        thread = a_thread(by=a_member("anna"), title="Public talk")
        post = a_post(thread=thread, by=a_newcomer("nell"), body="Good words")
        actions.edit_post(post.author, post, body=BAD)
        item = session.scalars(select(ReviewItem.id)).one()
        found = {"thread": thread.id, "post": post.id, "item": item}
    wait_until_visible(client.application)
    return found


def page(client: FlaskClient, path: str) -> str:
    return client.get(path, follow_redirects=True).get_data(as_text=True)


def test_the_author_sees_the_edit_at_the_post_and_in_the_form_and_withdraws_it(
    client: FlaskClient, ids: dict[str, int]
) -> None:
    log_in(client, "nell")
    shown = page(client, f"/posts/{ids['post']}")
    assert "Good words" in shown
    assert "Your edit waits for approval" in shown
    assert "Cheap <strong>pills</strong>" in shown
    form = page(client, f"/posts/{ids['post']}/edit")
    assert BAD in form
    assert "If you save it again, that replaces it." in form
    answer = post_form(client, f"/posts/{ids['post']}/edit", body=f"{BAD} again", seen_revision="0", reason="")
    assert answer.status_code == 303
    assert "Your edit waits for approval. Until then" in page(client, answer.location)
    path = f"/posts/{ids['post']}"
    post_form(client, f"{path}/edit/withdraw")
    assert "Your edit waits" not in page(client, f"/posts/{ids['post']}")
    assert f"{BAD} again" in page(client, f"/posts/{ids['post']}/edit")


@pytest.mark.parametrize("name", ["", "anna", "mona"])
def test_nobody_else_sees_the_text_in_the_thread(client: FlaskClient, ids: dict[str, int], name: str) -> None:
    if name:
        log_in(client, name)
    for path in (f"/posts/{ids['post']}", f"/threads/{ids['thread']}", "/whats-new", f"/api/v1/posts/{ids['post']}"):
        shown = page(client, path)
        assert "pills" not in shown or (name == "mona" and "api" in path)
    assert ("Decide about an edit" in page(client, f"/posts/{ids['post']}")) == (name == "mona")


def test_a_moderator_reads_the_difference_decides_and_undoes_it(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    queue = page(client, "/moderation/queue")
    assert "Removed:</bdi>Good words" in queue
    assert f"Added:</bdi>{BAD}" in queue
    assert "It has links, and its author is new." in queue
    assert f'href="/moderation/queue/{ids["item"]}"' in page(client, "/moderation")
    path = f"/moderation/queue/{ids['item']}"
    assert post_form(client, path, decision="reject", reason="No shops", revision="1").status_code == 303
    decided = page(client, path)
    assert "Not approved" in decided
    assert "No shops" in decided
    assert post_form(client, f"{path}/undo").status_code == 303
    assert "Edit and approve" in page(client, path)
    post_form(client, f"{path}/approve", body="Good words, corrected", seen_revision="0", number="1")
    log_out(client)
    wait_until_visible(client.application)
    assert "Good words, corrected" in page(client, f"/posts/{ids['post']}")


def test_a_moderator_reads_that_the_post_was_changed_meanwhile(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    log_in(client, "mona")
    assert "An edit of the author waits for approval." in page(client, f"/posts/{ids['post']}/edit")
    post_form(client, f"/posts/{ids['post']}/edit", body="By staff", seen_revision="0", reason="Tidied up")
    path = f"/moderation/queue/{ids['item']}"
    assert "The post was changed after this edit was written." in page(client, path)
    refused = post_form(client, path, decision="approve", revision="1")
    assert refused.status_code == 409
    assert "Compare the two under" in refused.get_data(as_text=True)
    log_out(client)
    log_in(client, "nell")
    assert "Tidied up" in page(client, "/account/decisions/1")


def test_the_author_of_a_thread_sees_the_title_that_waits(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        set_value("held_words", "casino")
        anna = a_member("starter")
        thread = a_thread(by=anna, title="Plain title")
        actions.change_title(anna, thread, title="Casino title")
        post_id = first_post(thread).id
    assert ids["post"] != post_id
    log_in(client, "starter")
    shown = page(client, f"/posts/{post_id}")
    assert "Plain title</h1>" in shown
    assert "Casino title" in shown
    assert 'value="Casino title"' in page(client, f"/posts/{post_id}/edit")
    log_out(client)
    assert "Casino" not in page(client, f"/posts/{post_id}")


def test_the_api_gives_the_edit_to_its_author_and_moderators(client: FlaskClient, ids: dict[str, int]) -> None:
    assert client.get(f"/api/v1/posts/{ids['post']}").get_json()["pending_edit"] is None
    log_in(client, "nell")
    post = client.get(f"/api/v1/posts/{ids['post']}").get_json()
    assert (post["body"], post["pending_edit"]["body"]) == ("Good words", BAD)
    log_out(client)
    log_in(client, "mona")
    (item,) = client.get("/api/v1/moderation/queue").get_json()["items"]
    assert (item["kind"], item["edit"]["body"], item["edit"]["number"]) == ("edit", BAD, 1)
    path, headers = f"/api/v1/moderation/queue/{ids['item']}", {"X-CSRFToken": token_of(client)}
    decided = client.post(path, json={"decision": "reject", "revision": 1}, headers=headers).get_json()
    assert (decided["decision"], decided["post"]["body"]) == ("reject", "Good words")


def test_a_program_edits_and_withdraws(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "nell")
    path, headers = f"/api/v1/posts/{ids['post']}", {"X-CSRFToken": token_of(client)}
    answer = client.patch(path, json={"body": f"{BAD} 2"}, headers=headers).get_json()
    assert (answer["body"], answer["revision"], answer["pending_edit"]["number"]) == ("Good words", 0, 2)
    assert client.delete(f"{path}/pending-edit", headers=headers).get_json()["pending_edit"] is None
    assert client.delete(f"{path}/pending-edit", headers=headers).status_code == 409


def test_a_notice_by_staff_is_set_and_seen_by_guests_at_once(client: FlaskClient, ids: dict[str, int]) -> None:
    path = f"/posts/{ids['post']}"
    assert "Notice by staff" not in page(client, path)
    log_in(client, "mona")
    assert f'href="{path}/moderate"' in page(client, path)
    assert "<h2" in page(client, f"{path}/moderate")
    too_long = post_form(client, f"{path}/notice", staff_notice="x" * 301)
    assert too_long.status_code == 422
    assert "you have 301" in too_long.get_data(as_text=True)
    assert post_form(client, f"{path}/notice", staff_notice="Answered elsewhere").status_code == 303
    assert post_form(client, f"{path}/author", author="anna").status_code == 403
    log_out(client)
    wait_until_visible(client.application)
    shown = page(client, path)
    assert "Notice by staff:" in shown
    assert "Answered elsewhere" in shown
    assert client.get(f"{path}/moderate").location.startswith("/login")


def test_an_admin_changes_the_author_and_deletes_for_good(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        a_member("root", role="admin")
    log_in(client, "root")
    path, headers = f"/posts/{ids['post']}", {"X-CSRFToken": token_of(client)}
    refused = post_form(client, f"{path}/author", author="nobody here")
    assert "There is no member with this name." in refused.get_data(as_text=True)
    assert post_form(client, f"{path}/author", author="anna").status_code == 303
    assert client.get(f"/api/v1{path}").get_json()["author"]["username"] == "anna"
    changed = client.patch(f"/api/v1{path}", json={"author_name": "nell", "staff_notice": "Moved"}, headers=headers)
    assert (changed.get_json()["author"]["username"], changed.get_json()["staff_notice"]) == ("nell", "Moved")
    unknown = client.patch(f"/api/v1{path}", json={"author_name": "nobody here"}, headers=headers)
    assert list(unknown.get_json()["errors"]) == ["author_name"]
    assert client.delete(f"/api/v1{path}", json={"for_good": True, "reason": "X"}, headers=headers).status_code == 409
    assert client.delete(f"/api/v1{path}", json={"reason": "X"}, headers=headers).status_code == 204
    unsure = post_form(client, f"{path}/erase", reason="A court said so")
    assert "Tick this" in unsure.get_data(as_text=True)
    assert "A court said so" in unsure.get_data(as_text=True)
    assert post_form(client, f"{path}/erase", reason="A court said so", sure="yes").status_code == 303
    assert "This post was deleted for good." in page(client, path)
    assert client.get(f"/api/v1{path}").get_json()["body"] == ""


def test_an_admin_deletes_a_thread_for_good(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        a_member("root", role="admin")
    log_in(client, "root")
    path, headers = f"/api/v1/threads/{ids['thread']}", {"X-CSRFToken": token_of(client)}
    first = client.get(f"{path}/posts").get_json()["items"][0]["id"]
    assert client.delete(path, json={"reason": "Bad"}, headers=headers).status_code == 204
    assert "Delete the thread for good" in page(client, f"/posts/{first}/moderate")
    assert client.delete(path, json={"for_good": True}, headers=headers).status_code == 422
    answer = client.delete(path, json={"for_good": True, "reason": "A court said so"}, headers=headers)
    assert answer.status_code == 204
    assert client.get(path).status_code == 404


def test_moderation_pages_lead_back_to_moderation_not_to_administration(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        a_member("root", role="admin")
    for name in ("mona", "root"):
        log_in(client, name)
        item = f"/moderation/queue/{ids['item']}"
        for path, up in (("/moderation/queue", MODERATION), (item, QUEUE), ("/moderation/log", MODERATION)):
            shown = page(client, path)
            assert f"<li>{up}</li>" in shown
            assert "Search settings and pages" not in shown
            assert "· Moderation ·" in shown
        log_out(client)
