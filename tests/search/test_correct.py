"""Misspelt words are corrected together, using which words occur together."""

import pytest
from sqlalchemy import event

from forum.infra.database.db import db, session
from forum.search.index import reply_terms
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask

pytestmark = pytest.mark.slow


def some_threads() -> None:
    """A mailing list twice, and, far more often, words similar to either."""
    starter = a_member()
    a_thread(title="The mailing list of our club", body="Write to it.", by=starter)
    question = a_thread(title="How to subscribe", body="?", by=starter)
    a_post(thread=question, body="Subscribe to the mailing list.", by=starter)
    for number in range(12):
        a_thread(title=f"In May the last lost mail came, {number}", body="We may let it last, by mail.", by=starter)
    session.commit()
    reply_terms.index_new_replies()


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mailng lst", "mailing list"),
        ("mailng list", "mailing list"),
        ("mailing lst", "mailing list"),
        ("maling lsit", "mailing list"),
        ('"mailng lst"', '"mailing list"'),
        ("the Mailng-Lst archive", "the mailing-list archive"),
        ("subscribe mailng", "subscribe mailing"),
        ("mailing list", ""),
        ("lst", ""),
        ("mail last", ""),
    ],
)
def test_words_that_occur_together_are_corrected_together(typed: str, meant: str) -> None:
    assert ask(typed).did_you_mean == meant


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_word_is_never_corrected_to_one_that_only_shares_a_typos_stem() -> None:
    """The typo "maiing", derived from "mailng", has the same stem as "may"."""
    assert ask("mailng").did_you_mean in {"mail", "mailing"}


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_a_known_word_is_corrected_only_on_evidence() -> None:
    a_thread(title="An lst file", body="It has the ending .lst and nothing else.")
    session.commit()
    assert ask("mailng lst").did_you_mean == "mailing list"
    assert ask("lst file").did_you_mean == ""
    a_thread(title="A mailing bay", body="For parcels.")
    assert ask("mailng may").did_you_mean != "mailing bay"


@pytest.mark.usefixtures("search_forum")
def test_a_distant_word_in_the_query_supports_a_correction_too() -> None:
    starter = a_member()
    a_thread(title="The bolt of a harmonium", by=starter)
    for number in range(5):
        a_thread(title=f"The boat number {number}", by=starter)
    assert ask("boht").did_you_mean == "boat"
    assert ask("harmonium xyzzy plugh boht").did_you_mean == "harmonium xyzzy plugh bolt"


@pytest.mark.usefixtures("search_forum")
def test_cooccurrence_in_a_hidden_board_is_not_used() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), a_board("Cellar", audience="moderator", posters="moderator")
    for number in range(3):
        a_thread(title=f"The last mail, {number}")
    before = ask("mailng lst")
    for number in range(9):
        a_thread(title=f"The mailing list, {number}", by=keeper, board=cellar)
    session.commit()
    assert ask("mailng lst") == before
    assert ask("mailng lst", actor=keeper).did_you_mean == "mailing list"


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_the_cost_of_a_correction_is_bounded() -> None:
    statements: list[object] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    ask("the mailng lst of hadop clustr nodees wher everythng endz")
    assert len(statements) < 100


@pytest.mark.content.with_args(some_threads)
@pytest.mark.usefixtures("search_forum")
def test_unknown_words_are_not_looked_up_one_by_one() -> None:
    statements: list[object] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    ask(" ".join(f"nobody{number}" for number in range(10)))
    few = len(statements)
    ask(" ".join(f"nobody{number}" for number in range(30)))
    assert len(statements) - few < few + 20, "not one more for each of twenty words more"
