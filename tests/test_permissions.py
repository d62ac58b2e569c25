"""Permissions: each verdict agrees with its SQL twin and with the rule, over random boards, lists and groups."""

import random
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.archive.role_lists import store_list, store_role_lists
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotLoggedIn
from forum.markup.render import VERSION
from forum.models import Board, BuiltInGroup, Group, Member, Post, Thread, Visibility
from forum.schemas.archive import ROLES
from forum.site.access import AccessEntry
from forum.site.actions import bump_version
from forum.site.group_membership import groups_of
from tests.access_rule import LEVELS, ancestors, expected_acts, random_list
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_thread, an_entry, join
from tests.parts import examples

VISITORS = (None, "member", "moderator", "admin", "banned")


def actor_of(kind: str | None) -> Member | None:
    if kind is None:
        return None
    if kind == "banned":
        banned = a_member(role="moderator")
        a_ban(banned)
        return banned
    return a_member(role=kind)


def random_tree(dice: random.Random, count: int = 7) -> list[Board]:
    """Boards, each at the top or inside an earlier one."""
    boards: list[Board] = []
    for _ in range(count):
        parent = dice.choice([*boards, None])
        boards.append(a_board(parent_id=parent.id if parent else None))
    return boards


def acts(actor: Member | None, board: Board) -> set[str]:
    """What the compiled scope allows in a board."""
    scope = permissions.scope_of(actor)
    return {act for act in (*LEVELS, "moderate", "own_only") if board.id in getattr(scope, act)}


@pytest.mark.parametrize("seed", range(examples(6)))
def test_nobody_gains_or_loses_a_right_when_roles_become_lists(app_in_context: Flask, seed: int) -> None:
    dice = random.Random(seed)
    actors = {kind: actor_of(kind) for kind in VISITORS}
    boards = random_tree(dice, 12)
    roles = {board.id: (dice.choice(ROLES), dice.choice(ROLES[1:])) for board in boards}
    rows = [
        {"id": board.id, "parent_id": board.parent_id, "audience": roles[board.id][0], "posters": roles[board.id][1]}
        for board in boards
    ]
    store_role_lists(rows)
    bump_version()
    for kind, actor in actors.items():
        rank = ROLES.index("guest" if kind in {None, "banned"} else str(kind))
        for board in boards:
            sees = all(rank >= ROLES.index(roles[above.id][0]) for above in ancestors(board, boards))
            could = {
                "see": sees,
                "reply": sees and rank >= 1,
                "start": sees and rank >= max(1, ROLES.index(roles[board.id][1])),
                "moderate": sees and rank >= 2,
            }
            assert acts(actor, board) == {act for act, allowed in could.items() if allowed}, (kind, roles[board.id])


@pytest.mark.parametrize("seed", range(examples(6)))
def test_the_best_entry_of_the_nearest_list_counts_where_the_parent_is_seen(app_in_context: Flask, seed: int) -> None:
    dice = random.Random(seed)
    groups = [a_group() for _ in range(3)]
    boards = random_tree(dice)
    lists = {board.id: random_list(dice, [group.id for group in groups]) for board in boards if dice.random() < 0.6}
    for board_id, entries in lists.items():
        store_list(board_id, tuple(AccessEntry(group, *entry) for group, entry in entries.items()))
    actors = [actor_of(kind) for kind in VISITORS]
    for member in filter(None, actors):
        for group in dice.sample(groups, dice.randrange(3)):
            join(member, group)
    bump_version()
    for actor in actors:
        for board in boards:
            assert acts(actor, board) == expected_acts(actor, board, boards, lists), (seed, actor, board.id)


@pytest.fixture
def everything(app_in_context: Flask) -> list[Post]:
    """An author's posts of each visibility in threads of each, in boards for each role, and for special groups."""
    admin, author, posts = a_member(role="admin"), a_member("author"), []
    boards = [a_board(audience=audience) for audience in ROLES]
    gardeners = a_board("Gardening")
    a_list(gardeners, an_entry(a_group("Gardeners"), moderates=True))
    asking = a_board("Asking")
    entry = an_entry(session.get_one(Group, BuiltInGroup.MEMBERS), own_threads_only=True)
    a_list(asking, entry, an_entry(a_group("Helpers"), moderates=True))
    for board in (*boards, gardeners, asking):
        for of_thread, of_post, starter in product(Visibility, Visibility, (admin, author)):
            thread = a_bare_thread(board, starter, visibility=of_thread)
            posts.append(a_bare_post(thread, author, visibility=of_post))
    session.add_all(posts)
    session.flush()
    return posts


