"""Queries pass many keys as one array parameter, on both databases."""

import pytest
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Thread
from forum.search.index import term_frequencies
from forum.search.index.tables import WORDS
from tests.factories import a_thread

ODD = ["it's", 'a "word"', "back\\slash", "{a,b}", "NULL", "null", "月球", "🙂", "%s", ":name", "a,b"]

pytestmark = pytest.mark.usefixtures("search_forum")


def words_among(keys: list[str]) -> set[str]:
    return set(session.scalars(select(WORDS.c.word).where(in_list(WORDS.c.word, keys))))


def test_a_string_of_any_characters_is_found() -> None:
    term_frequencies.add_terms([*ODD, "other"])
    for word in ODD:
        assert words_among([word]) == {word}
    assert words_among([*ODD, "missing"]) == set(ODD)
    assert words_among([]) == set()


def test_more_numbers_are_found_than_an_engine_allows_parameters() -> None:
    ids = [a_thread(title=f"Number {number}").id for number in range(3)]
    keys = [*ids[:2], *range(1_000_000, 1_100_000)]
    assert set(session.scalars(select(Thread.id).where(in_list(Thread.id, keys)))) == set(ids[:2])
