"""The page where a moderator chooses the board to move a thread to."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from forum.models import AccessLevel
from forum.moderation import tools
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_thread, an_entry

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def path(client: FlaskClient, writing: Writing) -> str:
    """The move page of a thread in "Here", by a logged-in moderator; "Elsewhere" is the other board."""
    with writing():
        a_member("mona", role="moderator")
        a_board("Elsewhere")
        thread = a_thread(board=a_board("Here")).path
    log_in(client, "mona")
    return f"{thread}/move"


def options(page: str) -> list[tuple[object, str]]:
    chosen = BeautifulSoup(page, "html.parser").select("select[name=board] option")
    return [(option["value"], option.text) for option in chosen]


def test_the_board_choices_begin_with_a_placeholder_and_omit_the_threads_own_board(
    client: FlaskClient, path: str
) -> None:
    page = client.get(path).text
    choice = BeautifulSoup(page, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice.has_attr("required")
    assert options(page)[0] == ("", "Choose a board")  # HTML: the placeholder of a required select has no value
    assert [name for _, name in options(page)[1:]] == ["Elsewhere"]


def test_a_form_without_a_board_is_shown_again_with_the_error_at_the_field(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": token_in(client.get(path).text), "board": ""})
    assert answer.status_code == 422
    choice = BeautifulSoup(answer.text, "html.parser").select_one("select[name=board]")
    assert choice is not None
    assert choice["aria-invalid"] == "true"
    assert choice["aria-describedby"] == "board-error"


def test_only_boards_are_offered_to_which_the_thread_may_be_moved(client: FlaskClient, writing: Writing) -> None:
    with writing():
        keepers = a_group("Keepers", a_member("nora"))
        a_list(here := a_board("Here"), an_entry(keepers, moderates=True))
        a_list(readable := a_board("To read"), an_entry(keepers, AccessLevel.SEE))
        a_list(a_board("To write"), an_entry(keepers))
        a_list(a_board("To moderate"), an_entry(keepers, AccessLevel.SEE, moderates=True))
        a_board("Hidden", audience="moderator")
        thread = a_thread(by=a_member(role="admin"), board=here).path
        refused = str(readable.id)
    log_in(client, "nora")
    page = client.get(f"{thread}/move").text
    assert [name for _, name in options(page)[1:]] == ["To write", "To moderate"]
    answer = client.post(f"{thread}/move", data={"csrf_token": token_in(page), "board": refused})
    assert answer.status_code == 403
    assert "You cannot move threads to this board" in answer.text


def test_who_moves_a_deleted_thread_out_of_their_sight_comes_to_its_old_board(
    client: FlaskClient, writing: Writing
) -> None:
    with writing():
        keepers = a_group("Keepers", nora := a_member("nora"))
        a_list(here := a_board("Here"), an_entry(keepers, moderates=True))
        a_list(there := a_board("There"), an_entry(keepers))
        thread = a_thread(by=nora, board=here)
        tools.delete_thread(nora, thread)
        path, old, new = thread.path, here.path, str(there.id)
    log_in(client, "nora")
    token = token_in(client.get(f"{path}/move").text)
    answer = client.post(f"{path}/move", data={"csrf_token": token, "board": new})
    assert (answer.status_code, answer.headers["Location"]) == (303, old)