def a_bare_thread(board: Board, starter: Member, *, visibility: Visibility) -> Thread:
    """A thread's row alone: writing hundreds as members do takes seconds."""
    when = {"started_at": clock.now(), "last_posted_at": clock.now()}
    return Thread(board=board, title="A thread", starter=starter, last_poster=starter, visibility=visibility, **when)


def a_bare_post(thread: Thread, author: Member, *, visibility: Visibility) -> Post:
    """The row of a reply alone."""
    words = {"source": "Words.", "html": "<p>Words.</p>", "markup_version": VERSION}
    return Post(thread=thread, position=2, author=author, created_at=clock.now(), visibility=visibility, **words)


# Of a board's 32 posts, all by the author, half are in threads that an admin started, half in the author's own: one for
# each of four visibilities of the thread and of the post. 2 are public in a public thread. The others are shown to who
# moderates the board, and, unless deleted, to who wrote the post or started the thread. Members see the boards for all
# and for members; in "Asking" they see only the threads that they started.
SEEN = {
    None: 2,  # in the board for all
    "banned": 2,  # as a guest
    "member": 2 * 2,  # no thread in "Asking" is theirs
    "gardener": 2 * 2 + 32,  # moderates "Gardening"
    "helper": 2 * 2 + 32,  # moderates "Asking"
    "moderator": 3 * 32,  # moderates three boards; in "Asking", whose list does not name moderators, a member
    "admin": 6 * 32,
    # started all threads and wrote none of the posts: in each board the public post in each of the 2 public, 2 held and
    # 2 rejected threads, also in "Asking"
    "asker": 3 * 3 * 2,
    # in each of two boards 3 posts (public, held, rejected) in the admin's public thread, and 3 in each of the author's
    # own threads that is public, held or rejected; in "Asking" only the latter
    "author": 2 * (3 + 3 * 3) + 3 * 3,
    "viewed": 2 * 2,  # an admin who views the forum as the author: as a member who wrote nothing
}


@pytest.mark.parametrize("kind", SEEN)
def test_the_rule_for_one_object_matches_the_rule_for_lists(everything: list[Post], kind: str | None) -> None:
    actor = actor_of(kind if kind in VISITORS else "member")
    if kind in {"author", "viewed"}:
        actor = session.query(Member).filter_by(username="author").one()
        actor.viewed_as = groups_of(actor) if kind == "viewed" else None
    if actor is not None and kind in {"gardener", "helper"}:
        join(actor, session.query(Group).filter_by(title=f"{str(kind).capitalize()}s").one())
    if actor is not None and kind == "asker":
        for post in everything:
            post.thread.starter = actor
        session.flush()
    boards = set(session.scalars(select(Board.id).where(permissions.visible_boards(actor))))
    threads = set(session.scalars(select(Thread.id).join(Thread.board).where(permissions.visible_threads(actor))))
    joined = select(Post.id).join(Post.thread).join(Thread.board)
    posts = set(session.scalars(joined.where(permissions.visible_posts(actor))))
    for post in everything:
        assert bool(permissions.may_see_board(actor, post.thread.board)) == (post.thread.board_id in boards)
        assert bool(permissions.may_see_thread(actor, post.thread)) == (post.thread_id in threads)
        assert bool(permissions.may_see_post(actor, post)) == (post.id in posts)
    assert len(posts & {post.id for post in everything}) == SEEN[kind]


def test_a_refusal_is_raised_with_its_message(app_in_context: Flask) -> None:
    with pytest.raises(NotLoggedIn, match=r"^You must log in or register to reply here\.$"):
        permissions.require(permissions.may_reply(None, a_thread()))


def test_a_membership_ends_at_its_moment(app_in_context: Flask) -> None:
    anna, board = a_member("anna"), a_board("Tent")
    a_list(board, an_entry(a_group("Campers", anna, until=clock.now() + timedelta(hours=1))))
    assert acts(anna, board) == set(LEVELS)
    session.expire(anna)
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        assert acts(anna, board) == set()
