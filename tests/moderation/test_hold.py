"""What waits for approval, by the operator's settings, a board's and a group's."""

import pytest
from flask import Flask

from forum.admin.groups.right_actions import set_rights
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session
from forum.models import Board, BuiltInGroup, Group, Member, Right
from forum.site.actions import set_value
from forum.threads.approval.reasons import reasons_to_wait, sentences, stored
from forum.threads.approval.word_lists import first_listed
from tests.factories import a_board, a_group, a_member, a_newcomer

pytestmark = pytest.mark.usefixtures("app_in_context")
PLAIN, LINK = "<p>Hello</p>", '<p><a href="https://example.org">here</a></p>'
QUOTE = '<blockquote class="quote"><p>casino</p></blockquote><p>I agree</p>'


def why(actor: Member, board: Board, html: str = PLAIN, *, title: str = "") -> list[str]:
    """The reasons for which a post waits."""
    return reasons_to_wait(actor, board, html, title=title)


def test_nothing_waits_by_default() -> None:
    assert why(a_newcomer(), a_board(), LINK, title="Casino") == []


def test_the_first_posts_of_a_member_wait() -> None:
    set_value("hold_first_posts", 3)
    few, enough = a_member(message_count=2), a_member(message_count=3)
    assert (why(few, a_board()), why(enough, a_board())) == (["first-posts:3"], [])


def test_a_board_holds_threads_or_everything() -> None:
    anna = a_member()
    threads, everything = a_board(approval="threads"), a_board(approval="all")
    assert (why(anna, threads), why(anna, threads, title="New")) == ([], ["thread-in-board"])
    assert why(anna, everything) == ["board"]


def test_members_wait_whose_groups_may_not_post_without_approval() -> None:
    members = session.get_one(Group, BuiltInGroup.MEMBERS)
    set_rights(OPERATOR, members, {Right.SEE_MEMBERS})
    anna, trusted = a_member(), a_member()
    set_rights(OPERATOR, a_group(None, trusted), {Right.POST_WITHOUT_APPROVAL})
    session.refresh(trusted)
    assert (why(anna, a_board()), why(trusted, a_board())) == (["group"], [])


def test_links_of_new_members_and_listed_words_hold() -> None:
    set_value("hold_links", True)
    set_value("held_words", "casino*\ncheap loan")
    board, newcomer, anna = a_board(), a_newcomer(), a_member()
    assert (why(newcomer, board, LINK), why(anna, board, LINK), why(newcomer, board)) == (["links"], [], [])
    assert why(anna, board, "<p>CASINOS</p>") == ["word:casinos"]
    assert why(anna, board, title="A cheap  loan") == ["word:cheap loan"]
    assert why(anna, board, QUOTE) == []


def test_staff_never_wait(app_in_context: Flask) -> None:
    set_value("hold_first_posts", 3)
    set_value("held_words", "casino")
    for role in ("moderator", "admin"):
        assert why(a_member(role=role, message_count=0), a_board(approval="all"), "<p>casino</p>", title="casino") == []


@pytest.mark.parametrize(
    ("listed", "text", "found"),
    [
        ("ass", "Assistance", ""),
        ("ass*", "Assistance", "assistance"),
        ("*赌场*", "最好的赌场在这里", "最好的赌场在这里"),
        ("c++", "I like C++!", "c++"),
        ("*", "anything", ""),
        ("\n\n", "anything", ""),
        ("CASINO", "\uff43\uff41\uff53\uff49\uff4e\uff4f", "casino"),
    ],
)
def test_words_are_found_as_whole_words(listed: str, text: str, found: str) -> None:
    assert first_listed(listed, text) == found


def test_the_reasons_are_sentences_for_moderators() -> None:
    told = [str(sentence) for sentence in sentences(stored(["first-posts:3", "word:casino", "later-version"]))]
    assert told == [
        "The first posts of each member wait for approval (setting: 3).",
        "It contains “casino”, which is on the list of words that hold posts.",
    ]
