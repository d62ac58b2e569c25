"""Results match the query, and where they do not, or are incomplete, the answer says so."""

from datetime import UTC, datetime, timedelta

import pytest

from forum.infra import clock
from forum.search.query import candidates, planner, retrieval
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, only_hit, titles

pytestmark = pytest.mark.usefixtures("search_forum")
NOON = datetime(2020, 6, 15, 12, tzinfo=UTC)


def test_a_phrase_is_required_even_beside_other_words() -> None:
    a_thread(title="A printer of mine", body="The dog is brown.")
    a_thread(title="Another printer", body="It prints.")
    assert titles(ask('"brown dog" printer')) == ["A printer of mine"]
    assert ask('"Brown dogs" printer "mine"').loosened == ("Brown dogs", "mine")
    a_thread(title="The brown dog", body="It barks.")
    answer = ask('"brown dog" printer')
    assert (titles(answer), answer.loosened) == (["The brown dog"], ())
    assert only_hit(answer).missing == ("printer",)
    a_thread(title="Of a brown dog and a printer")
    assert titles(ask('"brown dog" printer')) == ["Of a brown dog and a printer", "The brown dog"]


def test_a_phrase_whose_words_no_post_has_finds_nothing() -> None:
    a_thread(title="A brown printer")
    answer = ask('"brown dog" printer')
    assert (answer.hits, answer.loosened) == ([], ())


@pytest.mark.parametrize("common", [-1, 20_000])
def test_many_and_long_phrases_are_found_exactly(monkeypatch: pytest.MonkeyPatch, common: int) -> None:
    monkeypatch.setattr(planner, "COMMON_WORD_THREADS", common)
    text = "to be or not to be that is the question whether it is nobler in the mind to suffer"
    a_thread(title="A monologue", body=f"{text.capitalize()}. {'More words follow. ' * 400} The rest is silence.")
    a_thread(title="A list", body=" ".join(sorted(text.split())) + " rest silence more words follow")
    assert titles(ask(f'"{text}"')) == ["A monologue"]
    phrases = " ".join(f'"{one} {other}"' for one, other in zip(text.split()[:12:2], text.split()[1:12:2], strict=True))
    assert titles(ask(phrases)) == ["A monologue"]
    assert titles(ask('"rest is silence"')) == ["A monologue"]
    assert titles(ask('moon -"rest is silence"')) == []


def test_a_reply_is_matched_together_with_its_threads_title() -> None:
    thread = a_thread(title="Quick brown animals", body="Which do you know?")
    a_post(thread=thread, body="The fox.")
    a_post(thread=a_thread(title="Others", body="Which?"), body="A fox, I say.")
    assert titles(ask("fox -brown")) == ["Others"]
    assert [(hit.thread.title, hit.missing) for hit in ask("brown fox").hits] == [
        ("Quick brown animals", ()),
        ("Others", ("brown",)),
    ]


def test_missing_terms_of_a_hit_are_shown_as_they_were_typed() -> None:
    a_thread(title="My printer", body="It prints 月面基地.")
    assert [hit.missing for hit in ask("Printers elephant").hits] == [("elephant",)]
    assert [hit.missing for hit in ask("printer 月球 ÉLÉPHANTS").hits] == [("月球", "ÉLÉPHANTS")]
    assert [hit.missing for hit in ask("printer elephant", sort="date").hits] == [("elephant",)]
    long = " ".join(f"word{number}" for number in range(1_000))
    a_thread(title="A scanner", body=f"{long} elephants")
    assert only_hit(ask("scanner elephant zebra")).missing == ("zebra",)


def test_by_date_no_result_between_the_first_and_the_last_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MATCHES", 60)
    starter, board = a_member(), a_board()
    moment = NOON
    for number in range(120):  # three times as many replies as threads
        moment += timedelta(hours=1)
        with clock.frozen_at(moment):
            if number % 4 == 0:
                thread = a_thread(title=f"Moon {number}", by=starter, board=board)
            else:
                a_post(thread=thread, by=starter, body="Moon.")
    for q in ("moon", "before:2021"):
        answer = ask(q, sort="date")
        assert answer.extent == "newest"
        replied = [hit.post.created_at for hit in answer.hits if hit.post]
        assert replied == sorted(replied, reverse=True)
        assert len(replied) == 20
    assert ask("moon").extent == "some"
    assert ask("moon after:2020-06-20").extent == "all"


def test_a_count_is_called_exact_only_if_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    starter, board = a_member(), a_board()
    for number in range(12):
        a_thread(title=f"Moon base {number}", by=starter, board=board)
    assert (ask("moon").extent, ask("moon", sort="date").extent) == ("all", "all")
    monkeypatch.setattr(candidates, "MATCHES", 5)
    assert (ask("moon").extent, ask("moon", sort="date").extent) == ("some", "newest")
    monkeypatch.setattr(candidates, "MATCHES", 300)
    monkeypatch.setattr(planner, "COMMON_WORD_THREADS", 5)
    monkeypatch.setattr(retrieval, "RECENT", 4)
    assert (ask("moon base").extent, ask("moon base", sort="date").extent) == ("some", "newest")
    assert ask("moon").extent == "all"


def test_a_search_in_one_thread_finds_each_post() -> None:
    thread = a_thread(title="The question of the moon", body="Nothing.")
    posts = [a_post(thread=thread, body=f"Answer {number}: the moon.") for number in range(3)]
    a_post(thread=thread, body="Of Mars.")
    a_post(body="The moon elsewhere.")
    answer = ask("moon", thread=thread)
    assert {hit.post for hit in answer.hits if hit.post and hit.post.position > 1} == set(posts)
    assert answer.page.total == 4
    assert [hit.more for hit in answer.hits] == [0] * 4
    assert [hit.post for hit in ask("", thread=thread, sort="date").hits][1] == posts[-1]
