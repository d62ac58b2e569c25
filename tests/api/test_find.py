"""Finding through the API: search, similar threads, viewers, and no hidden content in any list."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from forum.infra.database.db import session
from forum.models import SimilarThread
from forum.moderation import tools
from forum.threads import actions as threads
from forum.threads.queries import find_thread
from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


def test_hidden_boards_and_deleted_posts_are_in_no_list(guest: Program, lunar: int, writing: Writing) -> None:
    with writing():
        mia = a_member("mia", role="moderator")
        den = a_board("The den", audience="moderator")
        secret = a_thread(by=mia, board=den, title="A secret lunar thread", body="Hush, lunar.")
        gone = a_thread(by=mia, title="A deleted lunar thread", body="Gone, lunar.")
        tools.delete_thread(mia, gone)
        post = a_post(thread=find_thread(None, lunar), by=mia, body="An unwise lunar remark.")
        threads.delete_post(mia, post)
        paths = [f"/boards/{den.id}", f"/boards/{den.id}/threads", f"/threads?board={den.id}", f"/posts/{post.id}"]
        for each in (secret, gone):
            paths += [f"/threads/{each.id}{rest}" for rest in ("", "/posts", "/similar", "/viewers")]
            paths += [f"/posts/{each.last_post_id}"]
    for path in paths:
        guest.get(path, status=404)
    lists = (
        "/boards",
        "/threads",
        "/whats-new",
        "/search?q=lunar",
        f"/threads/{lunar}/posts",
        f"/threads/{lunar}/similar",
    )
    texts = "".join(guest.ask("GET", path).text for path in lists).lower()
    assert "a lunar station" in texts
    assert not any(word in texts for word in ("secret", "deleted lunar", "hush", "gone, lunar", "unwise", "the den"))


def test_moderators_see_deleted_content(program: MakeProgram, lunar: int, writing: Writing) -> None:
    with writing():
        mia = a_member("mia", role="moderator")
        post = a_post(thread=find_thread(None, lunar), by=mia)
        threads.delete_post(mia, post)
        number = post.id

    assert program("mia").get(f"/posts/{number}")["is_deleted"] is True


def test_search_returns_hits_with_the_words_marked(guest: Program, lunar: int) -> None:
    found = guest.get("/search?q=lunar")
    hit = found["items"][0]

    assert found["page"]["total"] == 1
    assert (hit["thread"]["id"], hit["board"]["title"], hit["title"]) == (lunar, "Space", "A lunar station")
    assert "<mark>lunar</mark>" in hit["title_html"]
    assert guest.get("/search?q=lunar&author=nobody")["items"] == []
    assert guest.get("/search?q=%21%21")["items"] == []
    guest.get("/search", status=422)


def test_similar_threads_are_listed(guest: Program, lunar: int, writing: Writing) -> None:
    with writing():
        near = a_thread(by=a_member("carl"), title="Another station").id
        session.merge(SimilarThread(thread_id=lunar, similar_id=near, score=9.0))

    assert [thread["id"] for thread in guest.get(f"/threads/{lunar}/similar")["items"]] == [near]


def test_viewers_include_the_caller_and_reading_them_records_no_visit(
    guest: Program, program: MakeProgram, lunar: int
) -> None:
    path = f"/threads/{lunar}/viewers"
    alone = {"total": 1, "members": 1, "guests": 0, "robots": 0, "names": ["anna"]}
    assert program("anna").get(path) == alone
    guest.client.get(f"/threads/{lunar}-a-lunar-station", headers={"User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"})
    assert program("ben").get(path) == alone | {"total": 2, "guests": 1, "names": ["ben"]}
