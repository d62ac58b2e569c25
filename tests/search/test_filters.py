"""Author, board and date filters, alone or with words; a minus excludes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from forum.infra import clock
from forum.infra.errors import Invalid
from forum.models import Board, Member, Thread
from forum.search.query import retrieval, scope
from forum.search.query.parser import SearchQuery, parse_search
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, only_hit, titles

pytestmark = pytest.mark.usefixtures("search_forum")
DAY = date(2020, 6, 15)


def written_on(day: date, title: str, *, by: Member | None = None, board: Board | None = None) -> Thread:
    """A thread written on a given day."""
    with clock.frozen_at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
        return a_thread(title=title, by=by, board=board, body="The moon and the base.")


def refusal(q: str, field: str = "q") -> str:
    """The error message at a field of a refused query."""
    with pytest.raises(Invalid) as refused:
        ask(q)
    return str(refused.value.fields[field][0])


@pytest.mark.parametrize("name", ["Überblick", "überblick", "ÜBERBLICK", "uberblick"])
def test_a_board_is_found_by_its_title_in_any_case(name: str) -> None:
    a_thread(title="The moon", board=a_board("Überblick"))
    a_thread(title="Moon elsewhere")
    assert titles(ask(f"moon board:{name}")) == ["The moon"]


def test_a_board_is_found_by_title_number_and_address_in_any_script() -> None:
    politics, program = a_board("Политика"), a_board("Programming Help")
    a_thread(title="The moon", board=politics)
    a_thread(title="A moon of code", board=program)
    for name in ("ПОЛИТИКА", "политика", str(politics.id), f"{politics.id}-x"):
        assert titles(ask(f"moon board:{name}")) == ["The moon"], name
    for name in ('"programming help"', "programming-help", f"{program.id}-programming-help", str(program.id)):
        assert titles(ask(f"moon board:{name}")) == ["A moon of code"], name
    assert "in quotes" in refusal("moon board:programming help", "board")
    assert "“nowhere else”" in refusal('moon board:"nowhere else"', "board")


def test_a_minus_excludes_boards_and_members() -> None:
    bob, outer = a_member("bob"), a_board("Outer")
    a_thread(title="Fox of bob", by=bob, board=a_board("Inner", parent_id=outer.id))
    a_thread(title="Fox of another", board=outer)
    a_thread(title="Fox elsewhere")
    assert sorted(titles(ask("fox", without=(bob,)))) == ["Fox elsewhere", "Fox of another"]
    assert titles(ask("-board:outer fox")) == ["Fox elsewhere"]
    assert titles(ask("board:outer -board:inner fox")) == ["Fox of another"]
    assert titles(ask("-board:outer")) == ["Fox elsewhere"]
    assert "no board" in refusal("-board:nowhere fox", "board")


def test_a_minus_is_allowed_only_before_words_boards_and_members() -> None:
    for part in ("in:title", "before:2020-01-01", "after:2020"):
        assert "A minus works only before" in refusal(f"fox -{part}")
    assert "at most 8" in refusal("fox " + " ".join(f"-word{number}" for number in range(9)))


def test_a_hyphenated_word_is_excluded_as_a_whole() -> None:
    a_thread(title="A letter by e-mail")
    a_thread(title="A letter by mail, drawn in E major")
    assert titles(ask("letter -e-mail")) == ["A letter by mail, drawn in E major"]


@pytest.mark.parametrize(
    ("typed", "after", "before"),
    [
        ("after:2020-06-15", DAY, None),
        ("before:2020-6", None, date(2020, 6, 1)),
        ("after:2020 before:2021", date(2020, 1, 1), date(2021, 1, 1)),
    ],
)
def test_dates_are_typed_as_days_months_or_years(typed: str, after: date | None, before: date | None) -> None:
    query = parse_search(SearchQuery(q=f"{typed} moon")).query
    assert (query.after, query.before) == (after, before)


@pytest.mark.parametrize(
    "part", ["before:yesterday", "after:2024-13", "before:2024-02-30", "after:24", "before:20240101"]
)
def test_an_invalid_date_is_reported(part: str) -> None:
    assert f"“{part}” is not a date" in refusal(f"moon {part}")


def test_other_malformed_filters_are_reported_and_words_with_a_colon_are_words() -> None:
    assert "in:title" in refusal("moon in:body")
    assert "right after “author:”" in refusal('moon author:""')
    a_thread(title="Author: somebody in: the house")
    assert titles(ask("author: somebody in: house")) == ["Author: somebody in: the house"]


def test_dates_alone_list_what_was_written_then_newest_first() -> None:
    made = [written_on(DAY + timedelta(days=number), f"Number {number}") for number in range(4)]
    a_post(thread=made[0], body="A reply of today.")
    assert titles(ask("before:2020-06-18 after:2020-06-16")) == ["Number 2", "Number 1"]
    assert titles(ask("before:2020-07")) == ["Number 3", "Number 2", "Number 1", "Number 0"]
    assert titles(ask("after:2021")) == ["Number 0"]
    assert titles(ask("before:1990-01-01")) == titles(ask("after:2099-01-01")) == []


def test_an_author_or_a_board_filter_works_without_words_and_in_titles_only() -> None:
    anna, board = a_member("anna"), a_board("Animals")
    thread = a_thread(title="A fox", by=anna, board=board, body="It is red.")
    a_thread(title="A dog", by=anna, board=board, body="It is brown.")
    a_post(thread=a_thread(title="Cats"), by=anna, body="Mine is black.")
    assert titles(ask("-fox", author=anna)) == ["Cats", "A dog"]
    assert titles(ask("in:title", author=anna)) == ["A dog", "A fox"]
    assert titles(ask("board:animals -brown")) == ["A fox"]
    a_post(thread=thread, by=anna, body="It is quick.")
    assert titles(ask("-fox", author=anna)) == ["Cats", "A dog"]  # the reply is in a thread with that title
    with pytest.raises(Invalid):
        ask("-fox")


def test_a_common_word_is_found_where_a_filter_leaves_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    anna, old = a_member("anna"), a_board("Old")
    written_on(DAY, "The first moon", by=anna, board=old)
    for number in range(12):
        a_post(thread=a_thread(title=f"Moon {number}"), body="The moon.")
    monkeypatch.setattr(retrieval, "SCANNED", (5,))
    monkeypatch.setattr(retrieval, "EXTRA_ROWS_DIVISOR", 10**6)
    monkeypatch.setattr("forum.search.query.candidates.MATCHES", 3)
    for few in (100, 0):  # with and without the scan of the few rows that filters leave
        monkeypatch.setattr(scope, "FEW_ROWS", few)
        assert titles(ask("moon", author=anna)) == ["The first moon"]
        assert titles(ask("moon before:2021")) == ["The first moon"]
        assert titles(ask("moon -sun before:2021", author=anna)) == ["The first moon"]
    monkeypatch.setattr(scope, "FEW_ROWS", 100)
    assert titles(ask("moon board:old")) == ["The first moon"]
    assert titles(ask('"moon and the base" board:old')) == ["The first moon"]
    assert titles(ask("in:title first moon board:old")) == ["The first moon"]
    assert only_hit(ask("moon xyzzy board:old")).missing == ("xyzzy",)
