"""What pages read of members."""

from datetime import timedelta

import pytest
from flask import Flask

from forum.base import clock
from forum.base.db import session
from forum.base.errors import NotFound
from forum.members import counters, queries
from tests.factories import a_member


def test_a_member_is_found_by_name_in_any_case_and_not_by_a_look_alike(house: Flask) -> None:
    """N1."""
    ivan = a_member("Ivan Grozny")
    assert queries.member_by_name("ivan grozny") is ivan
    assert queries.member_by_name("lvan Grozny") is None
    assert queries.member_by_name("IvanGrozny") is None
    assert queries.find_member(ivan.id) is ivan
    with pytest.raises(NotFound):
        queries.find_member(ivan.id + 1)


def test_names_as_typed_become_addresses(house: Flask) -> None:
    """Only names that somebody has."""
    ivan, anna = a_member("Ivan"), a_member("Anna Bloom")
    found = queries.paths_of_names(["IVAN", "lvan", "anna bloom", "nobody", ""])
    assert found == {"IVAN": ivan.path, "anna bloom": anna.path}
    assert queries.paths_of_names([]) == {}


def test_the_list_is_sorted_and_steady_over_pages(house: Flask) -> None:
    """Members with equal counts neither vanish nor come twice between pages."""
    made = [a_member(f"m {number:03}", message_count=number % 3, positive_reactions=number % 5) for number in range(45)]
    for sort in ("messages", "score", "joined", "name", "nonsense"):
        pages = [queries.members_on_page(sort, number)[0] for number in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [20, 20, 5, 0]
        assert {member.id for page in pages for member in page} == {member.id for member in made}
    assert [member.username for member in queries.members_on_page("name", 1)[0]][:2] == ["m 000", "m 001"]
    counts = [member.message_count for member in queries.members_on_page("messages", 1)[0]]
    assert counts == sorted(counts, reverse=True)
    scores = [member.reaction_score for member in queries.members_on_page("score", 1)[0]]
    assert scores == sorted(scores, reverse=True)


def test_who_joined_when_nobody_knows_comes_last(house: Flask) -> None:
    """The document knows some members by name only."""
    old = a_member("old", joined_at=clock.now() - timedelta(days=9))
    unknown = a_member("unknown", joined_at=None, password_hash=None)
    new = a_member("new one")
    assert queries.members_on_page("joined", 1)[0] == [new, old, unknown]
    assert queries.newest_member() is new


def test_an_account_that_waits_for_its_letter_is_nobody(house: Flask) -> None:
    """P9."""
    waiting = a_member("waiting", joined_at=None)
    assert queries.member_by_name("waiting") is None
    assert queries.paths_of_names(["waiting"]) == {}
    assert queries.members_on_page("name", 1)[0] == []
    with pytest.raises(NotFound):
        queries.find_member(waiting.id)


def test_names_are_completed(house: Flask) -> None:
    """The most active first, and marks of SQL are only letters."""
    a_member("anna one", message_count=1)
    a_member("Anna two", message_count=9)
    a_member("an_x")
    a_member("Bert")
    assert [member.username for member in queries.names_like("ann")] == ["Anna two", "anna one"]
    assert [member.username for member in queries.names_like("an_")] == ["an_x"]
    assert queries.names_like("%") == []
    assert queries.names_like("") == []


def test_counts_move_by_what_happened(house: Flask) -> None:
    """The only writer of a member's counts."""
    anna = a_member(message_count=5)
    counters.count_message(anna.id, 1)
    counters.count_reaction(anna.id, 1, 1)
    counters.count_reaction(anna.id, 1, 1)
    counters.count_reaction(anna.id, -1, 1)
    counters.count_reaction(anna.id, 0, 1)
    counters.count_reaction(anna.id, 1, -1)
    session.refresh(anna)
    assert (anna.message_count, anna.positive_reactions, anna.negative_reactions, anna.reaction_score) == (6, 1, 1, 0)
