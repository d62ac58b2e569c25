"""While a query is typed, threads are offered whose words begin with what is typed last."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from forum.base.db import session
from forum.search.typing import SHOWN, while_typing
from tests.factories import a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]


def offered(typed: str) -> list[str]:
    """The titles a guest is offered."""
    return [thread.title for thread, _ in while_typing(None, typed)]


@pytest.fixture
def shelf(library: object) -> None:
    """Threads that begin alike and differ in the end."""
    keeper = a_member("keeper", role="moderator")
    a_thread(title="Lunar station of China", body="About the moon.")
    a_thread(title="Stationary engines", body="They run at night.")
    a_thread(title="Apple cake", body="Bake it at the station café.")
    a_thread(title="Running in the rain", body="Every morning.")
    a_thread(title="Lunar secrets", by=keeper, board=a_board("Cellar", audience="moderator", posters="moderator"))
    session.commit()


@pytest.mark.usefixtures("shelf")
def test_an_unfinished_word_finds_what_it_may_become() -> None:
    assert offered("lun") == ["Lunar station of China"]
    assert set(offered("stat")) == {"Lunar station of China", "Stationary engines", "Apple cake"}
    assert offered("stat")[-1] == "Apple cake"  # in the text only
    assert offered("LUNAR Sta") == ["Lunar station of China"]
    assert offered("caf") == offered("CAFÉ") == ["Apple cake"]


@pytest.mark.usefixtures("shelf")
def test_a_finished_word_is_found_by_its_stem() -> None:
    assert offered("runs") == offered("running") == ["Running in the rain", "Stationary engines"]
    assert offered("stations")[-1] == "Apple cake"


@pytest.mark.usefixtures("shelf")
def test_words_before_the_last_must_be_there_and_unwanted_ones_not() -> None:
    assert offered("moon sta") == ["Lunar station of China"]
    assert offered("zebra sta") == []
    assert offered("-moon sta") == ["Stationary engines", "Apple cake"]
    assert offered('"lunar station" ch') == ["Lunar station of China"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("typed", ["", "l", "?", "-", '"', "author:anna lun", "board:3 lun", "%", "_", "*"])
def test_too_little_finds_nothing_and_filters_are_left_to_the_search(typed: str) -> None:
    assert offered(typed) == []


@pytest.mark.usefixtures("library")
def test_a_pair_of_chinese_characters_is_enough() -> None:
    a_thread(title="中国登月站", body="月")
    session.commit()
    assert offered("登月") == ["中国登月站"]


@pytest.mark.usefixtures("library")
def test_no_more_are_offered_than_can_be_looked_through() -> None:
    for number in range(SHOWN + 3):
        a_thread(title=f"Lunar plan {number}")
    session.commit()
    assert len(offered("lun")) == SHOWN


def test_the_field_is_told_what_it_shows(client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread(title="Lunar <b>plans</b>").path
    answer = client.get("/suggest/search?q=lun")
    assert answer.json == {"items": [{"html": "<mark>Lunar</mark> &lt;b&gt;plans&lt;/b&gt;", "url": path}]}
    assert "Set-Cookie" not in answer.headers
    for typed in ("x" * 501, "%00", "%F0%9F%A4%96", "'; DROP TABLE post; --", "a" * 400):
        assert json.loads(client.get("/suggest/search", query_string={"q": typed}).text) == {"items": []}
