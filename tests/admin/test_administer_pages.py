"""Administration in the browser: who may, what is said, and that two admins do not overwrite each other unseen."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.admin.conftest import Send
from tests.conftest import log_in, token_in

PAGES = (
    "/admin",
    "/admin/settings",
    "/admin/boards",
    "/admin/boards/new",
    "/admin/boards/1",
    "/admin/reactions",
    "/admin/reactions/new",
    "/admin/titles",
    "/admin/titles/new",
    "/admin/smilies",
    "/admin/smilies/new",
    "/admin/smilies/1",
    "/admin/demonstration",
    "/admin/jobs",
)
WRITES = (
    "/admin/settings",
    "/admin/boards/new",
    "/admin/boards/1",
    "/admin/boards/1/up",
    "/admin/boards/1/down",
    "/admin/boards/1/delete",
    "/admin/smilies/new",
    "/admin/smilies/1",
    "/admin/smilies/1/up",
    "/admin/smilies/1/down",
    "/admin/smilies/1/delete",
)
SETTINGS = {
    "name": "My Forum",
    "description": "",
    "language": "en",
    "terms": "",
    "contact": "",
    "edit_window_minutes": "60",
    "flood_seconds": "30",
    "address_days": "90",
    "registration": "open",
    "invitations_per_member": "5",
    "registration_question": "",
    "registration_answers": "",
}
BOARD = {"title": "News", "description": "", "parent_id": ""}


def seen_in(client: FlaskClient, path: str) -> str:
    """The fingerprint in a page's form."""
    field = BeautifulSoup(client.get(path).text, "html.parser").select_one('main input[name="seen"]')
    assert field is not None
    return str(field["value"])


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(("name", "status"), [(None, 303), ("anna", 403), ("mona", 403), ("olaf", 200)])
def test_only_admins_open_the_pages(client: FlaskClient, name: str | None, status: int) -> None:
    if name:
        log_in(client, name)
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, status)
    assert ('href="/admin"' in client.get("/").text) == (name == "olaf")


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_only_admins_change_anything(client: FlaskClient, name: str) -> None:
    log_in(client, name)
    token = token_in(client.get("/account").text)
    answers = {path: client.post(path, data={"csrf_token": token, **SETTINGS, **BOARD}) for path in WRITES}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(WRITES, 403)


