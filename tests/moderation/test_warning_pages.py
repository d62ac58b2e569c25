"""Warning and withdrawing in the browser and by programs, the list of warnings, and what the warned member reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from forum.archive.role_lists import list_of_roles, store_list
from forum.infra.database.db import session, transaction
from forum.models import Member, MemberWarning, Post, Sanction, WarningKind
from forum.moderation.warnings import giving
from forum.site.actions import bump_version
from tests.conftest import log_in, token_in
from tests.factories import (
    a_board,
    a_group,
    a_list,
    a_member,
    a_post,
    a_prepared_reason,
    a_thread,
    a_threshold,
    a_warning_kind,
    an_entry,
)

Writing = Callable[[], AbstractContextManager[None]]


def send(client: FlaskClient, address: str, **fields: object):  # type: ignore[no-untyped-def]
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields)


@pytest.fixture
def ids(writing: Writing) -> dict[str, int]:
    """A post by ben, a kind of warning with two points, and a threshold at two; mona moderates."""
    with writing():
        a_member("mona", role="moderator")
        ben = a_member("ben")
        post = a_post(thread=a_thread(title="About birds"), by=ben, body="You fools")
        reason = a_prepared_reason("Insult", "It attacks a person.", rule="Be kind", acts=("warn",))
        kind = a_warning_kind(points=2)
        a_threshold(2, "mute", days=7)
        return {"ben": ben.id, "post": post.id, "kind": kind.id, "reason": reason.id}


def main_of(client: FlaskClient, address: str) -> str:
    """The text of a page's main part in one line."""
    page = BeautifulSoup(client.get(address).text, "html.parser")
    main = page.find("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_a_moderator_warns_from_a_post_and_the_member_reads_why(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    post_path, path = f"/posts/{ids['post']}", f"/members/{ids['ben']}-ben"
    thread = BeautifulSoup(client.get(post_path, follow_redirects=True).text, "html.parser")
    assert thread.select_one(f'a[href="{post_path}/warn"]')
    assert thread.select_one(f'a[href="{path}/moderate"]')
    form = main_of(client, f"{post_path}/warn")
    assert "2 points, for 30 days. Then: 2 points in all · muted for 7 days" in form
    fields = {"kind": ids["kind"], "prepared": ids["reason"], "reason": "Again.", "seen": 0, "submit_key": "k"}
    assert send(client, f"{post_path}/warn", **fields).status_code == 303
    assert send(client, f"{post_path}/warn", **fields).status_code == 303
    about = main_of(client, f"{path}/moderate")
    assert "Points that count now: 2" in about
    assert about.count("It attacks a person. Again.") >= 2  # in the warning and in the mute
    assert "Muted in the whole forum until" in about
    assert "Because of warnings with 2 points in all." in about
    again = send(client, f"{post_path}/warn", **fields | {"submit_key": "other"})
    assert (again.status_code, "Somebody has warned this member since" in again.text) == (409, True)
    client = client.application.test_client()
    log_in(client, "ben")
    told = main_of(client, "/account/decisions/1")
    for part in ("A moderator warned you", "It attacks a person. Again.", "Be kind", "You fools", "2 points", "Please"):
        assert part in told, part
    assert "mona" not in told
    assert client.get(f"{path}/moderate").status_code in {403, 404}
    assert client.get("/moderation/warnings").status_code == 403


def test_what_was_typed_is_kept_when_a_warning_is_refused(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    page = f"/members/{ids['ben']}-ben/warn"
    assert client.get(page).status_code == 200
    without = send(client, page, reason="Some words")
    assert (without.status_code, "Choose one." in without.text, "Some words" in without.text) == (422, True, True)
    long = send(client, page, kind=ids["kind"], prepared=ids["reason"], reason="x" * 190)
    assert (long.status_code, "Together with the prepared reason" in long.text) == (422, True)
    gone = send(client, page, kind=ids["kind"], prepared=999)
    assert (gone.status_code, "no longer offered" in gone.text) == (422, True)
    assert send(client, page, kind=ids["kind"], reason="Mind your words").status_code == 303


def test_withdrawing_a_warning_lifts_the_mute(client: FlaskClient, ids: dict[str, int]) -> None:
    log_in(client, "mona")
    path = f"/members/{ids['ben']}-ben"
    send(client, f"{path}/warn", kind=ids["kind"])
    assert "Withdraw warning" in client.get(f"{path}/warnings/1").text
    warning_path = f"{path}/warnings/1"
    assert send(client, f"{warning_path}/withdraw", reason="Wrong one").status_code == 303
    assert send(client, f"{warning_path}/withdraw").status_code == 409
    assert "Neither banned nor muted." in main_of(client, f"{path}/moderate")
    assert "Wrong one" in main_of(client, f"{path}/warnings/1")
    assert client.get(f"{path}/warnings/2").status_code == 404


def test_a_moderator_lets_posts_appear_at_once_again(
    client: FlaskClient, ids: dict[str, int], writing: Writing
) -> None:
    with writing():
        a_threshold(1, "hold", days=None)
        kind = a_warning_kind(points=1).id
    log_in(client, "mona")
    path = f"/members/{ids['ben']}-ben"
    send(client, f"{path}/warn", kind=kind)
    assert "Posts wait for approval for good" in main_of(client, f"{path}/moderate")
    assert send(client, f"{path}/unhold").status_code == 303
    about = main_of(client, f"{path}/moderate")
    assert "Neither banned nor muted." in about
    assert "Let a member’s posts appear at once again" in about


def test_the_list_of_warnings_is_filtered_by_state_and_member(
    client: FlaskClient, ids: dict[str, int], writing: Writing
) -> None:
    with writing():
        mona, kind = session.scalars(select(Member).filter_by(username="mona")).one(), a_warning_kind()
        giving.withdraw(mona, giving.warn(mona, a_member("anna"), kind))
        giving.warn(mona, a_member("carl"), kind)
    log_in(client, "mona")
    shown = {
        query: [name for name in ("anna", "carl") if name in main_of(client, f"/moderation/warnings{query}")]
        for query in ("", "?show=in-force", "?show=ended", "?member=carl")
    }
    assert shown == {
        "": ["anna", "carl"],
        "?show=in-force": ["carl"],
        "?show=ended": ["anna"],
        "?member=carl": ["carl"],
    }
    assert "No warning matches." in main_of(client, "/moderation/warnings?member=nobody")
    assert client.get("/moderation/warnings?page=9").status_code == 404


def test_moderators_find_no_titles_of_boards_that_they_do_not_see(
    client: FlaskClient, ids: dict[str, int], writing: Writing
) -> None:
    with writing():
        anna, ben = a_member("anna"), session.get_one(Member, ids["ben"])
        a_list(a_board(), an_entry(a_group("Helpers", anna), moderates=True))
        board, mona = a_board(), session.scalars(select(Member).filter_by(username="mona")).one()
        post, kind = a_post(thread=a_thread(board=board, title="A secret plan"), by=ben), a_warning_kind(points=0)
        giving.warn(mona, ben, kind, post=post)
        store_list(board.id, list_of_roles("moderator", "moderator"))
        bump_version()
        seen = session.get_one(Post, ids["post"], options=[joinedload(Post.thread)])
        giving.warn(mona, ben, kind, post=seen)
        path = ben.path
    for name, sees in (("mona", True), ("anna", False)):
        browser = client.application.test_client()
        log_in(browser, name)
        for address in ("/moderation/warnings", f"{path}/moderate", f"{path}/warnings/1"):
            assert browser.get(address).status_code == 200
            assert sees or "A secret plan" not in browser.get(address).text, address
        assert ("A secret plan" in browser.get("/moderation/warnings").text) == sees
        assert "About birds" in browser.get("/moderation/warnings").text
        assert browser.get(f"{path}/warn").status_code == (200 if sees else 403)


def test_two_moderators_who_warn_at_once_reach_a_threshold_once(app: Flask, writing: Writing) -> None:
    with writing():
        for name in ("mona", "max"):
            a_member(name, role="moderator")
        a_member("ben")
        a_warning_kind(points=1)
        a_threshold(2, "mute", days=7)
    start = Barrier(2)

    def warn(name: str) -> None:
        with app.app_context():
            start.wait()
            with transaction():
                people = {row.username: row for row in session.scalars(select(Member))}
                giving.warn(people[name], people["ben"], session.scalars(select(WarningKind)).one())

    threads = [Thread(target=warn, args=(name,)) for name in ("mona", "max")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert session.scalar(select(func.count(MemberWarning.id))) == 2
        assert session.scalars(select(Sanction.for_points)).all() == [2]
