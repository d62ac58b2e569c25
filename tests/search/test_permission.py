"""Search reveals nothing that the reader may not see, by results, counts or suggestions."""

import pytest

from forum.infra.errors import Invalid
from forum.models import Board
from forum.moderation.tools import delete_thread, undelete_thread
from forum.search.text.edit_distance import edit_distance
from forum.threads.actions import delete_post, undelete_post
from tests.factories import a_board, a_member, a_post, a_thread
from tests.search.queries import ask, suggested, titles

pytestmark = pytest.mark.usefixtures("search_forum")


def the_cellar() -> Board:
    """A board for moderators."""
    return a_board("Cellar", audience="moderator", posters="moderator")


def test_a_hidden_board_is_searched_only_for_those_who_see_it() -> None:
    keeper = a_member("keeper", role="moderator")
    thread = a_thread(title="The xylophone", by=keeper, board=the_cellar())
    a_post(thread=thread, by=keeper, body="A xylophone reply.")
    assert titles(ask("xylophone", actor=keeper)) == ["The xylophone"]
    for actor in (None, a_member()):
        answer = ask("xylophone", actor=actor)
        assert (answer.hits, answer.page.total, answer.did_you_mean) == ([], 0, "")


def test_a_hidden_board_provides_no_corrections_and_no_name() -> None:
    keeper = a_member("keeper", role="moderator")
    a_thread(title="The xylophone", by=keeper, board=the_cellar())
    assert ask("xylophoen", actor=keeper).did_you_mean == "xylophone"
    assert ask("xylophoen").did_you_mean == ""
    with pytest.raises(Invalid):
        ask("xylophone board:cellar")


def test_a_word_only_in_a_hidden_board_is_corrected_like_an_unknown_one() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), the_cellar()
    a_thread(title="The laserjet of the office")
    before = ask("lazerjet")
    thread = a_thread(title="A secret lazerjet deal", by=keeper, board=cellar)
    a_post(thread=thread, by=keeper, body="The lazerjet, again.")
    assert before == ask("lazerjet")
    assert before.did_you_mean == "laserjet"
    assert ask("lazerjet", actor=keeper).did_you_mean == ""


def test_similar_words_of_a_hidden_board_do_not_displace_visible_ones() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), the_cellar()
    a_thread(title="The xylophone")
    before = ask("xylophine")
    for letter in "abcdefgh":
        for _ in range(2):
            a_thread(title=f"The xylophin{letter}", by=keeper, board=cellar)
    assert (ask("xylophine"), before.did_you_mean) == (before, "xylophone")


def test_words_of_a_hidden_board_do_not_displace_suggestions_while_typing() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), the_cellar()
    a_thread(title="The kwazpublic release notes")
    before = suggested("kwaz")
    for number in range(2):
        words = " ".join(f"kwaz{letter}lo" for letter in "abcdefghi")
        a_thread(title=f"Number {number}: {words}", by=keeper, board=cellar)
    assert before == ["The kwazpublic release notes"]
    assert suggested("kwaz") == before
    assert len(suggested("kwaz", keeper)) == 3


def test_hidden_posts_do_not_displace_visible_ones() -> None:
    keeper, cellar = a_member("keeper", role="moderator"), the_cellar()
    a_thread(title="The open xylophone")
    for number in range(30):
        a_thread(title=f"Xylophone {number}", by=keeper, board=cellar)
    answer = ask("xylophone")
    assert (titles(answer), answer.page.total) == (["The open xylophone"], 1)


def test_a_deleted_post_is_removed_at_once_and_can_be_restored() -> None:
    keeper = a_member("keeper", role="moderator")
    post = a_post(thread=a_thread(title="A thread of it"), body="The xylophone.")
    delete_post(keeper, post)
    assert titles(ask("xylophone")) == []
    undelete_post(keeper, post)
    assert titles(ask("xylophone")) == ["A thread of it"]


def test_a_deleted_thread_is_removed_with_all_its_posts_and_can_be_restored() -> None:
    keeper = a_member("keeper", role="moderator")
    thread = a_thread(title="A thread of it", body="The marimba.")
    a_post(thread=thread, body="The xylophone.")
    delete_thread(keeper, thread)
    assert titles(ask("xylophone")) == titles(ask("marimba")) == titles(ask("thread")) == []
    undelete_thread(keeper, thread)
    assert titles(ask("xylophone")) == titles(ask("marimba")) == ["A thread of it"]


def test_edit_distance_is_counted() -> None:
    assert [
        edit_distance("station", other, most=2) for other in ("station", "statoin", "staton", "stattion", "nation")
    ] == [
        0,
        1,
        1,
        1,
        2,
    ]
    assert edit_distance("station", "moon", most=2) == 3


@pytest.mark.parametrize("is_a_board_hidden", [True, False])
def test_a_word_of_a_visible_reply_is_not_corrected_to_one_of_a_title(is_a_board_hidden: bool) -> None:
    if is_a_board_hidden:
        a_thread(title="The secret cellar", by=a_member("keeper", role="moderator"), board=the_cellar())
    a_thread(title="The rtx4080 card")
    a_post(thread=a_thread(title="Another card"), body="Mine is an rtx4090.")
    answer = ask("rtx4090")
    assert (titles(answer), answer.did_you_mean) == (["Another card"], "")
