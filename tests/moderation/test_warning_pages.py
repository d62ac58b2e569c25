"""Warning and withdrawing in the browser and by programs, the list of warnings, and what the warned member reads."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.infra.database.db import session, transaction
from forum.models import Member, MemberWarning, Sanction, WarningKind
from forum.moderation.warnings import giving
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_post, a_prepared_reason, a_thread, a_threshold, a_warning_kind

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
    post, ben = f"/posts/{ids['post']}", f"/members/{ids['ben']}-ben"
    thread = BeautifulSoup(client.get(post, follow_redirects=True).text, "html.parser")
    assert thread.select_one(f'a[href="{post}/warn"]')
    assert thread.select_one(f'a[href="{ben}/moderate"]')
    form = main_of(client, f"{post}/warn")
    assert "2 points, for 30 days. Then: 2 points in all · muted for 7 days" in form
    fields = {"kind": ids["kind"], "prepared": ids["reason"], "reason": "Again.", "seen": 0, "submit_key": "k"}
    assert send(client, f"{post}/warn", **fields).status_code == 303
    assert send(client, f"{post}/warn", **fields).status_code == 303
    about = main_of(client, f"{ben}/moderate")
    assert "Points that count now: 2" in about
    assert about.count("It attacks a person. Again.") >= 2  # in the warning and in the mute
    print(about)
    assert "Muted in the whole forum until" in about
    assert "Because of warnings with 2 points in all." in about
    again = send(client, f"{post}/warn", **fields | {"submit_key": "other"})
    assert (again.status_code, "Somebody has warned this member since" in again.text) == (409, True)
    log_in(client, "ben")
    told = main_of(client, "/account/decisions/1")
    for part in ("A moderator warned you", "It attacks a person. Again.", "Be kind", "You fools", "2 points", "Please"):
        assert part in told, part
    assert "mona" not in told
    assert client.get(f"{ben}/moderate").status_code in {403, 404}
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
    ben = f"/members/{ids['ben']}-ben"
    send(client, f"{ben}/warn", kind=ids["kind"])
    assert "Withdraw warning" in client.get(f"{ben}/warnings/1").text
    assert send(client, f"{ben}/warnings/1/withdraw", reason="Wrong one").status_code == 303
    assert send(client, f"{ben}/warnings/1/withdraw").status_code == 409
    assert "Neither banned nor muted." in main_of(client, f"{ben}/moderate")
    assert "Wrong one" in main_of(client, f"{ben}/warnings/1")
    assert client.get(f"{ben}/warnings/2").status_code == 404


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
