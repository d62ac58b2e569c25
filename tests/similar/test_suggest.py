"""Similar threads are available at once, in both directions, and only those that the reader may see."""

import pytest
from sqlalchemy import event, func, select

from forum.infra.database.db import db, session
from forum.infra.errors import Forbidden
from forum.models import SimilarThread, Thread
from forum.moderation.tools import delete_thread, undelete_thread
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.similar.actions import MAX_STORED
from forum.similar.queries import MAX_SHOWN, reasons, similar_to, suggest
from forum.threads.actions import edit_post
from forum.threads.queries import posts_on_page
from tests.factories import a_board, a_member, a_thread

pytestmark = pytest.mark.usefixtures("search_forum")


def titles(threads: list[Thread]) -> list[str]:
    """The titles of threads, in order."""
    return [thread.title for thread in threads]


def test_a_new_thread_and_an_old_one_are_linked_at_once() -> None:
    old = a_thread(title="Lunar station of China and Russia", body="About the moon.")
    a_thread(title="Recipe for apple cake", body="Take flour and butter.")
    new = a_thread(title="China builds a lunar station", body="They go to the moon.")
    assert titles(similar_to(None, new)) == ["Lunar station of China and Russia"]
    assert titles(similar_to(None, old)) == ["China builds a lunar station"]


def test_a_thread_is_never_similar_to_itself() -> None:
    thread = a_thread(title="Lunar station of China", body="About the moon.")
    similar.refresh(thread.id)
    assert similar_to(None, thread) == []


def test_nothing_is_shown_if_nothing_is_similar() -> None:
    a_thread(title="Recipe for apple cake", body="Take flour and butter.")
    assert similar_to(None, a_thread(title="Engine of a tractor", body="It does not start in winter.")) == []
    assert suggest(None, "Quarterly dividends") == []
    assert suggest(None, "") == suggest(None, "?!") == []


def test_a_title_being_typed_finds_threads() -> None:
    a_thread(title="Lunar station of China and Russia", body="About the moon.")
    assert titles(suggest(None, "a station for the lunar")) == ["Lunar station of China and Russia"]
    assert titles(suggest(None, "help", "how is the lunar station of china built")) == [
        "Lunar station of China and Russia"
    ]


def test_threads_hidden_from_the_reader_are_left_out_and_five_remain() -> None:
    keeper = a_member("keeper", role="moderator")
    cellar, hall = a_board("Cellar", audience="moderator", posters="moderator"), a_board("Hall")
    for number in range(MAX_SHOWN):
        a_thread(title=f"Lunar station plan {number}", by=keeper, board=cellar)
        a_thread(title=f"Lunar station idea {number}", by=keeper, board=hall)
    thread = a_thread(title="Lunar station", by=keeper, board=hall)
    shown = similar_to(None, thread)
    assert len(shown) == MAX_SHOWN
    assert {one.board for one in shown} == {hall}
    assert cellar in {one.board for one in similar_to(keeper, thread, limit=MAX_STORED)}
    assert {one.board for one in suggest(None, "Lunar station")} == {hall}


def test_a_deleted_thread_disappears_at_once_for_everybody() -> None:
    keeper = a_member("keeper", role="moderator")
    gone, thread = a_thread(title="Lunar station one"), a_thread(title="Lunar station two")
    delete_thread(keeper, gone)
    assert similar_to(None, thread) == similar_to(keeper, thread) == []
    assert titles(suggest(keeper, "Lunar station")) == ["Lunar station two"]
    undelete_thread(keeper, gone)
    assert titles(similar_to(None, thread)) == ["Lunar station one"]


def test_an_edited_first_post_changes_what_is_similar() -> None:
    cake = a_thread(title="Recipe for apple cake", body="Take flour and butter.")
    thread = a_thread(title="A question of mine", body="How does the tractor start?")
    assert similar_to(None, thread) == []
    [first] = posts_on_page(thread.starter, thread, 1)
    edit_post(thread.starter, first, body="Which flour and which butter for apple cake, and is there a recipe?")
    assert titles(similar_to(None, thread)) == ["Recipe for apple cake"]
    assert titles(similar_to(None, cake)) == ["A question of mine"]


@pytest.mark.slow
def test_only_the_most_similar_threads_are_stored() -> None:
    starter, board = a_member(), a_board()
    for number in range(MAX_STORED + 5):
        a_thread(title=f"Lunar station {number}", by=starter, board=board)
    session.flush()
    counts = session.execute(select(func.count()).select_from(SimilarThread).group_by(SimilarThread.thread_id))
    assert max(counts.scalars()) == MAX_STORED


def test_recomputing_everything_changes_nothing_shown() -> None:
    made = [a_thread(title=f"Lunar station of {who}") for who in ("China", "Russia", "India")]
    made += [a_thread(title=f"Apple cake of {who}") for who in ("Anna", "Otto")]
    before = [set(titles(similar_to(None, thread))) for thread in made]
    steps: list[tuple[int, int]] = []
    similar.refresh_all(lambda done, total: steps.append((done, total)))
    assert [set(titles(similar_to(None, thread))) for thread in made] == before
    assert steps[-1] == (len(made), len(made))


def test_reading_takes_one_query_for_everything_shown() -> None:
    a_thread(title="Lunar station one")
    thread = a_thread(title="Lunar station two")
    reader = a_member()
    session.flush()
    session.expire_all()
    session.refresh(thread)
    session.refresh(reader)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    [shown] = similar_to(reader, thread)
    assert all([shown.starter.username, shown.last_poster.username, shown.board.title])
    assert len(statements) == 1


def test_search_and_suggestions_are_rebuilt_from_scratch() -> None:
    thread = a_thread(title="Lunar station one")
    a_thread(title="Lunar station two")
    search.reindex(lambda *_: None)
    similar.refresh_all(lambda *_: None)
    assert titles(similar_to(None, thread)) == ["Lunar station two"]


def test_an_admin_sees_which_words_made_threads_similar() -> None:
    admin, member = a_member("chief", role="admin"), a_member("anna")
    near = a_thread(title="Lunar stations of China and Russia", body="About the moon.")
    thread = a_thread(title="China builds a lunar station", body="They go to the moon.")
    [reason] = reasons(admin, thread)
    assert reason.thread == near
    assert set(reason.words) == {"lunar", "station", "china", "moon", "the"}
    assert 0 < reason.nearness <= 1
    assert reason.is_stored
    with pytest.raises(Forbidden):
        reasons(member, thread)
