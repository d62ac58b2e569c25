"""Queries for members."""

from datetime import timedelta

import pytest
from flask import Flask

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.members import counters, lists, queries
from forum.threads.actions import delete_post
from tests.factories import a_member, a_post, a_thread


def test_a_member_is_found_by_any_form_of_the_name_that_is_reserved_for_them(app_in_context: Flask) -> None:
    ivan = a_member("Ivan Grozny")
    for name in ("ivan grozny", "lvan Grozny", "IvanGrozny", "ivan_grozny"):
        assert queries.member_by_name(name) is ivan, name
    assert queries.member_by_name("Ivan Grozn") is None
    assert queries.find_member(ivan.id) is ivan
    with pytest.raises(NotFound):
        queries.find_member(ivan.id + 1)


def test_typed_names_become_profile_urls(app_in_context: Flask) -> None:
    """Only names of existing members are returned."""
    ivan, anna = a_member("Ivan"), a_member("Anna Bloom")
    found = queries.paths_of_names(["IVAN", "lvan", "anna bloom", "annabloom", "nobody", ""])
    assert found == {"IVAN": ivan.path, "lvan": ivan.path, "anna bloom": anna.path, "annabloom": anna.path}
    assert queries.paths_of_names([]) == {}


def test_the_list_is_sorted_and_stable_across_pages(app_in_context: Flask) -> None:
    """Members with equal counts are neither missing nor repeated across pages."""
    made = [a_member(f"m {number:03}", message_count=number % 3, positive_reactions=number % 5) for number in range(45)]
    for sort in ("messages", "score", "joined", "name", "nonsense"):
        pages = [lists.members_on_page(sort, number)[0] for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [20, 20, 5]
        assert {member.id for page in pages for member in page} == {member.id for member in made}
    assert [member.username for member in lists.members_on_page("name", 1)[0]][:2] == ["m 000", "m 001"]
    counts = [member.message_count for member in lists.members_on_page("messages", 1)[0]]
    assert counts == sorted(counts, reverse=True)
    scores = [member.reaction_score for member in lists.members_on_page("score", 1)[0]]
    assert scores == sorted(scores, reverse=True)


def test_members_with_unknown_join_dates_come_last(app_in_context: Flask) -> None:
    """Some members of the document have only a name."""
    old = a_member("old", joined_at=clock.now() - timedelta(days=9))
    unknown = a_member("unknown", joined_at=None, password_hash=None)
    new = a_member("new one")
    assert lists.members_on_page("joined", 1)[0] == [new, old, unknown]


def test_an_unconfirmed_account_is_not_found(app_in_context: Flask) -> None:
    waiting = a_member("waiting", joined_at=None)
    assert queries.member_by_name("waiting") is None
    assert queries.paths_of_names(["waiting"]) == {}
    assert lists.members_on_page("name", 1)[0] == []
    with pytest.raises(NotFound):
        queries.find_member(waiting.id)


def test_names_are_completed(app_in_context: Flask) -> None:
    """Most active first; LIKE wildcards in the input are literal."""
    a_member("anna one", message_count=1)
    a_member("Anna two", message_count=9)
    a_member("an_x")
    a_member("Bert")
    assert [member.username for member in lists.names_like("ann")] == ["Anna two", "anna one"]
    assert [member.username for member in lists.names_like("an_")] == ["an_x"]
    assert lists.names_like("%") == []
    assert lists.names_like("") == []


def test_names_of_those_who_posted_in_the_thread_come_first(app_in_context: Flask) -> None:
    for number in range(9):
        a_member(f"anna {number}", message_count=50 + number)
    thread = a_thread(by=a_member("zoe"))
    a_post(thread=thread, by=a_member("anna here", message_count=1))
    a_post(thread=thread, by=a_member("bert"))
    gone = a_post(thread=thread, by=a_member("anna gone", message_count=1))
    delete_post(a_member("keeper", role="moderator"), gone)
    found = [member.username for member in lists.names_like("anna", 3, thread=thread)]
    assert found == ["anna here", "anna 8", "anna 7"]
    assert [member.username for member in lists.names_like("anna here", thread=thread)] == ["anna here"]


def test_only_the_newest_posts_of_a_thread_provide_names(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_NEWEST_POSTS", 2)
    thread = a_thread(by=a_member("anna first", message_count=1))
    for name in ("anna second", "bert"):
        a_post(thread=thread, by=a_member(name, message_count=1))
    a_member("anna elsewhere", message_count=99)
    found = [member.username for member in lists.names_like("anna", thread=thread)]
    assert found == ["anna second", "anna elsewhere", "anna first"]


def test_a_name_is_completed_in_any_script_and_case(app_in_context: Flask) -> None:
    made = {name: a_member(name) for name in ("Önder", "İbrahim", "Ωmega")}
    assert lists.names_like("öN") == [made["Önder"]]
    assert lists.names_like("ωM") == [made["Ωmega"]]
    for typed in ("ibrahim", "IBRAHIM", "ıbrahim", "İbr"):
        assert lists.names_like(typed) == [made["İbrahim"]], typed


def test_of_many_names_with_the_prefix_the_most_active_are_suggested(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_RANKED_NAMES", 3)
    monkeypatch.setattr(lists, "MOST_ACTIVE_MEMBERS", 2)
    for number in range(9):
        a_member(f"anna {number}", message_count=number)
    a_member("zoe", message_count=99)
    found = [member.username for member in lists.names_like("anna", 4)]
    assert found == ["anna 8", "anna 3", "anna 2", "anna 1"]


def test_the_list_is_counted_only_as_far_as_it_can_be_paged(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LIST_PAGES", 2)
    for _ in range(45):
        a_member()
    found, page = lists.members_on_page("name", 2)
    assert (len(found), page.total, page.count) == (20, 40, 2)
    with pytest.raises(NotFound):
        lists.members_on_page("name", 3)


def test_members_with_unknown_join_dates_are_paged_after_the_others(app_in_context: Flask) -> None:
    dated = [a_member(joined_at=clock.now() - timedelta(days=number)) for number in range(25)]
    others = [a_member(joined_at=None, password_hash=None) for _ in range(20)]
    pages = [lists.members_on_page("joined", number)[0] for number in (1, 2, 3)]
    assert [member for page in pages for member in page] == [*dated, *reversed(others)]


def test_counters_change_with_events(app_in_context: Flask) -> None:
    """Tests the only writer of a member's counters."""
    anna = a_member(message_count=5)
    counters.count_message(anna.id, 1)
    counters.count_reaction(anna.id, 1, 1)
    counters.count_reaction(anna.id, 1, 1)
    counters.count_reaction(anna.id, -1, 1)
    counters.count_reaction(anna.id, 0, 1)
    counters.count_reaction(anna.id, 1, -1)
    session.refresh(anna)
    assert (anna.message_count, anna.positive_reactions, anna.negative_reactions, anna.reaction_score) == (6, 1, 1, 0)