def test_a_saved_setting_acts_at_once_and_is_marked_as_changed(client: FlaskClient, admin: Send) -> None:
    given = SETTINGS | {"name": "Gardeners", "edit_window_minutes": "5"}
    answer = admin("/admin/settings", **given, seen=seen_in(client, "/admin/settings"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/settings")
    page = client.get("/admin/settings")
    assert "<title>Settings · Administration · Gardeners</title>" in page.text
    marked = BeautifulSoup(page.text, "html.parser").select(".field:has(.mark-new) label")
    assert [label["for"] for label in marked if label.has_attr("for")] == ["name", "edit_window_minutes"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Use at least 1 character."),
        ("name", "  ", "Enter a name for the forum."),
        ("name", "x" * 61, "Use at most 60 characters."),
        ("language", "klingon", "Enter a language code, such as en, de or pt-BR."),
        ("edit_window_minutes", "-1", "Enter a number from 0 to 525,600."),
        ("flood_seconds", "3601", "Enter a number from 0 to 3,600."),
        ("address_days", "731", "Enter a number from 0 to 730."),
        ("invitations_per_member", "1001", "Enter a number from 0 to 1,000."),
    ],
)
def test_a_refused_setting_says_why_at_its_field_and_keeps_what_was_typed(
    client: FlaskClient, admin: Send, field: str, value: str, message: str
) -> None:
    before = seen_in(client, "/admin/settings")
    answer = admin("/admin/settings", **(SETTINGS | {"terms": "Typed for an hour.", field: value}))
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    error = page.select_one(f"#{field}-error")
    assert error is not None
    assert error.text == message
    assert "Typed for an hour." in answer.text
    assert seen_in(client, "/admin/settings") == before, "nothing is saved"


def test_of_two_admins_the_second_sees_what_the_first_saved_and_may_then_replace_it(
    client: FlaskClient, admin: Send
) -> None:
    seen = seen_in(client, "/admin/settings")
    assert admin("/admin/settings", **(SETTINGS | {"description": "The first"}), seen=seen).status_code == 303
    second = SETTINGS | {"description": "The second"}
    answer = admin("/admin/settings", **second, seen=seen)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 409
    error = page.select_one("#description-error")
    assert error is not None
    assert "“The first”" in error.text
    again = page.select_one('main input[name="seen"]')
    assert again is not None
    assert admin("/admin/settings", **second, seen=again["value"]).status_code == 303
    assert 'value="The second"' in client.get("/admin/settings").text


def test_a_refused_form_still_knows_what_the_admin_had_seen(client: FlaskClient, admin: Send) -> None:
    seen = seen_in(client, "/admin/settings")
    admin("/admin/settings", **(SETTINGS | {"description": "The first"}), seen=seen)
    mistyped = admin("/admin/settings", **(SETTINGS | {"flood_seconds": "-1"}), seen=seen)
    again = BeautifulSoup(mistyped.text, "html.parser").select_one('main input[name="seen"]')
    assert again is not None
    assert admin("/admin/settings", **SETTINGS, seen=again["value"]).status_code == 409


def test_terms_are_saved_and_members_asked_to_accept_them_in_one_act(client: FlaskClient, admin: Send) -> None:
    given = SETTINGS | {"terms": "Be kind.", "terms_must_be_accepted": "yes", "ask_to_accept_terms": "yes"}
    assert admin("/admin/settings", **given, seen=seen_in(client, "/admin/settings")).status_code == 303
    box = BeautifulSoup(client.get("/admin/settings").text, "html.parser").select_one("input[name=ask_to_accept_terms]")
    assert box is not None
    assert not box.has_attr("checked"), "it is an act, not a setting"
    log = client.get("/moderation/log").text
    assert "Asked members to accept the terms" in log
    assert "8 characters" in log, "of long texts only the length is logged"


def test_a_board_is_created_changed_moved_and_deleted(client: FlaskClient, admin: Send) -> None:
    for title in ("News", "Help"):
        assert admin("/admin/boards/new", **(BOARD | {"title": title})).status_code == 303
    assert [board["title"] for board in client.get("/api/v1/boards").json["items"]] == ["Talk", "News", "Help"]  # type: ignore[index]
    assert admin("/admin/boards/3/up").headers["Location"] == "/admin/boards#board-3"
    admin("/admin/boards/2/down")
    assert [board["title"] for board in client.get("/api/v1/boards").json["items"]] == ["Talk", "Help", "News"]  # type: ignore[index]
    seen = seen_in(client, "/admin/boards/3")
    admin("/admin/boards/3", **(BOARD | {"title": "Questions", "parent_id": "1"}), seen=seen)
    assert client.get("/boards/3-questions").status_code == 200
    assert "Questions" in client.get("/boards/1-talk").text
    assert admin("/admin/boards/3/delete").headers["Location"] == "/admin/boards"
    assert client.get("/boards/3-questions").status_code == 404


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"title": "  "}, "title", "Enter a title for the board."),
        ({"title": "\u200b"}, "title", "Enter a title for the board."),
        ({"title": "\ufb2c" * 100}, "title", "Use at most 100 characters."),
        ({"title": "TALK"}, "title", "Another board has this title."),
        ({"parent_id": "99"}, "parent_id", "There is no such board."),
    ],
)
def test_a_refused_board_says_why(admin: Send, fields: dict[str, str], name: str, message: str) -> None:
    answer = admin("/admin/boards/new", **(BOARD | fields))
    error = BeautifulSoup(answer.text, "html.parser").select_one(f"#{name}-error")
    assert answer.status_code == 422
    assert error is not None
    assert error.text == message


