"""What is held or rejected is seen by its author and by moderators, and counts for nobody."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.closing import close_for_member
from forum.accounts.erased_posts import ERASED_TEXT
from forum.accounts.erasing import continue_erasure
from forum.admin.rules import OPERATOR
from forum.admin.statistics.counting import counts_between
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.models import AccountErasure, Board, Member, Post, Thread, Visibility
from forum.moderation import tools
from forum.reactions.actions import react
from forum.search.index import actions as search
from forum.search.index.index_check import index_problems
from forum.threads import actions, lists
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread, hide
from tests.parts import examples

Writing = Callable[[], AbstractContextManager[None]]
UNAPPROVED = [Visibility.HELD, Visibility.REJECTED]


@pytest.mark.parametrize("first", ["ben", "cleo"])
def test_a_held_post_is_shown_to_its_author_whoever_read_the_page_before(
    app: Flask, writing: Writing, first: str
) -> None:
    with writing():
        a_member("cleo")
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"))
        post = a_post(thread=thread, by=a_member("ben"), body="Cheap watches")
        hide(post, visibility=Visibility.HELD)
        path, permalink = thread.path, post.path
    seen = {}
    for name in (first, "ben", "cleo", "anna"):
        client = app.test_client()
        log_in(client, name)
        page = client.get(path).text
        seen[name] = ("Cheap watches" in page, "Waiting for approval" in page, client.get(permalink).status_code)
    assert seen == {"ben": (True, True, 302), "cleo": (False, False, 404), "anna": (False, False, 404)}
    assert app.test_client().get(permalink).status_code == 404


def test_lists_show_it_to_moderators_and_in_the_authors_own_profile(app_in_context: Flask) -> None:
    anna, ben, mona, board = a_member("anna"), a_member("ben"), a_member("mona", role="moderator"), a_board("Talk")
    open_thread, held = a_thread(by=anna, board=board), a_thread(by=anna, board=board)
    held_post = a_post(thread=open_thread, by=anna)
    in_held = a_post(thread=held, by=ben)
    hide(held, held_post, visibility=Visibility.REJECTED)

    def shown(reader: Member | None) -> tuple[int, int, int, int, int]:
        rows, page = lists.threads_in_board(reader, board, number=1)
        others, _ = lists.all_threads(reader)
        threads, posts = (find(reader, anna, 1)[1].total for find in (lists.threads_of, lists.posts_of))
        assert page.total == len(rows)
        return len(rows), len(others), threads, posts, lists.posts_of(reader, ben, 1)[1].total

    assert (shown(None), shown(ben)) == ((1, 1, 1, 1, 0), (1, 1, 1, 1, 0))
    assert shown(anna) == (1, 1, 2, 3, 0)
    assert shown(mona) == (2, 2, 2, 3, 1)
    assert in_held.is_public


@pytest.mark.parametrize("visibility", UNAPPROVED)
def test_authors_cannot_approve_their_own(app_in_context: Flask, visibility: Visibility) -> None:
    anna, ben = a_member("anna"), a_member("ben")
    thread = a_thread(by=ben)
    post, held = a_post(thread=thread, by=anna), a_thread(by=anna)
    hide(post, held, visibility=visibility)
    post, held = find_post(anna, post.id), find_thread(anna, held.id)
    actions.edit_post(anna, post, body="Better words")
    actions.undelete_post(anna, post)
    for refused in (
        lambda: actions.delete_post(anna, post),
        lambda: actions.reply(anna, held, body="Anybody?"),
        lambda: react(a_member(role="moderator"), post, kind="like"),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert (post.visibility, held.visibility) == (visibility, visibility)
    search.reindex(lambda *_: None)
    assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []


@pytest.mark.parametrize("seed", range(examples(3)))
def test_counters_are_exact_whatever_moderators_do_to_it(app_in_context: Flask, seed: int) -> None:
    dice, mona, boards = random.Random(seed), a_member("mona", role="moderator"), [a_board(), a_board()]
    people = [a_member(), a_member()]
    threads = [a_thread(by=dice.choice(people), board=boards[0]) for _ in range(3)]
    posts = [a_post(thread=dice.choice(threads), by=dice.choice(people)) for _ in range(6)]
    for post in posts[:3]:
        react(mona, post, kind="like")
    hidden: list[Thread | Post] = [*threads[:2], *posts[::2]]
    for item in hidden:
        hide(item, visibility=dice.choice(UNAPPROVED))
    search.reindex(lambda *_: None)
    acts: list[Callable[[Thread, Post], object]] = [
        lambda thread, _: tools.delete_thread(mona, thread),
        lambda thread, _: tools.undelete_thread(mona, thread),
        lambda thread, _: tools.move_thread(mona, thread, board=dice.choice(boards)),
        lambda _, post: actions.undelete_post(mona, post),
        lambda _, post: actions.delete_post(mona, post) if post.is_public else None,
    ]
    for _ in range(12):
        dice.choice(acts)(dice.choice(threads), dice.choice(posts))
        assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []


def test_an_erased_account_leaves_no_text_in_what_was_held(app_in_context: Flask) -> None:
    anna = a_member("anna")
    held = a_thread(by=anna, title="A secret", body="Mine")
    post = a_post(by=anna, body="Mine, too")
    hide(held, post, visibility=Visibility.HELD)
    search.reindex(lambda *_: None)
    number = anna.id
    close_for_member(OPERATOR, anna, at_once=True, deletes_posts=True)
    while session.get(AccountErasure, number):
        continue_erasure(number)
    theirs = session.scalars(select(Post).where(Post.author_id == number)).all()
    assert {each.source for each in theirs} == {ERASED_TEXT}
    assert (post.is_deleted, session.get_one(Thread, held.id).is_deleted) == (True, True)
    assert [*map(str, check()), *index_problems("en")] == []


def test_statistics_count_what_was_deleted_later_but_not_what_was_never_approved(app_in_context: Flask) -> None:
    mona = a_member("mona", role="moderator")
    posts = [a_post(thread=a_thread()) for _ in range(3)]
    actions.delete_post(mona, posts[0])
    hide(posts[1], posts[1].thread, visibility=Visibility.REJECTED)
    today = posts[0].created_at.date()
    counts = counts_between(today, today + timedelta(days=7))
    assert (counts["threads"], counts["posts"]) == (2, 5)


def test_a_moderator_sees_its_mark_in_the_list_and_in_the_thread(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        board: Board = a_board("Talk")
        thread = a_thread(by=a_member("anna"), board=board)
        hide(thread, visibility=Visibility.REJECTED)
        paths = board.path, thread.path
    log_in(client, "mona")
    assert ["Not approved" in client.get(path).text for path in paths] == [True, True]
