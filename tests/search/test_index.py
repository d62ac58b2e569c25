"""The index is updated in the transaction that writes, and can be rebuilt."""

from collections import Counter

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import joinedload

from forum.infra.database.db import session, start_writing
from forum.models import Member, Thread
from forum.moderation.tools import delete_thread, undelete_thread
from forum.search.index import actions, reply_terms, term_frequencies
from forum.search.index.store import store
from forum.search.index.store_postgresql import vector
from forum.search.index.tables import POSTS, THREADS, WORDS, Row
from forum.threads.actions import edit_post
from forum.threads.queries import find_thread, posts_on_page
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, titles

pytestmark = pytest.mark.usefixtures("search_forum")


def everything() -> list[object]:
    """The whole index; words that are in no thread any more are left out."""
    texts = [select(index.table).order_by(index.table.c.rowid) for index in (THREADS, POSTS)]
    counts = select(WORDS).where(WORDS.c.documents > 0).order_by(WORDS.c.word)
    return [tuple(row) for statement in (*texts, counts) for row in session.execute(statement)]


def some_threads() -> Thread:
    """Create a few threads; returns one with replies."""
    thread = a_thread(title="Moon base", body="The moon has a base, and the base is on the moon.")
    a_post(thread=thread, body="A reply of the moon 月球.")
    a_thread(title="Another 月面基地 base", body="Words.")
    session.commit()
    reply_terms.index_new_replies()
    start_writing()
    return find_thread(None, thread.id)


def test_a_rollback_undoes_index_changes_too() -> None:
    session.commit()
    start_writing()
    a_thread(title="The xylophone")
    assert titles(ask("xylophone")) == ["The xylophone"]
    session.rollback()
    assert titles(ask("xylophone")) == []
    assert term_frequencies.load(["xylophon"]).of("xylophon") == 0


def test_rebuilding_changes_nothing() -> None:
    some_threads()
    before = everything()
    steps: list[tuple[int, int]] = []
    actions.reindex(lambda done, total: steps.append((done, total)))
    assert everything() == before
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] > 0


def test_an_online_rebuild_repairs_any_damage() -> None:
    thread = some_threads()
    session.commit()
    before = everything()
    start_writing()
    session.execute(delete(THREADS.table).where(THREADS.table.c.rowid == thread.id))
    session.execute(delete(WORDS).where(WORDS.c.word == "moon"))
    store().add(POSTS, [Row(99_999, "", "stray")])
    session.commit()
    actions.reindex_online(lambda *_: None)
    assert everything() == before


def test_counts_follow_edits_deletions_and_restores() -> None:
    thread = some_threads()
    [first, *_] = posts_on_page(thread.starter, thread, 1)
    edit_post(thread.starter, first, body="Of Mars, the red one, and the moon.")
    known = term_frequencies.load(["moon", "mar", "red"])
    assert (known.of("moon"), known.of("mar"), known.of("red")) == (1, 1, 1)
    moderator = a_member(role="moderator")
    delete_thread(moderator, thread)
    assert term_frequencies.load(["moon", "base"]).documents == {"base": 1, "moon": 0}
    undelete_thread(moderator, thread)
    before = everything()
    actions.reindex(lambda *_: None)
    assert everything() == before


def test_during_a_rebuild_every_thread_is_counted_once() -> None:
    thread = some_threads()
    before = everything()
    term_frequencies.begin_rebuild()
    actions.index_thread(thread.id)  # not rebuilt yet: neither removed nor added
    fresh = a_thread(title="Moon again")
    assert term_frequencies.load(["moon"]).of("moon") == 0
    actions.reindex(lambda *_: None)
    assert term_frequencies.load(["moon"]).of("moon") == 2
    delete_thread(a_member(role="moderator"), fresh)
    assert everything() == before


def test_words_of_replies_are_added_to_the_vocabulary_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = some_threads()
    for number in range(3):
        a_post(thread=thread, body=f"The xylophone{'abc'[number]}, the moon and 12345 abc123 {'x' * 60}.")
    session.commit()
    monkeypatch.setattr(reply_terms, "BATCH", 2)
    assert [reply_terms.index_new_replies() for _ in range(3)] == [2, 1, 0]
    known = term_frequencies.load(["xylophonea", "xylophonec", "moon", "12345", "abc123", "x" * 40])
    assert known.documents == {"xylophonea": 0, "xylophonec": 0, "moon": 1}
    before = everything()
    actions.reindex(lambda *_: None)
    assert everything() == before


def test_words_of_replies_are_left_to_a_running_rebuild() -> None:
    a_post(body="The xylophone.")
    term_frequencies.begin_rebuild()
    session.commit()
    reply_terms.index_new_replies()
    assert "xylophon" not in term_frequencies.load(["xylophon"]).documents


def test_a_thread_without_stored_posts_is_found_by_its_title() -> None:
    member, board = a_member(), a_board()
    thread = a_summary(member, board.id)
    actions.index_thread(thread.id)
    [hit] = ask("xylophone").hits
    assert (hit.thread, hit.post, hit.snippet.html) == (thread, None, "")
    assert hit.title.html == "A <mark>xylophone</mark>"


def a_summary(member: Member, board_id: int) -> Thread:
    """A thread from an archive that has only a post count."""
    made = a_thread(title="Its model")
    at = made.started_at
    people = {"starter_id": member.id, "last_poster_id": member.id}
    thread = Thread(
        board_id=board_id,
        title="A xylophone",
        started_at=at,
        last_posted_at=at,
        base_post_count=3,
        last_position=3,
        **people,
    )
    session.add(thread)
    session.flush()
    return thread


def test_a_tsvector_has_every_position_of_a_word() -> None:
    assert vector(Row(1, "moon base", "base o'x b\\s base")) == r"'b\\s':6 'base':2A,4,7 'moon':1A 'o''x':5"


def test_a_very_long_post_is_indexed() -> None:
    words = " ".join(f"word{number}" for number in range(5_000))
    a_thread(title="A long one", body=f"{words} xylophone")
    assert titles(ask("xylophone word77")) == ["A long one"]
    assert titles(ask('"word4999 xylophone"')) == ["A long one"]


def test_no_stale_count_remains() -> None:
    thread = some_threads()
    moderator = a_member(role="moderator")
    for one in session.scalars(select(Thread).options(joinedload(Thread.board))).all():
        delete_thread(moderator, one)
    assert {word for word, documents in session.execute(select(WORDS)) if documents} == set()
    undelete_thread(moderator, thread)
    assert Counter(word for word, _ in session.execute(select(WORDS)))["moon"] == 1


@pytest.mark.parametrize("search_forum", ["sqlite"], indirect=True)
def test_a_rebuild_leaves_the_index_in_one_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """FTS5 would merge several large segments during one of the next replies, blocking all writes meanwhile."""
    thread = some_threads()
    for number in range(5):
        a_post(thread=thread, body=f"The xylophone of {number} days.")
    session.commit()
    monkeypatch.setattr(actions, "BATCH", 2)
    actions.reindex_online(lambda *_: None)
    for index in (THREADS, POSTS):
        pieces = text(f"SELECT count(DISTINCT id >> 37) FROM {index.name}_data WHERE id >> 37 > 0")  # noqa: S608
        assert session.scalar(pieces) == 1, index.name
