"""“What may they do?” tells what the forum lets somebody do in a board, and why."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra.database.db import session
from forum.members.sanctions import impose_mute
from forum.models import AccessLevel, Board, Group
from forum.site.actions import set_value
from tests.admin.conftest import Send
from tests.admin.pages import member, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_board, a_list, a_member, a_thread, an_entry
from tests.middleware.guests import Writing

Boards = Mapping[str, tuple[int, str, str]]  # by title: the id, the path and the path of a thread


@pytest.fixture
def boards(planners: None, writing: Writing) -> Boards:
    """An open board, a category, a board for Planners, one to read only, and one below a board that only admins see."""
    with writing():
        olaf, planners_group = member("olaf"), session.get_one(Group, 5)
        a_ban(a_member("bert"), reason="Rude")
        impose_mute(None, a_member("vera"), board_id=1, reason="Loud")
        impose_mute(None, a_member("wim"), board_id=None)
        hidden = a_board("Hidden", audience="admin")
        made = [
            session.get_one(Board, 1),
            a_board("Category", is_category=True),
            a_board("Garden"),
            a_board("Notices"),
            a_board("Below", parent_id=hidden.id),
        ]
        a_list(made[2], an_entry(planners_group, AccessLevel.REPLY, moderates=True))
        a_list(made[3], an_entry(session.get_one(Group, 1), AccessLevel.SEE))
        a_list(made[4], an_entry(session.get_one(Group, 2)))
        return {
            board.title: (board.id, board.path, "" if board.is_category else a_thread(board=board, by=olaf).path)
            for board in made
        }


def answered(client: FlaskClient, name: str, board_id: int) -> dict[str, tuple[str, str]]:
    """What the page says of each act: yes or no, and why."""
    page = parsed(client.get("/admin/permissions", query_string={"member": name, "board": board_id}))
    rows = page.select("main section:first-of-type li")
    found = {}
    for row in rows:
        act, mark, why = row.select_one("b"), row.select_one(".mark"), row.select_one(".hint")
        assert act is not None
        assert mark is not None
        assert why is not None
        found[act.text] = (mark.text, why.text)
    return found


def is_posted(answer: TestResponse) -> bool:
    """Whether a text appeared in a thread, and is not merely kept until its author has logged in."""
    return answer.status_code == 303 and urlsplit(answer.headers["Location"]).path.startswith("/threads/")


def acts_in_the_browser(client: FlaskClient, board: str, thread: str) -> dict[str, bool]:
    """What the forum really lets somebody do: the pages they get, and what becomes of their texts."""
    own = client.get("/account")
    token = token_in(own.text if own.status_code == 200 else client.get("/login").text)
    started = client.post(f"{board}/post-thread", data={"csrf_token": token, "title": "A title", "body": "A thread."})
    can_start = is_posted(started)
    if not thread:
        return {"See the board and its threads": client.get(board).status_code == 200, "Start threads": can_start}
    reply = client.post(f"{thread}/reply", data={"csrf_token": token, "body": "A reply to the thread."})
    return {
        "See the board and its threads": client.get(board).status_code == 200 == client.get(thread).status_code,
        "Reply": is_posted(reply),
        "Start threads": can_start,
        "Moderate": client.get(f"{thread}/move").status_code == 200,
    }


@pytest.mark.parametrize("name", ["", "anna", "bert", "mona", "olaf", "nils", "vera", "wim"])
def test_the_answer_equals_what_the_forum_lets_them_do(
    app: Flask,
    writing: Writing,
    admin: Send,
    client: FlaskClient,
    boards: Boards,
    name: str,
) -> None:
    with writing():
        a_member("nils")
        set_value("guests_write_first", False)
    theirs = app.test_client()
    if name not in {"", "bert"}:  # the banned cannot log in: they read as guests
        log_in(theirs, name)
    for title, (board_id, board, thread) in boards.items():
        said = {act: yes == "Yes" for act, (yes, _) in answered(client, name, board_id).items()}
        done = acts_in_the_browser(theirs, board, thread)
        assert {act: said[act] for act in done} == done, (name, title)


@pytest.mark.parametrize(
    ("name", "title", "act", "answer"),
    [
        ("", "Talk", "See the board and its threads", ("Yes", "The list allows it to the group “Guests”.")),
        ("", "Talk", "Reply", ("No", "Guests must log in or register first.")),
        ("anna", "Talk", "Start threads", ("Yes", "The list allows it to the group “Members”.")),
        ("anna", "Garden", "Moderate", ("Yes", "The list allows it to the group “Planners”.")),
        ("anna", "Garden", "Start threads", ("No", "No entry of the list allows it to a group they are in.")),
        ("anna", "Category", "Start threads", ("No", "Categories cannot hold threads.")),
        (
            "anna",
            "Below",
            "See the board and its threads",
            ("No", "They cannot see “Hidden”, which contains this board."),
        ),
        ("bert", "Talk", "Reply", ("No", "They are banned. The banned have the rights of guests.")),
        ("vera", "Talk", "Reply", ("No", "They are muted in “Talk”.")),
        ("vera", "Talk", "See the board and its threads", ("Yes", "The list allows it to the group “Members”.")),
        ("wim", "Talk", "Start threads", ("No", "They are muted everywhere.")),
        ("olaf", "Below", "Moderate", ("Yes", "Admins may do everything.")),
    ],
)
def test_the_answer_says_why(  # noqa: PLR0917 - each is one line of the table
    admin: Send, client: FlaskClient, boards: Boards, name: str, title: str, act: str, answer: tuple[str, str]
) -> None:
    assert answered(client, name, boards[title][0])[act] == answer


def test_the_answer_names_the_list_that_counts_and_marks_the_members_groups(
    admin: Send, client: FlaskClient, boards: Boards
) -> None:
    garden = boards["Garden"][0]
    own = parsed(client.get(f"/admin/permissions?member=anna&board={garden}"))
    assert "The board's own list." in own.text
    assert own.select_one(f'main a[href="/admin/boards/{garden}/access"]') is not None
    entry = own.select("main section")[1].select("li")
    assert [" ".join(row.text.split()) for row in entry] == ["Planners They are in it See and reply, moderate"]
    assert [link.text for link in own.select("main section")[2].select("a")] == ["Guests", "Members", "Planners"]
    default = parsed(client.get("/admin/permissions?board=1"))
    assert "The default list." in default.text
    assert [bool(row.select(".mark")) for row in default.select("main section")[1].select("li")] == [True, False, False]


@pytest.mark.parametrize(
    ("query", "status", "errors"),
    [
        ("", 200, {}),
        ("?member=anna", 200, {}),
        ("?member=nobody&board=1", 404, {"member": "There is no member with this name."}),
        ("?member=anna&board=99", 404, {"board": "There is no such board."}),
        ("?board=x", 404, {"board": "There is no such board."}),
    ],
)
def test_an_unknown_name_or_board_is_told_at_its_field(
    admin: Send, client: FlaskClient, query: str, status: int, errors: dict[str, str]
) -> None:
    answer = client.get(f"/admin/permissions{query}")
    assert answer.status_code == status
    assert {str(each["id"]).removesuffix("-error"): each.text for each in parsed(answer).select(".error")} == errors
    assert parsed(answer).select("main section") == [], "no answer"
    if "member=" in query:
        assert f'value="{query.removeprefix("?member=").partition("&")[0]}"' in answer.text, "what was typed is kept"
