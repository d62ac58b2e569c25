"""Browser requests: URLs, redirects, forms that are shown again, and writes that happen once."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Draft, Notification, Post, Smilie
from forum.site.actions import bump_version, set_value
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]


@dataclass
class Objects:
    """A board, a thread and members to test with."""

    board_path: str
    thread_path: str
    post_path: str
    other: str


@pytest.fixture
def objects(writing: Writing) -> Objects:
    with writing():
        anna, board, other = a_member("anna"), a_board("Talk"), a_board("Elsewhere")
        a_member("ben")
        a_member("mona", role="moderator")
        thread = a_thread(by=anna, board=board, title="A thread to read", body="First words")
        post = a_post(thread=thread, by=anna, body="Words to *quote*")
        return Objects(board.path, thread.path, post.path, str(other.id))


def send(client: FlaskClient, address: str, **fields: str):  # type: ignore[no-untyped-def]
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields)


def test_a_wrong_slug_redirects_to_the_canonical_url(client: FlaskClient, objects: Objects) -> None:
    for path in (objects.board_path, objects.thread_path, "/members/1-anna"):
        number = re.sub(r"-.*", "", path)
        for wrong in (f"{number}-wrong", number, f"{path}?page=1"):
            answer = client.get(wrong)
            assert (answer.status_code, answer.headers["Location"]) == (301, path), wrong
        assert client.get(f"{number}-wrong?page=2&x=y").headers["Location"] == f"{path}?page=2&x=y"


def test_a_permalink_redirects_to_the_post_on_its_page(client: FlaskClient, objects: Objects) -> None:
    answer = client.get(objects.post_path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{objects.thread_path}#post-2")
    assert client.get(objects.thread_path + "/unread").headers["Location"] == objects.thread_path
    assert client.get(objects.thread_path + "/latest").headers["Location"] == f"{objects.thread_path}#post-2"


@pytest.mark.parametrize("page", ["0", "-1", "x", "3", "99999999999", "1.5", "٢"])
def test_a_missing_page_is_not_found(client: FlaskClient, objects: Objects, page: str) -> None:
    assert client.get(objects.thread_path, query_string={"page": page}).status_code == 404


def test_the_page_has_the_documented_anchors(client: FlaskClient, objects: Objects) -> None:
    soup = BeautifulSoup(client.get(objects.thread_path).text, "html.parser")
    posts = soup.select("article.post")
    assert [post["id"] for post in posts] == ["post-1", "post-2"]
    assert all(post["data-post-id"] and post.select_one(".post-body") for post in posts)
    viewers = soup.select_one("#viewers")
    assert viewers is not None
    assert re.fullmatch(
        r"Users Who Are Viewing This Thread \(Total: \d+, Members: \d+, Guests: \d+\)", viewers.get_text(strip=True)
    )
    assert "You must log in or register to reply here." in soup.get_text()
    assert len(soup.select("h1")) == 1


def test_a_double_click_a_retry_and_the_back_button_post_once(
    app: Flask, client: FlaskClient, objects: Objects
) -> None:
    log_in(client, "ben")
    first = send(client, f"{objects.thread_path}/reply", body="Only once", submit_key="k1")
    again = send(client, f"{objects.thread_path}/reply", body="Only once", submit_key="k1")
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"] == f"{objects.thread_path}#post-3"
    changed = send(client, f"{objects.thread_path}/reply", body="Gone back and changed", submit_key="k1")
    assert changed.headers["Location"].endswith("#post-4")
    with app.app_context():
        assert session.query(Post).filter_by(source="Only once").count() == 1


def test_a_thread_is_posted_only_once_too(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    fields = {"title": "A new thread", "body": "Its words", "submit_key": "k"}
    answers = [send(client, f"{objects.board_path}/post-thread", **fields) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert client.get(objects.board_path).text.count("A new thread</a>") == 1


def test_a_refused_form_keeps_what_was_typed_and_shows_the_errors(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    answer = send(client, f"{objects.board_path}/post-thread", title="abc", body="A long text <b>")
    soup = BeautifulSoup(answer.text, "html.parser")
    field = soup.select_one("[name=body]")
    assert answer.status_code == 422
    assert field is not None
    assert field.get_text().strip() == "A long text <b>"
    assert "Titles need 4–150 characters (you have 3)." in soup.get_text()
    wrong = soup.select_one("[name=title]")
    assert wrong is not None
    assert wrong["aria-invalid"] == "true"


def test_a_guest_who_wants_to_write_is_sent_to_log_in_and_returned(client: FlaskClient, objects: Objects) -> None:
    for path in (f"{objects.board_path}/post-thread", f"{objects.thread_path}/reply"):
        form = token_in(client.get(path).text)
        typed = {"title": "Words of a guest", "body": "Written first.", "csrf_token": form}
        assert client.post(path, data=typed).headers["Location"] == f"/register?next={path}"


def test_a_post_is_edited_compared_deleted_and_restored(app: Flask, client: FlaskClient, objects: Objects) -> None:
    log_in(client, "anna")
    assert "Words to *quote*" in client.get(f"{objects.post_path}/edit").text
    assert send(client, f"{objects.post_path}/edit", body="Better words").status_code == 303
    history = client.get(f"{objects.post_path}/history").text
    assert "Words to *quote*" in history
    assert "Better words" in history
    assert send(client, f"{objects.post_path}/delete", reason="mistaken").status_code in {303, 404}
    assert client.get(objects.post_path).headers["Location"].endswith("?deleted=2#post-2")
    staff = app.test_client()
    log_in(staff, "mona")
    assert send(staff, f"{objects.post_path}/undelete").status_code == 303
    assert client.get(objects.post_path).status_code == 302


def test_quotes_are_attributed_and_can_be_combined(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    markdown = client.get(f"{objects.post_path}/quote").get_json()["markdown"]
    assert markdown.startswith(f"> [anna said:]({objects.post_path})")
    number = objects.post_path.rsplit("/", 1)[1]
    page = BeautifulSoup(client.get(f"{objects.thread_path}?quote={number},1,x,999").text, "html.parser")
    field = page.select_one("[name=body]")
    assert field is not None
    assert field.get_text().count("anna said:") == 2


def test_an_attributed_quote_notifies_its_author(app: Flask, client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    markdown = client.get(f"{objects.post_path}/quote").get_json()["markdown"]
    send(client, f"{objects.thread_path}/reply", body=f"{markdown}\n\nI agree")
    with app.app_context():
        assert [each.kind for each in session.query(Notification)] == ["quote"]
    anna = app.test_client()
    log_in(anna, "anna")
    assert "ben" in BeautifulSoup(anna.get("/notifications").text, "html.parser").main.get_text()  # type: ignore[union-attr]
    assert send(anna, "/notifications/mark-read").status_code == 303
    with app.app_context():
        assert session.query(Notification).filter_by(read_at=None).count() == 0


def test_a_moderator_moves_locks_pins_and_deletes(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "mona")
    assert "Elsewhere" in client.get(f"{objects.thread_path}/move").text
    assert send(client, f"{objects.thread_path}/move", board=objects.other).status_code == 303
    assert send(client, f"{objects.thread_path}/move", board="999").status_code == 422
    for act in ("pin", "unpin", "lock", "unlock", "delete", "undelete"):
        assert send(client, f"{objects.thread_path}/{act}", reason="x").status_code == 303, act
    log = client.get("/moderation/log").text
    lines = [line.get_text(" ", strip=True) for line in BeautifulSoup(log, "html.parser").select("tbody tr")]
    title = BeautifulSoup(client.get(objects.thread_path).text, "html.parser").select_one("h1")
    assert title is not None
    for act in ("Moved thread", "Pinned thread", "Unlocked thread", "Deleted thread", "Restored thread"):
        assert any(f"mona {act} {title.get_text(strip=True)}" in line for line in lines), act
    assert any("Reason : x" in line or "Reason: x" in line for line in lines)
    assert any("To: Elsewhere" in line for line in lines)
    assert f'href="{objects.thread_path}"' in log
    assert "127.0.0.1" not in log


def test_a_draft_is_saved_and_restored(app: Flask, client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    number = objects.thread_path.split("/")[2].split("-")[0]
    assert send(client, "/drafts", place=f"thread:{number}", body="half a thought").status_code == 204
    assert client.get("/drafts", query_string={"place": f"thread:{number}"}).get_json()["body"] == "half a thought"
    assert "half a thought" in client.get(objects.thread_path).text
    with app.app_context():
        assert session.query(Draft).count() == 1


def test_the_composer_suggests_names_and_smilies(client: FlaskClient, objects: Objects) -> None:
    assert client.get("/suggest/members?q=an").status_code == 303
    log_in(client, "ben")
    assert [each["name"] for each in client.get("/suggest/members?q=an").get_json()["items"]] == ["anna"]
    assert [each["code"] for each in client.get("/suggest/smilies?q=cof").get_json()["items"]] == [":coffee:"]
    assert client.get("/suggest/threads?title=thread to read").get_json()["items"][0]["title"] == "A thread to read"


def test_names_from_a_thread_come_first_for_those_who_may_see_it(
    app: Flask, client: FlaskClient, objects: Objects
) -> None:
    with app.app_context():
        keeper = a_member("keeper", role="moderator")
        cellar = a_board("Cellar", audience="moderator", posters="moderator")
        secret = a_thread(by=a_member("annika", role="moderator", message_count=1), board=cellar)
        session.commit()
        number, name = secret.id, keeper.username

    def offered(to: FlaskClient, thread: object) -> list[str]:
        found = to.get("/suggest/members", query_string={"q": "an", "thread": thread}).get_json()["items"]
        return [each["name"] for each in found]

    log_in(client, "ben")
    for thread in (number, 99999, 0, "x", "9" * 30, ""):
        assert offered(client, thread) == ["anna", "annika"], thread
    staff = app.test_client()
    log_in(staff, name)
    assert offered(staff, number) == ["annika", "anna"]


def test_everything_can_be_marked_read(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    assert "A thread to read" in client.get("/whats-new?filter=unread").text
    assert send(client, f"{objects.board_path}/mark-read").status_code == 303
    assert "A thread to read" not in client.get("/whats-new?filter=unread").text
    assert send(client, "/whats-new/mark-read").status_code == 303


def test_feeds_and_robots_get_what_guests_see(client: FlaskClient, objects: Objects) -> None:
    for path in ("/feed.atom", f"{objects.board_path}/feed.atom", f"{objects.thread_path}/feed.atom"):
        feed = client.get(path)
        assert feed.mimetype == "application/atom+xml"
        assert "A thread to read" in feed.text
        assert f"http://localhost{objects.thread_path}" in feed.text
    assert f"<loc>http://localhost{objects.thread_path}</loc>" in client.get("/sitemap.xml").text
    assert client.get("/sitemaps/1.xml").text == client.get("/sitemap.xml").text
    assert client.get("/sitemaps/2.xml").status_code == 404
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text


def test_an_avatar_is_a_letter_on_a_colour_and_cached_for_ever(client: FlaskClient, objects: Objects) -> None:
    picture = client.get("/avatars/42-3.svg")
    assert picture.mimetype == "image/svg+xml"
    assert ">B</text>" in picture.text
    assert "immutable" in picture.headers["Cache-Control"]
    for wrong in ("/avatars/42-99.svg", "/avatars/3c-1.svg", "/avatars/ffffff-1.svg", "/avatars/x.svg"):
        assert client.get(wrong).status_code == 404


def test_who_reacted_is_on_a_separate_page(client: FlaskClient, objects: Objects) -> None:
    log_in(client, "ben")
    assert send(client, f"{objects.post_path}/reaction", kind="like").status_code == 303
    assert "ben" in client.get(f"{objects.post_path}/reactions").text
    assert send(client, f"{objects.post_path}/reaction", kind="").status_code == 303


def test_pages_are_sent_compressed(client: FlaskClient, objects: Objects) -> None:
    for encoding in ("br", "gzip"):
        answer = client.get(objects.thread_path, headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert len(answer.data) < len(client.get(objects.thread_path).data) / 2


def test_an_unknown_secret_in_a_mailed_link_grants_nothing(client: FlaskClient) -> None:
    assert client.get("/verify/nothing-of-ours").status_code in {200, 404, 410, 422}


def test_the_terms_show_the_operators_text_and_what_is_stored(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    assert "responsible for what you post" in client.get("/terms").text
    with writing():
        set_value("terms", "Be **kind** here.\n\n<script>alert(1)</script>")
    wait_until_visible(app)
    page = client.get("/terms")
    assert "<p>Be <strong>kind</strong> here.</p>" in page.text
    assert "<script>alert" not in page.text
    assert "What is stored about guests" in page.text
    assert 'href="/terms"' in client.get("/").text


def test_the_terms_show_a_smilie_that_was_added_after_them(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        set_value("terms", "Bring :cake: please")
    assert ":cake:" in client.get("/terms").text
    with writing():
        session.add(Smilie(code=":cake:", name="Cake", symbol="🍰"))
        bump_version()
    wait_until_visible(app)
    assert "🍰" in client.get("/terms").text