def test_rows_are_created_changed_ordered_and_deleted(client: FlaskClient, admin: Send) -> None:
    new = {"key": "wow", "name": "Wow", "symbol": "😮", "score": "0"}
    assert admin("/admin/reactions/new", **new).status_code == 303
    page = BeautifulSoup(client.get("/admin/reactions").text, "html.parser")
    rows = [row["id"] for row in page.select("main li.admin-row")]
    number = str(rows[-1]).removeprefix("row-")
    assert admin(f"/admin/reactions/{number}/up").status_code == 303
    page = BeautifulSoup(client.get("/admin/reactions").text, "html.parser")
    assert [row["id"] for row in page.select("main li.admin-row")] == [*rows[:-2], rows[-1], rows[-2]]
    admin(f"/admin/reactions/{number}/down")
    seen = seen_in(client, f"/admin/reactions/{number}")
    assert admin(f"/admin/reactions/{number}", **(new | {"name": "Astonished"}), seen=seen).status_code == 303
    assert "Astonished" in client.get("/admin/reactions").text
    assert admin(f"/admin/reactions/{number}/delete").status_code == 303
    assert "Astonished" not in client.get("/admin/reactions").text
    assert admin("/admin/titles/new", title="Legend", min_messages="90000").status_code == 303
    assert "Legend" in client.get("/admin/titles").text


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        ("reactions", {"key": "hug", "name": "Hug", "symbol": "x", "score": "1"}, "key"),
        ("reactions", {"key": "No Key", "name": "x", "symbol": "x", "score": "1"}, "key"),
        ("reactions", {"key": "x", "name": " ", "symbol": "x", "score": "1"}, "name"),
        ("reactions", {"key": "x"}, "symbol"),
        ("titles", {"title": "x", "min_messages": "-1"}, "min_messages"),
        ("smilies", {"code": "coffee", "text_codes": "", "name": "x", "symbol": "x"}, "code"),
        ("smilies", {"code": ":x:", "text_codes": ":y:", "name": "x", "symbol": "x"}, "text_codes"),
        ("smilies", {"code": ":x:", "text_codes": "a", "name": "x", "symbol": "x"}, "text_codes"),
        ("smilies", {"code": ":x:", "text_codes": "\\o/", "name": "x", "symbol": "x"}, "text_codes"),
        ("smilies", {"code": ":x:", "text_codes": "", "name": "\u0958" * 60, "symbol": "x"}, "name"),
        ("smilies", {"code": ":x:", "text_codes": "", "name": "x", "symbol": "\u200d"}, "symbol"),
        ("titles", {"title": "x", "min_messages": "many"}, "min_messages"),
    ],
)
def test_a_refused_row_says_why(admin: Send, kind: str, fields: dict[str, str], name: str) -> None:
    answer = admin(f"/admin/{kind}/new", **fields)
    assert answer.status_code == 422
    assert BeautifulSoup(answer.text, "html.parser").select_one(f"#{name}-error") is not None


def test_the_log_tells_who_changed_what_from_what_to_what(client: FlaskClient, admin: Send) -> None:
    admin("/admin/settings", **(SETTINGS | {"description": "Gardens"}), seen=seen_in(client, "/admin/settings"))
    admin("/admin/boards/1", **(BOARD | {"title": "Chat"}), seen=seen_in(client, "/admin/boards/1"))
    lines = [
        " ".join(row.text.split())
        for row in BeautifulSoup(client.get("/moderation/log").text, "html.parser").select("tbody tr")
    ]
    assert any("olaf Changed setting Description" in line and "Now: Gardens" in line for line in lines)
    assert any("olaf Changed board Chat Field: Title, Before: Talk, Now: Chat" in line for line in lines)


def test_the_overview_shows_what_a_new_forum_lacks(client: FlaskClient, admin: Send) -> None:
    page = BeautifulSoup(client.get("/admin").text, "html.parser")
    steps = [" ".join(item.text.split()) for item in page.select("section:has(h2:-soup-contains('First steps')) li")]
    assert "Create boards Done" in steps
    assert any(step.startswith("Describe it in a sentence") and step.endswith("Open") for step in steps)
