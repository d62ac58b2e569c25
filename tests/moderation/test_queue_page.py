"""The approval queue in a browser without scripts, as JSON for its script, and in the API."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.undo import actions as undoing
from forum.infra.database.db import session
from forum.models import Member, Post, ReviewItem, Visibility
from forum.moderation import queue
from forum.site.actions import set_value
from forum.threads import actions
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_newcomer, a_thread


@pytest.fixture
def ids(client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]) -> dict[str, int]:
    """A forum in which a thread and a reply of nell wait for mona."""
    with writing():
        set_value("hold_first_posts", 2)
        a_member("mona", role="moderator")
        nell, anna = a_newcomer("nell"), a_member("anna")
        thread = a_thread(by=anna, title="Public talk")
        reply = actions.reply(nell, thread, body="My **held** reply")
        held = actions.start_thread(nell, a_board(), title="My held thread", body="My held first post")
        first = session.scalars(select(Post.id).where(Post.thread_id == held.id)).one()
        by_post = {item.post_id: item.id for item in session.scalars(select(ReviewItem))}
        return {
            "thread": thread.id,
            "reply": reply.id,
            "held": held.id,
            "first": first,
            "item": by_post[reply.id],
            "thread_item": by_post[first],
        }


def token_of(client: FlaskClient) -> str:
    """The CSRF token of the page that a browser shows."""
    return token_in(client.get("/account").get_data(as_text=True))


def log_out(client: FlaskClient) -> None:
    """Log out."""
    client.post("/logout", data={"csrf_token": token_of(client)})


def state_of(client: FlaskClient, post_id: int) -> int:
    """The visibility of a post."""
    with client.application.app_context():
        return session.scalars(select(Post.visibility).where(Post.id == post_id)).one()


def post_form(client: FlaskClient, path: str, *, as_json: bool = False, **fields: str) -> TestResponse:
    """Send a form as the page with the token does."""
    fields["csrf_token"] = token_of(client)
    headers = {"Accept": "application/json"} if as_json else {}
    return client.post(path, data=fields, headers=headers)


def test_a_moderator_approves_and_undoes_it_without_scripts(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    page = client.get("/moderation/queue").get_data(as_text=True)
    assert "My <strong>held</strong> reply" in page
    assert "The first posts of each member wait" in page
    assert page.index("My <strong>held") < page.index("My held first post")
    answer = post_form(client, f"/moderation/queue/{ids['item']}?page=1", decision="approve", revision="0")
    assert (answer.status_code, answer.location) == (303, "/moderation/queue")
    shown = client.get("/moderation/queue").get_data(as_text=True)
    assert f"/moderation/queue/{ids['item']}/undo" in shown
    assert "My <strong>held" not in shown
    assert "Let it wait for approval again" in client.get(f"/moderation/queue/{ids['item']}").get_data(as_text=True)
    again = post_form(client, f"/moderation/queue/{ids['item']}", decision="reject")
    assert again.status_code == 409
    assert "Somebody else has decided this already." in again.get_data(as_text=True)
    assert post_form(client, f"/moderation/queue/{ids['item']}/undo").status_code == 303
    assert state_of(client, ids["reply"]) == Visibility.HELD


def test_the_script_gets_answers_as_json(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    path = f"/moderation/queue/{ids['item']}"
    answer = post_form(client, path, as_json=True, decision="spam", reason="")
    assert answer.get_json() == {"text": "Not approved: spam.", "undo": f"{path}/undo"}
    again = post_form(client, path, as_json=True, decision="approve")
    assert (again.status_code, again.get_json()["message"]) == (409, "Somebody else has decided this already.")
    assert post_form(client, f"{path}/undo", as_json=True).get_json()["text"].startswith("Undone.")
    assert post_form(client, f"{path}/undo", as_json=True).status_code == 409


def test_a_moderator_corrects_a_thread_and_approves_it(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    path = f"/moderation/queue/{ids['thread_item']}"
    assert "My held first post" in client.get(path).get_data(as_text=True)
    answer = post_form(client, f"{path}/approve", title="A better title", body="Better words", seen_revision="0")
    assert answer.status_code == 303
    log_out(client)
    assert "A better title" in client.get(f"/threads/{ids['held']}", follow_redirects=True).get_data(as_text=True)


def test_the_author_sees_edits_and_withdraws_what_waits(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "nell")
    page = client.get(f"/threads/{ids['thread']}-public-talk").get_data(as_text=True)
    assert f'id="held-{ids["reply"]}"' in page
    assert "Waiting for approval" in page
    assert client.get(f"/posts/{ids['reply']}").location.endswith(f"#held-{ids['reply']}")
    assert client.get(f"/posts/{ids['reply']}/edit").status_code == 200
    thread_page = client.get(f"/threads/{ids['held']}-my-held-thread").get_data(as_text=True)
    assert "This thread waits for approval." in thread_page
    assert client.get("/moderation/queue").status_code == 403
    first = ids["first"]
    answer = post_form(client, f"/posts/{first}/withdraw")
    assert "post-thread" in answer.location
    assert "My held first post" in client.get(answer.location).get_data(as_text=True)
    assert client.get(f"/threads/{ids['held']}-my-held-thread").status_code == 404


def test_a_rejected_text_can_be_used_again(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    post_form(client, f"/moderation/queue/{ids['item']}", decision="reject", reason="Wrong board.")
    post_form(client, f"/moderation/queue/{ids['thread_item']}", decision="reject", reason="Twice the same.")
    assert client.get(f"/posts/{ids['reply']}").location == f"/moderation/queue/posts/{ids['reply']}"
    shown = client.get(f"/moderation/queue/posts/{ids['reply']}", follow_redirects=True).get_data(as_text=True)
    assert "Wrong board." in shown
    log_out(client)
    log_in(client, "nell")
    page = client.get(f"/threads/{ids['thread']}-public-talk?again={ids['reply']}").get_data(as_text=True)
    assert "Wrong board." in page
    assert "My **held** reply</textarea>" in page
    held = client.get(f"/threads/{ids['held']}-my-held-thread").get_data(as_text=True)
    address = re.search(r'href="([^"]+again=\d+)"', held)
    assert address is not None
    assert "My held thread" in client.get(address[1]).get_data(as_text=True)
    log_out(client)
    log_in(client, "anna")
    page = client.get(f"/threads/{ids['thread']}-public-talk?again={ids['reply']}").get_data(as_text=True)
    assert "held" not in page


def test_the_log_undoes_a_decision_too(
    client: FlaskClient, ids: dict[str, int], writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        mona = session.scalars(select(Member).where(Member.username == "mona")).one()
        entry = queue.reject(mona, queue.find(mona, ids["item"]), reason="Not here.")
        undoing.undo(mona, undoing.find_logged(mona, entry.id, actions=()))
    assert state_of(client, ids["reply"]) == Visibility.HELD


def test_the_api_lists_what_waits_and_decides(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "nell")
    assert client.get("/api/v1/moderation/queue").status_code == 403
    post = client.get(f"/api/v1/posts/{ids['reply']}").get_json()
    assert (post["visibility"], post["position"]) == ("held", None)
    headers = {"X-CSRFToken": token_of(client)}
    fresh = client.post(f"/api/v1/threads/{ids['thread']}/posts", json={"body": "One more"}, headers=headers)
    assert (fresh.status_code, fresh.get_json()["visibility"]) == (201, "held")
    log_out(client)
    log_in(client, "mona")
    headers = {"X-CSRFToken": token_of(client)}
    items = client.get("/api/v1/moderation/queue").get_json()["items"]
    assert [(item["kind"], item["decision"]) for item in items] == [("post", None), ("thread", None), ("post", None)]
    path = f"/api/v1/moderation/queue/{ids['item']}"
    decided = client.post(path, json={"decision": "approve", "revision": 0}, headers=headers)
    assert (decided.get_json()["decision"], decided.get_json()["post"]["position"]) == ("approve", 2)
    assert client.post(path, json={"decision": "reject"}, headers=headers).status_code == 409
    assert client.get("/api/v1/moderation/queue?page=9").status_code == 404
