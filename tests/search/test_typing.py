"""While a query is typed, threads with words that begin with the last one are suggested."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Member
from forum.search.index import reply_terms
from forum.search.suggest.suggestions import MAX_SUGGESTIONS
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import suggested

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]


def some_threads() -> None:
    """Threads with titles that begin alike and end differently."""
    keeper = a_member("keeper", role="moderator")
    a_thread(title="Lunar station of China", body="About the moon.")
    a_thread(title="Stationary engines", body="They run at night.")
    a_thread(title="Apple cake", body="Bake it at the station café.")
    a_thread(title="Running in the rain", body="Every morning.")
    a_thread(title="Lunar secrets", by=keeper, board=a_board("Cellar", audience="moderator", posters="moderator"))
    session.commit()


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_an_unfinished_word_finds_its_completions() -> None:
    assert suggested("lun") == ["Lunar station of China"]
    assert set(suggested("stat")) == {"Lunar station of China", "Stationary engines", "Apple cake"}
    assert suggested("stat")[-1] == "Apple cake"  # only in the body
    assert suggested("LUNAR Sta") == ["Lunar station of China"]
    assert suggested("caf") == suggested("CAFÉ") == ["Apple cake"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_finished_word_is_found_by_its_stem() -> None:
    assert suggested("runs") == suggested("running") == ["Running in the rain", "Stationary engines"]
    assert suggested("stations")[-1] == "Apple cake"


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_earlier_words_are_required_and_excluded_ones_left_out() -> None:
    assert suggested("moon sta") == ["Lunar station of China"]
    assert suggested("zebra sta") == []
    assert suggested("-moon sta") == ["Stationary engines", "Apple cake"]
    assert suggested('"lunar station" ch') == ["Lunar station of China"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize("typed", ["", "l", "?", "-", '"', "author:anna", "after:2020", "%", "_", "*"])
def test_too_few_characters_find_nothing(typed: str) -> None:
    assert suggested(typed) == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_threads_stay_suggested_in_the_middle_of_a_word() -> None:
    a_thread(title="Fitness for all", body="Its deployment is a relational matter.")
    for typed in (
        "fi",
        "fit",
        "fitn",
        "Fitne",
        "FITNES",
        "fitness",
        "deploym",
        "deployme",
        "relation",
        "matter for de",
    ):
        assert suggested(typed) == ["Fitness for all"], typed
    assert suggested("fitnxyzxyzx") == suggested("xyfit") == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_an_unclosed_phrase_may_end_in_an_unfinished_word() -> None:
    for typed in ('"lunar sta', '"lunar station', '"lunar station"', '"lunar station o', 'china "lunar sta'):
        assert suggested(typed) == ["Lunar station of China"], typed
    assert suggested('"station lunar"') == suggested('"station lunar" ch') == []


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_threads_are_suggested_for_words_of_their_replies() -> None:
    thread = a_thread(title="A question of mine", body="What is it?")
    a_post(thread=thread, body="It may be a xylophone, or a lunar one.")
    session.commit()
    reply_terms.index_new_replies()
    assert suggested("xylo") == suggested("xylophones") == ["A question of mine"]
    assert suggested("lun") == ["Lunar station of China", "A question of mine"]
    assert suggested("in:title lun") == ["Lunar station of China"]


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_filters_apply_while_typing() -> None:
    assert suggested("sta board:cellar", keeper_of_the_shelf()) == []
    assert suggested("board:cellar lun", keeper_of_the_shelf()) == ["Lunar secrets"]
    assert suggested("before:2020 lun") == []
    assert suggested("after:2020-01 -board:cellar lun", keeper_of_the_shelf()) == ["Lunar station of China"]


@pytest.mark.usefixtures("search_forum")
def test_a_pair_of_chinese_characters_is_enough() -> None:
    a_thread(title="中国登月站", body="月")
    session.commit()
    assert suggested("登月") == ["中国登月站"]


@pytest.mark.usefixtures("search_forum")
def test_no_more_are_suggested_than_can_be_checked() -> None:
    for number in range(MAX_SUGGESTIONS + 3):
        a_thread(title=f"Lunar plan {number}")
    session.commit()
    assert len(suggested("lun")) == MAX_SUGGESTIONS


def keeper_of_the_shelf() -> Member:
    """A member who sees all boards."""
    return session.scalars(select(Member).where(Member.username == "keeper")).one()


def test_an_unfinished_filter_is_ignored(client: FlaskClient, writing: Writing) -> None:
    with writing():
        bob, board = a_member("bob"), a_board("Programming Help")
        a_thread(title="The fox of bob", by=bob, board=board)
        a_thread(title="Another fox")

    def suggestion_count(**query: object) -> int:
        return len(client.get("/suggest/search", query_string=query).get_json()["items"])

    for q in (
        "fox author:bo",
        "fox -author:",
        "fox board:program",
        'fox board:"programming he',
        "fox before:20",
        "fox in:t",
    ):
        assert suggestion_count(q=q) == 2, q
    for q in (
        "fox author:bob",
        "author:bob fo",
        "-author:bob fox",
        'fox board:"programming help',
        "board:programming-help fo",
    ):
        assert suggestion_count(q=q) == 1, q
    for q in ("author:nobody fox", "before:soon fox", "board:nowhere fox"):
        assert suggestion_count(q=q) == 0, q
    assert (
        suggestion_count(q="fox", author="bob"),
        suggestion_count(q="fox", author="nobody"),
        suggestion_count(q="fox", sort="date"),
    ) == (1, 0, 2)


def test_the_search_field_gets_what_it_shows(client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread(title="Lunar <b>plans</b>").path
    answer = client.get("/suggest/search?q=lun")
    assert answer.json == {"items": [{"html": "<mark>Lunar</mark> &lt;b&gt;plans&lt;/b&gt;", "url": path}]}
    assert "Set-Cookie" not in answer.headers
    for typed in ("x" * 501, "%00", "%F0%9F%A4%96", "'; DROP TABLE post; --", "a" * 400):
        assert json.loads(client.get("/suggest/search", query_string={"q": typed}).text) == {"items": []}
